"""What programs write: goals that a server saw, and payments."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from emporion.insights.api import rules
from emporion.insights.api.errors import ParameterInvalid, VisitorNotFound
from emporion.insights.api.events import GoalRecorded
from emporion.insights.api.schemas import GoalIn, PaymentIn
from emporion.insights.goals.queries import checked_goal_name
from emporion.insights.reports import queries as reports
from emporion.insights.sites.types import SiteView
from emporion.kernel.ids import new_id
from emporion.plumbing.actions import publish
from emporion.plumbing.parsing import uuid_of
from emporion.plumbing.types import Actor

MOST_PARAMS, LONGEST_KEY, LONGEST_VALUE = 10, 64, 255


def record_goal(actor: Actor, site: SiteView, goal: GoalIn, *, now: datetime) -> UUID:
    """Records a goal of a visitor who was seen before; VisitorNotFound, ParameterInvalid, GoalNameInvalid."""
    visitor_id = uuid_of(goal.datafast_visitor_id or goal.visitorId)
    if visitor_id is None:
        raise ParameterInvalid("datafast_visitor_id is no visitor's id.", field="datafast_visitor_id")
    sessions = reports.sessions_of_visitor(site.id, visitor_id, actor=actor)
    if not sessions:
        raise VisitorNotFound(visitor_id=visitor_id)
    last = sessions[0]
    event_id = new_id()
    publish(
        GoalRecorded(
            event_id=event_id,
            site_id=site.id,
            organisation_id=site.organisation_id,
            project_id=site.project_id,
            visitor_id=visitor_id,
            name=checked_goal_name(goal.name),
            params=_params(goal),
            host=site.domain,
            country=last.country,
            device=last.device,
            browser=last.browser,
            system=last.system,
            reached_at=now,
        ),
        now=now,
    )
    return event_id


def _params(goal: GoalIn) -> tuple[tuple[str, str], ...]:
    found = dict(goal.metadata)
    if goal.description:
        found.setdefault("description", goal.description)
    if len(found) > MOST_PARAMS:
        raise ParameterInvalid("A goal takes up to 10 values.", field="metadata")
    for name, value in found.items():
        if len(name) > LONGEST_KEY or len(value) > LONGEST_VALUE:
            raise ParameterInvalid("A name takes up to 64 characters, a value up to 255.", field="metadata")
    return tuple((name, value) for name, value in found.items())


def record_payment(actor: Actor, site: SiteView, payment: PaymentIn, *, now: datetime) -> None:
    """Records a payment under its transaction's id, once."""
    raise NotImplementedError


def delete_payments(actor: Actor, site: SiteView, params: Mapping[str, str], *, now: datetime) -> int:
    """Takes payments back and says how many."""
    rules.zone_of(params, site)
    raise NotImplementedError
