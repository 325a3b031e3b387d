"""Verbs of revenue: recording and removing payments, and connecting the ways in."""

import json
import re
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q

from emporion.accounts.actions import record_audit
from emporion.insights.revenue import inbox, intake, recording
from emporion.insights.revenue.errors import (
    AlreadyConnected,
    AmountInvalid,
    ConnectionNotFound,
    KeyRefused,
    PaymentNotFound,
    SecretRefused,
    TransactionReused,
)
from emporion.insights.revenue.models import Alias, Connection, Payment
from emporion.insights.revenue.queries import connection_view, payment_view
from emporion.insights.revenue.syncing import SYNC, Ask
from emporion.insights.revenue.types import (
    Buyer,
    ConnectionKind,
    ConnectionView,
    Kind,
    NewPayment,
    Outcome,
    PaymentFilter,
    PaymentView,
    Reported,
    Source,
    Standing,
)
from emporion.insights.sites import queries as sites
from emporion.insights.sites.actions import note_payments
from emporion.insights.sites.types import SiteView
from emporion.kernel.ids import new_id
from emporion.payments import signatures
from emporion.plumbing import secrets
from emporion.plumbing.actions import enqueue
from emporion.plumbing.types import Actor, Permission

_RESTRICTED = re.compile(r"rk_(live|test)_[A-Za-z0-9]{8,240}")
_SIGNING = re.compile(r"whsec_[A-Za-z0-9+/=_-]{8,240}")
TEST_EVENT = "emporion.test"


def record_payment(*, site_id: UUID, payment: NewPayment, actor: Actor, now: datetime) -> PaymentView:
    """Record a payment, renewal, refund or free trial; the same transaction again returns what is there.

    `TransactionReused` when it came with another amount, `AmountInvalid` for nothing that is no trial.
    """
    site = _configurable(actor, site_id)
    if payment.amount.minor < 0 or (payment.amount.minor == 0 and not payment.is_free_trial):
        raise AmountInvalid(field="amount")
    reported = _reported(payment, now)
    _refuse_other_amount(site.id, reported)
    row = recording.take_in(site_id=site.id, reported=reported, now=now)
    if payment.is_refunded:
        row = recording.take_in(site_id=site.id, reported=_refund_of(reported), now=now)
    return payment_view(row)


def record_purchase(*, site_id: UUID, reported: Reported, now: datetime) -> None:
    """Take in a sale of this very marketplace, told by the composition root on behalf of the system."""
    recording.take_in(site_id=site_id, reported=reported, now=now)


def remove_payment(*, site_id: UUID, transaction_id: str, actor: Actor, now: datetime) -> None:
    """Take a payment that the API or the script recorded out of all figures; what a provider reported stays."""
    site = _configurable(actor, site_id)
    provider = intake.provider_of(transaction_id, "api")
    found = Alias.objects.filter(site_id=site.id, provider__in=(provider, "script"), object_id=transaction_id).first()
    if found is None or {Source.WEBHOOK, Source.SYNC} & set(found.payment.ways):
        raise PaymentNotFound(transaction_id=transaction_id)
    gone = Reported(
        source=Source.API, provider=found.provider, object_ids=(transaction_id,), outcome=Outcome.UNDONE, occurred_at=now
    )
    recording.take_in(site_id=site.id, reported=gone, now=now)


def remove_payments(*, site_id: UUID, wanted: PaymentFilter, visitor_id: UUID | None, actor: Actor, now: datetime) -> int:
    """Take back every payment of a period or a visitor that the API or the script recorded, and say how many there were."""
    site = _configurable(actor, site_id)
    rows = Payment.objects.of(site.id).received().counted()
    if visitor_id is not None:
        rows = rows.filter(Q(visitor_id=visitor_id) | Q(credited_visitor_id=visitor_id))
    if wanted.start is not None:
        rows = rows.filter(occurred_at__gte=wanted.start)
    if wanted.end is not None:
        rows = rows.filter(occurred_at__lt=wanted.end)
    own = [row for row in rows if not {Source.WEBHOOK, Source.SYNC} & set(row.ways)]
    for row in own:
        gone = Reported(
            source=Source.API, provider=row.provider, object_ids=(row.object_id,), outcome=Outcome.UNDONE, occurred_at=now
        )
        recording.take_in(site_id=site.id, reported=gone, now=now)
    return len(own)


def connect_webhook(*, site_id: UUID, secret: str, actor: Actor, now: datetime) -> tuple[ConnectionView, str]:
    """Open an endpoint for Stripe's events; without a signing secret one is made, and returned this once."""
    site = _configurable(actor, site_id)
    plain = secret.strip()
    made = ""
    if not plain:
        plain = made = secrets.new_token("whsec_")
    if not _SIGNING.fullmatch(plain):
        raise SecretRefused(field="secret")
    row = _connect(site, ConnectionKind.STRIPE_WEBHOOK, plain, f"whsec_…{plain[-4:]}", actor, now)
    return connection_view(row), made


def change_secret(*, connection_id: UUID, secret: str, actor: Actor, now: datetime) -> ConnectionView:
    """Put Stripe's own signing secret in the place of the one that was made."""
    row = _own(actor, connection_id, ConnectionKind.STRIPE_WEBHOOK)
    plain = secret.strip()
    if not _SIGNING.fullmatch(plain):
        raise SecretRefused(field="secret")
    row.secret, row.hint, row.problem = secrets.encrypt(plain), f"whsec_…{plain[-4:]}", ""
    row.save(update_fields=["secret", "hint", "problem"])
    _audit(row, "change secret of", actor, now)
    return connection_view(row)


