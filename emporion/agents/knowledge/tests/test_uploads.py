"""Files that share a name, through the training page: kept side by side, told apart where they are quoted, put back."""

import re
from datetime import timedelta
from uuid import UUID

import pytest
from django.core.files.storage import default_storage
from django.test import Client

from emporion.agents.knowledge import library, uploads
from emporion.agents.knowledge.actions import erase_deleted
from emporion.agents.knowledge.models import Source
from emporion.agents.runtime.tests.test_chat import ask, final
from emporion.kernel.clock import utcnow

BOUNDARY = "b0undary"
TUTORIAL = b"Tutorial\n========\n\nThe blog of the tutorial is called Flaskr.\n"
GUIDE = b"Guide\n=====\n\nA worker of gevent handles ten thousand greenlets.\n"


def send(client: Client, agent_id: UUID, *files: tuple[str, bytes]) -> str:
    """Sends files under exactly these names, as browsers send those of a folder; the page that follows."""
    head = '--{}\r\nContent-Disposition: form-data; name="files"; filename="{}"\r\nContent-Type: text/plain\r\n\r\n'
    parts = [head.format(BOUNDARY, name).encode() + content + b"\r\n" for name, content in files]
    body = b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()
    sent = f"multipart/form-data; boundary={BOUNDARY}"
    return client.post(f"/agents/{agent_id}/training/files/", body, content_type=sent, follow=True).content.decode()


def names(agent_id: UUID) -> list[str]:
    return sorted(Source.objects.present().filter(library_id=agent_id).values_list("name", flat=True))


def content(name: str) -> bytes:
    return uploads.storage.bytes_of(Source.objects.present().get(name=name).stored_name)


@pytest.mark.requirement("BUY-14", "BUY-17")
def test_files_of_a_folder_are_told_apart_by_their_folder_also_where_they_are_quoted(
    alice_client: Client, agent_id: UUID, read_all
) -> None:
    page = send(alice_client, agent_id, ("tutorial/index.rst", TUTORIAL), ("deploying/index.rst", GUIDE), ("index.rst", GUIDE))
    assert "of the same name" not in page
    read_all()
    assert names(agent_id) == ["deploying/index.rst", "index.rst", "tutorial/index.rst"]
    told = final(ask(alice_client, agent_id, "What is the blog of the tutorial called?"))
    assert "Flaskr" in told["html"]
    assert "tutorial/index.rst" in told["source"]


@pytest.mark.requirement("BUY-14")
def test_a_later_upload_changes_the_file_of_the_same_folder_alone(alice_client: Client, agent_id: UUID) -> None:
    send(alice_client, agent_id, ("a/index.rst", TUTORIAL), ("b/index.rst", TUTORIAL))
    send(alice_client, agent_id, ("b/index.rst", GUIDE), ("index.rst", GUIDE + b"More.\n"))
    assert names(agent_id) == ["a/index.rst", "b/index.rst", "index.rst"]
    assert content("a/index.rst") == TUTORIAL
    assert content("b/index.rst") == GUIDE


@pytest.mark.requirement("BUY-14", "SEC-01")
@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("../../etc/passwd.md", "etc/passwd.md"),
        ("/srv//docs/./a.md", "srv/docs/a.md"),
        (r"C:\\Users\\ann\\a.md", "Users/ann/a.md"),
        ("docs/\u202egpj.md", "docs/gpj.md"),
        ("x" * 150 + "/" + "y" * 150 + "/a.md", "y" * 150 + "/a.md"),
        ("z" * 300 + ".md", "z" * 197 + ".md"),
        ("<b>/é è.md", "<b>/é è.md"),
    ],
)
def test_the_folders_of_a_name_are_shown_and_nothing_else_of_it(
    alice_client: Client, agent_id: UUID, sent: str, shown: str
) -> None:
    page = send(alice_client, agent_id, (sent, TUTORIAL))
    assert names(agent_id) == [shown]
    assert shown.replace("<", "&lt;").replace(">", "&gt;") in page


