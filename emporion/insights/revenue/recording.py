"""Takes a report in: finds or makes the one payment that it speaks of, merges two that turn out to be one, and draws it anew."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from emporion.insights.revenue import identities
from emporion.insights.revenue.errors import ReportUnreadable
from emporion.insights.revenue.events import PaymentCounted
from emporion.insights.revenue.folding import TWIN_WINDOW, Fact, Folded, fold
from emporion.insights.revenue.models import Alias, Book, Connection, Payment, Report
from emporion.insights.revenue.types import ConnectionKind, Kind, Outcome, Reported, Source, Standing
from emporion.insights.sites.actions import note_payments
from emporion.kernel.amounts import LARGEST_MINOR
from emporion.kernel.ids import new_id
from emporion.plumbing.actions import enqueue, publish

ATTRIBUTE = "insights.attribute"
_PROVIDER_SAYS = (ConnectionKind.STRIPE_WEBHOOK, ConnectionKind.STRIPE_KEY)
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
_OF_INTENT, _OF_INVOICE = ("pi_", "ch_", "py_"), ("in_",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """The job that gives a payment to visits."""

    payment_id: UUID


def take_in(*, site_id: UUID, reported: Reported, now: datetime) -> Payment:
    """The payment that a report speaks of, as it stands after it; the same report again changes nothing."""
    reported = _checked(reported, now)
    with transaction.atomic():
        Book.objects.get_or_create(site_id=site_id)
        Book.objects.select_for_update().get(site_id=site_id)
        fact = _fact(site_id, reported)
        known = Report.objects.filter(site_id=site_id, digest=fact.digest).select_related("payment__merged_into").first()
        if known is not None:
            return known.payment.merged_into or known.payment
        note_payments(site_id=site_id, now=now)
        payment = _the_one(site_id, reported, now)
        _keep(payment, fact, now)
        redraw(payment, now=now)
        twin = _twin(payment)
        if twin is not None:
            payment = _merge([payment, twin])
            redraw(payment, now=now)
        return payment


def redraw(payment: Payment, *, now: datetime) -> None:
    """Draw a payment and what went back of it from all its reports, and have it attributed."""
    folded = fold([_fact_of(row) for row in _reports(payment)])
    _draw(payment, folded)
    is_news = payment.counted_at is None and payment.standing == Standing.COUNTED
    payment.counted_at = now if is_news else payment.counted_at
    payment.checks, payment.check_at = 0, now
    payment.save()
    _draw_reversals(payment, folded, now)
    if is_news:
        publish(
            PaymentCounted(
                site_id=payment.site_id,
                payment_id=payment.id,
                kind=payment.kind,
                amount_minor=payment.amount_minor or 0,
                currency=payment.currency,
                occurred_at=payment.occurred_at,
            ),
            now=now,
        )
    enqueue(ATTRIBUTE, Due(payment_id=payment.id), now=now)


def _the_one(site_id: UUID, reported: Reported, now: datetime) -> Payment:
    """The payment that any of the names belongs to; payments that are told to be the same become one."""
    names = list(dict.fromkeys((*reported.object_ids, *reported.reverses)))
    known = Alias.objects.filter(site_id=site_id, provider=reported.provider, object_id__in=names).select_related("payment")
    found = list({alias.payment_id: alias.payment for alias in known}.values())
    taken = {alias.object_id for alias in known}
    if found:
        payment = _merge(found)
    else:
        payment = Payment.objects.create(
            site_id=site_id,
            provider=reported.provider,
            object_id=names[0],
            occurred_at=reported.occurred_at,
            created_at=now,
        )
    Alias.objects.bulk_create(
        Alias(site_id=site_id, provider=reported.provider, object_id=name, payment=payment) for name in names if name not in taken
    )
    return payment


def _merge(payments: Sequence[Payment]) -> Payment:
    """Several payments that are one: the oldest row stays, the others give up their names, and their credits are taken back."""
    kept, *others = sorted(payments, key=lambda one: one.id.int)
    for other in others:
        Alias.objects.filter(payment=other).update(payment=kept)
        Payment.objects.filter(merged_into=other).update(merged_into=kept)
        Payment.objects.filter(reverses=other).update(standing=Standing.VOID)
        other.merged_into, other.standing = kept, Standing.VOID
        other.save()
        enqueue(ATTRIBUTE, Due(payment_id=other.id), now=other.created_at)
        kept.counted_at = kept.counted_at or other.counted_at
    return kept


def _twin(payment: Payment) -> Payment | None:
    """The other half of an invoice whose link to its charge Stripe did not send: same customer, amount and minutes."""
    if payment.provider != "stripe" or not payment.customer_ref or not payment.amount_minor:
        return None
    sort = _half(payment)
    if sort is None:
        return None
    near = Payment.objects.of(payment.site_id).filter(
        provider="stripe",
        customer_ref=payment.customer_ref,
        amount_minor=payment.amount_minor,
        currency=payment.currency,
        reverses=None,
        occurred_at__gte=payment.occurred_at - TWIN_WINDOW,
        occurred_at__lte=payment.occurred_at + TWIN_WINDOW,
    )
    halves = [one for one in near.exclude(pk=payment.pk) if _half(one) not in {None, sort}]
    return halves[0] if len(halves) == 1 else None


def _half(payment: Payment) -> str | None:
    """Whether only the invoice or only the charge of a payment is known; `None` for both, or neither."""
    names = list(payment.aliases.values_list("object_id", flat=True))
    has_invoice = any(name.startswith(_OF_INVOICE) for name in names)
    has_intent = any(name.startswith(_OF_INTENT) for name in names)
    if has_invoice == has_intent:
        return None
    return "invoice" if has_invoice else "intent"


def _keep(payment: Payment, fact: Fact, now: datetime) -> None:
    values = {field.name: getattr(fact, field.name) for field in fields(fact)}
    values["object_ids"] = list(fact.object_ids)
    Report.objects.create(id=new_id(), site_id=payment.site_id, payment=payment, received_at=now, **values)


def _reports(payment: Payment) -> Iterable[Report]:
    return Report.objects.filter(Q(payment=payment) | Q(payment__merged_into=payment))


def _draw(payment: Payment, folded: Folded) -> None:
    payment.object_id, payment.kind, payment.standing = folded.object_id, folded.kind, folded.standing
    payment.amount_minor = folded.amount.minor if folded.amount else None
    payment.currency = folded.amount.currency if folded.amount else ""
    payment.occurred_at, payment.description = folded.occurred_at, folded.description
    payment.visitor_id, payment.checkout_visitor_id = folded.visitor_id, folded.checkout_visitor_id
    payment.network_id, payment.customer_ref = folded.network_id, folded.customer_ref
    payment.email_key, payment.user_key, payment.buyer_hint = folded.email_key, folded.user_key, folded.buyer_hint
    payment.subscription_ref, payment.ways = folded.subscription_ref, list(folded.ways)


def _draw_reversals(payment: Payment, folded: Folded, now: datetime) -> None:
    standing = {one.object_id: one for one in folded.reversals}
    Payment.objects.filter(reverses=payment).exclude(object_id__in=standing).update(standing=Standing.VOID)
    for object_id, one in standing.items():
        drawn = {
            "site_id": payment.site_id,
            "provider": payment.provider,
            "kind": one.kind,
            "standing": Standing.COUNTED,
            "amount_minor": -one.amount.minor,
            "currency": one.amount.currency,
            "occurred_at": one.occurred_at,
            "ways": list(one.ways),
            "buyer_hint": payment.buyer_hint,
            "description": payment.description or payment.object_id,
        }
        Payment.objects.update_or_create(
            reverses=payment, object_id=object_id, defaults=drawn, create_defaults=drawn | {"created_at": now}
        )


def _checked(reported: Reported, now: datetime) -> Reported:
    """A report that can be kept: names of some length, an amount that is one, and no time to come."""
    names = (*reported.object_ids, *reported.reverses)
    if not reported.object_ids or not all(0 < len(name) <= 200 and name.isprintable() for name in names):
        raise ReportUnreadable(field="transaction_id")
    if reported.amount is not None and not 0 <= reported.amount.minor <= LARGEST_MINOR:
        raise ReportUnreadable(field="amount")
    words = (reported.description, reported.subscription_ref, reported.buyer.customer_ref, reported.buyer.user_ref)
    if any("\0" in word for word in words):
        raise ReportUnreadable(field="description")
    return replace(reported, occurred_at=now) if not EARLIEST <= reported.occurred_at <= now else reported


def _fact(site_id: UUID, reported: Reported) -> Fact:
    """A report as it is kept: hashed, with whether its amount may count."""
    buyer = reported.buyer
    amount = reported.amount
    fact = Fact(
        source=reported.source,
        kind=reported.kind,
        outcome=reported.outcome,
        object_ids=reported.object_ids,
        occurred_at=reported.occurred_at,
        digest="",
        is_trusted=reported.source is not Source.SCRIPT or not _provider_says(site_id),
        is_total=reported.is_total,
        amount_minor=amount.minor if amount else None,
        currency=amount.currency if amount else "",
        visitor_id=buyer.visitor_id if buyer.visitor_id and buyer.visitor_id.int else None,
        network_id=buyer.network_id,
        customer_ref=buyer.customer_ref[:120],
        email_key=identities.email_key(site_id, buyer.email),
        user_key=identities.user_key(site_id, buyer.user_ref),
        buyer_hint=identities.hint_of(buyer.email),
        subscription_ref=reported.subscription_ref[:120],
        description=reported.description[:200],
    )
    # A program that repeats a request without a time has it made at another moment; it says the same all the same.
    unsaid = {"digest", "is_trusted"} | ({"occurred_at"} if reported.source is Source.API else set())
    said = [str(getattr(fact, field.name)) for field in fields(fact) if field.name not in unsaid]
    said += [reported.provider, *reported.reverses]
    digest = hashlib.sha256("\x1f".join(said).encode()).hexdigest()
    return replace(fact, digest=digest)


def _provider_says(site_id: UUID) -> bool:
    """Whether the provider itself reports this website's payments, so that a browser's word is not needed."""
    return Connection.objects.filter(site_id=site_id, kind__in=_PROVIDER_SAYS, ended_at=None).exists()


def _fact_of(row: Report) -> Fact:
    values = {field.name: getattr(row, field.name) for field in fields(Fact)}
    values |= {"object_ids": tuple(row.object_ids), "source": Source(row.source), "kind": Kind(row.kind)}
    return Fact(**values | {"outcome": Outcome(row.outcome)})
