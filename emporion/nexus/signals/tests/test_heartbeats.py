"""A job that reports, one that goes quiet, and one that comes back, through the pages, the data plane and the jobs."""

import asyncio
import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from django.conf import LazySettings
from django.test import Client

from emporion.config import snapshot
from emporion.edge.application import Edge
from emporion.edge.transport import AsgiExchange
from emporion.kernel.ids import new_id
from emporion.nexus.signals import actions, beating, queries
from emporion.nexus.signals.models import HeartbeatRow
from emporion.nexus.signals.types import NewHeartbeat
from emporion.plumbing.models import Job
from emporion.plumbing.registry import subscriptions
from emporion.plumbing.types import Actor
from emporion.store import Spool, frames
from emporion.store.schemas import Heartbeat
from emporion.store.spool import EventCodec

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("NEX-05")]
Told = Callable[[], list[str]]


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch, settings: LazySettings, tmp_path: Path) -> Told:
    """The names of what was published about heartbeats, in order; no sign of another test waits for the event store."""
    settings.SPOOL_DIR = tmp_path / "nothing"
    monkeypatch.setitem(subscriptions().LISTENERS, "nexus.signals.HeartbeatMissed", ("x:missed",))
    monkeypatch.setitem(subscriptions().LISTENERS, "nexus.signals.HeartbeatReturned", ("x:returned",))
    names = ("nexus.signals.HeartbeatMissed", "nexus.signals.HeartbeatReturned")
    return lambda: [
        name.rpartition(".")[2] for name in Job.objects.filter(name__in=names).order_by("id").values_list("name", flat=True)
    ]


@pytest.fixture
def heartbeat_id(alice: Actor, project_id: UUID, now: datetime) -> UUID:
    new = NewHeartbeat(name="Nightly éxport", period_seconds=3600, grace_seconds=300)
    return actions.add_heartbeat(heartbeat=new, project_id=project_id, actor=alice, now=now).id


def beat(heartbeat_id: UUID, at: datetime, state: str = "ok", detail: str = "") -> None:
    beating.take([Heartbeat(event_id=new_id(), occurred_at=at, heartbeat_id=heartbeat_id, state=state, detail=detail)])


def watch(until: datetime, since: datetime) -> None:
    """Looks every minute, as the schedule does more often."""
    at = since
    while at <= until:
        beating.look(now=at)
        at += timedelta(minutes=1)


def test_the_address_of_the_page_takes_a_sign_of_life_and_the_page_shows_it(
    alice_client: Client, settings: LazySettings, tmp_path: Path
) -> None:
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, edge_dir=str(tmp_path))
    response = alice_client.post("/nexus/heartbeats/new/", {"name": "Backup", "period": "3600", "grace": "300", "api": ""})
    page = alice_client.get(response["Location"]).content.decode()
    assert "It has not been heard of yet" in page
    found = re.search(r"<code>[^<]+(/beat/hb_[^<]+)</code>", page)
    assert found is not None
    snapshot.write_heartbeats()
    with Spool(tmp_path / "spool") as spool:
        assert asyncio.run(call(Edge(settings.ENVIRONMENT.edge, spool), found[1])) == 200
    beating.take(list(_events(tmp_path / "spool")))
    assert "Alive" in alice_client.get(response["Location"]).content.decode()


async def call(edge: Edge, path: str) -> object:
    """One GET of the data plane; the status of its answer."""
    sent: list[Mapping[str, object]] = []

    async def receive() -> Mapping[str, object]:
        return {"type": "http.request", "body": b""}

    async def send(message: Mapping[str, object]) -> None:
        sent.append(message)

    await edge.handle(AsgiExchange({"type": "http", "method": "GET", "path": path, "headers": []}, receive, send))
    return sent[0]["status"]


def _events(root: Path) -> Iterator[Heartbeat]:
    for path in root.rglob("*.seg"):
        for record in frames.read(path.read_bytes()).records:
            event = EventCodec().decode(record)
            assert isinstance(event, Heartbeat)
            yield event


def test_a_job_that_goes_quiet_is_told_once_and_so_is_its_return(
    heartbeat_id: UUID, alice: Actor, now: datetime, told: Told
) -> None:
    watch(now, now)
    assert told() == [], "what was never heard of is not missed"
    beat(heartbeat_id, now)
    watch(now + timedelta(minutes=64), now)
    assert told() == []
    watch(now + timedelta(minutes=70), now + timedelta(minutes=65))
    assert told() == ["HeartbeatMissed"]
    view = queries.heartbeat_of(alice, heartbeat_id, now=now + timedelta(minutes=70))
    assert (view.state.value, view.since) == ("missing", now + timedelta(minutes=65))
    beat(heartbeat_id, now + timedelta(minutes=71))
    beat(heartbeat_id, now + timedelta(minutes=71))
    assert told() == ["HeartbeatMissed", "HeartbeatReturned"]


