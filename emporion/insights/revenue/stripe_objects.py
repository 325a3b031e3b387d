"""Reads Stripe's objects, whether a webhook brings them or we ask for them: each becomes what it says of a payment.

Decides without I/O. Nothing of a card is read. Amounts come in Stripe's own minor units, which are not always those of
ISO 4217 (docs.stripe.com/currencies): krónur and Ugandan shillings are sent in hundredths, ariary in whole units.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from emporion.insights.revenue.types import Buyer, Kind, Outcome, Reported, Source
from emporion.kernel.money import Money, Rate

PROVIDER = "stripe"
VISITOR_KEYS = ("datafast_visitor_id", "emporion_visitor_id", "visitor_id")
EVENTS = (
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "payment_intent.succeeded",
    "charge.succeeded",
    "charge.captured",
    "charge.refunded",
    "refund.created",
    "refund.updated",
    "refund.failed",
    "charge.dispute.created",
    "charge.dispute.closed",
    "charge.dispute.funds_reinstated",
    "invoice.paid",
    "invoice_payment.paid",
)
UNREADABLE = (ValueError, OverflowError, OSError)  # an unknown currency, a time beyond all calendars
_WHOLE_UNITS = frozenset(
    ["BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"]
)
_THOUSANDTHS = frozenset(["BHD", "JOD", "KWD", "OMR", "TND"])
_RENEWALS = frozenset({"subscription_cycle", "subscription", "subscription_threshold"})


class Named(msgspec.Struct, frozen=True):
    """An object that was sent in full where its id would do."""

    id: str = ""
    created: int = 0


Link = str | Named | None


class Contact(msgspec.Struct, frozen=True):
    """Where Stripe keeps an e-mail address."""

    email: str | None = None


class InvoicePaid(msgspec.Struct, frozen=True):
    """How an invoice was paid, in versions of the API since 2025-03-31."""

    payment_intent: Link = None
    charge: Link = None


class InvoicePayment(msgspec.Struct, frozen=True):
    """A payment in an invoice's list."""

    payment: InvoicePaid = InvoicePaid()


class InvoicePayments(msgspec.Struct, frozen=True):
    """An invoice's list of payments."""

    data: tuple[InvoicePayment, ...] = ()


class Transitions(msgspec.Struct, frozen=True):
    """When an invoice was paid."""

    paid_at: int | None = None


class SubscriptionDetails(msgspec.Struct, frozen=True):
    """The subscription of an invoice, in newer versions of the API."""

    subscription: Link = None
    metadata: dict[str, str] | None = None


class Parent(msgspec.Struct, frozen=True):
    """What an invoice belongs to."""

    subscription_details: SubscriptionDetails | None = None


class StripeObject(msgspec.Struct, frozen=True):
    """The fields of all the objects that we read; each object has some of them."""

    id: str
    object: str
    created: int = 0
    status: str | None = None
    currency: str | None = None
    amount: int | None = None
    amount_received: int | None = None
    amount_captured: int | None = None
    amount_refunded: int | None = None
    amount_total: int | None = None
    amount_paid: int | None = None
    captured: bool = True
    paid: bool = True
    customer: Link = None
    customer_email: str | None = None
    receipt_email: str | None = None
    billing_details: Contact | None = None
    customer_details: Contact | None = None
    metadata: dict[str, str] | None = None
    payment_intent: Link = None
    latest_charge: Link = None
    charge: Link = None
    invoice: Link = None
    latest_invoice: Link = None
    subscription: Link = None
    client_reference_id: str | None = None
    mode: str | None = None
    payment_status: str | None = None
    billing_reason: str | None = None
    description: str | None = None
    payments: InvoicePayments | None = None
    payment: InvoicePaid | None = None
    status_transitions: Transitions | None = None
    parent: Parent | None = None


class EventData(msgspec.Struct, frozen=True):
    """What an event is about."""

    object: msgspec.Raw | UnsetType = UNSET


class StripeEvent(msgspec.Struct, frozen=True):
    """An event of a webhook."""

    id: str
    type: str
    created: int = 0
    data: EventData = EventData()


def read_event(body: bytes) -> StripeEvent:
    """The envelope of a webhook; `msgspec.MsgspecError` for what is none."""
    return msgspec.json.decode(body, type=StripeEvent)