@pytest.mark.requirement("BUY-14", "BUY-17")
def test_files_that_came_without_their_folder_get_it_when_they_come_with_it(
    alice_client: Client, agent_id: UUID, read_all
) -> None:
    send(alice_client, agent_id, ("index.rst", GUIDE), ("index.rst", TUTORIAL), ("a.rst", GUIDE))
    read_all()
    assert "Flaskr" in final(ask(alice_client, agent_id, "What is the blog of the tutorial called?"))["html"]
    page = send(alice_client, agent_id, ("docs/tutorial/index.rst", TUTORIAL), ("docs/a.rst", b"Other\n=====\n\nOther.\n"))
    assert "1 file was here already, unchanged." in page
    assert names(agent_id) == ["a.rst", "docs/a.rst", "docs/tutorial/index.rst", "index.rst"]
    assert "docs/tutorial/index.rst" in final(ask(alice_client, agent_id, "What is the blog of the tutorial called?"))["source"]
    send(alice_client, agent_id, ("index.rst", GUIDE), ("docs/index.rst", GUIDE))
    assert {"index.rst", "docs/index.rst"} < set(names(agent_id))


@pytest.mark.requirement("BUY-14")
def test_files_of_one_upload_that_share_a_name_are_all_kept_and_the_page_says_so(
    alice_client: Client, agent_id: UUID, read_all
) -> None:
    page = send(
        alice_client, agent_id, ("index.rst", TUTORIAL), ("index.rst", b"  "), ("index.rst", GUIDE), ("index.rst", TUTORIAL)
    )
    assert "1 file shares its name with another and got a number: index (2).rst." in page
    assert "1 file was here already, unchanged." in page
    assert names(agent_id) == ["index (2).rst", "index.rst"]
    read_all()
    told = final(ask(alice_client, agent_id, "How many greenlets does a worker of gevent handle?"))
    assert "index (2).rst" in told["source"]


@pytest.mark.requirement("BUY-14")
def test_the_same_files_sent_again_in_another_order_change_nothing_but_what_changed(alice_client: Client, agent_id: UUID) -> None:
    send(alice_client, agent_id, ("index.rst", TUTORIAL), ("index.rst", GUIDE))
    page = send(alice_client, agent_id, ("index.rst", GUIDE), ("index.rst", TUTORIAL))
    assert "2 files were here already, unchanged." in page
    assert "2 files were here" not in send(alice_client, agent_id, ("index.rst", GUIDE), ("index.rst", b"News\n====\n\nNew.\n"))
    assert names(agent_id) == ["index (2).rst", "index.rst"]
    assert content("index (2).rst") == GUIDE
    assert content("index.rst") == b"News\n====\n\nNew.\n"


@pytest.mark.requirement("BUY-14")
def test_a_file_that_is_called_like_a_number_of_another_keeps_its_name(alice_client: Client, agent_id: UUID) -> None:
    send(alice_client, agent_id, ("index (2).rst", b"Own\n===\n\nMine.\n"), ("index.rst", TUTORIAL), ("index.rst", GUIDE))
    assert names(agent_id) == ["index (2).rst", "index (3).rst", "index.rst"]
    assert content("index (2).rst") == b"Own\n===\n\nMine.\n"
    assert content("index (3).rst") == GUIDE


@pytest.mark.requirement("BUY-14")
def test_of_too_many_files_the_rest_comes_in_when_all_are_sent_again(
    alice_client: Client, agent_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "FILES_AT_ONCE", 2)
    files = [(f"{letter}.md", f"# {letter}\n\nThe letter {letter}.".encode()) for letter in "abcd"]
    page = send(alice_client, agent_id, *files)
    assert re.search(r"<b>d.md</b>.*?More than 2 new files came at once", page, re.DOTALL)
    assert names(agent_id) == ["a.md", "b.md"]
    assert "left out" not in send(alice_client, agent_id, *files)
    assert names(agent_id) == ["a.md", "b.md", "c.md", "d.md"]
    assert library.FILES_AT_ONCE > 2


