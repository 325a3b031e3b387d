"""Verbs of payments. No provider is called inside a transaction: the row comes first, then the call, then its outcome."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db import IntegrityError, transaction
from django.db.models import Sum

from emporion.accounts.actions import record_audit
from emporion.kernel.errors import DomainError, NotFound
from emporion.kernel.ids import new_id
from emporion.kernel.money import Money
from emporion.payments import rules, settling
from emporion.payments.errors import (
    InvoiceBeingPaid,
    InvoiceNotOpen,
    MethodNotOffered,
    PaymentKeyReused,
    PaymentNotRefundable,
    ProviderUnreachable,
    RefundTooLarge,
    TooManyRefusals,
    TransferMismatch,
)
from emporion.payments.models import Payment, PaymentMethod, Refund
from emporion.payments.providers import registry
from emporion.payments.providers.protocol import ChargeLookup, ChargeOutcome, ChargeRequest, RefundRequest
from emporion.payments.queries import refund_view, view
from emporion.payments.types import (
    InvoicePayment,
    Method,
    PaymentRequest,
    PaymentState,
    PaymentView,
    Reason,
    RefundOrder,
    RefundState,
    RefundView,
    TransferReceived,
)
from emporion.plumbing.types import Actor, ActorKind, Permission

log = structlog.get_logger()
TOP_UP = settling.TOP_UP
MOST_REFUSALS = 10


def start_payment(*, request: PaymentRequest, actor: Actor, now: datetime) -> PaymentView:
    """Pay once for the request's key and return how it stands; a repeat returns the same payment and charges nothing more.

    Not to be called inside a transaction. A provider that is silent leaves it `processing`: a repeat or a poll finds out.
    Raises `CardNumberRefused`, `MethodNotOffered`, `UnknownToken`, `PaymentKeyReused`.
    """
    if actor.organisation_id != request.organisation_id:
        raise NotFound
    rules.check_request(request)
    if actor.kind is not ActorKind.SYSTEM:
        _check_refusals(request, now)
    token = _provider_token(request)
    payment = _record(request, now=now)
    if payment.state != PaymentState.CREATED:
        return view(payment)
    provider = registry.provider(payment.provider)
    charge = ChargeRequest(lookup=lookup_of(payment), token=token, return_url=payment.return_url, description=payment.description)
    try:
        outcome = provider.charge(charge, now=now)
    except ProviderUnreachable:
        # The state stays: whatever the provider did, its answer comes later and still fits.
        Payment.objects.filter(pk=payment.id, state=PaymentState.CREATED).update(reason=Reason.PROVIDER_SILENT)
        return view(Payment.objects.get(pk=payment.id))
    return view(settling.apply_outcome(payment.id, outcome, now=now))


def pay_invoice(*, payment: InvoicePayment, actor: Actor, now: datetime) -> PaymentView:
    """Pay an open invoice of the actor's organisation without a transfer, once: until an attempt has failed there is no second.

    Not to be called inside a transaction. Raises `InvoiceNotOpen`, `InvoiceBeingPaid` and what `start_payment` raises.
    """
    invoice = Payment.objects.filter(pk=payment.invoice_id, organisation_id=actor.organisation, method=Method.INVOICE).first()
    if invoice is None:
        raise NotFound(payment_id=str(payment.invoice_id))
    if invoice.state != PaymentState.PROCESSING:
        raise InvoiceNotOpen(state=invoice.state)
    if payment.method is Method.INVOICE:
        raise MethodNotOffered(method=str(payment.method))
    failed = invoice.instead.filter(state=PaymentState.FAILED).count()
    request = PaymentRequest(
        organisation_id=invoice.organisation_id,
        amount=Money(invoice.amount_minor, invoice.currency),
        method=payment.method,
        cause_type=invoice.cause_type,
        cause_id=invoice.cause_id,
        key=f"invoice:{invoice.id}:{failed}",
        token=payment.token,
        return_url=payment.return_url,
        description=invoice.description,
        save_method=payment.save_method,
        instead_of=invoice.id,
    )
    try:
        return start_payment(request=request, actor=actor, now=now)
    except PaymentKeyReused as reused:
        raise InvoiceBeingPaid(payment_id=str(invoice.id)) from reused


def top_up_wallet(*, request: PaymentRequest, actor: Actor, now: datetime) -> PaymentView:
    """Buy credit for the actor's organisation: a payment whose success fills the wallet in the same transaction."""
    actor.require(Permission.MANAGE_BILLING)
    if request.method not in {Method.CARD, Method.PAYPAL}:
        raise MethodNotOffered(method=str(request.method))
    filled = replace(request, cause_type=TOP_UP, cause_id=request.organisation_id)
    is_repeated = Payment.objects.filter(organisation_id=request.organisation_id, key=request.key).exists()
    payment = start_payment(request=filled, actor=actor, now=now)
    if not is_repeated:
        amount = str(request.amount)
        record_audit(actor=actor, verb="wallet.topped_up", object_type="payment", object_id=payment.id, detail=amount, now=now)
    return payment