def reports_of_event(event: StripeEvent) -> tuple[Reported, ...]:
    """What an event says of payments; nothing, for events about something else."""
    if not isinstance(event.data.object, msgspec.Raw):
        return ()
    kind = msgspec.json.decode(event.data.object, type=_Kind).object
    if kind not in _READERS:
        return ()
    found = msgspec.json.decode(event.data.object, type=StripeObject)
    return reports_of(found, source=Source.WEBHOOK, at=event.created)


def reports_of(found: StripeObject, *, source: Source, at: int = 0) -> tuple[Reported, ...]:
    """What an object says; `at` is when it was told (0 when we asked), for what carries no better time."""
    reader = _READERS.get(found.object)
    return reader(found, source, at) if reader else ()


def money(amount: int, currency: str) -> Money:
    """An amount in Stripe's minor units as ours; ValueError for a currency that nobody knows."""
    code = currency.upper()
    digits = 0 if code in _WHOLE_UNITS else 3 if code in _THOUSANDTHS else 2
    return Rate(Decimal(amount).scaleb(-digits), code).times(1)


class _Kind(msgspec.Struct, frozen=True):
    object: str = ""


def _intent(found: StripeObject, source: Source, at: int) -> tuple[Reported, ...]:
    if found.status != "succeeded":
        return ()
    names = _names(found.id, found.latest_charge, found.charge, found.invoice)
    paid = found.amount_received or found.amount or 0
    charged = found.latest_charge.created if isinstance(found.latest_charge, Named) else 0
    return (_paid(found, source, names, paid, _moment(charged, at, found.created)),)


def _charge(found: StripeObject, source: Source, at: int) -> tuple[Reported, ...]:
    if found.status != "succeeded" or not found.paid or not found.captured:
        return ()
    names = _names(found.id, found.payment_intent, found.invoice)
    paid = found.amount_captured or found.amount or 0
    reports = [_paid(found, source, names, paid, _moment(found.created, at))]
    if found.amount_refunded and at:  # asked for, refunds come as objects of their own, with their own time
        reports.append(
            Reported(
                source=source,
                provider=PROVIDER,
                object_ids=(found.id,),
                reverses=names,
                kind=Kind.REFUND,
                amount=money(found.amount_refunded, found.currency or ""),
                is_total=True,
                occurred_at=_moment(at),
            )
        )
    return tuple(reports)


def _session(found: StripeObject, source: Source, at: int) -> tuple[Reported, ...]:
    if found.mode == "setup" or found.status == "expired":
        return ()
    names = _names(found.id, found.payment_intent, found.invoice)
    when = _moment(at, found.created)
    if found.payment_status == "paid" and found.amount_total:
        return (_paid(found, source, names, found.amount_total, when),)
    is_trial = found.mode == "subscription" and found.payment_status in {"no_payment_required", "paid"} and not found.amount_total
    if is_trial:
        return (_paid(found, source, names, 0, when, kind=Kind.FREE_TRIAL),)
    return (_linked(found, source, names, when),)


def _invoice(found: StripeObject, source: Source, at: int) -> tuple[Reported, ...]:
    if found.status != "paid" and not (found.paid and found.status is None):
        return ()
    listed = [
        link for one in (found.payments or InvoicePayments()).data for link in (one.payment.payment_intent, one.payment.charge)
    ]
    names = _names(found.id, found.payment_intent, found.charge, *listed)
    paid_at = found.status_transitions.paid_at if found.status_transitions else None
    when = _moment(paid_at or 0, at, found.created)
    if found.amount_paid:
        kind = Kind.RENEWAL if found.billing_reason in _RENEWALS else Kind.PAYMENT
        return (_paid(found, source, names, found.amount_paid, when, kind=kind),)
    if found.billing_reason == "subscription_create":
        return (_paid(found, source, names, 0, when, kind=Kind.FREE_TRIAL),)
    return ()


def _invoice_payment(found: StripeObject, source: Source, at: int) -> tuple[Reported, ...]:
    paid = found.payment or InvoicePaid()
    names = _names("", found.invoice, paid.payment_intent, paid.charge)
    return (_linked(found, source, names, _moment(at, found.created)),) if len(names) > 1 else ()


