"""Verbs of buying: complete a purchase, pay an order in another way, settle it, ask for a quote."""

from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from emporion.billing import queries as billing
from emporion.billing.actions import go_on
from emporion.billing.types import Cycle, PriceShape, access_url
from emporion.checkout.errors import NotForSaleHere, OrderNotPayable, UnknownOrder
from emporion.checkout.events import QuoteRequested
from emporion.checkout.giving_back import ask_refund, give_back
from emporion.checkout.models import Order, QuoteRequest
from emporion.checkout.ordering import open_order
from emporion.checkout.settling import record_payment, settle_free_order
from emporion.checkout.types import DELIVERED, ORDER, OrderState, PayBy, PurchaseRequest, PurchaseResult, QuoteAsk
from emporion.kernel.money import Money
from emporion.payments import queries as payments
from emporion.payments.actions import cancel_payment, pay_invoice, refund_payment, start_payment
from emporion.payments.errors import InvoiceBeingPaid, InvoiceNotOpen, PaymentKeyReused
from emporion.payments.events import PaymentActionRequired, PaymentFailed, PaymentSucceeded
from emporion.payments.types import InvoicePayment, Method, PaymentRequest, PaymentState, PaymentView, RefundOrder
from emporion.plumbing.actions import publish
from emporion.plumbing.types import Actor, Permission

__all__ = [
    "ask_refund",
    "cancel_order_payment",
    "complete_purchase",
    "give_back",
    "pay_order",
    "request_quote",
    "settle_order",
]


def complete_purchase(*, purchase: PurchaseRequest, actor: Actor, now: datetime) -> PurchaseResult:
    """Buy: one key is one order, one charge and one subscription, however often and however far it was sent before.

    The order is kept before any money moves; the provider is asked outside of transactions; what was paid is settled in one.
    """
    order, buyer = open_order(purchase, actor=actor, now=now)
    if OrderState(order.state) in DELIVERED or order.state == OrderState.FAILED:
        return _result(order)
    if order.due_minor == 0:
        settle_free_order(order_id=order.id, now=now)
    else:
        with suppress(PaymentKeyReused):  # it is being paid in another way already: the order says where that stands
            _pay(order, purchase.pay_by, buyer.actor, now)
    order.refresh_from_db()
    return _result(order)


def pay_order(*, order_id: UUID, pay_by: PayBy, actor: Actor, now: datetime) -> PurchaseResult:
    """Pay an order whose payment failed, or whose transfer has not come, in another way; refused while a payment is under way."""
    with transaction.atomic():
        order = _payable(Order.objects.select_for_update(), order_id, actor)
        invoice_id = order.payment_id if order.state == OrderState.AWAITING_TRANSFER else None
        if invoice_id is None:
            _try_again(order, pay_by)
    if invoice_id is not None:
        return _pay_instead(order, invoice_id, pay_by, actor, now)
    _pay(order, pay_by, actor, now)
    order.refresh_from_db()
    return _result(order)


def _try_again(order: Order, pay_by: PayBy) -> None:
    if order.state != OrderState.FAILED:
        raise OrderNotPayable(state=order.state)
    order.failed_payment_id, order.payment_id = order.payment_id, None
    order.state, order.reason = OrderState.PENDING_PAYMENT, ""
    order.method, order.attempts = pay_by.method, order.attempts + 1
    order.save()


def cancel_order_payment(*, order_id: UUID, actor: Actor, now: datetime) -> OrderState:
    """Give up the payment that waits for its buyer, so that the order can be paid in another way; said again, it changes nothing.

    Where the buyer confirmed it at this very moment, the order is paid.
    """
    order = _payable(Order.objects.all(), order_id, actor)
    waiting = payments.payments_for(actor, cause_type=ORDER, cause_id=order.id)[-1:]
    for payment in waiting:
        if payment.state is PaymentState.REQUIRES_ACTION:
            given_up = cancel_payment(payment_id=payment.id, actor=actor, now=now)
            return record_payment(order_id=order.id, payment=given_up, now=now)
    return OrderState(order.state)


def _payable(rows: QuerySet[Order], order_id: UUID, actor: Actor) -> Order:
    """An order that the actor may pay."""
    order = rows.filter(pk=order_id, organisation_id=actor.organisation).first()
    if order is None or not actor.sees_project(order.project_id):
        raise UnknownOrder(order_id=str(order_id))
    actor.require(Permission.PURCHASE, order.project_id)
    return order


