"""Answers of buying: orders, receipts, and what an organisation spent."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet
from django.urls import reverse

from emporion.accounts import queries as people
from emporion.billing import queries as billing
from emporion.billing.types import CHARGE, ChargeKind, Cycle, Period, access_url
from emporion.checkout import wording
from emporion.checkout.errors import UnknownOrder
from emporion.checkout.models import Order, OrderLine, PaymentReceipt, Receipt, RefundRequest
from emporion.checkout.ordering import plans_of
from emporion.checkout.parties import named
from emporion.checkout.types import (
    DELIVERED,
    OPEN,
    ORDER,
    Held,
    OrderLineView,
    OrderState,
    OrderView,
    PaperLine,
    PaperView,
    PaymentReceiptView,
    ReceiptView,
    Selection,
)
from emporion.kernel.money import Money
from emporion.payments import queries as payments
from emporion.payments.types import Method, PaymentState, PaymentView, RefundView
from emporion.plumbing.types import Actor, ActorKind, Permission

FRESH = timedelta(minutes=10)  # for so long what was bought is told as news


def orders_of(actor: Actor, *, limit: int = 100) -> tuple[OrderView, ...]:
    """The orders in the projects that the actor sees, newest first."""
    rows = list(_visible(actor).order_by("-created_at")[:limit])
    back = payments.refunded(actor, [row.payment_id for row in rows if row.payment_id])
    return tuple(replace(_view(row), given_back=back.get(row.payment_id) if row.payment_id else None) for row in rows)


def order(actor: Actor, order_id: UUID) -> OrderView:
    """One order with its payment."""
    row = _visible(actor).filter(pk=order_id).first()
    if row is None:
        raise UnknownOrder(order_id=str(order_id))
    found = _view(row, actor)
    back = payments.refunded(actor, [row.payment_id] if row.payment_id else [])
    return replace(found, given_back=next(iter(back.values()), None))


def instead_of_transfer(actor: Actor, order: OrderView) -> PaymentView | None:
    """The latest attempt to pay the open invoice of an order without a transfer."""
    if order.state is not OrderState.AWAITING_TRANSFER:
        return None
    attempts = payments.payments_for(actor, cause_type=ORDER, cause_id=order.id)
    return next((one for one in reversed(attempts) if one.instead_of is not None), None)


def is_paused(actor: Actor, order: OrderView) -> bool:
    """Whether something that was bought with an order stands still because its transfer has not come."""
    return order.state is OrderState.AWAITING_TRANSFER and any(
        billing.subscription(actor, line.subscription_id).is_paused for line in order.lines
    )


def may_ask_back(actor: Actor, order: OrderView, *, now: datetime) -> bool:
    """Whether the actor may ask for the money of an order: in time, once, and as long as nothing of it is on its way back."""
    in_time = order.refundable_until is not None and order.refundable_until > now
    is_open = in_time and order.refund_asked_at is None and actor.may(Permission.PURCHASE, order.project_id)
    return is_open and order.payment is not None and not payments.refunds_of(actor, order.payment.id)


def under_way(actor: Actor, selection: Selection) -> OrderView | None:
    """What this person has begun to pay for of the same product or bundle: it is continued or cancelled, never begun twice."""
    if actor.organisation_id is None:
        return None
    rows, _ = _of_the_same(_visible(actor), actor, selection)
    row = rows.filter(state__in=OPEN, payment_id__isnull=False).order_by("-created_at").first()
    return _view(row, actor) if row else None


def held(actor: Actor, selection: Selection, *, now: datetime) -> Held | None:
    """What the actor's organisation has already of a selection: the checkout says so, and asks before it sells another one."""
    if actor.organisation_id is None:
        return None
    same = billing.held(actor, plans_of(selection))
    found = same or billing.held(actor, _siblings(selection))
    if found is None:
        return None
    url, is_fresh = "", now - found.started_at < FRESH
    if actor.sees_project(found.project_id):
        line = OrderLine.objects.filter(subscription_id=found.id).first() if is_fresh and same else None
        url = reverse("checkout:order", args=[line.order_id]) if line else reverse("billing:subscription", args=[found.id])
    name = f"{found.product_name} {found.plan.name}"
    return Held(name=name, since=found.started_at, url=url, is_fresh=is_fresh, is_same=same is not None)


