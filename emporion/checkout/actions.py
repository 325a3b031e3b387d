"""Verbs of buying: complete a purchase, pay an order in another way, settle it, ask for a quote."""

from contextlib import suppress
from datetime import datetime
from uuid import UUID

from django.db import transaction

from emporion.billing import queries as billing
from emporion.billing.types import Cycle, PriceShape, access_url
from emporion.checkout.errors import NotForSaleHere, OrderNotPayable, UnknownOrder
from emporion.checkout.events import QuoteRequested
from emporion.checkout.models import Order, QuoteRequest
from emporion.checkout.ordering import open_order
from emporion.checkout.settling import record_payment, settle_free_order
from emporion.checkout.types import DELIVERED, ORDER, OrderState, PayBy, PurchaseRequest, PurchaseResult, QuoteAsk
from emporion.kernel.money import Money
from emporion.payments import queries as payments
from emporion.payments.actions import cancel_payment, refund_payment, start_payment
from emporion.payments.errors import PaymentKeyReused
from emporion.payments.events import PaymentActionRequired, PaymentFailed, PaymentSucceeded
from emporion.payments.types import Method, PaymentRequest, PaymentState, PaymentView, RefundOrder
from emporion.plumbing.actions import publish
from emporion.plumbing.types import Actor, Permission

__all__ = ["cancel_order_payment", "complete_purchase", "pay_order", "request_quote", "settle_order"]


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
    """Pay an order whose payment failed in another way; while a payment is under way this is refused."""
    with transaction.atomic():
        order = Order.objects.select_for_update().filter(pk=order_id, organisation_id=actor.organisation).first()
        if order is None or not actor.sees_project(order.project_id):
            raise UnknownOrder(order_id=str(order_id))
        actor.require(Permission.PURCHASE, order.project_id)
        if order.state != OrderState.FAILED:
            raise OrderNotPayable(state=order.state)
        order.failed_payment_id, order.payment_id = order.payment_id, None
        order.state, order.reason = OrderState.PENDING_PAYMENT, ""
        order.method, order.attempts = pay_by.method, order.attempts + 1
        order.save()
    _pay(order, pay_by, actor, now)
    order.refresh_from_db()
    return _result(order)


def cancel_order_payment(*, order_id: UUID, actor: Actor, now: datetime) -> OrderState:
    """Give up the payment that waits for its buyer, so that the order can be paid in another way; said again, it changes nothing.

    Where the buyer confirmed it at this very moment, the order is paid.
    """
    order = Order.objects.filter(pk=order_id, organisation_id=actor.organisation).first()
    if order is None or not actor.sees_project(order.project_id):
        raise UnknownOrder(order_id=str(order_id))
    actor.require(Permission.PURCHASE, order.project_id)
    if order.state != OrderState.REQUIRES_ACTION or order.payment_id is None:
        return OrderState(order.state)
    payment = cancel_payment(payment_id=order.payment_id, actor=actor, now=now)
    return record_payment(order_id=order.id, payment=payment, now=now)


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
