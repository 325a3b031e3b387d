"""Money back: a buyer asks for it on the order's page, the operator gives it back."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from emporion.accounts.actions import record_audit
from emporion.billing import queries as billing
from emporion.billing.actions import end_given_back
from emporion.billing.types import CHARGE
from emporion.checkout import queries
from emporion.checkout.errors import NothingToGiveBack, RefundNotOffered
from emporion.checkout.events import RefundAsked
from emporion.checkout.models import Order, RefundRequest
from emporion.checkout.types import ORDER, OrderState
from emporion.payments import queries as payments
from emporion.payments.actions import refund_rest
from emporion.payments.types import RefundView
from emporion.plumbing.actions import publish
from emporion.plumbing.types import Actor, Permission

ASKED = "you asked for it"


def ask_refund(*, order_id: UUID, reason: str, actor: Actor, now: datetime) -> None:
    """Ask for the money of a paid order back, within the time that its terms give; asked again, it changes nothing."""
    with transaction.atomic():
        order = queries.order(actor, order_id)
        actor.require(Permission.PURCHASE, order.project_id)
        if order.refund_asked_at is not None:
            return
        if not queries.may_ask_back(actor, order, now=now):
            raise RefundNotOffered(order_id=str(order_id))
        values = {"person_id": actor.id, "reason": reason[:2000], "asked_at": now}
        _, is_new = RefundRequest.objects.get_or_create(order_id=order_id, defaults=values)
        if is_new:
            detail = f"{order.number}, {order.due_today}"
            record_audit(actor=actor, verb="refund.asked", object_type="order", object_id=order_id, detail=detail, now=now)
            publish(RefundAsked(order_id=order_id, organisation_id=order.organisation_id), now=now)


def give_back(*, number: str, actor: Actor, now: datetime) -> tuple[RefundView, ...]:
    """Give back what is kept of the money of a paid order, once, and let nothing that it bought renew. For the platform only.

    What changes of plan cost since goes back as well: what was left of the order's plan was taken off that. Called again, it goes
    on where it was cut short; nothing is returned where all had gone back in other ways. Not to be called inside a transaction.
    Raises `NothingToGiveBack` and what `payments.actions.refund_rest` raises.
    """
    row = Order.objects.filter(number=number, state=OrderState.PAID, payment_id__isnull=False).first()
    if row is None or row.payment_id is None:
        raise NothingToGiveBack(number=number)
    system = Actor.system(row.organisation_id)
    refunds = [refund_rest(payment_id=row.payment_id, key=f"{ORDER}:asked", note=ASKED, actor=actor, now=now)]
    for line in row.lines.all():
        for charge in billing.paid_upgrades(system, line.subscription_id):
            for paid in payments.payments_for(system, cause_type=CHARGE, cause_id=charge.id):
                if paid.captured_at:
                    rest = refund_rest(payment_id=paid.id, key=f"{CHARGE}:asked", note=ASKED, actor=actor, now=now)
                    refunds.append(rest)
        end_given_back(subscription_id=line.subscription_id, actor=system, now=now)
    return tuple(refund for refund in refunds if refund)
