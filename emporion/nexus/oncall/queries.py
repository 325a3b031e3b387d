"""Who is on call, how pages escalate, which pages there are; every question begins at the actor."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from emporion.accounts import queries as accounts
from emporion.kernel.errors import NotFound
from emporion.nexus.oncall import rules
from emporion.nexus.oncall.errors import PageNotFound, ScheduleNotFound
from emporion.nexus.oncall.models import Page, Policy, PolicyStep, Quiet, Schedule
from emporion.nexus.oncall.types import (
    Named,
    NoticeView,
    PageState,
    PageView,
    PolicyView,
    QuietHours,
    ScheduleView,
    Shift,
    Step,
    StepKind,
)
from emporion.plumbing.types import Actor, ActorKind, Permission

SHOWN_DAYS = 35


def schedules_of(actor: Actor, project_id: UUID, *, now: datetime) -> tuple[ScheduleView, ...]:
    """The rotations of a project, each with who has it and the turns of the next weeks."""
    actor.require(Permission.VIEW, project_id)
    rows = list(Schedule.objects.of(actor).filter(project_id=project_id).prefetch_related("overrides"))
    names = _names(actor.organisation, {UUID(one) for row in rows for one in row.people} | _takers(rows))
    return tuple(_schedule(row, names, now) for row in rows)


def schedule_of(actor: Actor, schedule_id: UUID, *, now: datetime) -> ScheduleView:
    """One rotation that the actor sees; ScheduleNotFound otherwise."""
    row = Schedule.objects.of(actor).filter(pk=schedule_id).prefetch_related("overrides").first()
    if row is None:
        raise ScheduleNotFound(schedule_id=schedule_id)
    actor.require(Permission.VIEW, row.project_id)
    return _schedule(row, _names(actor.organisation, {UUID(one) for one in row.people} | _takers([row])), now)


def removed_schedule(actor: Actor, schedule_id: UUID | None) -> str:
    """The name of a rotation that was removed and that the actor may bring back; empty otherwise."""
    if schedule_id is None or actor.organisation_id is None:
        return ""
    row = Schedule.objects.filter(pk=schedule_id, organisation_id=actor.organisation).exclude(removed_at=None).first()
    return row.name if row and actor.may(Permission.CONFIGURE, row.project_id) else ""


def on_call_now(actor: Actor, project_id: UUID, *, now: datetime) -> tuple[Named, ...]:
    """Who is on call for a project at this moment, over all its rotations."""
    found = [view.now.person for view in schedules_of(actor, project_id, now=now) if view.now]
    return tuple(dict.fromkeys(found))


def policy_of(actor: Actor, project_id: UUID) -> PolicyView:
    """How pages of a project escalate: as was said, or by default."""
    actor.require(Permission.VIEW, project_id)
    row = Policy.objects.filter(project_id=project_id, organisation_id=actor.organisation).prefetch_related("steps").first()
    steps = [step for step in row.steps.select_related("schedule") if _still_means_something(step)] if row else []
    if row is None or not steps:
        first = Schedule.objects.of(actor).filter(project_id=project_id).values_list("pk", flat=True).first()
        return rules.default_policy(project_id, first)
    names = _names(actor.organisation, {step.person_id for step in steps if step.person_id})
    shown = tuple(_step(step, names) for step in steps)
    return PolicyView(project_id=project_id, steps=shown, rounds=row.rounds, is_default=False)


def quiet_hours_of(person_id: UUID) -> QuietHours:
    """When a person is to be left alone; nobody is until they say so."""
    row = Quiet.objects.filter(pk=person_id).first()
    return QuietHours(starts=row.starts, ends=row.ends, is_on=row.is_on) if row else QuietHours()


def my_quiet_hours(actor: Actor) -> QuietHours:
    """The actor's own quiet hours."""
    if actor.kind is not ActorKind.PERSON or actor.id is None:
        return QuietHours()
    return quiet_hours_of(actor.id)


def pages_of(actor: Actor, project_id: UUID, *, limit: int = 20) -> tuple[PageView, ...]:
    """The newest pages of a project with who was told."""
    actor.require(Permission.VIEW, project_id)
    rows = Page.objects.of(actor).filter(project_id=project_id).prefetch_related("notices")[:limit]
    return page_views(actor.organisation, rows)


def page_of(actor: Actor, page_id: UUID) -> PageView:
    """One page that the actor sees; PageNotFound otherwise."""
    row = Page.objects.of(actor).filter(pk=page_id).prefetch_related("notices").first()
    if row is None:
        raise PageNotFound(page_id=page_id)
    actor.require(Permission.VIEW, row.project_id)
    return page_views(actor.organisation, [row])[0]


def pages_about(actor: Actor, *, problem_ids: Sequence[UUID] = (), incident_id: UUID | None = None) -> tuple[PageView, ...]:
    """The pages about some problems or an incident, oldest first; for timelines and reports."""
    rows = Page.objects.of(actor).prefetch_related("notices").order_by("id")
    about = rows.filter(problem_id__in=list(problem_ids)) | (rows.filter(incident_id=incident_id) if incident_id else rows.none())
    return page_views(actor.organisation, about)


