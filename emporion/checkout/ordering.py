"""Makes orders: decides where they go, prices them, and keeps one order for one key."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from emporion.accounts import queries as people
from emporion.accounts.actions import create_project, ensure_organisation, record_audit
from emporion.billing import queries as billing
from emporion.billing.types import PriceShape, ProductView, Quote, QuoteLine
from emporion.checkout import rules
from emporion.checkout.errors import CardMissing, HeldAlready, MayNotBuy, NotForSaleHere, OrderKeyReused, TermsNotAccepted
from emporion.checkout.models import Order, OrderLine
from emporion.checkout.types import OrderState, Place, PurchaseRequest, Selection
from emporion.kernel.ids import new_id
from emporion.kernel.money import Money
from emporion.payments.types import Method
from emporion.plumbing.types import Actor, Permission

DEFAULT_PROJECT = "Default"


@dataclass(frozen=True, slots=True, kw_only=True)
class Priced:
    """What is bought, with the products behind the lines of its quote."""

    quote: Quote
    products: tuple[ProductView, ...]
    bundle_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Buyer:
    """Who buys and for which project."""

    actor: Actor
    person_id: UUID | None
    project_id: UUID


def price(selection: Selection, *, actor: Actor, now: datetime) -> Priced:
    """What a selection costs this buyer; a trial is given once per organisation and product."""
    if selection.bundle:
        bundle = billing.bundle(selection.bundle)
        products = tuple(billing.product_by_id(item.plan.product_id) for item in bundle.items)
        return Priced(quote=billing.quote_bundle(bundle, now=now), products=products, bundle_name=bundle.name)
    if selection.plan_id is None:
        raise NotForSaleHere(field="plan")
    choice = billing.choice(selection.plan_id, selection.cycle)
    if choice.plan.shape is PriceShape.CONTACT:
        raise NotForSaleHere(plan=choice.plan.slug, field="plan")
    product = billing.product_by_id(choice.plan.product_id)
    used_up = actor.organisation_id is not None and billing.has_bought(actor, product.id)
    if used_up and choice.plan.trial_days:
        choice = replace(choice, plan=replace(choice.plan, trial_days=0))
    return Priced(quote=billing.quote(choice, now=now), products=(product,))


def plans_of(selection: Selection) -> tuple[UUID, ...]:
    """The plans that are bought with a selection."""
    if selection.bundle:
        return tuple(item.plan.id for item in billing.bundle(selection.bundle).items)
    return (selection.plan_id,) if selection.plan_id else ()


def buyer_of(actor: Actor, place: Place, *, now: datetime) -> Buyer:
    """Where a purchase of this actor goes; organisation and project are made where they are missing."""
    person = people.person_of(actor)
    if actor.organisation_id is None:
        if person is None:
            raise MayNotBuy
        workspace = ensure_organisation(person_id=person.id, name=place.organisation_name, now=now)
        actor = people.actor_for_person(person_id=person.id, name=person.name, organisation_id=workspace.organisation.id)
    return Buyer(actor=actor, person_id=person.id if person else None, project_id=_project(actor, place, now))


def _project(actor: Actor, place: Place, now: datetime) -> UUID:
    if place.project_id is not None:
        if not actor.may(Permission.PURCHASE, place.project_id):
            raise MayNotBuy(field="project")
        return place.project_id
    allowed = [project for project in people.projects_of(actor) if actor.may(Permission.PURCHASE, project.id)]
    wanted = place.project_name.strip().lower()
    named = [project for project in allowed if project.name.lower() == wanted]
    if named or (allowed and not wanted):
        return (named or allowed)[0].id
    if not actor.may(Permission.MANAGE_PROJECTS):
        raise MayNotBuy(field="project")
    return create_project(name=place.project_name.strip() or DEFAULT_PROJECT, actor=actor, now=now).id


def open_order(purchase: PurchaseRequest, *, actor: Actor, now: datetime) -> tuple[Order, Buyer]:
    """The order of this key, made when there is none yet; the same key for something else is `OrderKeyReused`."""
    if not purchase.has_accepted_terms:
        raise TermsNotAccepted(field="terms")
    buyer = buyer_of(actor, purchase.place, now=now)
    order = _existing(purchase, buyer)
    if order is None:
        if not purchase.may_be_another and billing.held(buyer.actor, plans_of(purchase.selection)):
            raise HeldAlready(field="another")
        priced = price(purchase.selection, actor=buyer.actor, now=now)
        _check_payable(purchase, priced)
        order = _create(purchase, buyer, priced, now)
    return order, buyer


def _check_payable(purchase: PurchaseRequest, priced: Priced) -> None:
    is_card = purchase.pay_by.method is Method.CARD
    if is_card and priced.quote.due_today and not purchase.pay_by.token:
        raise CardMissing(field="card")


def _existing(purchase: PurchaseRequest, buyer: Buyer) -> Order | None:
    order = Order.objects.filter(organisation_id=buyer.actor.organisation, key=purchase.key).first()
    if order is not None and order.digest != rules.digest(purchase):
        raise OrderKeyReused(field="key")
    return order


def _create(purchase: PurchaseRequest, buyer: Buyer, priced: Priced, now: datetime) -> Order:
    order_id = new_id()
    quote = priced.quote
    order = Order(
        id=order_id,
        number=rules.order_number(order_id),
        organisation_id=buyer.actor.organisation,
        project_id=buyer.project_id,
        person_id=buyer.person_id,
        state=OrderState.PENDING_PAYMENT,
        key=purchase.key,
        digest=rules.digest(purchase),
        bundle_name=priced.bundle_name,
        gross_minor=quote.gross.minor,
        discount_minor=quote.discount.minor,
        total_minor=quote.total.minor,
        due_minor=quote.due_today.minor,
        currency=quote.total.currency,
        trial_days=quote.trial_days,
        renews_at=quote.renews_at,
        method=purchase.pay_by.method,
        attempts=1,
        created_at=now,
    )
    pairs = zip(quote.lines, priced.products, strict=True)
    lines = [_line(order, position, line, product) for position, (line, product) in enumerate(pairs)]
    try:
        with transaction.atomic():
            order.save(force_insert=True)
            OrderLine.objects.bulk_create(lines)
            bought = order.bundle_name or ", ".join(f"{line.product_name} {line.plan_name}" for line in lines)
            detail = f"{order.number}: {bought}, {quote.due_today.format()} by {order.method}"
            record_audit(actor=buyer.actor, verb="order.placed", object_type="order", object_id=order.id, detail=detail, now=now)
    except IntegrityError:
        racing = _existing(purchase, buyer)
        if racing is None:
            raise
        return racing
    return order


def _line(order: Order, position: int, line: QuoteLine, product: ProductView) -> OrderLine:
    plan = product.plan(str(line.plan_id)) or billing.plan(line.plan_id)
    due = Money.zero(line.amount.currency) if order.trial_days else line.amount
    return OrderLine(
        order=order,
        position=position,
        product_id=product.id,
        plan_id=line.plan_id,
        product_name=product.name,
        product_slug=product.slug,
        plan_name=line.plan_name,
        category=product.category,
        icon=product.icon,
        delivery=product.delivery,
        provider_id=product.provider_id,
        provider_percent=plan.provider_percent,
        cycle=line.cycle,
        unit_minor=line.unit.minor,
        times=line.times,
        discount_minor=line.discount.minor,
        amount_minor=line.amount.minor,
        due_minor=due.minor,
        trial_days=order.trial_days,
        refund_days=product.refund_days,
    )