def apply_outcome(*, payment_id: UUID, outcome: ChargeOutcome, now: datetime) -> PaymentView:
    """Apply what a provider says of a payment; every change of state comes through here."""
    return view(settling.apply_outcome(payment_id, outcome, now=now))


def reconcile_payment(*, payment_id: UUID, now: datetime) -> PaymentView:
    """Ask the provider how a payment stands, and give it up when it is overdue; safe to call at any time."""
    payment = Payment.objects.get(pk=payment_id)
    if not Payment.objects.unsettled().filter(pk=payment_id).exists():
        return view(payment)
    provider, lookup = registry.provider(payment.provider), lookup_of(payment)
    Payment.objects.filter(pk=payment_id).update(poll_at=rules.next_poll(payment.polls, now), polls=payment.polls + 1)
    try:
        outcome = provider.fetch(lookup, now=now)
        reason = rules.why_give_up(outcome.state if outcome else None, payment.created_at, now)
        if reason is not None:
            outcome = _with_reason(provider.cancel(lookup, now=now), reason)
    except ProviderUnreachable:
        log.warning("provider_silent", provider=payment.provider, payment=str(payment_id))
        return view(payment)
    if outcome is None:
        return view(payment)
    return view(settling.apply_outcome(payment_id, outcome, now=now))


def cancel_payment(*, payment_id: UUID, actor: Actor, now: datetime) -> PaymentView:
    """Give up a payment of the actor's organisation that waits for its buyer; one that went through meanwhile stays paid.

    Not to be called inside a transaction. Raises `ProviderUnreachable` where nothing is known.
    """
    payment = Payment.objects.filter(pk=payment_id, organisation_id=actor.organisation).first()
    if payment is None:
        raise NotFound(payment_id=str(payment_id))
    if payment.state != PaymentState.REQUIRES_ACTION:
        return view(payment)
    outcome = registry.provider(payment.provider).cancel(lookup_of(payment), now=now)
    return view(settling.apply_outcome(payment.id, outcome, now=now))


def settle_overdue(*, now: datetime, limit: int = 200) -> int:
    """Ask about every payment whose turn has come and repeat refunds that were cut short; returns how many were looked at."""
    payments = list(Payment.objects.due_for_poll(now).values_list("id", flat=True)[:limit])
    for payment_id in payments:
        reconcile_payment(payment_id=payment_id, now=now)
    cut_short = Refund.objects.filter(state=RefundState.CREATED, updated_at__lte=now - rules.REFUND_AGAIN_AFTER)
    refunds = list(cut_short.order_by("id").values_list("id", flat=True)[:limit])
    for refund_id in refunds:
        _send_refund(refund_id, now=now)
    return len(payments) + len(refunds)


def refund_payment(*, refund: RefundOrder, actor: Actor, now: datetime) -> RefundView:
    """Give back part or all of a payment, once for the key, never more than was captured.

    For the platform only (`Actor.system`): a buyer asks, and does not refund himself. Not to be called inside a transaction.
    """
    _require_platform(actor)
    row = _record_refund(refund, now=now)
    return refund_view(_send_refund(row.id, now=now))


def refund_rest(*, payment_id: UUID, key: str, note: str, actor: Actor, now: datetime) -> RefundView | None:
    """Give back what is left of a payment, once for the key: a repeat goes on with what was begun; nothing where nothing is left.

    What is on its way back already is not left. For the platform only. Not to be called inside a transaction.
    """
    _require_platform(actor)
    with transaction.atomic(durable=True):
        payment = _locked(payment_id)
        row, left = payment.refunds.filter(key=key).first(), _left(payment)
        if row is None and left:
            row = _begin_refund(payment, RefundOrder(payment_id=payment_id, amount=left, key=key, note=note), now=now)
    return refund_view(_send_refund(row.id, now=now)) if row else None


