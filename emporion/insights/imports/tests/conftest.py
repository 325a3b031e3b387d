"""Uploads through the page, and everything that runs behind it until an import has arrived."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from emporion.config import eventlog, importing
from emporion.insights.imports.models import Import
from emporion.insights.imports.types import State
from emporion.insights.sites.types import SiteView
from emporion.kernel.clock import utcnow
from emporion.plumbing.actions import run_due_jobs
from emporion.store import Spool, Writer, shared_store


@pytest.fixture
def spool(settings: LazySettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Spool]:
    """A spool and a folder of uploads of their own."""
    settings.STORAGES = settings.STORAGES | {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path / "files"}}
    }
    spool = Spool(tmp_path / "spool")
    monkeypatch.setattr(eventlog, "spool", lambda: spool)
    monkeypatch.setattr(importing, "spool", lambda: spool)
    yield spool
    spool.close()


@pytest.fixture
def move(spool: Spool, settings: LazySettings) -> Callable[[], None]:
    """Brings what was kept into the store, as the writer does."""

    def run() -> None:
        with Writer(spool=spool, store=shared_store(settings.EVENTS_URL), on_moved=eventlog.heed) as writer:
            writer.flush()

    return run


@pytest.fixture
def upload(alice_client: Client, site: SiteView, spool: Spool) -> Callable[..., Import]:
    """Sends files through the page and has them read."""

    def send(*files: tuple[str, bytes], source: str = "logs") -> Import:
        sent = [SimpleUploadedFile(name, content) for name, content in files]
        response = alice_client.post(f"/insights/{site.id}/settings/import/", {"source": source, "files": sent})
        assert response.status_code == 302, response.content.decode()
        run_due_jobs(now=utcnow())
        return Import.objects.get(pk=UUID(response["Location"].rstrip("/").rpartition("/")[2]))

    return send


@pytest.fixture
def agree(alice_client: Client, site: SiteView, move: Callable[[], None]) -> Callable[..., Import]:
    """Agrees to what was found and waits until it has arrived."""

    def press(run: Import, **form: str) -> Import:
        response = alice_client.post(f"/insights/{site.id}/settings/import/{run.pk}/agree/", form)
        assert response.status_code == 302, response.content.decode()
        run_due_jobs(now=utcnow())
        move()
        run_due_jobs(now=utcnow() + timedelta(minutes=1))
        run.refresh_from_db()
        assert run.state == State.DONE
        return run

    return press
