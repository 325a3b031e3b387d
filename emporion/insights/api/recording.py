"""What programs write: goals that a server saw, and payments."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from emporion.insights.api import rules
from emporion.insights.api.errors import ParameterInvalid, VisitorNotFound
from emporion.insights.api.events import GoalRecorded
from emporion.insights.api.schemas import GoalIn, PaymentIn
from emporion.insights.goals.queries import checked_goal_name
from emporion.insights.reports import queries as reports
from emporion.insights.revenue import actions as revenue
from emporion.insights.revenue.types import NewPayment, PaymentFilter
from emporion.insights.sites.types import SiteView
from emporion.kernel.amounts import AmountAbsurd, minor_of
from emporion.kernel.ids import new_id
from emporion.kernel.money import Money
from emporion.plumbing.actions import publish
from emporion.plumbing.parsing import uuid_of
from emporion.plumbing.types import Actor

MOST_PARAMS, LONGEST_KEY, LONGEST_VALUE = 10, 64, 255
LONGEST_TRANSACTION = 200
TOLERANCE = timedelta(minutes=5)


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
    """Records a payment under its transaction's id, once; TransactionReused when it came with another amount."""
    if not payment.transaction_id.strip() or len(payment.transaction_id) > LONGEST_TRANSACTION:
        raise ParameterInvalid("transaction_id has 1 to 200 characters.", field="transaction_id")
    amount = _amount(str(payment.amount), payment.currency)
    when = rules.instant(payment.timestamp, rules.zone_of({}, site), "timestamp") if payment.timestamp else now
    if when > now + TOLERANCE:
        raise ParameterInvalid("timestamp is in the future.", field="timestamp")
    visitor = payment.datafast_visitor_id or payment.visitorId
    revenue.record_payment(
        site_id=site.id,
        payment=NewPayment(
            transaction_id=payment.transaction_id.strip(),
            amount=amount,
            visitor_id=uuid_of(visitor) if visitor else None,
            email=(payment.email or payment.customer_email)[:254],
            customer_id=payment.customer_id[:120],
            is_renewal=payment.renewal,
            is_refunded=payment.refunded,
            is_free_trial=payment.is_free_trial or amount.minor == 0,
            occurred_at=when,
        ),
        actor=actor,
        now=now,
    )


def _amount(text: str, currency: str) -> Money:
    code = currency.strip().upper()
    try:
        return Money(minor_of(text, code), code)
    except AmountAbsurd as error:
        raise ParameterInvalid(
            f"amount {error}.", next_step="Write it as 29.99; send refunded: true for a refund.", field="amount"
        ) from error
    except ValueError as error:
        raise ParameterInvalid(
            "amount and currency do not fit.", next_step="Write 29.99 and USD; yen have no decimals.", field="amount"
        ) from error


def delete_payments(actor: Actor, site: SiteView, params: Mapping[str, str], *, now: datetime) -> int:
    """Takes payments back that this API or the script recorded, by transaction, by visitor or by period; says how many."""
    transaction = params.get("transaction_id", "")
    visitor = params.get("datafast_visitor_id") or params.get("visitorId") or ""
    if transaction:
        revenue.remove_payment(site_id=site.id, transaction_id=transaction[:LONGEST_TRANSACTION], actor=actor, now=now)
        return 1
    begin, stop = params.get("startAt", ""), params.get("endAt", "")
    if not visitor and not (begin and stop):
        raise ParameterInvalid("Say which payments: transaction_id, datafast_visitor_id, or startAt and endAt.")
    zone = rules.zone_of(params, site)
    wanted = PaymentFilter(
        start=rules.instant(begin, zone, "startAt") if begin else None,
        end=rules.instant(stop, zone, "endAt", is_end=True) if stop else None,
    )
    visitor_id = uuid_of(visitor)
    if visitor and visitor_id is None:
        raise ParameterInvalid("datafast_visitor_id is no visitor's id.", field="datafast_visitor_id")
    return revenue.remove_payments(site_id=site.id, wanted=wanted, visitor_id=visitor_id, actor=actor, now=now)
