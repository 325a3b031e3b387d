"""From the door to the figures: a simulated visit through the real collection, and dropped events that are let in again."""

import re
import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import msgspec
import pytest
import uvicorn
from django.conf import LazySettings
from django.test import Client

from emporion.config import eventlog
from emporion.edge import snapshot
from emporion.edge.application import Edge
from emporion.edge.types import EdgeSettings
from emporion.insights.sites.models import Site
from emporion.insights.sites.queries import collections
from emporion.insights.sites.types import SiteView
from emporion.kernel.clock import utcnow
from emporion.kernel.ids import new_id
from emporion.store import Spool, Writer, shared_store
from emporion.store.schemas import SiteEvent, SiteEventDropped
from emporion.store.types import NOBODY

pytestmark = [pytest.mark.django_db(transaction=True)]


def drop(site: SiteView, reason: str, path: str, at: datetime) -> SiteEventDropped:
    return SiteEventDropped(
        event_id=new_id(),
        occurred_at=at,
        organisation_id=site.organisation_id,
        project_id=site.project_id,
        site_id=site.id,
        visitor_id=new_id(),
        kind="goal",
        name="sign_up",
        params={"plan": "é"},
        host=site.domain,
        path=path,
        reason=reason,
        detail="<b>sign</b>",
        user_agent="Googlebot/2.1",
    )


def page(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200
    return re.sub(r"\s+", " ", response.content.decode())


@pytest.fixture
def stored(settings: LazySettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Spool]:
    """A spool of its own, moved into the store by the real writer when the test flushes it."""
    spool = Spool(tmp_path / "spool")
    monkeypatch.setattr(eventlog, "spool", lambda: spool)
    yield spool
    spool.close()


def move(spool: Spool, settings: LazySettings) -> None:
    with Writer(spool=spool, store=shared_store(settings.EVENTS_URL), on_moved=eventlog.heed) as writer:
        writer.flush()


@pytest.mark.requirement("INS-03")
def test_dropped_events_show_their_reason_and_count_once_they_are_let_in(
    stored: Spool, website: SiteView, alice_client: Client, bob_client: Client, drain: Callable[..., int], settings: LazySettings
) -> None:
    address, now = f"/insights/{website.id}/dropped/", utcnow()
    assert "Everything counted" in page(alice_client, address)
    events = [drop(website, "bot", f"/page-{number}", now) for number in range(3)] + [drop(website, "rate", "/<i>x</i>", now)]
    shared_store(settings.EVENTS_URL).insert(SiteEventDropped, events, token=str(new_id()))
    shown = page(alice_client, address)
    assert "Robot" in shown
    assert "<b>3</b>" in shown
    assert "&lt;i&gt;x&lt;/i&gt;" in shown
    assert "&lt;b&gt;sign&lt;/b&gt;" in shown
    assert "/page-1" not in page(alice_client, f"{address}?reason=rate")
    assert bob_client.post(f"{address}let-in/", {"reason": "bot"}).status_code == 403
    assert alice_client.post(f"{address}let-in/", {"event": str(events[0].event_id)}).status_code == 302
    assert alice_client.post(f"{address}let-in/", {"reason": "rate"}).status_code == 302
    assert alice_client.post(f"{address}let-in/", {"reason": "rate"}).status_code == 302, "twice is once"
    drain(utcnow())
    move(stored, settings)
    sql = "SELECT event_id, name, path, params['plan'] AS plan FROM site_events FINAL WHERE site_id = {site:UUID} ORDER BY path"
    rows = shared_store(settings.EVENTS_URL).rows(sql, {"site": website.id}, as_=dict)
    assert [row["path"] for row in rows] == ["/<i>x</i>", "/page-0"]
    assert {(row["name"], row["plan"]) for row in rows} == {("sign_up", "é")}
    assert page(alice_client, address).count("Counts now") == 2
    other = alice_client.post(f"{address}let-in/", {"event": str(new_id())})
    assert other.status_code == 302
    drain(utcnow())


@pytest.mark.requirement("INS-01")
def test_a_simulated_visit_goes_through_the_real_door_and_is_marked(
    stored: Spool, website: SiteView, alice_client: Client, settings: LazySettings, tmp_path: Path
) -> None:
    edge_settings = EdgeSettings(spool=tmp_path / "spool", folder=tmp_path / "edge")
    snapshot.write(edge_settings.snapshot, collections)
    app = Edge(edge_settings, stored)
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="critical", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        thread.join(0.02)
    settings.SITE_URL = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    try:
        response = alice_client.post(f"/insights/{website.id}/setup/simulate/", follow=True)
    finally:
        server.should_exit = True
        thread.join(10)
    assert "A visit was sent" in response.content.decode()
    move(stored, settings)
    sql = "SELECT origin, path, utm_source, visitor_id FROM site_events WHERE site_id = {site:UUID}"
    rows = shared_store(settings.EVENTS_URL).rows(sql, {"site": website.id}, as_=dict)
    assert [(row["origin"], row["path"], row["utm_source"]) for row in rows] == [("demo", "/simulated-visit", "simulation")]
    assert rows[0]["visitor_id"] != NOBODY
    assert Site.objects.get().first_event_at is not None
    assert "The first visit is there" in page(alice_client, f"/insights/{website.id}/setup/")
    settings.SITE_URL = "http://127.0.0.1:1"
    assert alice_client.post(f"/insights/{website.id}/setup/simulate/").status_code == 503


def test_what_is_dropped_and_what_counts_have_the_same_fields() -> None:
    assert set(SiteEvent.__struct_fields__) <= set(SiteEventDropped.__struct_fields__)


@pytest.mark.requirement("INS-03")
def test_crawlers_of_models_have_a_report_of_who_read_what(
    website: SiteView, alice_client: Client, settings: LazySettings
) -> None:
    address, now = f"/insights/{website.id}/dropped/", utcnow()
    seen = (("GPTBot\\/", "/docs"), ("GPTBot\\/", "/docs"), ("GPTBot\\/", "/prices"), ("ClaudeBot", "/docs"))
    events = [msgspec.structs.replace(drop(website, "ai_crawler", path, now), detail=who) for who, path in seen]
    events.append(msgspec.structs.replace(drop(website, "headless", "/", now), detail="(?i)headless|phantomjs"))
    shared_store(settings.EVENTS_URL).insert(SiteEventDropped, events, token=str(new_id()))
    report = re.sub(r"<[^>]*>", " ", page(alice_client, f"{address}?reason=ai_crawler").split('id="h-crawlers"')[1])
    said = " ".join(report.split("Latest events")[0].split())
    assert re.search(r"GPTBot 3 2 .*ClaudeBot 1 1 .*/docs 3 2 /prices 1 1", said), said
    everything = page(alice_client, address)
    assert "phantomjs" not in everything, "a pattern is no reason that people read"
    assert "Browser without a person" in everything
