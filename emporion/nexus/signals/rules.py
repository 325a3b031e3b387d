"""Decides, without I/O, when a heartbeat is missed, what a sign of life changes, and what another system's alert says."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from emporion.nexus.signals.types import BeatState

AWAY_AFTER = timedelta(seconds=120)  # a look that comes later than this after the last one: nobody listened meanwhile
SHORTEST_PERIOD, LONGEST_PERIOD = 60, 32 * 86_400
SHORTEST_GRACE, LONGEST_GRACE = 30, 8 * 86_400
MOST_HEARTBEATS = 500
MOST_RECEIVERS = 20
MOST_ALERTS_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulse:
    """What is known of a heartbeat: the times of its last signs, and when it counts as missed."""

    period: timedelta
    grace: timedelta
    state: BeatState = BeatState.NEW
    last_at: datetime | None = None
    started_at: datetime | None = None
    due_at: datetime | None = None
    duration: timedelta = timedelta(0)
    detail: str = ""


def after_beat(pulse: Pulse, *, word: str, at: datetime, detail: str = "") -> Pulse:
    """The pulse after a sign of life; one that is older than the last one changes nothing.

    A job that says when it starts has its grace to finish, however long its period is.
    """
    heard = max((moment for moment in (pulse.last_at, pulse.started_at) if moment), default=None)
    if heard is not None and at < heard:
        return pulse
    if word == "start":
        state = pulse.state if pulse.state.is_down else BeatState.RUNNING
        return replace(pulse, started_at=at, due_at=at + pulse.grace, state=state)
    took = at - pulse.started_at if pulse.started_at else timedelta(0)
    state = BeatState.FAILED if word == "fail" else BeatState.ALIVE
    due = at + pulse.period + pulse.grace
    return replace(pulse, state=state, last_at=at, started_at=None, due_at=due, duration=took, detail=detail)


def after_silence(pulse: Pulse, *, now: datetime) -> Pulse:
    """The pulse when its time is over: missed, or begun and not finished."""
    detail = "It started and did not finish in time." if pulse.started_at else ""
    return replace(pulse, state=BeatState.MISSING, started_at=None, due_at=None, detail=detail)


def after_deafness(pulse: Pulse, *, now: datetime) -> Pulse:
    """The pulse when we did not listen: whoever was due meanwhile gets a whole turn from now."""
    if pulse.due_at is None:
        return pulse
    return replace(pulse, started_at=None, due_at=now + pulse.period + pulse.grace)


def was_deaf(looked_at: datetime | None, now: datetime) -> bool:
    """Whether nobody listened since the last look."""
    return looked_at is not None and now - looked_at > AWAY_AFTER


def shown_state(pulse: Pulse, *, is_paused: bool, now: datetime) -> BeatState:
    """The state as people see it: late is inside the grace."""
    if is_paused:
        return BeatState.PAUSED
    if pulse.state is BeatState.ALIVE and pulse.last_at and now > pulse.last_at + pulse.period:
        return BeatState.LATE
    return pulse.state


def severity_of(labels: Mapping[str, str]) -> str:
    """What an alert's labels say of how bad it is, in the sender's own word."""
    told = (labels.get("severity") or labels.get("priority") or labels.get("level") or "").strip().lower()
    return told[:40]
