"""Decides, without I/O, whose turn it is, which step of an escalation comes next, and until when something waits.

A handover is a local weekday and time. On the days when clocks change a turn is therefore an hour shorter or longer; a time that
the clocks skip is read as if they had not been changed, one that comes twice is the first of both.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from uuid import UUID
from zoneinfo import ZoneInfo

from emporion.nexus.oncall.types import PolicyView, QuietHours, Step, StepKind

DEFAULT_ROUNDS = 3
FIRST_WAIT, OWNERS_WAIT = 5, 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotation:
    """People who take turns; the first of them began on `first_day`, a local day."""

    people: tuple[UUID, ...]
    time_zone: str
    first_day: date
    handover_time: time
    weeks_each: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A stretch that somebody took over; later ones in a sequence go before earlier ones."""

    id: UUID
    person_id: UUID
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """Who has a stretch of time; `taken` names the override that says so."""

    person_id: UUID
    starts_at: datetime
    ends_at: datetime
    taken: UUID | None = None


def turns(rotation: Rotation, taken: Sequence[Taken], *, since: datetime, until: datetime) -> list[Turn]:
    """Who has each part of a period, without gaps, in order; empty where nobody takes turns."""
    if not rotation.people or until <= since:
        return []
    planned = list(_planned(rotation, since, until))
    cuts = {since, until, *(turn.starts_at for turn in planned)}
    cuts |= {edge for one in taken for edge in (one.starts_at, one.ends_at)}
    edges = sorted(edge for edge in cuts if since <= edge <= until)
    found: list[Turn] = []
    for start, end in pairwise(edges):
        turn = _holder(planned, taken, start, end)
        last = found[-1] if found else None
        if last and (last.person_id, last.taken) == (turn.person_id, turn.taken) and not _is_handover(planned, start):
            found[-1] = Turn(person_id=last.person_id, starts_at=last.starts_at, ends_at=end, taken=last.taken)
        else:
            found.append(turn)
    return found


def turn_at(rotation: Rotation, taken: Sequence[Taken], at: datetime) -> Turn | None:
    """Who has it at a moment, from when to when; `None` where nobody takes turns."""
    length = timedelta(weeks=rotation.weeks_each) + timedelta(hours=3)  # more than a turn with any change of clocks
    around = turns(rotation, taken, since=at - length, until=at + length)
    return next((turn for turn in around if turn.starts_at <= at < turn.ends_at), None)


def handover_before(rotation: Rotation, at: datetime) -> date:
    """The local day of the last handover at or before a moment, by weekday and time alone."""
    local = at.astimezone(ZoneInfo(rotation.time_zone))
    back = (local.weekday() - rotation.first_day.weekday()) % 7
    day = local.date() - timedelta(days=back)
    return day if _moment(rotation, day) <= at else day - timedelta(days=7)


def _planned(rotation: Rotation, since: datetime, until: datetime) -> Iterator[Turn]:
    days = 7 * rotation.weeks_each
    number = (since.astimezone(ZoneInfo(rotation.time_zone)).date() - rotation.first_day).days // days - 1
    while True:
        start = _moment(rotation, rotation.first_day + timedelta(days=number * days))
        end = _moment(rotation, rotation.first_day + timedelta(days=(number + 1) * days))
        if start >= until:
            return
        if end > since:
            yield Turn(person_id=rotation.people[number % len(rotation.people)], starts_at=start, ends_at=end)
        number += 1


def _moment(rotation: Rotation, day: date) -> datetime:
    return datetime.combine(day, rotation.handover_time, ZoneInfo(rotation.time_zone)).astimezone(UTC)


def _holder(planned: Sequence[Turn], taken: Sequence[Taken], start: datetime, end: datetime) -> Turn:
    for one in reversed(taken):
        if one.starts_at <= start and end <= one.ends_at:
            return Turn(person_id=one.person_id, starts_at=start, ends_at=end, taken=one.id)
    turn = next(turn for turn in planned if turn.starts_at <= start < turn.ends_at)
    return Turn(person_id=turn.person_id, starts_at=start, ends_at=end)


def _is_handover(planned: Sequence[Turn], at: datetime) -> bool:
    return any(turn.starts_at == at for turn in planned)


def default_policy(project_id: UUID, schedule_id: UUID | None) -> PolicyView:
    """What holds until somebody writes a policy: who is on call, then the owners; without a schedule the owners at once."""
    owners = Step(kind=StepKind.OWNERS, wait_minutes=OWNERS_WAIT)
    first = (Step(kind=StepKind.ON_CALL, wait_minutes=FIRST_WAIT, schedule_id=schedule_id),) if schedule_id else ()
    return PolicyView(project_id=project_id, steps=(*first, owners), rounds=DEFAULT_ROUNDS, is_default=True)


def after(policy: PolicyView, *, step: int, round: int) -> tuple[int, int] | None:  # noqa: A002 - the word of the field
    """The step and round that come next; `None` when everybody was asked as often as the policy says."""
    if step + 1 < len(policy.steps):
        return step + 1, round
    return (0, round + 1) if round + 1 < policy.rounds else None


def quiet_until(hours: QuietHours, *, time_zone: str, at: datetime) -> datetime | None:
    """When a person's quiet hours end, where they hold at a moment; else `None`."""
    if not hours.is_on or hours.starts == hours.ends:
        return None
    local = at.astimezone(ZoneInfo(time_zone))
    clock = local.time().replace(tzinfo=None)
    spans_midnight = hours.starts > hours.ends
    is_quiet = clock >= hours.starts or clock < hours.ends if spans_midnight else hours.starts <= clock < hours.ends
    if not is_quiet:
        return None
    ends_tomorrow = spans_midnight and clock >= hours.starts
    day = local.date() + timedelta(days=1 if ends_tomorrow else 0)
    return datetime.combine(day, hours.ends, ZoneInfo(time_zone)).astimezone(UTC)
