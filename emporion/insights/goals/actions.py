"""Setting up goals and funnels; what is removed can be brought back."""

from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from emporion.accounts.actions import record_audit
from emporion.insights.goals import rules
from emporion.insights.goals.errors import FunnelNotFound, GoalExists, GoalNotFound
from emporion.insights.goals.models import Funnel, Goal
from emporion.insights.goals.queries import funnel_view, goal_view
from emporion.insights.goals.types import FunnelView, GoalView, NewFunnel, NewGoal
from emporion.insights.sites.queries import site_of
from emporion.kernel.names import written
from emporion.plumbing.types import Actor, Permission


def create_goal(*, site_id: UUID, goal: NewGoal, actor: Actor, now: datetime) -> GoalView:
    """Sets up a goal; GoalNameInvalid, NameUnreadable, GoalExists."""
    _require(actor, site_id)
    name = rules.goal_name(goal.name)
    try:
        with transaction.atomic():
            row = Goal.objects.create(
                site_id=site_id,
                name=name,
                label=written(goal.label, field="label", longest=80),
                value_minor=goal.value_minor,
                created_at=now,
            )
            record_audit(actor=actor, verb="add", object_type="goal", object_id=row.pk, detail=name, now=now)
    except IntegrityError as error:
        raise GoalExists(name=name) from error
    return goal_view(row)


def verify_goal(*, site_id: UUID, goal_id: UUID, seen_at: datetime, actor: Actor) -> GoalView:
    """Marks that an event of the goal was seen; the first time counts."""
    _require(actor, site_id)
    Goal.objects.of_site(site_id).filter(pk=goal_id, verified_at=None).update(verified_at=seen_at)
    row = Goal.objects.of_site(site_id).filter(pk=goal_id).first()
    if row is None:
        raise GoalNotFound(goal_id=goal_id)
    return goal_view(row)


def remove_goal(*, site_id: UUID, goal_id: UUID, actor: Actor, now: datetime) -> None:
    """Removes a goal from the list; its events stay and it can be restored."""
    _require(actor, site_id)
    if not Goal.objects.of_site(site_id).filter(pk=goal_id).update(removed_at=now):
        raise GoalNotFound(goal_id=goal_id)
    record_audit(actor=actor, verb="remove", object_type="goal", object_id=goal_id, now=now)


def restore_goal(*, site_id: UUID, goal_id: UUID, actor: Actor, now: datetime) -> None:
    """Brings a removed goal back; GoalExists where another took its name."""
    _require(actor, site_id)
    try:
        with transaction.atomic():
            found = Goal.objects.filter(site_id=site_id, pk=goal_id).update(removed_at=None)
    except IntegrityError as error:
        raise GoalExists(goal_id=goal_id) from error
    if not found:
        raise GoalNotFound(goal_id=goal_id)
    record_audit(actor=actor, verb="restore", object_type="goal", object_id=goal_id, now=now)


def save_funnel(*, site_id: UUID, funnel: NewFunnel, actor: Actor, now: datetime) -> FunnelView:
    """Saves a funnel; FunnelInvalid, NameUnreadable."""
    _require(actor, site_id)
    checked = rules.checked_funnel(funnel)
    with transaction.atomic():
        row = Funnel.objects.create(
            site_id=site_id,
            name=written(checked.name, longest=80),
            steps=[asdict(step) for step in checked.steps],
            window=checked.window,
            created_at=now,
        )
        record_audit(actor=actor, verb="add", object_type="funnel", object_id=row.pk, detail=row.name, now=now)
    return funnel_view(row)


def remove_funnel(*, site_id: UUID, funnel_id: UUID, actor: Actor, now: datetime) -> None:
    """Removes a funnel; it can be restored."""
    _require(actor, site_id)
    if not Funnel.objects.of_site(site_id).filter(pk=funnel_id).update(removed_at=now):
        raise FunnelNotFound(funnel_id=funnel_id)
    record_audit(actor=actor, verb="remove", object_type="funnel", object_id=funnel_id, now=now)


def restore_funnel(*, site_id: UUID, funnel_id: UUID, actor: Actor, now: datetime) -> None:
    """Brings a removed funnel back."""
    _require(actor, site_id)
    if not Funnel.objects.filter(site_id=site_id, pk=funnel_id).update(removed_at=None):
        raise FunnelNotFound(funnel_id=funnel_id)
    record_audit(actor=actor, verb="restore", object_type="funnel", object_id=funnel_id, now=now)


def _require(actor: Actor, site_id: UUID) -> None:
    """Refuses who may not configure the website, and hides it from who does not see it."""
    actor.require(Permission.CONFIGURE, site_of(actor, site_id).project_id)