@pytest.mark.requirement("BUY-14")
def test_a_deleted_file_that_comes_back_while_another_has_its_name_gets_a_number(alice_client: Client, agent_id: UUID) -> None:
    send(alice_client, agent_id, ("a.md", TUTORIAL))
    deleted = Source.objects.get(name="a.md")
    alice_client.post(f"/agents/{agent_id}/training/{deleted.id}/delete/")
    send(alice_client, agent_id, ("a.md", GUIDE))
    alice_client.post(f"/agents/{agent_id}/training/{deleted.id}/restore/")
    assert names(agent_id) == ["a (2).md", "a.md"]
    assert content("a (2).md") == TUTORIAL


def undo(client: Client, agent_id: UUID, page: str, how: str) -> str:
    """Presses a button of the latest notice of a page; the page that follows."""
    at = re.search(r'name="at" value="([^"]+)"', page)
    assert at, "the page offers no undo"
    sent = {"at": at[1], "how": how}
    return client.post(f"/agents/{agent_id}/training/replaced/", sent, follow=True).content.decode()


@pytest.mark.requirement("BUY-14")
def test_what_an_upload_replaced_is_said_and_can_be_put_back(alice_client: Client, agent_id: UUID, read_all) -> None:
    send(alice_client, agent_id, ("index.rst", TUTORIAL), ("a.rst", GUIDE))
    assert "of the same name" not in alice_client.get(f"/agents/{agent_id}/training/").content.decode()
    read_all()
    page = send(alice_client, agent_id, ("index.rst", GUIDE), ("a.rst", TUTORIAL), ("new.rst", TUTORIAL))
    read_all()
    assert "2 files replaced earlier ones of the same name" in page
    assert "a.rst, index.rst" in page
    assert "The earlier files are back: a.rst, index.rst." in undo(alice_client, agent_id, page, "back")
    read_all()
    assert (content("index.rst"), content("a.rst"), content("new.rst")) == (TUTORIAL, GUIDE, TUTORIAL)
    assert names(agent_id) == ["a.rst", "index.rst", "new.rst"]
    assert Source.objects.get(name="index.rst", deleted_at=None).state == "ready"
    page = undo(alice_client, agent_id, page, "back")
    assert "There is nothing to put back any more." in page
    assert "of the same name" not in page


@pytest.mark.requirement("BUY-14")
def test_what_an_upload_replaced_can_be_kept_as_well(alice_client: Client, agent_id: UUID, read_all) -> None:
    send(alice_client, agent_id, ("index.rst", TUTORIAL))
    page = undo(alice_client, agent_id, send(alice_client, agent_id, ("index.rst", GUIDE)), "both")
    assert "The earlier file is kept as index (2).rst." in page
    assert (content("index.rst"), content("index (2).rst")) == (GUIDE, TUTORIAL)
    read_all()
    assert "index (2).rst" in final(ask(alice_client, agent_id, "What is the blog of the tutorial called?"))["source"]
    assert "2 files were here already" in send(alice_client, agent_id, ("index.rst", TUTORIAL), ("index.rst", GUIDE))


@pytest.mark.requirement("BUY-14")
def test_each_upload_is_undone_by_itself_the_latest_first(alice_client: Client, agent_id: UUID) -> None:
    for text in (TUTORIAL, GUIDE, GUIDE + b"\nMore.\n"):
        page = send(alice_client, agent_id, ("index.rst", text))
    page = undo(alice_client, agent_id, page, "back")
    assert content("index.rst") == GUIDE
    undo(alice_client, agent_id, page, "back")
    assert content("index.rst") == TUTORIAL


@pytest.mark.requirement("BUY-14")
def test_the_rows_that_follow_an_upload_bring_the_notice_with_them(alice_client: Client, agent_id: UUID) -> None:
    send(alice_client, agent_id, ("index.rst", TUTORIAL))
    alice_client.defaults["HTTP_HX_REQUEST"] = "true"
    rows = send(alice_client, agent_id, ("index.rst", GUIDE))
    assert re.search(r'id="replaced" hx-swap-oob="true">.*1 file replaced an earlier one of the same name', rows, re.DOTALL)


