"""Training, through its pages."""

import re
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from emporion.agents.knowledge import queries, reading, storage
from emporion.agents.knowledge.actions import erase_deleted
from emporion.agents.knowledge.models import Document, Passage, Source
from emporion.agents.runtime.tests.test_chat import ask, final
from emporion.kernel.clock import utcnow
from emporion.plumbing.types import Actor

HANDBOOK = b"""# Time off

Everybody has 27 days of holiday a year.

## Sabbatical

After three years a sabbatical of six weeks is paid.
"""


def upload(client: Client, agent_id: UUID, *files: tuple[str, bytes]) -> str:
    sent = [SimpleUploadedFile(name, content) for name, content in files]
    return client.post(f"/agents/{agent_id}/training/files/", {"files": sent}, follow=True).content.decode()


@pytest.mark.requirement("BUY-14", "BUY-17")
def test_a_placeholder_that_a_document_speaks_of_is_quoted_and_a_tag_of_its_generator_is_not(
    alice_client: Client, agent_id: UUID, read_all
) -> None:
    guide = (
        b"# Letters\n\nIn a letter, {% raw %}write {{ customer_name }} where the name of the customer goes.{{ site.footer }}\n"
    )
    upload(alice_client, agent_id, ("letters.md", guide))
    read_all()
    html = final(ask(alice_client, agent_id, "What do I write where the name of the customer goes?"))["html"]
    assert "write {{ customer_name }} where the name of the customer goes." in html
    assert not {"{%", "site.footer"} & set(html.split())


@pytest.mark.requirement("BUY-14")
def test_many_files_at_once_are_read_and_can_be_quoted(alice_client: Client, agent_id: UUID, read_all) -> None:
    page = upload(
        alice_client, agent_id, ("time-off.md", HANDBOOK), ("fees.csv", b"service,price\nexpress,90 euros\nfreight,40 euros\n")
    )
    assert "Waiting" in page
    read_all()
    page = alice_client.get(f"/agents/{agent_id}/training/").content.decode()
    assert "time-off.md" in page
    assert page.count("Ready") >= 3
    html = final(ask(alice_client, agent_id, "How many days of holiday does everybody have?"))["html"]
    assert "27 days" in html


def told(page: str) -> str:
    """What a page says of documents that are being read."""
    found = re.search(r'<div id="being-read".*?</div></div>', page, re.DOTALL)
    return " ".join(re.sub("<[^>]+>", " ", found[0]).split()) if found else ""


def pages_of_owner(client: Client, agent_id: UUID) -> set[str]:
    """What each page says on which its owner tries the agent."""
    return {told(client.get(f"/agents/{agent_id}/{page}").content.decode()) for page in ("", "training/", "persona/", "widget/")}


@pytest.mark.requirement("BUY-14")
def test_the_owner_is_told_where_the_agent_is_tried_what_is_still_being_read(
    alice_client: Client, agent_id: UUID, read_all
) -> None:
    assert pages_of_owner(alice_client, agent_id) == {""}
    upload(alice_client, agent_id, ("time-off.md", HANDBOOK), ("fees.csv", b"service,price\nexpress,90 euros\n"))
    waiting = "2 of 3 documents are still being read; answers come from the others until then."
    assert pages_of_owner(alice_client, agent_id) == {waiting}
    overview = alice_client.get(f"/agents/{agent_id}/").content.decode()
    poll = re.search(r'hx-get="(/agents/[^"]*being-read/[^"]*)"', overview)[1]
    assert alice_client.get(poll).status_code == 204, "what is said already is not said again"
    read_all()
    answer = alice_client.get(poll).content.decode()
    assert answer.startswith('<div id="being-read" hidden>')
    assert "hx-get" not in answer
    assert pages_of_owner(alice_client, agent_id) == {""}
    alice_client.post(f"/agents/{agent_id}/training/again/")
    again = "2 documents are being read again; answers come from what stood in them before until then."
    assert pages_of_owner(alice_client, agent_id) == {again}