def test_a_job_that_says_that_it_failed_is_told_at_once_with_what_it_said(heartbeat_id: UUID, now: datetime, told: Told) -> None:
    beat(heartbeat_id, now)
    beat(heartbeat_id, now + timedelta(minutes=1), "fail", "exit code 3\ndisk full")
    assert told() == ["HeartbeatMissed"]
    assert '"reason":"failed"' in Job.objects.get(handler="x:missed").payload
    assert "disk full" in Job.objects.get(handler="x:missed").payload


def test_a_job_that_starts_and_does_not_finish_is_told_after_its_grace(heartbeat_id: UUID, now: datetime, told: Told) -> None:
    watch(now, now)
    beat(heartbeat_id, now, "start")
    watch(now + timedelta(minutes=4), now)
    assert told() == []
    watch(now + timedelta(minutes=6), now + timedelta(minutes=5))
    assert told() == ["HeartbeatMissed"]
    assert '"reason":"unfinished"' in Job.objects.get(handler="x:missed").payload


def test_how_long_a_job_took_is_known_from_its_start_and_its_end(heartbeat_id: UUID, alice: Actor, now: datetime) -> None:
    beat(heartbeat_id, now, "start")
    beat(heartbeat_id, now + timedelta(seconds=90))
    assert queries.heartbeat_of(alice, heartbeat_id, now=now).last_duration_ms == 90_000


def test_signs_that_arrive_late_or_twice_change_nothing(heartbeat_id: UUID, alice: Actor, now: datetime, told: Told) -> None:
    beat(heartbeat_id, now)
    beat(heartbeat_id, now - timedelta(minutes=5), "fail")
    assert told() == []
    assert queries.heartbeat_of(alice, heartbeat_id, now=now).last_at == now


def test_who_did_not_listen_does_not_say_that_nobody_spoke(heartbeat_id: UUID, now: datetime, told: Told) -> None:
    watch(now, now)
    beat(heartbeat_id, now)
    back = now + timedelta(hours=5)  # the installation was down
    watch(back + timedelta(minutes=60), back)
    assert told() == [], "it gets a whole turn"
    watch(back + timedelta(minutes=70), back + timedelta(minutes=61))
    assert told() == ["HeartbeatMissed"]


def test_signs_that_wait_for_the_event_store_are_waited_for(
    heartbeat_id: UUID, now: datetime, told: Told, settings: LazySettings, tmp_path: Path
) -> None:
    watch(now, now)
    beat(heartbeat_id, now)
    settings.SPOOL_DIR = tmp_path
    waiting = tmp_path / "1-x" / "0.seg"
    waiting.parent.mkdir()
    waiting.write_bytes(b"x" * 64)
    os.utime(waiting, (1, 1))
    watch(now + timedelta(minutes=90), now)
    assert told() == []
    waiting.unlink()
    watch(now + timedelta(minutes=92), now + timedelta(minutes=91))
    assert told() == ["HeartbeatMissed"]


def test_paused_removed_and_brought_back(alice_client: Client, heartbeat_id: UUID, now: datetime, told: Told) -> None:
    watch(now, now)
    beat(heartbeat_id, now)
    act = f"/nexus/heartbeats/{heartbeat_id}/act/"
    alice_client.post(act, {"do": "pause"})
    watch(now + timedelta(minutes=90), now)
    assert told() == []
    alice_client.post(act, {"do": "resume"})
    assert HeartbeatRow.objects.get().due_at > now + timedelta(minutes=65)
    page = alice_client.post(act, {"do": "remove"}, follow=True).content.decode()
    assert "Undo" in page
    assert queries.beat_grants() == ()
    alice_client.post(act, {"do": "restore"})
    assert len(queries.beat_grants()) == 1


@pytest.mark.requirement("SEC-01")
def test_members_see_no_address_and_strangers_nothing(
    alice_client: Client, bob_client: Client, charlie_client: Client, heartbeat_id: UUID
) -> None:
    path = f"/nexus/heartbeats/{heartbeat_id}/"
    assert "/beat/hb_" in alice_client.get(path).content.decode()
    assert "/beat/hb_" not in bob_client.get(path).content.decode()
    assert bob_client.post(f"{path}act/", {"do": "remove"}).status_code == 403
    assert bob_client.post(path, {"name": "x", "period": 60, "grace": 60}).status_code == 403
    assert charlie_client.get(path).status_code == 404
    assert charlie_client.post(f"{path}act/", {"do": "remove"}).status_code == 404


def test_a_form_that_is_wrong_keeps_what_was_typed(alice_client: Client) -> None:
    response = alice_client.post("/nexus/heartbeats/new/", {"name": "Kept é", "period": "7", "grace": "300"})
    assert response.status_code == 422
    assert "Kept é" in response.content.decode()