def connect_stripe_key(*, site_id: UUID, key: str, actor: Actor, now: datetime) -> ConnectionView:
    """Keep a restricted, read-only key and ask Stripe with it from now on; `KeyRefused` with the reason for any other."""
    site = _configurable(actor, site_id)
    plain = key.strip()
    _check_key(plain)
    problem = _ask_about(plain)
    row = _connect(site, ConnectionKind.STRIPE_KEY, plain, f"{plain[:8]}…{plain[-4:]}", actor, now)
    if problem:
        Connection.objects.filter(pk=row.pk).update(problem=problem)
        row.problem = problem
    enqueue(SYNC, Ask(connection_id=row.pk), now=now)
    return connection_view(row)


def connect_marketplace(*, site_id: UUID, actor: Actor, now: datetime) -> ConnectionView:
    """Have the sales of the organisation's offerings in this marketplace counted on a website."""
    site = _configurable(actor, site_id)
    return connection_view(_connect(site, ConnectionKind.MARKETPLACE, "", "", actor, now))


def ask_now(*, connection_id: UUID, actor: Actor, now: datetime) -> None:
    """Ask Stripe at once instead of in the next ten minutes."""
    row = _own(actor, connection_id, ConnectionKind.STRIPE_KEY)
    enqueue(SYNC, Ask(connection_id=row.pk), now=now)


def send_test_event(*, connection_id: UUID, actor: Actor, now: datetime) -> None:
    """Sign an event that says nothing with the connection's secret and send it the way of every other."""
    row = _own(actor, connection_id, ConnectionKind.STRIPE_WEBHOOK)
    body = json.dumps({"id": f"evt_{new_id().hex}", "type": TEST_EVENT, "created": int(now.timestamp())}).encode()
    header = signatures.sign(body, secrets=[secrets.decrypt(row.secret)], now=now)
    inbox.receive(connection_id=row.pk, header=header, body=body, now=now)


def disconnect(*, connection_id: UUID, actor: Actor, now: datetime) -> None:
    """Close a way in and forget its secret; what it reported stays."""
    row = _own(actor, connection_id)
    row.ended_at, row.secret = now, ""
    row.save(update_fields=["ended_at", "secret"])
    _audit(row, "disconnect", actor, now)


def _configurable(actor: Actor, site_id: UUID) -> SiteView:
    site = sites.site_of(actor, site_id)
    actor.require(Permission.CONFIGURE, site.project_id)
    return site


def _own(actor: Actor, connection_id: UUID, kind: ConnectionKind | None = None) -> Connection:
    row = Connection.objects.filter(pk=connection_id, ended_at=None).first()
    if row is None or row.organisation_id != actor.organisation_id or (kind is not None and row.kind != kind):
        raise ConnectionNotFound
    _configurable(actor, row.site_id)
    return row


def _connect(site: SiteView, kind: ConnectionKind, secret: str, hint: str, actor: Actor, now: datetime) -> Connection:
    try:
        with transaction.atomic():
            row = Connection.objects.create(
                site_id=site.id,
                organisation_id=site.organisation_id,
                kind=kind,
                secret=secrets.encrypt(secret) if secret else "",
                hint=hint,
                created_at=now,
            )
            note_payments(site_id=site.id, now=now)
            _audit(row, "connect", actor, now)
    except IntegrityError as error:
        raise AlreadyConnected(kind=str(kind)) from error
    return row


def _audit(row: Connection, verb: str, actor: Actor, now: datetime) -> None:
    record_audit(actor=actor, verb=verb, object_type="payments", object_id=str(row.pk), detail=str(row.kind), now=now)


def _check_key(plain: str) -> None:
    """Only a restricted key: others could move money, or read nothing."""
    if plain.startswith(("sk_", "sk-")):
        raise KeyRefused("This is a secret key: it could move your money. We only take keys that cannot.", field="key")
    if plain.startswith("pk_"):
        raise KeyRefused("This is a publishable key: it may not read payments.", field="key")
    if not _RESTRICTED.fullmatch(plain):
        raise KeyRefused("A restricted key begins with rk_live_ or rk_test_.", field="key")


def _ask_about(plain: str) -> str:
    """What Stripe says of a key, before it is kept: a key that it does not know is refused, silence is only noted."""
    from emporion.insights.revenue import stripe_sync  # noqa: PLC0415 -- the official client takes a second to load

    problem = stripe_sync.check(plain)
    if problem == stripe_sync.UNKNOWN_KEY:
        raise KeyRefused(problem, field="key")
    return problem


def _reported(payment: NewPayment, now: datetime) -> Reported:
    kind = Kind.FREE_TRIAL if payment.is_free_trial else Kind.RENEWAL if payment.is_renewal else Kind.PAYMENT
    return Reported(
        source=Source.API,
        provider=intake.provider_of(payment.transaction_id, "api"),
        object_ids=(payment.transaction_id,),
        kind=kind,
        amount=payment.amount,
        occurred_at=payment.occurred_at or now,
        buyer=Buyer(
            visitor_id=payment.visitor_id,
            email=payment.email,
            customer_ref=payment.customer_id,
            network_id=payment.network_id,
        ),
    )


def _refund_of(reported: Reported) -> Reported:
    """All of a payment taken back, as `refunded` says."""
    return replace(reported, kind=Kind.REFUND, is_total=True, reverses=reported.object_ids, buyer=Buyer())


def _refuse_other_amount(site_id: UUID, reported: Reported) -> None:
    known = Payment.objects.filter(
        aliases__site_id=site_id, aliases__provider=reported.provider, aliases__object_id=reported.object_ids[0]
    ).first()
    if known is None or known.standing != Standing.COUNTED or Source.API not in known.ways or reported.amount is None:
        return
    if (known.amount_minor, known.currency) != (reported.amount.minor, reported.amount.currency):
        raise TransactionReused(transaction_id=reported.object_ids[0])
