"""Files that are not taken in, through the page of training: each says why, until it is dismissed or a day is over."""

import re
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.core.files.storage import default_storage
from django.test import Client

from emporion.agents.knowledge import core, queries, uploads, views
from emporion.agents.knowledge.actions import add_files
from emporion.agents.knowledge.jobs import erase
from emporion.agents.knowledge.library import REFUSED_KEPT, UploadedFile
from emporion.agents.knowledge.models import Source
from emporion.agents.knowledge.tests.files import pdf
from emporion.agents.knowledge.tests.test_training import HANDBOOK, upload
from emporion.plumbing.actions import Tick
from emporion.plumbing.types import Actor

pytestmark = pytest.mark.requirement("BUY-14")
PHOTO = ("photo.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 99)


def refused_on(page: str) -> dict[str, str]:
    """The files that a page says were not taken in, each with what it says of them."""
    section = re.search(r'<section class="card" id="refused".*?</section>', page, re.DOTALL)[0]
    assert (" hidden>" in section) == ("<li" not in section)
    rows = re.findall(r'<div class="name"><b>(.*?)</b>.*?<div class="why"><p>(.*?)</p>', section, re.DOTALL)
    return dict(rows)


def test_a_file_that_is_refused_says_why_and_harms_no_other(alice_client: Client, agent_id: UUID, read_all) -> None:
    page = upload(alice_client, agent_id, PHOTO, ("empty.md", b""), ("time-off.md", HANDBOOK))
    assert refused_on(page).keys() == {"photo.png", "empty.md"}
    read_all()
    assert [source.name for source in Source.objects.present().filter(library_id=agent_id)] == ["time-off.md"]
    assert Source.objects.get(name="time-off.md").state == "ready"


def test_a_refused_file_is_told_until_it_is_dismissed_or_comes_anew(
    alice_client: Client, bob_client: Client, charlie_client: Client, agent_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    training = f"/agents/{agent_id}/training/"
    monkeypatch.setattr(views, "FILE_LIMIT_BYTES", 5000)
    monkeypatch.setattr(uploads.add_files, "__kwdefaults__", {"limit_bytes": 5000})
    alice_client.defaults["HTTP_HX_REQUEST"] = "true"
    files = (PHOTO, ("empty.md", b""), ("big.md", b"Far too much. " * 500), ("lie.pdf", b"Just words."))
    read: list[int] = []
    accept = core.accept
    monkeypatch.setattr(core, "accept", lambda file, *rest: read.append(len(file.content)) or accept(file, *rest))
    told = refused_on(upload(alice_client, agent_id, *files))
    assert max(read) <= 5000, "what is too large is not read"
    assert told.keys() == {"photo.png", "empty.md", "big.md", "lie.pdf"}
    assert "larger than" in told["big.md"]
    assert not default_storage.exists(f"knowledge/{agent_id}"), "nothing of them is kept"
    for client in (alice_client, bob_client):
        assert refused_on(client.get(training).content.decode()) == told
    ids = {source.name: source.id for source in Source.objects.refused()}
    for client, status in ((charlie_client, 404), (bob_client, 403)):
        assert client.post(f"{training}refused/", {"source": ids["empty.md"]}).status_code == status
    rows = alice_client.post(f"{training}refused/", {"source": ids["empty.md"]}).content.decode()
    assert refused_on(rows).keys() == {"photo.png", "big.md", "lie.pdf"}
    answer = upload(alice_client, agent_id, ("lie.pdf", pdf("A page about the mill.")), PHOTO)
    assert refused_on(answer).keys() == {"photo.png", "big.md"}, "one that came anew, as a PDF, is no longer told of"
    del alice_client.defaults["HTTP_HX_REQUEST"]
    page = alice_client.post(f"{training}refused/", follow=True).content.decode()
    assert refused_on(page) == {}


def test_a_refused_file_is_told_for_a_day_at_most_and_counts_nowhere(
    alice_client: Client, alice: Actor, agent_id: UUID, now: datetime
) -> None:
    (outcome,) = add_files(library_id=agent_id, files=(UploadedFile(name="empty.md", content=b""),), actor=alice, now=now)
    assert outcome.source_id is None
    told = Source.objects.get(name="empty.md")
    assert (told.stored_name, told.content_hash, told.byte_count) == ("", "", 0)
    page = alice_client.get(f"/agents/{agent_id}/training/").content.decode()
    assert "1 source, 1 ready" in page
    assert 'id="agent-tabs"' in page
    assert "Problems:" not in page
    view = queries.library(alice, agent_id)
    assert (len(view.sources), view.failed_count, queries.being_read(alice, agent_id).total) == (1, 0, 1)
    for verb in ("again", "delete", "restore"):
        assert alice_client.post(f"/agents/{agent_id}/training/{told.id}/{verb}/").status_code == 404
    assert alice_client.get(f"/agents/{agent_id}/training/{told.id}/").status_code == 404
    assert queries.refused(alice, agent_id, now + timedelta(hours=23))
    assert not queries.refused(alice, agent_id, now + timedelta(hours=24))
    erase(Tick(at=now + timedelta(hours=23)), job=None)
    assert Source.objects.refused().exists()
    erase(Tick(at=now + timedelta(hours=25)), job=None)
    assert not Source.objects.refused().exists()
    for number in range(3):
        files = tuple(UploadedFile(name=f"{number}/{one}.md", content=b"") for one in range(60))
        add_files(library_id=agent_id, files=files, actor=alice, now=now + timedelta(seconds=number))
    assert len(queries.refused(alice, agent_id, now)) == REFUSED_KEPT, "whoever drops the wrong folder does not fill the page"