def _siblings(selection: Selection) -> tuple[UUID, ...]:
    """The plans that are sold of the same product; of a bundle none."""
    if selection.plan_id is None:
        return ()
    return tuple(one.id for one in billing.plans_of(billing.plan(selection.plan_id).product_id))


def shared_key(actor: Actor, selection: Selection, *, form: UUID) -> str:
    """One key for every form for a product or bundle that this person was shown between two orders of it.

    So what is sent at one moment from two browsers is one order: the database keeps a key once. Ids tell what came first.
    """
    rows, subject = _of_the_same(Order.objects.all(), actor, selection)
    last = rows.filter(pk__lt=form).order_by("-pk").values_list("pk", flat=True).first()
    return f"form:{actor.id}:{subject}:{last or ''}"


def was_bought_since(actor: Actor, selection: Selection, *, form: UUID) -> bool:
    """Whether this person bought the same product or bundle after a form was made: what they are shown now is for another one."""
    rows, _ = _of_the_same(Order.objects.all(), actor, selection)
    return rows.filter(pk__gt=form, state__in=DELIVERED).exists()


def _of_the_same(rows: QuerySet[Order], actor: Actor, selection: Selection) -> tuple[QuerySet[Order], str]:
    """The person's orders of the same product or bundle, and what names it."""
    rows = rows.filter(person_id=actor.id)
    if selection.bundle:
        return rows.filter(bundle_name=billing.bundle(selection.bundle).name), selection.bundle
    if selection.plan_id is None:
        return rows.none(), ""
    product_id = billing.plan(selection.plan_id).product_id
    return rows.filter(bundle_name="", lines__product_id=product_id), str(product_id)


def receipt(actor: Actor, order_id: UUID) -> ReceiptView:
    """The receipt of a settled order."""
    view = order(actor, order_id)
    row = Receipt.objects.filter(order_id=order_id).first()
    if row is None:
        raise UnknownOrder("There is no receipt yet.", next_step="It is written when the order is settled.")
    person = people.person(view.person_id) if view.person_id else None
    return ReceiptView(
        number=row.number,
        issued_at=row.issued_at,
        **named(row, view.organisation_id),
        person_name=person.name if person else "",
        person_email=person.email if person else "",
        order=view,
        given_back=_given_back(actor, view.payment),
    )


def payment_receipt(actor: Actor, payment_id: UUID) -> PaymentReceiptView:
    """The receipt or invoice of a payment that is no order's, for who sees all of the organisation's projects."""
    row = _payment_receipts(actor).filter(payment_id=payment_id).first()
    if row is None:
        raise UnknownOrder(
            "There is no receipt yet.", next_step="It is written a moment after the payment: load the page again then."
        )
    payment = _paid_by(actor, payments.payment(actor, payment_id))
    is_due = payment.method is Method.INVOICE and not payment.is_final
    return PaymentReceiptView(
        id=payment_id,
        number=row.number,
        issued_at=row.issued_at,
        **named(row, row.organisation_id),
        title=row.title,
        amount=Money(row.amount_minor, row.currency),
        payment=payment,
        lines=_working(payment),
        period=_renewed(payment),
        given_back=_given_back(actor, payment),
        transfer_words=payments.transfer_words(payment.description) if is_due else "",
        due_at=payment.transfer_due_at if is_due and payments.transfer_account() else None,
    )


def _given_back(actor: Actor, payment: PaymentView | None) -> tuple[RefundView, ...]:
    """What has gone back of a payment, oldest first."""
    found = payments.refunds_of(actor, payment.id) if payment and payment.refunded else ()
    return tuple(one for one in found if one.given_back_at)


def _working(payment: PaymentView) -> tuple[PaperLine, ...]:
    """The lines of a change of plan, from which it was told what it came from."""
    if payment.cause_type != CHARGE:
        return ()
    charge = billing.charge_of(Actor.system(payment.organisation_id), payment.cause_id)
    return wording.charge_lines(charge) if charge.from_plan_name else ()