def retry_refund(*, refund_id: UUID, actor: Actor, now: datetime) -> RefundView:
    """Send a refund again that the provider refused; one that is under way or done stays as it is. For the platform only."""
    _require_platform(actor)
    with transaction.atomic(durable=True):
        row = Refund.objects.select_for_update().filter(pk=refund_id).first()
        if row is None:
            raise NotFound(refund_id=str(refund_id))
        if row.state == RefundState.FAILED:
            _check_left(Payment.objects.select_for_update().get(pk=row.payment_id), Money(row.amount_minor, row.payment.currency))
            Refund.objects.filter(pk=row.pk).update(state=RefundState.CREATED, reason="", updated_at=now)
    return refund_view(_send_refund(refund_id, now=now))


def record_transfer(*, transfer: TransferReceived, actor: Actor, now: datetime) -> PaymentView:
    """Money for an invoice arrived on our bank account; the bank's reference counts once, for ever."""
    _require_platform(actor)
    with transaction.atomic():
        payment = Payment.objects.select_for_update().filter(pk=transfer.payment_id, method=Method.INVOICE).first()
        if payment is None:
            raise NotFound(payment_id=str(transfer.payment_id))
        if payment.transfer_reference == transfer.reference and transfer.amount.minor == payment.amount_minor:
            return view(payment)
        used = Payment.objects.filter(transfer_reference=transfer.reference).exists()
        if used or payment.transfer_reference or transfer.amount != Money(payment.amount_minor, payment.currency):
            raise TransferMismatch(reference=transfer.reference, amount=str(transfer.amount), already_used=used)
        payment.transfer_reference = transfer.reference
        payment.save(update_fields=["transfer_reference"])
        outcome = ChargeOutcome(state=PaymentState.SUCCEEDED, amount=transfer.amount)
        return view(settling.apply_outcome(payment.id, outcome, now=now))


def forget_method(*, method_id: UUID, actor: Actor, now: datetime) -> None:
    """Remove a kept card of the actor's organisation; the next newest becomes the default."""
    actor.require(Permission.MANAGE_BILLING)
    with transaction.atomic():
        owned = PaymentMethod.objects.select_for_update().filter(organisation_id=actor.organisation)
        gone = owned.filter(pk=method_id).first()
        if gone is None:
            raise NotFound
        gone.delete()
        record_audit(actor=actor, verb="card.removed", object_type="card", object_id=method_id, detail=str(gone), now=now)
        newest = owned.order_by("-created_at").first()
        if newest is not None and not owned.filter(is_default=True).exists():
            owned.filter(pk=newest.pk).update(is_default=True)


def forget_methods(*, organisation_id: UUID) -> None:
    """Remove every kept card of an organisation that was closed."""
    PaymentMethod.objects.filter(organisation_id=organisation_id).delete()


def make_default(*, method_id: UUID, actor: Actor) -> None:
    """Charge this kept card first from now on."""
    actor.require(Permission.MANAGE_BILLING)
    with transaction.atomic():
        owned = PaymentMethod.objects.select_for_update().filter(organisation_id=actor.organisation)
        if not owned.filter(pk=method_id).exists():
            raise NotFound
        owned.filter(is_default=True).update(is_default=False)
        owned.filter(pk=method_id).update(is_default=True)


def lookup_of(payment: Payment) -> ChargeLookup:
    """How a payment is named to its provider."""
    return ChargeLookup(
        payment_id=payment.id,
        organisation_id=payment.organisation_id,
        amount=Money(payment.amount_minor, payment.currency),
        idempotency_key=str(payment.id),
        ref=payment.provider_ref,
    )


def _record(request: PaymentRequest, *, now: datetime) -> Payment:
    """The payment's row, committed before the provider hears of it; the one that is there for a repeated key."""
    digest = rules.digest(request)
    provider = registry.for_method(request.method)
    row = Payment(organisation_id=request.organisation_id, key=request.key, digest=digest, provider=provider.name)
    row.amount_minor, row.currency, row.method = request.amount.minor, request.amount.currency, request.method
    row.cause_type, row.cause_id, row.description = request.cause_type, request.cause_id, request.description
    row.return_url, row.save_method, row.instead_of_id = request.return_url, request.save_method, request.instead_of
    row.created_at = row.updated_at = now
    row.poll_at = rules.next_poll(0, now)
    try:
        with transaction.atomic(durable=True):
            row.save(force_insert=True)
    except IntegrityError:
        row = Payment.objects.get(organisation_id=request.organisation_id, key=request.key)
    if row.digest != digest:
        raise PaymentKeyReused(key=request.key)
    return row