@pytest.mark.requirement("BUY-14")
def test_all_that_counts_what_was_learnt_changes_with_the_rows(alice_client: Client, agent_id: UUID, read_all) -> None:
    def counted(page: str) -> list[str]:
        """What the page says of sources, entries and pairs, and the badge of its tab."""
        found = [re.search(rf'id="{name}"[^>]*>([^<]+)', page) for name in ("source-count", "entry-count", "pair-count")]
        tab = re.search(r'id="agent-tabs".*?/training/"[^>]*>(.*?)</a>', page, re.DOTALL)
        return [*(one[1] for one in found), re.sub("<[^>]+>", "", tab[1])]

    training = f"/agents/{agent_id}/training/"
    assert counted(alice_client.get(training).content.decode()) == ["1 source, 1 ready", "8 entries", "0", "Training"]
    alice_client.defaults["HTTP_HX_REQUEST"] = "true"
    send(alice_client, agent_id, ("rates.pdf", b"%PDF-1.7\n" + b"garbage" * 50), ("index.rst", TUTORIAL))
    read_all()
    rows = alice_client.get(f"{training}sources/").content.decode()
    assert counted(rows) == ["3 sources, 2 ready", "9 entries", "0", "TrainingProblems: 1"]
    assert rows.count('hx-swap-oob="true"') == 3
    for name in ("rates.pdf", "index.rst"):
        rows = alice_client.post(f"{training}{Source.objects.get(name=name).id}/delete/").content.decode()
    assert counted(rows) == ["1 source, 1 ready", "8 entries", "0", "Training"]
    assert rows.count('hx-swap-oob="true"') == 4


@pytest.mark.requirement("BUY-14")
def test_what_was_replaced_an_hour_ago_is_erased_and_no_longer_offered(alice_client: Client, agent_id: UUID) -> None:
    send(alice_client, agent_id, ("index.rst", TUTORIAL))
    earlier = Source.objects.get(name="index.rst").stored_name
    send(alice_client, agent_id, ("index.rst", GUIDE))
    assert default_storage.exists(earlier)
    assert erase_deleted(before=utcnow() + timedelta(seconds=1)) == 1
    assert not default_storage.exists(earlier)
    assert content("index.rst") == GUIDE
    assert "of the same name" not in alice_client.get(f"/agents/{agent_id}/training/").content.decode()


@pytest.mark.requirement("BUY-14")
def test_a_file_that_could_not_be_read_gives_way_without_a_word(alice_client: Client, agent_id: UUID, read_all) -> None:
    send(alice_client, agent_id, ("rates.pdf", b"%PDF-1.7\n" + b"garbage" * 50))
    read_all()
    broken = Source.objects.get(name="rates.pdf").stored_name
    assert "of the same name" not in send(alice_client, agent_id, ("rates.pdf", b"%PDF-1.7\n" + b"rubbish" * 50))
    assert not default_storage.exists(broken)


@pytest.mark.requirement("SEC-01", "BUY-14")
def test_only_who_may_teach_can_put_back(
    alice_client: Client, bob_client: Client, charlie_client: Client, agent_id: UUID
) -> None:
    send(alice_client, agent_id, ("index.rst", TUTORIAL))
    page = send(alice_client, agent_id, ("index.rst", GUIDE))
    at = re.search(r'name="at" value="([^"]+)"', page)[1]
    assert charlie_client.post(f"/agents/{agent_id}/training/replaced/", {"at": at}).status_code == 404
    assert "is back" not in bob_client.post(f"/agents/{agent_id}/training/replaced/", {"at": at}, follow=True).content.decode()
    for made_up in ("", "now", "2026-01-01T00:00:00", "9" * 99):
        assert alice_client.post(f"/agents/{agent_id}/training/replaced/", {"at": made_up}).status_code == 404
    assert content("index.rst") == GUIDE
    assert "Keep both" not in bob_client.get(f"/agents/{agent_id}/training/").content.decode()