def _renewed(payment: PaymentView) -> Period | None:
    """What a renewal pays for."""
    if payment.cause_type != CHARGE:
        return None
    charge = billing.charge_of(Actor.system(payment.organisation_id), payment.cause_id)
    return charge.period if charge.kind is ChargeKind.RENEWAL else None


def _paid_by(actor: Actor, invoice: PaymentView) -> PaymentView:
    """What paid an invoice in another way, where something did; else the payment itself."""
    if invoice.state is not PaymentState.FAILED:
        return invoice
    attempts = payments.payments_for(actor, cause_type=invoice.cause_type, cause_id=invoice.cause_id)
    return next((one for one in attempts if one.instead_of == invoice.id and one.captured_at), invoice)


def papers_of(actor: Actor, *, limit: int) -> tuple[PaperView, ...]:
    """The receipts and invoices of orders and of other payments, newest first."""
    of_orders = orders_of(actor, limit=limit)
    numbered = list(_payment_receipts(actor).order_by("-issued_at")[:limit])
    back = payments.refunded(actor, [row.payment_id for row in numbered])
    receipts = [
        PaperView(
            number=one.receipt_number,
            title=one.title,
            amount=one.due_today,
            at=one.settled_at or one.created_at,
            url=reverse("checkout:receipt", args=[one.id]),
            is_open=one.is_due,
            given_back=one.given_back,
        )
        for one in of_orders
        if one.receipt_number
    ]
    awaited = {one.id for one in payments.awaited_transfers(actor)}
    of_payments = [
        PaperView(
            number=row.number,
            title=row.title,
            amount=Money(row.amount_minor, row.currency),
            at=row.issued_at,
            url=reverse("checkout:payment_receipt", args=[row.payment_id]),
            is_open=row.payment_id in awaited,
            given_back=back.get(row.payment_id),
        )
        for row in numbered
    ]
    return tuple(sorted((*receipts, *of_payments), key=lambda one: one.at, reverse=True)[:limit])


def _payment_receipts(actor: Actor) -> QuerySet[PaymentReceipt]:
    rows = PaymentReceipt.objects.filter(organisation_id=actor.organisation)
    return rows if actor.kind is ActorKind.SYSTEM or actor.may(Permission.MANAGE_PROJECTS) else rows.none()


@dataclass(frozen=True, slots=True, kw_only=True)
class PaidItem:
    """What is or was to be paid at a moment: for a line of an order, or for a charge of a running subscription."""

    at: datetime
    name: str
    kind: str
    amount: Money
    order_id: UUID | None = None
    subscription_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Spend:
    """What one subscription's purchases cost in a span of time."""

    name: str
    amount: Money


def spending(actor: Actor, *, since: datetime, until: datetime) -> tuple[Spend, ...]:
    """What was paid for orders, renewals, usage and upgrades in a span of time, by product, dearest first."""
    sums: dict[tuple[str, str], int] = {}
    for one in paid(actor, since=since, until=until):
        name = (one.name, one.amount.currency)
        sums[name] = sums.get(name, 0) + one.amount.minor
    spent = (Spend(name=name, amount=Money(minor, currency)) for (name, currency), minor in sums.items())
    return tuple(sorted(spent, key=lambda one: -one.amount.minor))


def paid(actor: Actor, *, since: datetime, until: datetime) -> tuple[PaidItem, ...]:
    """Every payment whose money came in a span of time, less what was given back of it, newest first: what `spending` sums."""
    return _items(actor, payments.captured(actor, since=since, until=until))


def owed(actor: Actor) -> tuple[PaidItem, ...]:
    """What was invoiced and is not paid yet, oldest first."""
    return _items(actor, payments.awaited_transfers(actor))


