"""The demo before purchase, as a stranger uses it."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.core.cache import cache
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from emporion.agents.knowledge import snapshots
from emporion.agents.knowledge.models import Document, Library, Passage, Source
from emporion.agents.runtime.jobs import erase_demos
from emporion.agents.runtime.models import Agent, Citation, Conversation, DemoSession, Message
from emporion.agents.runtime.tests.test_chat import NEAR, events, final
from emporion.agents.runtime.types import BlueprintSpec
from emporion.kernel.clock import utcnow
from emporion.kernel.ids import new_id
from emporion.plumbing.actions import Tick
from emporion.plumbing.types import JobContext

QUESTION = "How long are both signing secrets valid?"
OWN = b"""# Moss house

## When does the moss house in Bergen open?

The moss house in Bergen opens at 11:15 and closes when it rains.
"""


@pytest.fixture(autouse=True)
def fresh_limits() -> None:
    cache.clear()


def try_it(client: Client, question: str, **more: str) -> list[tuple[str, dict]]:
    return events(client.post("/demo/guide-agent/chat/", {"question": question, **more}, headers={"Accept": "text/event-stream"}))


def give(client: Client, content: bytes) -> str:
    sent = {"files": SimpleUploadedFile("own.md", content)}
    return client.post("/demo/guide-agent/document/", sent, follow=True).content.decode()


@pytest.mark.requirement("BUY-06")
def test_a_stranger_tries_the_real_agent_without_an_account(client: Client, blueprint: BlueprintSpec) -> None:
    assert "20 questions left" in client.get("/demo/guide-agent/").content.decode()
    told = try_it(client, QUESTION)
    assert "24 hours" in final(told)["html"]
    assert "guide.md" in final(told)["source"]
    assert final(told)["left"] == "19 questions left"
    page = client.get("/demo/guide-agent/").content.decode()
    assert "19 questions left" in page
    assert QUESTION in page


@pytest.mark.requirement("BUY-06", "BUY-17")
def test_what_a_demo_does_not_know_it_says_and_shows_what_comes_closest(client: Client, blueprint: BlueprintSpec) -> None:
    shown = final(try_it(client, NEAR))
    assert "The closest place in them" in shown["html"]
    assert "Closest place" in shown["source"]
    page = client.get("/demo/guide-agent/").content.decode()
    assert "<mark>Invoices are issued" in page
    assert "It may not answer it." in page


@pytest.mark.requirement("BUY-06")
def test_a_demo_reads_one_document_of_the_visitors_own(client: Client, blueprint: BlueprintSpec, drain) -> None:
    assert "own.md" in give(client, OWN)
    drain(utcnow())
    assert "11:15" in final(try_it(client, "When does the moss house in Bergen open?"))["html"]
    drain(utcnow())  # what to ask first is chosen once it is read
    page = client.get("/demo/guide-agent/").content.decode()
    assert 'value="When does the moss house in Bergen open?"' in page
    assert "How do I rotate a secret?" not in page, "what the offering's own documents answer is no longer what is tried"


@pytest.mark.requirement("BUY-06")
def test_the_next_document_takes_the_place_of_the_one_before(client: Client, blueprint: BlueprintSpec, drain) -> None:
    assert "How do I rotate a secret?" in (page := client.get("/demo/guide-agent/").content.decode())
    assert "One file: PDF" in page
    give(client, OWN)
    assert "still reading your document" in give(client, OWN + b"more")
    drain(utcnow())
    page = client.get("/demo/guide-agent/").content.decode()
    assert "I have read own.md." in page
    assert "Ask me about Halyard" not in page
    assert "Try another document instead" in page
    for content in (OWN, OWN.replace(b"11:15", b"12:45")):
        give(client, content)
        drain(utcnow())
    other = {"files": SimpleUploadedFile("fish.md", b"# Fish\n\nThe fish market in Bergen opens at 06:40.\n")}
    assert "12:45" in final(try_it(client, "When does the moss house in Bergen open?"))["html"]
    client.post("/demo/guide-agent/document/", other)
    drain(utcnow())
    page = client.get("/demo/guide-agent/").content.decode()
    assert "fish.md" in page
    assert '<div class="name"><b>own.md' not in page
    assert "12:45" not in final(try_it(client, "When does the moss house in Bergen open?"))["html"]


@pytest.mark.requirement("BUY-06", "BUY-14")
def test_a_document_that_could_not_be_read_gives_way_to_the_next(client: Client, blueprint: BlueprintSpec, drain) -> None:
    broken = {"files": SimpleUploadedFile("rates.pdf", b"%PDF-1.7\n" + b"garbage" * 50)}
    client.post("/demo/guide-agent/document/", broken)
    drain(utcnow())
    page = client.get("/demo/guide-agent/").content.decode()
    assert "upload the new file" in page
    assert 'type="file"' in page
    page = give(client, OWN)
    assert "own.md" in page
    assert "rates.pdf" not in page
    drain(utcnow())
    assert "11:15" in final(try_it(client, "When does the moss house in Bergen open?"))["html"]


@pytest.mark.requirement("BUY-06", "SEC-02")
def test_a_document_over_five_megabytes_is_refused(client: Client, blueprint: BlueprintSpec) -> None:
    assert "up to 5 MB" in give(client, b"a " * 2_700_000)
    assert Source.objects.filter(name="own.md").count() == 0


@pytest.mark.requirement("BUY-06")
def test_a_demo_ends_after_its_messages_and_says_what_to_do(client: Client, blueprint: BlueprintSpec) -> None:
    try_it(client, QUESTION)
    DemoSession.objects.update(message_count=20)
    told = try_it(client, "One more?")
    assert told[0][0] == "failed"
    assert "Buy a plan" in told[0][1]["message"]
    assert "Buy a plan" in client.get("/demo/guide-agent/").content.decode()


@pytest.mark.requirement("BUY-06", "WID-01")
def test_what_a_demo_refuses_is_said_in_the_visitor_s_language(blueprint: BlueprintSpec) -> None:
    client = Client(headers={"Accept-Language": "xx, de-AT;q=0.9, en;q=0.5"})

    def refused(question: str) -> str:
        (name, told), *_ = try_it(client, question)
        assert (name, told["next_step"]) == ("failed", "")
        return told["message"]

    assert refused("Wie lange gilt das? " * 300) == "Diese Nachricht ist zu lang. Kürzen Sie sie auf 4.000 Zeichen."
    assert refused("Combien de temps est-ce que cela est valable pour nous ? " * 90).endswith(
        "Raccourcissez-le à 4\u202f000 caractères."
    )
    try_it(client, QUESTION)
    DemoSession.objects.update(message_count=20)
    assert refused("Und was kostet das bei Ihnen?").startswith("Die Fragen dieser Demo sind aufgebraucht.")
    page = client.post("/demo/guide-agent/chat/", {"question": "¿Cuánto cuesta esto para nosotros?"})
    assert (page.status_code, "Esta demo ha agotado sus preguntas." in page.content.decode()) == (429, True)
    for _ in range(60):
        answer = client.post("/demo/guide-agent/chat/", {"question": "…"}, headers={"Accept": "text/event-stream"})
    assert answer.status_code == 429
    assert answer.json()["said"].startswith("Das waren zu viele Nachrichten")
    assert answer.json()["title"] == "Too many requests in a short time."


@pytest.mark.requirement("BUY-06", "SEC-01")
def test_a_demo_belongs_to_one_browser_session(client: Client, blueprint: BlueprintSpec, drain) -> None:
    give(client, OWN)
    drain(utcnow())
    told = try_it(client, "When does the moss house in Bergen open?")
    conversation = next(data for name, data in told if name == "started")["conversation"]
    message = Message.objects.get(speaker="agent").id
    other = Client()
    assert "11:15" not in final(try_it(other, "When does the moss house in Bergen open?"))["html"]
    assert try_it(other, "And?", conversation=conversation)[0][0] == "failed"
    assert other.get(f"/demo/guide-agent/messages/{message}/sources/1/").status_code == 404
    assert "11:15" not in other.get("/demo/guide-agent/").content.decode()


@pytest.mark.requirement("BUY-06", "SEC-02")
def test_one_address_cannot_open_demos_without_end(blueprint: BlueprintSpec) -> None:
    statuses = [Client().post("/demo/guide-agent/chat/", {"question": QUESTION}).status_code for _ in range(12)]
    assert statuses[:10] == [302] * 10
    assert statuses[10:] == [429] * 2
    assert not DemoSession.objects.filter(address_hash__contains="127.0.0.1").exists()


@pytest.mark.requirement("BUY-06")
def test_everything_of_a_demo_is_erased_within_a_day(client: Client, blueprint: BlueprintSpec, drain) -> None:
    give(client, OWN)
    drain(utcnow())
    try_it(client, "When does the moss house in Bergen open?")
    demo = DemoSession.objects.get()
    agent_id: UUID = demo.agent_id
    stored_name = Source.objects.get(library_id=agent_id).stored_name
    job = JobContext(id=new_id(), name="agents.erase_demos", attempt=1, now=utcnow())
    erase_demos(Tick(at=demo.created_at + timedelta(hours=23)), job=job)
    assert Agent.objects.filter(id=agent_id).exists()
    # The schedule runs every half hour and erases what would be a day old before it comes again.
    erase_demos(Tick(at=demo.created_at + timedelta(hours=23, minutes=30)), job=job)
    assert not DemoSession.objects.exists()
    assert not Agent.objects.filter(id=agent_id).exists()
    assert not Conversation.objects.exists()
    assert not Message.objects.exists()
    assert not Citation.objects.exists()
    assert not Library.objects.filter(id=agent_id).exists()
    assert not Document.objects.filter(source__library_id=agent_id).exists()
    assert not Passage.objects.filter(text__contains="moss house").exists()
    assert not default_storage.exists(stored_name)
    assert agent_id not in snapshots._kept
    assert Source.objects.filter(name="guide.md").exists()


@pytest.mark.requirement("BUY-06")
def test_a_product_without_a_demo_has_none(client: Client, blueprint: BlueprintSpec) -> None:
    assert client.get("/demo/nothing/").status_code == 404


@pytest.mark.requirement("BUY-06", "SEC-01")
def test_a_demo_is_no_agent_of_anybody(alice_client: Client, client: Client, blueprint: BlueprintSpec) -> None:
    try_it(client, QUESTION)
    agent_id = DemoSession.objects.get().agent_id
    assert alice_client.get(f"/agents/{agent_id}/").status_code == 404
    assert alice_client.get(f"/agents/{agent_id}/training/").status_code == 404
