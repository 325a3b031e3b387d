"""A whole incident on a phone in five taps: push, declare, update, fallback, close with proof and report.

The gateway is the real one in a process of its own; its upstream is a server on this machine that fails, beside one that works.
Nobody waits: the minutes of the recovery are fed with times to come, and the clock of the pages is moved there.
"""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from django.conf import settings as django
from playwright.sync_api import Locator, Page, expect

from emporion.accounts.models import Person
from emporion.config import snapshot
from emporion.edge.gateway.tests.provider import Provider, Request, answer, completion
from emporion.edge.gateway.tests.scene import ASK, unused_port
from emporion.gateway.routing.actions import create_key, register_api
from emporion.gateway.routing.orders import NewApi
from emporion.gateway.routing.types import ApiView, NewKey
from emporion.kernel.clock import utcnow
from emporion.nexus.incidents.models import Incident
from emporion.nexus.incidents.tests.conftest import SUMMARIES, Calls, calls, store
from emporion.nexus.statuspage import actions as pages
from emporion.nexus.statuspage.models import StatusIncident
from emporion.notify.models import Notification
from emporion.plumbing.actions import Tick, enqueue, run_due_jobs
from emporion.plumbing.types import Actor
from emporion.store import EventStore, frames
from emporion.store.schemas import ApiCalled
from emporion.store.spool import EventCodec
from tests.browser.screen import PHONE, Screen

