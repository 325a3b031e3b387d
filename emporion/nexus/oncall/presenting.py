"""What the pages of on call show, ready in words and marks, so that templates decide nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from emporion.accounts import queries as accounts
from emporion.nexus.oncall import wording
from emporion.nexus.oncall.types import Named, PageState, PageView, PolicyView, ScheduleView, Shift
from emporion.notify.queries import reachable_by_push
from emporion.plumbing.types import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class StepLine:
    """One step of an escalation in words."""

    number: int
    who: str
    wait: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeLine:
    """One person told by one channel, and what came of it."""

    text: str
    at: datetime
    icon: str
    tone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PageCard:
    """A page as a card or a row."""

    page: PageView
    state: str
    tone: str
    waits: bool
    lines: tuple[NoticeLine, ...]
    taken: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftBar:
    """A turn as a part of a drawn row: where it begins and how long it is, in percent of what is shown."""

    shift: Shift
    hue: int
    x: float
    width: float
    label_x: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleCard:
    """A rotation with its turns drawn."""

    schedule: ScheduleView
    next: Shift | None
    bars: tuple[ShiftBar, ...]


def step_lines(policy: PolicyView) -> tuple[StepLine, ...]:
    """An escalation in words."""
    return tuple(
        StepLine(number=number, who=wording.step_line(step), wait=wording.wait_line(step))
        for number, step in enumerate(policy.steps, 1)
    )


def page_cards(pages: Sequence[PageView]) -> tuple[PageCard, ...]:
    """Pages with what came of each notice."""
    return tuple(_card(page) for page in pages)


def schedule_cards(schedules: Sequence[ScheduleView]) -> tuple[ScheduleCard, ...]:
    """Rotations with their turns drawn to scale."""
    return tuple(_schedule_card(one) for one in schedules)


def without_device(schedules: Sequence[ScheduleView]) -> tuple[str, ...]:
    """Who is on call now and can only be reached by mail."""
    people = {one.now.person for one in schedules if one.now}
    reachable = reachable_by_push(person.id for person in people)
    return tuple(sorted(person.name for person in people if person.id not in reachable))


def people_of(actor: Actor) -> tuple[Named, ...]:
    """The people of the organisation that can be called, by name."""
    found = [Named(id=one.person_id, name=one.name or one.email) for one in accounts.members_of(actor)]
    return tuple(sorted(found, key=lambda one: one.name.casefold()))


def _card(page: PageView) -> PageCard:
    state, tone = wording.STATES[page.state]
    taken = ""
    if page.acknowledged_at and page.acknowledged_by:
        taken = f"{page.acknowledged_by.name}, {wording.span(page.acknowledged_at - page.opened_at)}"
    lines = tuple(
        NoticeLine(
            text=wording.notice_line(one),
            at=one.sent_at,
            icon="octagon-x" if one.problem else "check-check" if one.opened_at else "check" if one.arrived_at else "send",
            tone="i-bad" if one.problem else "i-good" if one.arrived_at or one.opened_at else "i-soft",
        )
        for one in page.notices
    )
    waits = page.state in {PageState.OPEN, PageState.UNANSWERED}
    return PageCard(page=page, state=str(state), tone=tone, waits=waits, lines=lines, taken=taken)


def _schedule_card(schedule: ScheduleView) -> ScheduleCard:
    shifts = schedule.shifts
    coming = next((later for now, later in pairwise(shifts) if later.person != now.person), None)
    return ScheduleCard(schedule=schedule, next=coming, bars=_bars(schedule))


def _bars(schedule: ScheduleView) -> tuple[ShiftBar, ...]:
    if not schedule.shifts:
        return ()
    start, end = schedule.shifts[0].starts_at, schedule.shifts[-1].ends_at
    whole = (end - start).total_seconds()
    hues = {person.id: number % 6 for number, person in enumerate(dict.fromkeys(shift.person for shift in schedule.shifts))}
    found = []
    for shift in schedule.shifts:
        x = 100 * (shift.starts_at - start).total_seconds() / whole
        width = 100 * (shift.ends_at - shift.starts_at).total_seconds() / whole
        found.append(
            ShiftBar(shift=shift, hue=hues[shift.person.id], x=round(x, 2), width=round(width, 2), label_x=round(x + 1, 2))
        )
    return tuple(found)
