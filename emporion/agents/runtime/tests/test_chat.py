"""The test chat, asked through its page."""

import json
import re
from collections.abc import Callable
from uuid import UUID

import pytest
from asgiref.sync import async_to_sync
from django.test import Client

from emporion.agents.runtime.models import Message
from emporion.plumbing.types import Actor

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
