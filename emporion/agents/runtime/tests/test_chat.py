"""The test chat, asked through its page."""

import json
import re
from collections.abc import Callable
from uuid import UUID

import pytest
from asgiref.sync import async_to_sync
from django.test import Client

from emporion.agents.runtime import rules
from emporion.agents.runtime.models import Message
from emporion.plumbing.models import Job
from emporion.plumbing.types import Actor

NEAR = "What happens if I pay late?"
Teach = Callable[[str, str], UUID]


def events(response: object) -> list[tuple[str, dict]]:
    """The server-sent events of a streamed answer."""

    async def read() -> str:
        return "".join([part.decode() async for part in response.streaming_content])

    text = async_to_sync(read)()
    parts = [part.split("\n") for part in text.strip().split("\n\n")]
    return [(lines[0].removeprefix("event: "), json.loads(lines[1].removeprefix("data: "))) for lines in parts]


def ask(client: Client, agent_id: UUID, question: str, **more: str) -> list[tuple[str, dict]]:
    response = client.post(f"/agents/{agent_id}/chat/", {"question": question, **more}, headers={"Accept": "text/event-stream"})
    assert response.status_code == 200, response.content
    return events(response)


def final(told: list[tuple[str, dict]]) -> dict:
    return next(data for name, data in told if name == "finished")


@pytest.mark.requirement("BUY-17", "BUY-23")
def test_without_a_model_an_answer_is_quoted_with_its_source(alice_client: Client, agent_id: UUID) -> None:
    told = ask(alice_client, agent_id, "How long are both signing secrets valid?")
    assert [name for name, _ in told][:2] == ["started", "sources"]
    assert "24 hours" in final(told)["html"]
    assert 'class="cite"' in final(told)["html"]
    assert "guide.md" in final(told)["source"]


@pytest.mark.requirement("BUY-17")
def test_two_questions_in_one_message_are_answered_one_after_the_other(
    alice_client: Client, agent_id: UUID, teach: Teach
) -> None:
    teach(
        "shop.md",
        "# Opening hours\n\nThe shop is open from nine to six.\n\n# Parking\n\nCustomers park for free behind the house.\n",
    )
    told = ask(alice_client, agent_id, "Hi! When is the shop open? Where can customers park?")
    assert next(data for name, data in told if name == "sources")["count"] == 2
    said = "".join(data["text"] for name, data in told if name == "delta")
    assert re.fullmatch(r".*nine to six\. \[1\]\n\n.*behind the house\. \[2\]", said, re.DOTALL)


@pytest.mark.requirement("BUY-17")
def test_it_says_that_it_does_not_know(alice_client: Client, agent_id: UUID) -> None:
    told = ask(alice_client, agent_id, "Who won the football world cup in Qatar?")
    assert "don’t know" in final(told)["html"]
    assert "stands on no source" in final(told)["source"]


@pytest.mark.requirement("BUY-17", "BUY-13")
def test_a_refusal_near_the_subject_names_the_closest_place_and_stays_a_refusal(alice_client: Client, agent_id: UUID) -> None:
    told = ask(alice_client, agent_id, NEAR)
    assert next(data for name, data in told if name == "sources")["count"] == 0, "nothing is written from that place"
    shown = final(told)
    assert re.search(r'"unknown"><p>I don’t know for certain: [^<]*</p><p>The closest place in them: guide.md › ', shown["html"])
    assert re.search(r"Invoices <a [^>]*>1</a></p><p>“Invoices are issued", shown["html"])
    assert "1 source," not in shown["html"]
    assert "Closest place" in shown["source"]
    assert "It may not answer it." in shown["source"]
    chip = re.search(r'class="cite" href="([^"]+)"', shown["html"])
    assert chip is not None
    assert "<mark>Invoices are issued" in alice_client.get(chip[1], headers={"HX-Request": "true"}).content.decode()
    page = alice_client.get(f"/agents/{agent_id}/").content.decode()
    assert "Closest place" in page
    assert NEAR in page.split("Questions it could not answer")[1]
    assert '"body quoted"' not in alice_client.get(f"/agents/{agent_id}/training/").content.decode()
    (event,) = Job.objects.filter(name="agents.runtime.MessageAnswered")
    assert json.loads(event.payload)["citation_count"] == 0


