"""Verbs of on call: keep a rotation, take a stretch over, swap, say how pages escalate and when to be left alone."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db import transaction
from django.utils.translation import gettext as _

from emporion.accounts import queries as accounts
from emporion.kernel.errors import Invalid, NotFound
from emporion.nexus.oncall import queries, rules
from emporion.nexus.oncall.errors import NobodyToAsk, ScheduleNotFound, WrongSpan
from emporion.nexus.oncall.models import Override, Policy, PolicyStep, Quiet, Schedule
from emporion.nexus.oncall.types import NewOverride, News, NewSchedule, PolicyView, QuietHours, ScheduleView, Step, StepKind
from emporion.notify.actions import broadcast
from emporion.notify.types import Message, Topic
from emporion.plumbing.types import Actor, ActorKind, Permission

MAX_STEPS, MAX_ROUNDS = 8, 10


def create_schedule(*, schedule: NewSchedule, project_id: UUID, actor: Actor, now: datetime) -> ScheduleView:
    """Begin a rotation; the first of its people has it from the last handover on."""
    actor.require(Permission.CONFIGURE, project_id)
    row = Schedule(organisation_id=actor.organisation, project_id=project_id, created_at=now)
    _fill(row, schedule, actor, now)
    row.save(force_insert=True)
    return queries.schedule_of(actor, row.pk, now=now)


def change_schedule(*, schedule_id: UUID, schedule: NewSchedule, actor: Actor, now: datetime) -> ScheduleView:
    """Change a rotation; the first of the people named has it now, the others follow in order."""
    row = _changeable(actor, schedule_id)
    _fill(row, schedule, actor, now)
    row.save()
    return queries.schedule_of(actor, row.pk, now=now)


def remove_schedule(*, schedule_id: UUID, actor: Actor, now: datetime) -> None:
    """Take a rotation away; pages then go to whoever else the policy names. `restore_schedule` undoes it."""
    Schedule.objects.filter(pk=_changeable(actor, schedule_id).pk).update(removed_at=now)


def restore_schedule(*, schedule_id: UUID, actor: Actor) -> None:
    """Bring a removed rotation back."""
    row = Schedule.objects.filter(pk=schedule_id, organisation_id=actor.organisation).first()
    if row is None or not actor.sees_project(row.project_id):
        raise ScheduleNotFound
    actor.require(Permission.CONFIGURE, row.project_id)
    Schedule.objects.filter(pk=row.pk).update(removed_at=None)


def take_over(*, schedule_id: UUID, override: NewOverride, actor: Actor, now: datetime) -> UUID:
    """Have somebody take a stretch of a rotation; anybody who uses the project may arrange that."""
    row = _seen(actor, schedule_id)
    actor.require(Permission.USE, row.project_id)
    if override.ends_at <= override.starts_at or override.ends_at <= now:
        raise WrongSpan
    _require_members(actor, (override.person_id,))
    return _taken(row, override, actor, now).pk


def swap(*, schedule_id: UUID, first_at: datetime, second_at: datetime, actor: Actor, now: datetime) -> tuple[UUID, UUID]:
    """Have the people of two turns, each named by a moment in it, change places; what is over of the first stays as it was."""
    row = _seen(actor, schedule_id)
    actor.require(Permission.USE, row.project_id)
    rotation, taken = queries.rotation_of(row)
    first, second = rules.turn_at(rotation, taken, first_at), rules.turn_at(rotation, taken, second_at)
    if first is None or second is None or first.ends_at <= now or second.ends_at <= now or first == second:
        raise WrongSpan(_("These turns cannot change places."), next_step=_("Choose two different turns that are not over."))
    with transaction.atomic():
        made = [
            _taken(
                row, NewOverride(person_id=other.person_id, starts_at=max(one.starts_at, now), ends_at=one.ends_at), actor, now
            )
            for one, other in ((first, second), (second, first))
        ]
    return made[0].pk, made[1].pk


def give_back(*, override_id: UUID, actor: Actor) -> None:
    """Undo a takeover: whoever's turn it is has it again."""
    row = Override.objects.filter(pk=override_id, schedule__in=Schedule.objects.of(actor)).first()
    if row is None:
        raise NotFound
    actor.require(Permission.USE, row.project_id)
    row.delete()