def _items(actor: Actor, found: tuple[PaymentView, ...]) -> tuple[PaidItem, ...]:
    """What payments are for: the lines of an order, or a charge; of others, and of what the actor does not see, nothing."""
    of_orders = [one.cause_id for one in found if one.cause_type == ORDER]
    orders = {row.id: row for row in _visible(actor).filter(pk__in=of_orders)}
    charges = billing.charges_by_id(actor, [one.cause_id for one in found if one.cause_type == CHARGE])
    items: list[PaidItem] = []
    for payment in found:
        at, amount = payment.captured_at or payment.created_at, payment.kept if payment.captured_at else payment.amount
        if order := orders.get(payment.cause_id):
            lines = [line for line in order.lines.all() if line.due_minor]
            shares = amount.allocate([line.due_minor for line in lines])
            items += (
                PaidItem(at=at, name=line.product_name, kind="order", amount=share, order_id=order.id)
                for line, share in zip(lines, shares, strict=True)
                if share
            )
        elif charge := charges.get(payment.cause_id):
            item = PaidItem(
                at=at,
                name=charge.product_name,
                kind=charge.kind.value,
                amount=amount,
                subscription_id=charge.subscription_id,
            )
            items.append(item)
    return tuple(items)


def _visible(actor: Actor) -> QuerySet[Order]:
    rows = (
        Order.objects.filter(organisation_id=actor.organisation)
        .select_related("receipt", "refund_request")
        .prefetch_related("lines")
    )
    return rows if actor.kind is ActorKind.SYSTEM else rows.filter(project_id__in=actor.project_ids)


def _view(row: Order, actor: Actor | None = None) -> OrderView:
    def money(minor: int) -> Money:
        return Money(minor, row.currency)

    has_payment = actor is not None and row.payment_id is not None
    numbered: Receipt | None = getattr(row, "receipt", None)
    asked: RefundRequest | None = getattr(row, "refund_request", None)
    days = _refund_days(row) if actor is not None else 0
    is_paid = row.state == OrderState.PAID and row.due_minor > 0 and row.settled_at is not None
    return OrderView(
        id=row.id,
        number=row.number,
        organisation_id=row.organisation_id,
        project_id=row.project_id,
        person_id=row.person_id,
        state=OrderState(row.state),
        lines=tuple(_line(line, row.currency) for line in row.lines.all()),
        bundle_name=row.bundle_name,
        gross=money(row.gross_minor),
        discount=money(row.discount_minor),
        total=money(row.total_minor),
        due_today=money(row.due_minor),
        trial_days=row.trial_days,
        renews_at=row.renews_at,
        method=Method(row.method),
        reason=row.reason,
        payment_id=row.payment_id,
        created_at=row.created_at,
        settled_at=row.settled_at,
        receipt_number=numbered.number if numbered else "",
        payment=payments.payment(Actor.system(row.organisation_id), row.payment_id) if has_payment and row.payment_id else None,
        transfer_to=payments.transfer_account() if row.state == OrderState.AWAITING_TRANSFER else "",
        refundable_until=row.settled_at + timedelta(days=days) if days and is_paid and row.settled_at else None,
        refund_asked_at=asked.asked_at if asked else None,
        transfer_words=payments.transfer_words(row.number) if row.state == OrderState.AWAITING_TRANSFER else "",
    )


def _refund_days(row: Order) -> int:
    """How long the money can be asked back: by the terms that an order was sold under, of an older one by those of now."""
    lines = list(row.lines.all())
    unknown = [line.product_id for line in lines if line.refund_days is None]
    present = billing.refund_days_of(unknown) if unknown else {}
    days = (present.get(line.product_id, 0) if line.refund_days is None else line.refund_days for line in lines)
    return min(days, default=0)


def _line(row: OrderLine, currency: str) -> OrderLineView:
    return OrderLineView(
        product_name=row.product_name,
        product_slug=row.product_slug,
        plan_name=row.plan_name,
        category=row.category,
        icon=row.icon,
        cycle=Cycle(row.cycle),
        unit=Money(row.unit_minor, currency),
        times=row.times,
        gross=Money(row.unit_minor * row.times, currency),
        discount=Money(row.discount_minor, currency),
        amount=Money(row.amount_minor, currency),
        subscription_id=row.subscription_id,
        access_url=access_url(row.delivery, row.subscription_id),
        period=Period(start=row.period_start_at, end=row.period_end_at) if row.period_start_at and row.period_end_at else None,
    )