@pytest.mark.requirement("BUY-14")
def test_pages_that_do_not_show_what_is_still_being_read_do_not_count_it(alice_client: Client, agent_id: UUID) -> None:
    with CaptureQueriesContext(connection) as asked:
        assert alice_client.get(f"/agents/{agent_id}/keys/").status_code == 200
    assert "agents_knowledge_mutedsource" not in str(asked.captured_queries)


@pytest.mark.requirement("BUY-14")
def test_what_answers_come_from_while_nothing_is_read_yet_is_said_as_it_is(
    alice_client: Client, agent_id: UUID, read_all
) -> None:
    alice_client.post(f"/agents/{agent_id}/training/{Source.objects.get(name='guide.md').id}/delete/")
    upload(alice_client, agent_id, ("rates.pdf", b"%PDF-1.7\n" + b"garbage" * 50))
    read_all()
    upload(alice_client, agent_id, ("time-off.md", HANDBOOK))
    nothing = "1 document is still being read; there is nothing to answer from until then."
    assert pages_of_owner(alice_client, agent_id) == {nothing}
    alice_client.post(f"/agents/{agent_id}/training/pairs/", {"question": "Where are you?", "answer": "In Bern."})
    pairs = "1 document is still being read; answers come from the Q&A pairs alone until then."
    assert pages_of_owner(alice_client, agent_id) == {pairs}