def settle_order(event: PaymentSucceeded | PaymentFailed | PaymentActionRequired, *, now: datetime) -> None:
    """Bring the order of a payment to where the payment stands; told twice, it changes nothing.

    Money of an attempt that was given up and came after all, when another one had paid, goes back at once.
    """
    if event.cause_type != ORDER:
        return
    payment = payments.payment(Actor.system(event.organisation_id), event.payment_id)
    record_payment(order_id=event.cause_id, payment=payment, now=now)
    paid_by = Order.objects.values_list("payment_id", flat=True).get(pk=event.cause_id)
    if payment.state is PaymentState.SUCCEEDED and paid_by != payment.id:
        refund = RefundOrder(payment_id=payment.id, amount=payment.amount, key=f"{ORDER}:twice", note="the order was paid before")
        refund_payment(refund=refund, actor=Actor.system(), now=now)


def _pay(order: Order, pay_by: PayBy, actor: Actor, now: datetime) -> PaymentView:
    """Charge this attempt of an order; the key holds the attempt, so that repeating it charges nothing more."""
    request = PaymentRequest(
        organisation_id=order.organisation_id,
        amount=Money(order.due_minor, order.currency),
        method=pay_by.method,
        cause_type=ORDER,
        cause_id=order.id,
        key=f"{ORDER}:{order.id}:{order.attempts}",
        token=pay_by.token if pay_by.method is Method.CARD else "",
        return_url=f"/orders/{order.id}/",
        description=f"{order.number}",
        save_method=pay_by.method is Method.CARD and (pay_by.save_method or _renews(order)),
    )
    payment = start_payment(request=request, actor=actor, now=now)
    record_payment(order_id=order.id, payment=payment, now=now)
    return payment


def _pay_instead(order: Order, invoice_id: UUID, pay_by: PayBy, actor: Actor, now: datetime) -> PurchaseResult:
    """Pay the invoice of an order that is delivered already; what paused for it goes on."""
    instead = InvoicePayment(
        invoice_id=invoice_id,
        method=pay_by.method,
        token=pay_by.token if pay_by.method is Method.CARD else "",
        save_method=pay_by.method is Method.CARD and pay_by.save_method,
        return_url=f"/orders/{order.id}/",
    )
    try:
        payment = pay_invoice(payment=instead, actor=actor, now=now)
    except (InvoiceNotOpen, InvoiceBeingPaid) as refusal:
        raise OrderNotPayable(state=order.state) from refusal
    record_payment(order_id=order.id, payment=payment, now=now)
    if payment.state is PaymentState.SUCCEEDED:
        go_on(organisation_id=order.organisation_id, payment_id=invoice_id, now=now)
    order.refresh_from_db()
    return replace(_result(order), action_url=payment.action_url)


def _renews(order: Order) -> bool:
    """Whether the card is needed again: what renews is charged to it."""
    return order.lines.exclude(cycle=Cycle.ONCE).exists()


def _result(order: Order) -> PurchaseResult:
    line = order.lines.order_by("position")[0]
    action_url = ""
    if order.state == OrderState.REQUIRES_ACTION and order.payment_id:
        action_url = payments.payment(Actor.system(order.organisation_id), order.payment_id).action_url
    return PurchaseResult(
        order_id=order.id,
        resource_id=line.subscription_id,
        organisation_id=order.organisation_id,
        project_id=order.project_id,
        access_url=access_url(line.delivery, line.subscription_id),
        state=OrderState(order.state),
        action_url=action_url,
        reason=order.reason,
    )


def request_quote(*, ask: QuoteAsk, actor: Actor, now: datetime) -> UUID:
    """Ask the provider for a plan that is sold on request; the same form sent twice asks once."""
    choice = billing.plan(ask.plan_id)
    if choice.shape is not PriceShape.CONTACT:
        raise NotForSaleHere("This plan is sold here directly.", next_step="Buy it in the checkout.", plan=choice.slug)
    product = billing.product_by_id(choice.product_id)
    with transaction.atomic():
        row, is_new = QuoteRequest.objects.get_or_create(
            key=ask.key,
            defaults={
                "product_id": product.id,
                "plan_id": choice.id,
                "person_id": actor.id,
                "organisation_id": actor.organisation_id,
                "name": ask.name,
                "email": ask.email,
                "message": ask.message,
                "created_at": now,
            },
        )
        if is_new:
            event = QuoteRequested(request_id=row.id, product_id=product.id, plan_id=choice.id, provider_id=product.provider_id)
            publish(event, now=now)
    return row.id
