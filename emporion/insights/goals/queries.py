"""Reading goals and funnels; every question begins at the actor."""

from uuid import UUID

import msgspec

from emporion.insights.goals import rules
from emporion.insights.goals.errors import FunnelNotFound, GoalNotFound
from emporion.insights.goals.models import Funnel, Goal
from emporion.insights.goals.types import FunnelStep, FunnelView, GoalView, Window
from emporion.insights.sites.queries import site_of
from emporion.plumbing.types import Actor


def goals_of(actor: Actor, site_id: UUID) -> tuple[GoalView, ...]:
    """The goals that were set up for a website, the oldest first."""
    site_of(actor, site_id)
    return tuple(goal_view(row) for row in Goal.objects.of_site(site_id))


def goal(actor: Actor, site_id: UUID, goal_id: UUID) -> GoalView:
    """One goal; GoalNotFound."""
    site_of(actor, site_id)
    row = Goal.objects.of_site(site_id).filter(pk=goal_id).first()
    if row is None:
        raise GoalNotFound(goal_id=goal_id)
    return goal_view(row)


def funnels_of(actor: Actor, site_id: UUID) -> tuple[FunnelView, ...]:
    """The saved funnels of a website, the oldest first."""
    site_of(actor, site_id)
    return tuple(funnel_view(row) for row in Funnel.objects.of_site(site_id))


def funnel(actor: Actor, site_id: UUID, funnel_id: UUID) -> FunnelView:
    """One funnel; FunnelNotFound."""
    site_of(actor, site_id)
    row = Funnel.objects.of_site(site_id).filter(pk=funnel_id).first()
    if row is None:
        raise FunnelNotFound(funnel_id=funnel_id)
    return funnel_view(row)


def checked_goal_name(text: str) -> str:
    """The name as events carry it; GoalNameInvalid."""
    return rules.goal_name(text)


def goal_view(row: Goal) -> GoalView:
    """A goal as its people see it."""
    return GoalView(
        id=row.pk,
        site_id=row.site_id,
        name=row.name,
        label=row.label or row.name,
        value_minor=row.value_minor,
        created_at=row.created_at,
        verified_at=row.verified_at,
    )


def funnel_view(row: Funnel) -> FunnelView:
    """A funnel as its people see it."""
    return FunnelView(
        id=row.pk,
        site_id=row.site_id,
        name=row.name,
        steps=msgspec.convert(row.steps, tuple[FunnelStep, ...]),
        window=Window(row.window),
        created_at=row.created_at,
    )