def _subscription(found: StripeObject, source: Source, at: int) -> tuple[Reported, ...]:
    names = _names("", found.latest_invoice)
    has_visitor = _visitor(found) is not None
    when = _moment(at, found.created)
    return (_linked(found, source, names, when, subscription=found.id),) if names and has_visitor else ()


def _refund(found: StripeObject, source: Source, at: int) -> tuple[Reported, ...]:
    undone = found.status in {"failed", "canceled"}
    outcome = Outcome.UNDONE if undone else Outcome.SEEN if found.status == "requires_action" else Outcome.DONE
    return _back(found, source, Kind.REFUND, outcome)


def _dispute(found: StripeObject, source: Source, at: int) -> tuple[Reported, ...]:
    status = found.status or ""
    is_inquiry = status.startswith("warning_")
    outcome = Outcome.UNDONE if status in {"won", "prevented"} else Outcome.SEEN if is_inquiry else Outcome.DONE
    return _back(found, source, Kind.DISPUTE, outcome)


_READERS: Mapping[str, Callable[[StripeObject, Source, int], tuple[Reported, ...]]] = {
    "payment_intent": _intent,
    "charge": _charge,
    "checkout.session": _session,
    "invoice": _invoice,
    "invoice_payment": _invoice_payment,
    "subscription": _subscription,
    "refund": _refund,
    "dispute": _dispute,
}


def _paid(
    found: StripeObject, source: Source, names: tuple[str, ...], amount: int, when: datetime, kind: Kind = Kind.PAYMENT
) -> Reported:
    return Reported(
        source=source,
        provider=PROVIDER,
        object_ids=names,
        kind=kind,
        amount=money(amount, found.currency or ""),
        occurred_at=when,
        buyer=_buyer(found),
        subscription_ref=_subscription_of(found),
        description=found.description or "",
    )


def _linked(found: StripeObject, source: Source, names: tuple[str, ...], when: datetime, subscription: str = "") -> Reported:
    """A report that only says which names belong together, and who was there."""
    return Reported(
        source=source,
        provider=PROVIDER,
        object_ids=names,
        outcome=Outcome.SEEN,
        occurred_at=when,
        buyer=_buyer(found),
        subscription_ref=subscription or _subscription_of(found),
    )


def _back(found: StripeObject, source: Source, kind: Kind, outcome: Outcome) -> tuple[Reported, ...]:
    reversed_names = _names("", found.charge, found.payment_intent)
    if not reversed_names:
        return ()
    return (
        Reported(
            source=source,
            provider=PROVIDER,
            object_ids=(found.id,),
            reverses=reversed_names,
            kind=kind,
            amount=money(found.amount or 0, found.currency or ""),
            outcome=outcome,
            occurred_at=_moment(found.created),
        ),
    )


def _buyer(found: StripeObject) -> Buyer:
    contacts = (found.customer_details, found.billing_details)
    emails = [found.customer_email, found.receipt_email, *(contact.email for contact in contacts if contact)]
    return Buyer(
        visitor_id=_visitor(found),
        email=next((email for email in emails if email), ""),
        customer_ref=_id(found.customer),
    )


def _visitor(found: StripeObject) -> UUID | None:
    """The visitor id that the website passed on: in the metadata, those of the subscription, or as the client's reference."""
    said = dict(found.metadata or {})
    if found.parent and found.parent.subscription_details:
        said = dict(found.parent.subscription_details.metadata or {}) | said
    for text in (*(said.get(key, "") for key in VISITOR_KEYS), found.client_reference_id or ""):
        try:
            return UUID(text)
        except ValueError:
            continue
    return None


def _subscription_of(found: StripeObject) -> str:
    if found.parent and found.parent.subscription_details:
        return _id(found.parent.subscription_details.subscription)
    return _id(found.subscription)


def _names(first: str, *links: Link) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in (first, *map(_id, links)) if name))


def _id(link: Link) -> str:
    return link.id if isinstance(link, Named) else link or ""


def _moment(*seconds: int) -> datetime:
    """The first time that is known."""
    return datetime.fromtimestamp(next((one for one in seconds if one), 0), UTC)