def _check_refusals(request: PaymentRequest, now: datetime) -> None:
    """Whoever tries out stolen cards is stopped: what providers call card testing.

    What never reached a provider says nothing of a card, and a key that is known tries nothing new.
    """
    own = Payment.objects.filter(organisation_id=request.organisation_id)
    recent = own.filter(method=Method.CARD, state=PaymentState.FAILED, created_at__gt=now - timedelta(hours=1))
    if recent.exclude(reason=Reason.NEVER_SENT).count() >= MOST_REFUSALS and not own.filter(key=request.key).exists():
        raise TooManyRefusals(limit=MOST_REFUSALS)


def _provider_token(request: PaymentRequest) -> str:
    method_id = rules.saved_method_id(request.token)
    if method_id is None:
        registry.check_token(request.method, request.token)
        return request.token
    saved = PaymentMethod.objects.filter(pk=method_id, organisation_id=request.organisation_id).first()
    if saved is None or saved.provider != registry.for_method(request.method).name:
        raise NotFound
    return saved.token


def _record_refund(refund: RefundOrder, *, now: datetime) -> Refund:
    with transaction.atomic(durable=True):
        payment = _locked(refund.payment_id)
        row = payment.refunds.filter(key=refund.key).first()
        if row is None:
            return _begin_refund(payment, refund, now=now)
        if (row.amount_minor, payment.currency) != (refund.amount.minor, refund.amount.currency):
            raise PaymentKeyReused(key=refund.key)
        return row


def _locked(payment_id: UUID) -> Payment:
    payment = Payment.objects.select_for_update().filter(pk=payment_id).first()
    if payment is None:
        raise NotFound(payment_id=str(payment_id))
    return payment


def _begin_refund(payment: Payment, refund: RefundOrder, *, now: datetime) -> Refund:
    """The refund's row, in the caller's transaction; the provider hears of it after that."""
    _check_left(payment, refund.amount)
    row = Refund(id=new_id(), payment=payment, key=refund.key, amount_minor=refund.amount.minor, note=refund.note)
    row.created_at = row.updated_at = now
    row.save(force_insert=True)
    return row


def _left(payment: Payment) -> Money:
    """What can still go back: what was paid, less what went back and what is on its way."""
    taken = payment.refunds.exclude(state=RefundState.FAILED).aggregate(total=Sum("amount_minor"))["total"] or 0
    return Money(payment.amount_minor - taken, payment.currency)


def _check_left(payment: Payment, amount: Money) -> None:
    """Never more than was captured goes back."""
    if payment.state not in {PaymentState.SUCCEEDED, PaymentState.REFUNDED}:
        raise PaymentNotRefundable(state=payment.state)
    left = _left(payment)
    if amount.currency != left.currency or not 0 < amount.minor <= left.minor:
        raise RefundTooLarge(asked=str(amount), refundable=str(left))


def _why(refusal: DomainError) -> str:
    issues = refusal.facts.get("issues")
    return f"{refusal.message} {issues or ''}".strip()[:200]


def _send_refund(refund_id: UUID, *, now: datetime) -> Refund:
    row = Refund.objects.select_related("payment").get(pk=refund_id)
    if row.state != RefundState.CREATED:
        return row
    Refund.objects.filter(pk=row.pk, state=RefundState.CREATED).update(updated_at=now)
    amount = Money(row.amount_minor, row.payment.currency)
    request = RefundRequest(refund_id=row.id, charge=lookup_of(row.payment), amount=amount)
    try:
        fact = registry.provider(row.payment.provider).refund(request, now=now)
    except ProviderUnreachable:
        return row
    except (RefundTooLarge, PaymentNotRefundable) as refusal:
        Refund.objects.filter(pk=row.pk, state=RefundState.CREATED).update(state=RefundState.FAILED, reason=_why(refusal))
        log.warning("refund_refused", provider=row.payment.provider, refund=str(row.pk))
        return Refund.objects.select_related("payment").get(pk=refund_id)
    settling.apply_outcome(row.payment_id, ChargeOutcome(state=PaymentState.SUCCEEDED, refunds=(fact,)), now=now)
    return Refund.objects.select_related("payment").get(pk=refund_id)


def _with_reason(outcome: ChargeOutcome, reason: Reason) -> ChargeOutcome:
    return replace(outcome, reason=reason) if outcome.state is PaymentState.FAILED else outcome


def _require_platform(actor: Actor) -> None:
    if actor.kind is not ActorKind.SYSTEM:
        actor.require(Permission.MANAGE_BILLING)
        raise NotFound
