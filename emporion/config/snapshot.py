"""Tells the data plane which websites take events and what the gateway follows: at every start, and whenever it changes."""

import time
from datetime import datetime
from pathlib import Path

import msgspec
from django.conf import settings

from emporion.agents.runtime.events import AgentProvisioned
from emporion.agents.runtime.queries import callers
from emporion.edge import snapshot
from emporion.gateway.pricing.events import PricesChanged
from emporion.gateway.pricing.queries import price_rules
from emporion.gateway.routing import data_plane
from emporion.gateway.routing.actions import ensure_platform_apis
from emporion.gateway.routing.events import GatewayChanged
from emporion.gateway.routing.types import Caller, GatewaySnapshot
from emporion.insights.sites.events import SiteChanged
from emporion.insights.sites.queries import collections
from emporion.kernel.clock import utcnow
from emporion.nexus.signals.events import HeartbeatsChanged
from emporion.nexus.signals.queries import beat_grants
from emporion.nexus.signals.types import SignalsSnapshot
from emporion.plumbing.types import JobContext


class _Numbered(msgspec.Struct):
    number: int


def write() -> None:
    """Writes what the database says now."""
    snapshot.write(settings.ENVIRONMENT.edge.snapshot, collections)
    write_gateway(now=utcnow())
    write_heartbeats()


def write_heartbeats() -> None:
    """Writes which heartbeats are waited for; of their tokens only the digests."""
    path = settings.ENVIRONMENT.edge.signals_snapshot
    with snapshot.turn(path):
        snapshot.put(path, msgspec.msgpack.encode(SignalsSnapshot(number=_next_number(path), beats=beat_grants())))


def write_gateway(*, now: datetime) -> None:
    """Writes what the gateway follows; secrets stay encrypted in it."""
    path = settings.ENVIRONMENT.edge.gateway_snapshot
    callers = _callers()
    if settings.ENVIRONMENT.model_name:
        ensure_platform_apis(callers=callers, now=now)
    with snapshot.turn(path):
        snapshot.put(path, msgspec.msgpack.encode(_gateway(_next_number(path), callers, now)))


def on_change(event: SiteChanged, *, job: JobContext) -> None:
    """A website changed: whichever one, the whole is written, so that any order of changes ends in the same."""
    snapshot.write(settings.ENVIRONMENT.edge.snapshot, collections)


def on_gateway_change(event: GatewayChanged, *, job: JobContext) -> None:
    """Something that the gateway follows changed; the whole is written."""
    write_gateway(now=job.now)


def on_heartbeats_change(event: HeartbeatsChanged, *, job: JobContext) -> None:
    """A heartbeat changed; the whole is written."""
    write_heartbeats()


def on_price_change(event: PricesChanged, *, job: JobContext) -> None:
    """Somebody's own prices changed; the whole is written."""
    write_gateway(now=job.now)


def on_agent(event: AgentProvisioned, *, job: JobContext) -> None:
    """A new agent calls its model with a key of its own."""
    if settings.ENVIRONMENT.model_name:
        write_gateway(now=job.now)


def _callers() -> tuple[Caller, ...]:
    return callers() if settings.ENVIRONMENT.model_name else ()


def _gateway(number: int, callers: tuple[Caller, ...], now: datetime) -> GatewaySnapshot:
    return GatewaySnapshot(
        number=number,
        upstreams=data_plane.upstreams(),
        keys=data_plane.grants(callers, now),
        routes=data_plane.rules(now),
        caches=data_plane.caches(),
        budgets=data_plane.budgets(),
        prices=price_rules(),
    )


def _next_number(path: Path) -> int:
    """One more than the last; the clock's where the last one cannot be read, which is more than any count."""
    try:
        return msgspec.msgpack.decode(path.read_bytes(), type=_Numbered).number + 1
    except FileNotFoundError:
        return 1
    except (OSError, msgspec.MsgspecError):
        return time.time_ns()
