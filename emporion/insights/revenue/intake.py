"""Takes in what visitors' browsers say of payments and of themselves: events of the kinds payment and identify.

Called with every batch that reaches the event store, and by a job that looks again at the last days; twice is as good as once.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from emporion.insights.revenue import eventstore, identities
from emporion.insights.revenue.models import Payment
from emporion.insights.revenue.recording import ATTRIBUTE, Due, take_in
from emporion.insights.revenue.types import Buyer, Kind, Outcome, Reported, Source
from emporion.kernel.amounts import minor_of
from emporion.kernel.errors import Invalid
from emporion.kernel.money import Money
from emporion.plumbing.actions import enqueue
from emporion.store.schemas import SiteEvent
from emporion.store.types import NOBODY

KINDS = frozenset({"payment", "identify"})
# The parameters that carry a provider's id: those of the script's call, and of the addresses that providers return to.
PROVIDERS = {
    "stripe_session_id": "stripe",
    "session_id": "stripe",
    "lemonsqueezy_order_id": "lemonsqueezy",
    "order_id": "lemonsqueezy",
    "polar_checkout_id": "polar",
    "checkout_id": "polar",
    "paddle_transaction_id": "paddle",
    "transaction_id": "api",
}
STRIPE_NAMES = ("pi_", "ch_", "py_", "cs_", "in_")
_LATE = timedelta(minutes=2)
_LOOKED_BACK = timedelta(hours=48)
_AGAIN = """
SELECT event_id, occurred_at, organisation_id, project_id, site_id, visitor_id, kind, name, params, user_ref, network_id
FROM site_events
WHERE kind IN ('payment', 'identify') AND occurred_at >= {since:DateTime64(3)}
ORDER BY occurred_at, event_id
SETTINGS final = 0
"""


def take(events: Sequence[SiteEvent], *, now: datetime) -> None:
    """Take in those of a batch that speak of payments and people; what comes late may change what payments belong to."""
    for site_id, visitor_ids in _late(events, now).items():
        visits_changed(site_id=site_id, visitor_ids=visitor_ids, now=now)
    for event in events:
        if event.kind not in KINDS:
            continue
        _identify(event, now)
        if event.kind == "payment":
            _report(event, now)


def take_again(*, now: datetime) -> None:
    """Take in the last days' events once more, for those that a stopped process did not get to."""
    take(eventstore.store().rows(_AGAIN, {"since": now - _LOOKED_BACK}, as_=SiteEvent), now=now)


def _late(events: Iterable[SiteEvent], now: datetime) -> dict[UUID, set[UUID]]:
    """Visitors whose steps were taken well before they arrived, by website."""
    found: dict[UUID, set[UUID]] = defaultdict(set)
    for event in events:
        if now - event.occurred_at > _LATE and event.visitor_id != NOBODY:
            found[event.site_id].add(event.visitor_id)
    return found


def provider_of(object_id: str, otherwise: str) -> str:
    """Whose id it is: Stripe's begin with what they are."""
    return "stripe" if object_id.startswith(STRIPE_NAMES) else otherwise


def _identify(event: SiteEvent, now: datetime) -> None:
    """Keep who the visitor is, and have payments of that person looked at again."""
    said = (event.params.get("email", ""), event.params.get("customer_email", ""))
    keys = {identities.email_key(event.site_id, email) for email in said} | {
        identities.user_key(event.site_id, ref) for ref in (event.user_ref, event.params.get("user_id", ""))
    }
    for key in sorted(keys - {""}):
        with transaction.atomic():
            is_news = identities.remember(site_id=event.site_id, key=key, visitor_id=event.visitor_id, at=event.occurred_at)
            if not is_news:
                continue
            theirs = Payment.objects.of(event.site_id).received().filter(Q(email_key=key) | Q(user_key=key))
            for payment in theirs.filter(attributed_at__isnull=False):
                Payment.objects.filter(pk=payment.pk).update(check_at=now, checks=0)
                enqueue(ATTRIBUTE, Due(payment_id=payment.pk), now=now)


def _report(event: SiteEvent, now: datetime) -> None:
    """What a payment event says: a provider's id seen by this visitor, an amount, or both."""
    found = next(((event.params[name], name) for name in PROVIDERS if event.params.get(name)), None)
    amount = _amount(event.params)
    if found is None and amount is None:
        return  # an address alone says who the visitor is, no more
    object_id, provider = (found[0], provider_of(found[0], PROVIDERS[found[1]])) if found else (str(event.event_id), "script")
    reported = Reported(
        source=Source.SCRIPT,
        provider=provider,
        object_ids=(object_id,),
        kind=Kind.PAYMENT,
        amount=amount,
        outcome=Outcome.DONE if amount else Outcome.SEEN,
        occurred_at=event.occurred_at,
        buyer=Buyer(
            visitor_id=event.visitor_id if event.visitor_id != NOBODY else None,
            email=event.params.get("email", ""),
            user_ref=event.user_ref,
            network_id=event.network_id,
        ),
    )
    try:
        take_in(site_id=event.site_id, reported=reported, now=now)
    except Invalid:
        return  # a visitor's browser may say anything; what cannot be an id is nobody's payment


def _amount(params: dict[str, str]) -> Money | None:
    """The amount in major units with its currency; nothing for what is none."""
    currency = params.get("currency", "USD").strip().upper()
    try:
        money = Money(minor_of(params.get("amount", ""), currency), currency)
    except ValueError:
        return None
    return money if money.minor > 0 else None


def visits_changed(*, site_id: UUID, visitor_ids: Iterable[UUID], now: datetime) -> int:
    """Have the recent payments of some visitors looked at again, because visits of theirs came late; returns how many."""
    theirs = list(visitor_ids)
    due = (
        Payment.objects.of(site_id)
        .received()
        .filter(
            Q(visitor_id__in=theirs) | Q(checkout_visitor_id__in=theirs) | Q(credited_visitor_id__in=theirs),
            attributed_at__isnull=False,
        )
    )
    return due.update(check_at=now, checks=0)
