"""Settles orders: one transaction starts the subscriptions, posts the sale, numbers the receipt and tells the others."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from emporion.billing import queries as billing
from emporion.billing.actions import post_sale, start_subscription
from emporion.billing.types import CHARGE, Cycle, Sale, SalePart, SubscriptionStart
from emporion.checkout import rules, wording
from emporion.checkout.events import InvoicePaid, PurchaseCompleted, PurchaseFailed
from emporion.checkout.models import NumberSeries, Order, OrderLine, PaymentReceipt, Receipt
from emporion.checkout.parties import buyer_lines, seller_lines
from emporion.checkout.types import DELIVERED, ORDER, OrderState
from emporion.kernel.money import Money
from emporion.payments.types import PaymentView
from emporion.plumbing.actions import publish
from emporion.plumbing.types import Actor

RECEIPTS = "receipts"


def record_payment(*, order_id: UUID, payment: PaymentView, now: datetime) -> OrderState:
    """Bring an order to where its payment stands; what is delivered stays delivered, an older attempt changes nothing."""
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=order_id)
        state = rules.state_after(payment.state, may_deliver=payment.may_deliver)
        is_over = order.failed_payment_id is not None and payment.id <= order.failed_payment_id
        # Of an invoice only a payment that went through makes a difference, be it the transfer or another one instead.
        is_instead = order.state == OrderState.AWAITING_TRANSFER and payment.id != order.payment_id
        if order.state == OrderState.PAID or ((is_over or is_instead) and state is not OrderState.PAID):
            return OrderState(order.state)
        order.payment_id, order.method = payment.id, payment.method
        order.reason = str(payment.reason)
        if state in DELIVERED:
            _deliver(order, state, now)
        elif order.state not in DELIVERED:
            _wait_or_fail(order, state, now)
        order.save()
    return OrderState(order.state)


def issue_payment_receipt(payment: PaymentView, *, now: datetime) -> PaymentReceipt:
    """Number the receipt of a payment that is no order's, in the caller's transaction; an invoice until its money has come.

    Once for the payment: it keeps its number when it is paid, with the transfer or in another way.
    """
    known = PaymentReceipt.objects.filter(payment_id=payment.instead_of or payment.id).first()
    if known is not None:
        return known
    return PaymentReceipt.objects.create(
        number=rules.receipt_number(_next_number(RECEIPTS), now),
        payment_id=payment.id,
        organisation_id=payment.organisation_id,
        title=title_of(payment)[:200],
        amount_minor=payment.amount.minor,
        currency=payment.amount.currency,
        issued_at=now,
        seller=seller_lines(),
        buyer=buyer_lines(payment.organisation_id),
    )


def title_of(payment: PaymentView) -> str:
    """What a payment was for, in words; its description may be the reference of a transfer."""
    if payment.cause_type != CHARGE:
        return payment.description
    return wording.charge_title(billing.charge_of(Actor.system(payment.organisation_id), payment.cause_id))


def settle_free_order(*, order_id: UUID, now: datetime) -> OrderState:
    """Deliver an order that owes nothing today."""
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=order_id)
        if order.due_minor == 0 and order.state not in DELIVERED:
            _deliver(order, OrderState.PAID, now)
            order.save()
    return OrderState(order.state)


def _wait_or_fail(order: Order, state: OrderState, now: datetime) -> None:
    if state is OrderState.FAILED and order.state != OrderState.FAILED:
        event = PurchaseFailed(
            order_id=order.id, organisation_id=order.organisation_id, person_id=order.person_id, reason=order.reason
        )
        publish(event, now=now)
    order.state = state


def _deliver(order: Order, state: OrderState, now: datetime) -> None:
    """Start what was bought, once; money that comes later only marks the order as paid, and its buyer gets the receipt."""
    before = OrderState(order.state)
    order.state, order.reason = state, ""
    if before in DELIVERED:
        if before is not state:
            paid = InvoicePaid(order_id=order.id, organisation_id=order.organisation_id, person_id=order.person_id)
            publish(paid, now=now)
        return
    order.settled_at = now
    lines = list(order.lines.all())
    for line in lines:
        started = start_subscription(start=_start(order, line), now=now)
        if started.period_end_at and line.cycle != Cycle.ONCE:
            line.period_start_at, line.period_end_at = started.period_start_at, started.period_end_at
    OrderLine.objects.bulk_update(lines, ["period_start_at", "period_end_at"])
    post_sale(sale=_sale(order, lines), key=f"{ORDER}:{order.id}", now=now)
    Receipt.objects.create(
        number=rules.receipt_number(_next_number(RECEIPTS), now),
        order=order,
        issued_at=now,
        seller=seller_lines(),
        buyer=buyer_lines(order.organisation_id),
    )
    event = PurchaseCompleted(
        order_id=order.id,
        organisation_id=order.organisation_id,
        project_id=order.project_id,
        person_id=order.person_id,
        subscription_ids=tuple(line.subscription_id for line in lines),
        product_ids=tuple(line.product_id for line in lines),
        total_minor=order.due_minor,
        currency=order.currency,
        at=now,
    )
    publish(event, now=now)


def _start(order: Order, line: OrderLine) -> SubscriptionStart:
    return SubscriptionStart(
        id=line.subscription_id,
        organisation_id=order.organisation_id,
        project_id=order.project_id,
        person_id=order.person_id,
        plan_id=line.plan_id,
        cycle=Cycle(line.cycle),
        price=Money(line.amount_minor, order.currency),
        trial_days=line.trial_days,
        payment_method=order.method,
    )


def _sale(order: Order, lines: list[OrderLine]) -> Sale:
    parts = tuple(
        SalePart(
            provider_id=line.provider_id,
            provider_percent=line.provider_percent,
            amount=Money(line.due_minor, order.currency),
        )
        for line in lines
    )
    return Sale(kind="sale", organisation_id=order.organisation_id, cause_type=ORDER, cause_id=order.id, parts=parts)


def _next_number(name: str) -> int:
    """The next number of a series; a rolled-back transaction gives it back, so that none is missing."""
    NumberSeries.objects.get_or_create(name=name)
    series = NumberSeries.objects.select_for_update().get(name=name)
    series.last += 1
    series.save(update_fields=["last"])
    return series.last