def page_views(organisation_id: UUID, rows: Iterable[Page]) -> tuple[PageView, ...]:
    """Pages as people see them, with the names of who was told."""
    found = list(rows)
    people = {notice.person_id for row in found for notice in row.notices.all()}
    names = _names(organisation_id, people | {row.acknowledged_by for row in found if row.acknowledged_by})
    return tuple(_page(row, names) for row in found)


def rotation_of(row: Schedule) -> tuple[rules.Rotation, tuple[rules.Taken, ...]]:
    """A rotation and what was taken over, as the rules read them."""
    rotation = rules.Rotation(
        people=tuple(UUID(one) for one in row.people),
        time_zone=row.time_zone,
        first_day=row.first_day,
        handover_time=row.handover_time,
        weeks_each=row.weeks_each,
    )
    taken = tuple(
        rules.Taken(id=one.pk, person_id=one.person_id, starts_at=one.starts_at, ends_at=one.ends_at)
        for one in row.overrides.all()
    )
    return rotation, taken


def _schedule(row: Schedule, names: Mapping[UUID, str], now: datetime) -> ScheduleView:
    rotation, taken = rotation_of(row)
    current = rules.turn_at(rotation, taken, now)
    since = current.starts_at if current else now
    coming = rules.turns(rotation, taken, since=since, until=now + timedelta(days=SHOWN_DAYS))
    return ScheduleView(
        id=row.pk,
        organisation_id=row.organisation_id,
        project_id=row.project_id,
        name=row.name,
        time_zone=row.time_zone,
        people=tuple(_named(one, names) for one in rotation.people),
        handover_weekday=row.first_day.weekday(),
        handover_time=row.handover_time,
        weeks_each=row.weeks_each,
        now=_shift(current, names) if current else None,
        shifts=tuple(_shift(turn, names) for turn in coming),
    )


def _shift(turn: rules.Turn, names: Mapping[UUID, str]) -> Shift:
    return Shift(
        person=_named(turn.person_id, names),
        starts_at=turn.starts_at,
        ends_at=turn.ends_at,
        is_override=turn.taken is not None,
        override_id=turn.taken,
    )


def _takers(rows: Iterable[Schedule]) -> set[UUID]:
    return {one.person_id for row in rows for one in row.overrides.all()}


def _still_means_something(step: PolicyStep) -> bool:
    if step.kind == StepKind.ON_CALL:
        return step.schedule is not None and step.schedule.removed_at is None
    return step.kind == StepKind.OWNERS or step.person_id is not None


def _step(step: PolicyStep, names: Mapping[UUID, str]) -> Step:
    label = step.schedule.name if step.schedule else names.get(step.person_id, "") if step.person_id else ""
    return Step(
        kind=StepKind(step.kind),
        wait_minutes=step.wait_minutes,
        schedule_id=step.schedule_id,
        person_id=step.person_id,
        label=label,
    )


def _page(row: Page, names: Mapping[UUID, str]) -> PageView:
    return PageView(
        id=row.pk,
        organisation_id=row.organisation_id,
        project_id=row.project_id,
        problem_id=row.problem_id,
        incident_id=row.incident_id,
        title=row.title,
        sentence=row.sentence,
        url=row.url,
        state=PageState(row.state),
        step=row.step,
        round=row.round,
        opened_at=row.opened_at,
        next_at=row.next_at,
        acknowledged_at=row.acknowledged_at,
        acknowledged_by=_named(row.acknowledged_by, names) if row.acknowledged_by else None,
        is_test=row.is_test,
        declared_at=row.declared_at,
        notices=tuple(
            NoticeView(
                person=_named(one.person_id, names),
                channel=one.channel,
                step=one.step,
                sent_at=one.sent_at,
                arrived_at=one.arrived_at,
                opened_at=one.opened_at,
                problem=one.problem,
            )
            for one in row.notices.all()
        ),
    )


def _named(person_id: UUID, names: Mapping[UUID, str]) -> Named:
    return Named(id=person_id, name=names.get(person_id, "–"))


def _names(organisation_id: UUID, people: set[UUID]) -> Mapping[UUID, str]:
    if not people:
        return {}
    found = accounts.recipients(organisation_id=organisation_id, person_ids=tuple(people))
    return {one.person_id: one.name or one.email for one in found if one.person_id}


def person_of_link(person_id: UUID, organisation_id: UUID) -> Actor:
    """The person whom a signed link names, as far as they still belong to the organisation; NotFound otherwise."""
    people = accounts.recipients(organisation_id=organisation_id, person_ids=(person_id,))
    if not people:
        raise NotFound
    return accounts.actor_for_person(person_id=person_id, name=people[0].name or people[0].email, organisation_id=organisation_id)