__all__ = ["calls", "store"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
MINUTE = timedelta(minutes=1)
PICTURES = os.environ.get("EMPORION_PICTURES", "")
SECRET = "sk-upstream-secret-key"


@dataclass
class Gateway:
    """The gateway's process, its two upstreams, and what it has recorded so far."""

    provider: Provider
    url: str
    store: EventStore
    is_failing: bool = False
    known: set[UUID] = field(default_factory=set)

    def ask(self, key: str, customer: str) -> int:
        """One question of a customer's, as the product asks it; the status of the answer."""
        told = {"authorization": f"Bearer {key}", "x-emporion-customer": customer, "x-emporion-feature": SUMMARIES}
        body = ASK | {"messages": [{"role": "user", "content": customer}]}
        return httpx.post(f"{self.url}/v1/chat/completions", json=body, headers=told, timeout=30).status_code

    def fails(self, key: str) -> None:
        """Eight customers ask five times each, and are refused."""
        for number in range(40):
            assert self.ask(key, f"Customer {number % 8}") == 503
        assert self.take_in() >= 40

    def take_in(self) -> int:
        """Move what was recorded to the store, as the writer does every second."""
        found = _recorded(Path(django.ENVIRONMENT.edge.spool))
        fresh = [one for one in found if isinstance(one, ApiCalled) and one.event_id not in self.known]
        self.known |= {one.event_id for one in fresh}
        if fresh:
            self.store.insert(ApiCalled, fresh, token=str(fresh[0].event_id))
        return len(fresh)


def _recorded(folder: Path) -> list[object]:
    """Everything in the spool; a segment that is closed in this very moment has another name in the next."""
    codec = EventCodec()
    with suppress(FileNotFoundError):
        files = [path for path in folder.rglob("*") if path.suffix in {".open", ".seg"}]
        return [codec.decode(record) for path in files for record in frames.read(path.read_bytes()).records]
    return _recorded(folder)


@pytest.fixture
def gateway(store: EventStore, settings: Any) -> Iterator[Gateway]:
    """Runs `emporion edge` on the data of this test."""
    provider, port = Provider(), unused_port()
    one = Gateway(provider=provider, url=f"http://127.0.0.1:{port}/gateway/openai", store=store)

    async def primary(request: Request, writer: asyncio.StreamWriter) -> None:
        body = {"error": {"message": "The engine is overloaded.", "type": "server_error", "code": None, "param": None}}
        writer.write(answer(503, body) if one.is_failing else answer(200, completion()))

    async def backup(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(answer(200, completion()))

    provider.behaviours |= {"primary": primary, "backup": backup}
    provider.start()
    allowed = f"127.0.0.1:{provider.port}"
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, outbound_allow=allowed)
    snapshot.write_gateway(now=utcnow())
    environment = os.environ | {"EMPORION_PORT": str(port), "EMPORION_OUTBOUND_ALLOW": allowed}
    process = subprocess.Popen([sys.executable, "-m", "emporion.cli.main", "edge"], env=environment)
    try:
        _wait(port, process)
        yield one
    finally:
        process.terminate()
        process.wait(timeout=30)
        provider.stop()


def _wait(port: int, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        with suppress(httpx.TransportError):
            if httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=5).status_code == 200:
                return
        time.sleep(0.02)
    raise TimeoutError


@dataclass
class Clock:
    """What time it is for the pages and the jobs."""

    ahead: timedelta = timedelta()

    def __call__(self) -> datetime:
        return utcnow() + self.ahead

    def work(self, *names: str) -> None:
        """Do what is scheduled and everything that is due because of it."""
        for name in names:
            enqueue(name, Tick(at=self()), now=self())
        run_due_jobs(now=self())


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    told = Clock()
    import_module(django.ROOT_URLCONF)  # every page is there before its clock is changed
    for name, module in list(sys.modules.items()):
        if name.startswith("emporion.nexus.") and getattr(module, "utcnow", None) is utcnow:
            monkeypatch.setattr(module, "utcnow", told)
    return told


@dataclass
class Thumb:
    """Taps, and counts them."""

    page: Page
    taps: int = 0

    def tap(self, target: Locator) -> None:
        target.click()
        self.taps += 1

    def picture(self, name: str) -> None:
        """A picture for the docs, where one is wanted."""
        if PICTURES:
            self.page.screenshot(path=f"{PICTURES}/{name}.png", full_page=False)


def api(name: str, url: str, actor: Actor, project_id: UUID) -> ApiView:
    new = NewApi(preset="openai", name=name, base_url=url, secret=SECRET, is_unchecked=True)
    return register_api(api=new, project_id=project_id, actor=actor, now=utcnow())[0]


def until(holds: Callable[[], bool]) -> None:
    """Something another process does within seconds."""
    limit = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < limit
        time.sleep(0.05)


def furnish(alice: Actor, gateway: Gateway, calls: Calls) -> tuple[ApiView, str]:
    """An API, one to fall back to, a key of the product's, an hour of ordinary calls, and a public status page."""
    project_id, now = min(alice.project_ids), utcnow()
    openai = api("OpenAI", gateway.provider.url("primary"), alice, project_id)
    backup = api("Backup", gateway.provider.url("backup"), alice, project_id)
    key = create_key(key=NewKey(name="Product"), project_id=project_id, actor=alice, now=now).plaintext
    said = pages.PageSettings(name="Fieldnote", slug="fieldnote")
    made = pages.create_page(page=said, project_id=project_id, actor=alice, now=now)
    part = pages.ComponentSettings(name=SUMMARIES, api_id=openai.id)
    pages.add_component(page_id=made.id, component=part, actor=alice, now=now)
    pages.publish_page(page_id=made.id, is_public=True, actor=alice, now=now)
    for one in (openai, backup):
        calls(one, now - 60 * MINUTE, minutes=59)
    return backup, key


@pytest.mark.requirement("NEX-05", "NEX-07", "NEX-08", "NEX-09", "NEX-10")
def test_an_incident_is_handled_on_a_phone_in_five_taps(
    screen: Callable[..., Screen], alice: Actor, alice_person: Person, gateway: Gateway, calls: Calls, clock: Clock
) -> None:
    backup, key = furnish(alice, gateway, calls)
    clock.work()

    until(lambda: gateway.ask(key, "Northwind") == 200)
    gateway.is_failing = True
    gateway.fails(key)
    clock.work("nexus.watch_all")
    gateway.fails(key)  # nobody stops asking because we have noticed
    told = Notification.objects.filter(person_id=alice_person.pk, topic="incident").latest("id")

    tab = screen(width=PHONE, person=alice_person)
    thumb = Thumb(tab.open(told.url))
    thumb.taps += 1  # the push itself, which opens this address
    page = thumb.page
    thumb.picture("walkthrough-1-push")
    thumb.tap(page.locator(".onetap").get_by_role("button", name="Declare incident"))

    expect(page.get_by_role("heading", name="OpenAI", exact=False).first).to_be_visible()
    expect(page.locator("#impact")).to_contain_text("Failed answers")
    thumb.picture("walkthrough-2-declared")
    incident = Incident.objects.get()
    clock.work()

    thumb.tap(page.get_by_role("button", name="Post to status page"))
    expect(page.get_by_text("Posted: status page.")).to_be_visible()
    assert StatusIncident.objects.get().stage == "investigating"

    page.locator(".suggest").scroll_into_view_if_needed()
    thumb.picture("walkthrough-3-suggestion")
    thumb.tap(page.get_by_role("button", name="Route to Backup"))
    expect(page.get_by_text("In force:")).to_be_visible()
    clock.work()
    until(lambda: gateway.ask(key, "Northwind") == 200)
    assert gateway.provider.last("backup").path.endswith("/chat/completions")

    begins = clock().replace(second=0, microsecond=0) + MINUTE
    calls(backup, begins, minutes=18)  # a few more than it takes: the test itself may take minutes
    clock.ahead = begins + 15 * MINUTE - utcnow()
    clock.work("nexus.incidents.each_minute")
    page.reload()
    expect(page.get_by_text("15 of 15 min")).to_be_visible()
    page.locator("#proof").scroll_into_view_if_needed()
    thumb.picture("walkthrough-4-proof")
    assert tab.problems() == []
    thumb.tap(page.get_by_role("button", name="Close and draft the report"))

    expect(page.get_by_text("This is the draft of its report.")).to_be_visible()
    expect(page.get_by_role("heading", name="Where the time went")).to_be_visible()
    thumb.picture("walkthrough-5-report")
    incident.refresh_from_db()
    assert incident.state == "closed"
    assert incident.close_reason == ""
    assert incident.report.drafted_in_ms < 5_000
    assert thumb.taps == 5
    assert tab.problems() == []