@pytest.mark.requirement("BUY-14")
def test_the_same_file_twice_at_the_same_moment_is_one_document(
    alice_client: Client, agent_id: UUID, read_all, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep = storage.keep

    def meanwhile(library_id: UUID, name: str, content: bytes) -> str:
        """The other request comes through while this one writes its bytes."""
        monkeypatch.setattr(storage, "keep", keep)
        upload(alice_client, agent_id, ("time-off.md", HANDBOOK))
        return keep(library_id, name, content)

    monkeypatch.setattr(storage, "keep", meanwhile)
    upload(alice_client, agent_id, ("time-off.md", HANDBOOK))
    read_all()
    source = Source.objects.get(name="time-off.md")
    assert source.state == "ready"
    assert default_storage.listdir(f"knowledge/{agent_id}")[1] == [source.stored_name.rpartition("/")[2]]


@pytest.mark.requirement("BUY-17")
def test_opening_hours_in_a_table_are_answered_row_by_row(alice_client: Client, agent_id: UUID, read_all) -> None:
    days = ("Monday;closed", "Tuesday;10:00 - 19:00", "Saturday;9:30 - 17:00")
    hours = "room;day;hours\n" + "".join(f"Reading room;{day}\n" for day in days)
    upload(alice_client, agent_id, ("hours.csv", hours.encode()))
    read_all()
    html = final(ask(alice_client, agent_id, "When is the reading room open?"))["html"]
    assert html.count('class="cite"') == 3
    html = final(ask(alice_client, agent_id, "Bis wann ist der Lesesaal am Samstag offen?"))["html"]
    assert "17:00" in html
    assert html.count('class="cite"') == 1


@pytest.mark.requirement("BUY-14")
def test_a_damaged_file_is_kept_with_its_problem_and_the_next_step(alice_client: Client, agent_id: UUID, read_all) -> None:
    upload(alice_client, agent_id, ("rates.pdf", b"%PDF-1.7\n" + b"garbage" * 50))
    read_all()
    page = alice_client.get(f"/agents/{agent_id}/training/").content.decode()
    assert "Not readable" in page
    assert "upload the new file" in page
    assert default_storage.exists(Source.objects.get(name="rates.pdf").stored_name)


@pytest.mark.requirement("BUY-14")
def test_only_what_changed_is_indexed_again(alice_client: Client, agent_id: UUID, read_all) -> None:
    upload(alice_client, agent_id, ("time-off.md", HANDBOOK))
    read_all()
    before = {row.text_hash: row.id for row in Passage.objects.filter(document__source__name="time-off.md")}
    source = Source.objects.get(name="time-off.md")
    upload(alice_client, agent_id, ("time-off.md", HANDBOOK))
    read_all()
    assert Source.objects.get(name="time-off.md").revision == source.revision
    alice_client.post(f"/agents/{agent_id}/training/{source.id}/again/")
    read_all()
    assert {row.id for row in Passage.objects.filter(document__source=source)} == set(before.values())
    upload(alice_client, agent_id, ("time-off.md", HANDBOOK + b"\n## Parental leave\n\nParents take 16 weeks of paid leave.\n"))
    read_all()
    after = {row.text_hash for row in Passage.objects.filter(document__source=source)}
    assert set(before) < after
    assert Source.objects.present().filter(name="time-off.md").count() == 1


@pytest.mark.requirement("BUY-14")
def test_a_deleted_document_is_not_quoted_and_can_be_brought_back(alice_client: Client, agent_id: UUID, read_all) -> None:
    upload(alice_client, agent_id, ("time-off.md", HANDBOOK))
    read_all()
    source = Source.objects.get(name="time-off.md")
    page = alice_client.post(f"/agents/{agent_id}/training/{source.id}/delete/", follow=True).content.decode()
    assert "Undo" in page
    question = "How many days of holiday does everybody have?"
    assert "27 days" not in final(ask(alice_client, agent_id, question))["html"]
    alice_client.post(f"/agents/{agent_id}/training/{source.id}/restore/")
    assert "27 days" in final(ask(alice_client, agent_id, question))["html"]


@pytest.mark.requirement("BUY-14")
def test_what_was_deleted_an_hour_ago_is_erased_with_its_file(alice_client: Client, agent_id: UUID, read_all, drain, now) -> None:
    upload(alice_client, agent_id, ("time-off.md", HANDBOOK))
    read_all()
    source = Source.objects.get(name="time-off.md")
    alice_client.post(f"/agents/{agent_id}/training/{source.id}/delete/")
    assert erase_deleted(before=utcnow() - timedelta(hours=1)) == 0
    assert erase_deleted(before=utcnow() + timedelta(seconds=1)) == 1
    assert not default_storage.exists(source.stored_name)
    assert not Document.objects.filter(source_id=source.id).exists()


@pytest.mark.requirement("BUY-14")
def test_what_came_with_the_agent_can_be_left_out_for_this_agent_alone(alice_client: Client, agent_id: UUID, buy) -> None:
    other = buy("starter")
    built_in = Source.objects.get(name="guide.md")
    alice_client.post(f"/agents/{agent_id}/training/{built_in.id}/delete/")
    question = "How long are both signing secrets valid?"
    assert "don’t know" in final(ask(alice_client, agent_id, question))["html"]
    assert "24 hours" in final(ask(alice_client, other, question))["html"]


@pytest.mark.requirement("BUY-14")
def test_a_pair_wins_over_documents(alice_client: Client, agent_id: UUID) -> None:
    page = alice_client.post(
        f"/agents/{agent_id}/training/pairs/",
        {"question": "How long are both signing secrets valid?", "answer": "Exactly one day, says the desk."},
        follow=True,
    ).content.decode()
    assert "Exactly one day" in page
    told = ask(alice_client, agent_id, "How long are both signing secrets valid?")
    assert "Exactly one day" in final(told)["html"]
    assert "Q&A pair" in final(told)["source"]


@pytest.mark.requirement("BUY-14")
def test_pairs_come_in_from_a_csv_and_bad_rows_are_named(alice_client: Client, agent_id: UUID) -> None:
    table = "Frage;Antwort\nWo ist das Lager?;In Zürich-Altstetten.\nOhne Antwort;\n".encode("cp1252")
    page = alice_client.post(
        f"/agents/{agent_id}/training/pairs/import/", {"pairs": SimpleUploadedFile("p.csv", table)}, follow=True
    ).content.decode()
    assert "1 pair was taken in" in page
    assert "Row 3 was left out" in page
    assert "In Zürich-Altstetten." in page


@pytest.mark.requirement("BUY-14")
def test_an_avoided_topic_gets_the_owners_words(alice_client: Client, agent_id: UUID) -> None:
    alice_client.post(f"/agents/{agent_id}/training/topics/", {"kind": "avoid", "text": "Refunds"})
    alice_client.post(f"/agents/{agent_id}/training/topics/", {"message": "Ask our desk about money."})
    html = final(ask(alice_client, agent_id, "When do you give refunds?"))["html"]
    assert "Ask our desk about money." in html
    assert "48 hours" not in html


@pytest.mark.requirement("BUY-14")
def test_what_it_learnt_can_be_searched_with_the_words_lit(alice_client: Client, agent_id: UUID) -> None:
    page = alice_client.get(f"/agents/{agent_id}/training/", {"q": "signing secret"}).content.decode()
    assert "<mark>secret</mark>" in page
    assert "best match" in page


@pytest.mark.requirement("BUY-14", "BUY-17")
def test_the_document_opens_with_the_quoted_passage_lit(alice_client: Client, agent_id: UUID) -> None:
    told = ask(alice_client, agent_id, "How long are both signing secrets valid?")
    address = final(told)["source"].split('<a class="button small" href="')[1].split('"')[0].replace("&amp;", "&")
    page = alice_client.get(address).content.decode()
    assert address.endswith("#lit")
    lit = page.split('<mark id="lit"')[1].split("</mark>")[0]
    assert "24 hours" in lit
    assert "48 hours" not in lit
    assert "48 hours" in page


@pytest.mark.requirement("SEC-01", "BUY-14")
def test_a_stranger_and_a_plain_member_cannot_teach(charlie_client: Client, bob_client: Client, agent_id: UUID) -> None:
    for path in ("", "sources/", "being-read/", "pairs/", "learnt/?q=x"):
        assert charlie_client.get(f"/agents/{agent_id}/training/{path}").status_code == 404
    source = Source.objects.get(name="guide.md")
    assert charlie_client.get(f"/agents/{agent_id}/training/{source.id}/").status_code == 404
    assert bob_client.get(f"/agents/{agent_id}/training/").status_code == 200
    sent = {"files": [SimpleUploadedFile("x.md", HANDBOOK)]}
    for client, status in ((charlie_client, 404), (bob_client, 403)):
        assert client.post(f"/agents/{agent_id}/training/files/", sent).status_code == status
        assert client.post(f"/agents/{agent_id}/training/{source.id}/delete/").status_code == status
    assert Source.objects.filter(library_id=agent_id).count() == 0


def killed(*_: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.requirement("BUY-14", "REL-01")
def test_a_reading_that_was_killed_is_done_again_and_leaves_one_document(
    alice_client: Client, agent_id: UUID, read_all, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload(alice_client, agent_id, ("time-off.md", HANDBOOK))
    source = Source.objects.get(name="time-off.md")
    with monkeypatch.context() as broken:
        broken.setattr(reading, "_swap", killed)
        with pytest.raises(KeyboardInterrupt):
            reading.read(source_id=source.id, revision=source.revision)
    read_all()
    assert Source.objects.get(name="time-off.md").state == "ready"
    assert Document.objects.filter(source=source).count() == 1


@pytest.mark.requirement("BUY-14")
def test_the_real_handbook_is_read_and_found(
    alice_client: Client, alice: Actor, agent_id: UUID, read_all, handbook: Path
) -> None:
    files = [(one.name, one.read_bytes()) for one in sorted(handbook.glob("*.md"))[:4]]
    upload(alice_client, agent_id, *files)
    read_all()
    view = queries.library(alice, agent_id)
    assert view.ready_count == len(files) + 1
    html = final(ask(alice_client, agent_id, "How much vacation do employees get?"))["html"]
    assert "20 days" in html
