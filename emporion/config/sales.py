"""Sales of this marketplace become payments of the websites that ask for them, so that a seller sees the source of each sale.

They count on the websites of the seller that were connected to the marketplace, and all of them on the website that measures
the installation itself: the one of `EMPORION_OWN_SITE`, or the one that an operator chose.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from emporion.accounts import queries as people
from emporion.billing import queries as billing
from emporion.billing.events import SubscriptionRenewed
from emporion.checkout import queries as checkout
from emporion.checkout.events import PurchaseCompleted
from emporion.checkout.types import ORDER, OrderLineView, OrderView
from emporion.insights.revenue import queries as revenue
from emporion.insights.revenue.actions import record_purchase
from emporion.insights.revenue.types import Buyer, Kind, Reported, Source
from emporion.insights.sites import queries as sites
from emporion.kernel.money import Money
from emporion.market import queries as market
from emporion.payments.events import PaymentRefunded
from emporion.plumbing.types import Actor, JobContext

PROVIDER = "emporion"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sold:
    """A line of an order, and where it counts."""

    name: str
    line: OrderLineView
    site_ids: tuple[UUID, ...]


def keep_purchase(event: PurchaseCompleted, *, job: JobContext) -> None:
    """Every line of an order is a payment of its seller's website."""
    order = checkout.order(Actor.system(event.organisation_id), event.order_id)
    for sold in _sold(order):
        is_trial = not sold.line.amount.minor or bool(order.trial_days)
        reported = Reported(
            source=Source.PURCHASE,
            provider=PROVIDER,
            object_ids=(sold.name,),
            kind=Kind.FREE_TRIAL if is_trial else Kind.PAYMENT,
            amount=Money.zero(order.total.currency) if is_trial else sold.line.amount,
            occurred_at=event.at,
            buyer=_buyer(event.person_id, event.organisation_id),
            subscription_ref=str(sold.line.subscription_id),
            description=f"{sold.line.product_name} {sold.line.plan_name}",
        )
        _report(sold.site_ids, reported, job.now)


def keep_renewal(event: SubscriptionRenewed, *, job: JobContext) -> None:
    """What a running subscription paid belongs to the visit that brought it."""
    subscription = billing.subscription(Actor.system(event.organisation_id), event.subscription_id)
    reported = Reported(
        source=Source.PURCHASE,
        provider=PROVIDER,
        object_ids=(f"charge_{event.charge_id}",),
        kind=Kind.RENEWAL,
        amount=Money(event.amount_minor, event.currency),
        occurred_at=job.now,
        buyer=_buyer(None, event.organisation_id),
        subscription_ref=str(event.subscription_id),
        description=subscription.product_name,
    )
    _report(_sites_of_product(subscription.product_slug), reported, job.now)


def keep_refund(event: PaymentRefunded, *, job: JobContext) -> None:
    """What went back to a buyer goes back from every line of the order in its proportion."""
    if event.cause_type != ORDER:
        return
    order = checkout.order(Actor.system(event.organisation_id), event.cause_id)
    weights = [line.amount.minor for line in order.lines]
    if not any(weights):
        return
    shares = Money(event.amount_minor, event.currency).allocate(weights)
    for sold, share in zip(_sold(order), shares, strict=True):
        if not share:
            continue
        reported = Reported(
            source=Source.PURCHASE,
            provider=PROVIDER,
            object_ids=(f"refund_{event.refund_id}_{sold.name}",),
            reverses=(sold.name,),
            kind=Kind.REFUND,
            amount=share,
            occurred_at=job.now,
        )
        _report(sold.site_ids, reported, job.now)


def _report(site_ids: tuple[UUID, ...], reported: Reported, now: datetime) -> None:
    for site_id in site_ids:
        record_purchase(site_id=site_id, reported=reported, now=now)


def _sold(order: OrderView) -> Iterator[_Sold]:
    for number, line in enumerate(order.lines, start=1):
        yield _Sold(name=f"{order.number}-{number}", line=line, site_ids=_sites_of_product(line.product_slug))


def _sites_of_product(slug: str) -> tuple[UUID, ...]:
    """The websites on which a sale of a product counts."""
    seller = market.seller_organisation(slug)
    theirs = revenue.marketplace_sites([seller]).get(seller, ()) if seller else ()
    public_id = sites.installation_site()
    own = sites.by_public_id(public_id) if public_id else None
    return tuple(dict.fromkeys((*theirs, *((own.id,) if own else ()))))


def _buyer(person_id: UUID | None, organisation_id: UUID) -> Buyer:
    person = people.person(person_id) if person_id else None
    return Buyer(
        email=person.email if person else "",
        user_ref=str(person_id) if person_id else "",
        customer_ref=str(organisation_id),
    )