@transaction.atomic
def save_policy(*, project_id: UUID, steps: Sequence[Step], rounds: int, actor: Actor, now: datetime) -> PolicyView:
    """Say how pages of a project escalate."""
    actor.require(Permission.CONFIGURE, project_id)
    if not steps:
        raise NobodyToAsk
    if len(steps) > MAX_STEPS or not 1 <= rounds <= MAX_ROUNDS or any(not 1 <= step.wait_minutes <= 240 for step in steps):
        raise Invalid(_("Steps wait 1 to 240 minutes, at most 8 steps, 1 to 10 rounds."))
    _require_members(actor, tuple(step.person_id for step in steps if step.person_id))
    for step in steps:
        if step.kind is StepKind.ON_CALL and (
            step.schedule_id is None or _seen(actor, step.schedule_id).project_id != project_id
        ):
            raise ScheduleNotFound
    values = {"organisation_id": actor.organisation, "rounds": rounds, "changed_at": now}
    row, _made = Policy.objects.update_or_create(project_id=project_id, defaults=values)
    row.steps.all().delete()
    PolicyStep.objects.bulk_create(
        PolicyStep(
            policy=row,
            position=position,
            kind=step.kind,
            schedule_id=step.schedule_id if step.kind is StepKind.ON_CALL else None,
            person_id=step.person_id if step.kind is StepKind.PERSON else None,
            wait_minutes=step.wait_minutes,
        )
        for position, step in enumerate(steps)
    )
    return queries.policy_of(actor, project_id)


def keep_quiet(*, hours: QuietHours, actor: Actor) -> None:
    """Say when to be left alone; it holds for the person, wherever they work."""
    if actor.kind is not ActorKind.PERSON or actor.id is None:
        raise NotFound
    values = {"starts": hours.starts, "ends": hours.ends, "is_on": hours.is_on}
    Quiet.objects.update_or_create(person_id=actor.id, defaults=values)


def announce(*, news: News, now: datetime) -> int:
    """Tell the channels of a team and their programs; returns how many hear of it."""
    title = _("Over: %(title)s") % {"title": news.title} if news.is_over else news.title
    message = Message(
        topic=Topic.INCIDENT,
        title=title[:200],
        body=news.text,
        url=news.url,
        organisation_id=news.organisation_id,
        project_id=news.project_id,
        kind=news.kind,
        facts={name: value for name, value in news.facts.items() if value},
        reference=news.reference,
    )
    return broadcast(message=message, now=now)


def forget_person(*, person_id: UUID) -> None:
    """Take a person who is gone out of every rotation and policy."""
    Quiet.objects.filter(person_id=person_id).delete()
    Override.objects.filter(person_id=person_id).delete()
    PolicyStep.objects.filter(person_id=person_id).delete()
    gone = str(person_id)
    for row in Schedule.objects.all():
        if gone in row.people:
            row.people = [one for one in row.people if one != gone]
            row.save(update_fields=["people"])


def _fill(row: Schedule, schedule: NewSchedule, actor: Actor, now: datetime) -> None:
    people = tuple(dict.fromkeys(schedule.people))
    if not people:
        raise NobodyToAsk(field="people")
    _require_members(actor, people)
    try:
        local = now.astimezone(ZoneInfo(schedule.time_zone))
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise Invalid(_("This time zone is not known."), field="time_zone") from error
    if not 0 <= schedule.handover_weekday <= 6 or not 1 <= schedule.weeks_each <= 8:
        raise Invalid(_("A turn lasts 1 to 8 weeks."), field="weeks_each")
    monday = local.date() - timedelta(days=local.weekday())
    rotation = rules.Rotation(
        people=people,
        time_zone=schedule.time_zone,
        first_day=monday + timedelta(days=schedule.handover_weekday),
        handover_time=schedule.handover_time,
        weeks_each=schedule.weeks_each,
    )
    row.name = " ".join(schedule.name.split())[:80] or _("On call")
    row.time_zone, row.handover_time, row.weeks_each = schedule.time_zone, schedule.handover_time, schedule.weeks_each
    row.people, row.first_day = [str(one) for one in people], rules.handover_before(rotation, now)


def _taken(row: Schedule, override: NewOverride, actor: Actor, now: datetime) -> Override:
    return Override.objects.create(
        schedule=row,
        organisation_id=row.organisation_id,
        project_id=row.project_id,
        person_id=override.person_id,
        starts_at=override.starts_at,
        ends_at=override.ends_at,
        made_by=actor.id,
        created_at=now,
    )


def _seen(actor: Actor, schedule_id: UUID) -> Schedule:
    row = Schedule.objects.of(actor).filter(pk=schedule_id).first()
    if row is None:
        raise ScheduleNotFound(schedule_id=schedule_id)
    return row


def _changeable(actor: Actor, schedule_id: UUID) -> Schedule:
    row = _seen(actor, schedule_id)
    actor.require(Permission.CONFIGURE, row.project_id)
    return row


def _require_members(actor: Actor, people: Sequence[UUID]) -> None:
    if not people:
        return
    known = {one.person_id for one in accounts.recipients(organisation_id=actor.organisation, person_ids=tuple(people))}
    if set(people) - known:
        raise NobodyToAsk(_("Choose people of your organization."))