@pytest.mark.requirement("BUY-17")
def test_a_closest_place_that_is_the_row_of_a_table_is_shown_as_one(alice_client: Client, agent_id: UUID, teach: Teach) -> None:
    teach("library.csv", "Day,Opens,Closes,Desk\nMonday,9:00,17:00,upstairs\nFriday,10:00,13:00,downstairs\n")
    shown = final(ask(alice_client, agent_id, "Who sits at the desk on Monday?"))["html"]
    assert re.search(
        r'"unknown"><p>I don’t know for certain: [^“]*>1</a></p><dl class="fields"><dt>Day</dt><dd>Monday</dd>', shown
    )
    assert "<dt>Desk</dt><dd>upstairs</dd></dl>" in shown


@pytest.mark.requirement("BUY-17")
@pytest.mark.parametrize(
    ("title", "heading", "name"),
    [
        ("guide.md", "Guide › Invoices", "guide.md › Guide › Invoices"),
        ("Guide", "Guide › Invoices", "Guide › Invoices"),
        ("Guide", "Guide", "Guide"),
        ("Guide", "Guidelines", "Guide › Guidelines"),
        ("Do you ship\n to Zürich?", "", "Do you ship to Zürich?"),
        ("é" * 130, "Invoices", "é" * 119 + "…"),
    ],
)
def test_a_place_is_named_once_on_one_line_and_not_without_end(title: str, heading: str, name: str) -> None:
    assert rules.place_of(title, heading) == name


@pytest.mark.requirement("BUY-17")
def test_a_follow_up_on_another_subject_is_not_said_to_be_close_to_what_was_asked_before(
    alice_client: Client, agent_id: UUID
) -> None:
    told = ask(alice_client, agent_id, "When do I get a refund?")
    conversation = next(data for name, data in told if name == "started")["conversation"]
    html = final(ask(alice_client, agent_id, "And who won the world cup?", conversation=conversation))["html"]
    assert "say nothing about this" in html
    assert "closest place" not in html


@pytest.mark.requirement("BUY-17")
def test_a_follow_up_that_no_document_knows_a_word_of_is_not_answered_from_the_place_before(
    alice_client: Client, agent_id: UUID
) -> None:
    for follow_up, is_answered in (("And giraffes?", False), ("And the secrets?", True)):
        told = ask(alice_client, agent_id, "How long are both signing secrets valid?")
        conversation = next(data for name, data in told if name == "started")["conversation"]
        said = final(ask(alice_client, agent_id, follow_up, conversation=conversation))["html"]
        assert ("24 hours" in said) is is_answered


@pytest.mark.requirement("BUY-17")
def test_without_a_script_the_form_brings_a_page_with_the_answer(alice_client: Client, agent_id: UUID) -> None:
    page = alice_client.post(
        f"/agents/{agent_id}/chat/", {"question": "How long are both signing secrets valid?"}, follow=True
    ).content.decode()
    assert "24 hours" in page
    assert "Source 1 of 1" in page


@pytest.mark.requirement("BUY-13", "BUY-17")
def test_an_answer_is_counted_once_and_shown_in_the_meter(alice_client: Client, alice: Actor, agent_id: UUID, now) -> None:
    ask(alice_client, agent_id, "How long are both signing secrets valid?", key="k1")
    ask(
        alice_client,
        agent_id,
        "How long are both signing secrets valid?",
        key="k1",
        conversation=str(Message.objects.first().conversation_id),
    )
    assert Message.objects.filter(speaker="agent").count() == 1
    page = alice_client.get(f"/agents/{agent_id}/").content.decode()
    assert "of 1,000 calls a month" in page
    assert "<b>1</b>" in page
