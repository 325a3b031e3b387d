"""The only place where a payment changes its state: facts of a provider come in, in any order, and are applied once each."""

from datetime import datetime
from uuid import UUID

import structlog
from django.db import transaction

from emporion.kernel.ids import new_id
from emporion.kernel.money import Money
from emporion.ledger import actions as ledger
from emporion.ledger.types import AccountKind, AccountRef, Cause, Entry, WalletCharge, credit, debit
from emporion.payments import rules
from emporion.payments.errors import ProviderDisagrees
from emporion.payments.events import PaymentActionRequired, PaymentFailed, PaymentRefunded, PaymentSucceeded
from emporion.payments.models import Payment, PaymentMethod, Refund
from emporion.payments.providers import registry
from emporion.payments.providers.protocol import CardDetails, ChargeOutcome, RefundFact
from emporion.payments.types import Method, PaymentState, Reason, RefundState
from emporion.plumbing.actions import publish

log = structlog.get_logger()
TOP_UP = "wallet.top_up"  # the cause of payments that fill the payer's own wallet


def apply_outcome(payment_id: UUID, outcome: ChargeOutcome, *, now: datetime) -> Payment:
    """Apply what a provider says of a payment; saying it again, late or out of order changes nothing more."""
    with transaction.atomic():
        payment = Payment.objects.select_for_update().get(pk=payment_id)
        if outcome.amount is not None and outcome.amount != _amount(payment):
            raise ProviderDisagrees(asked=str(_amount(payment)), told=str(outcome.amount))
        told = PaymentState.SUCCEEDED if outcome.refunds else outcome.state
        before = PaymentState(payment.state)
        payment.state = rules.later(before, told)
        _note(payment, outcome, moved=payment.state != before)
        payment.updated_at = now
        if payment.state in rules.CAPTURED and payment.captured_at is None:
            payment.captured_at = now
        payment.save()
        if payment.state != before:
            log.info("payment_moved", payment=str(payment.id), before=before, after=payment.state, reason=payment.reason)
            _tell(payment, now=now)
        for fact in outcome.refunds:
            _apply_refund(payment, fact, now=now)
        return payment


def _note(payment: Payment, outcome: ChargeOutcome, *, moved: bool) -> None:
    payment.provider_ref = payment.provider_ref or outcome.ref
    if moved:
        payment.reason = outcome.reason
        payment.action_url = outcome.action_url
    if outcome.card is not None:
        payment.card_brand, payment.card_last4 = outcome.card.brand, outcome.card.last4
        if payment.save_method and payment.state == PaymentState.SUCCEEDED:
            _keep(payment, outcome.card)


def _tell(payment: Payment, *, now: datetime) -> None:
    about = {
        "payment_id": payment.id,
        "organisation_id": payment.organisation_id,
        "cause_type": payment.cause_type,
        "cause_id": payment.cause_id,
    }
    money = {"amount_minor": payment.amount_minor, "currency": payment.currency, "method": payment.method}
    match payment.state:
        case PaymentState.SUCCEEDED:
            _post_capture(payment, now=now)
            succeeded = PaymentSucceeded(**about, **money, instead_of=payment.instead_of_id)  # type: ignore[arg-type]  # fields are spelt out above
            publish(succeeded, now=now)
            if payment.instead_of_id is not None:
                withdraw_invoice(payment.instead_of_id, now=now)
        case PaymentState.FAILED:
            publish(PaymentFailed(**about, **money, reason=payment.reason), now=now)  # type: ignore[arg-type]  # as above
        case PaymentState.REQUIRES_ACTION:
            publish(PaymentActionRequired(**about, action_url=payment.action_url), now=now)  # type: ignore[arg-type]  # as above


def withdraw_invoice(payment_id: UUID, *, now: datetime) -> None:
    """An invoice that was paid in another way is not to be transferred any more; money that comes all the same counts."""
    open_one = Payment.objects.select_for_update().filter(pk=payment_id, method=Method.INVOICE, state=PaymentState.PROCESSING)
    if open_one.exists():
        apply_outcome(payment_id, ChargeOutcome(state=PaymentState.FAILED, reason=Reason.CANCELLED), now=now)


def _post_capture(payment: Payment, *, now: datetime) -> None:
    """The buyer's debt is paid by cash at the provider; a top-up then turns the payer's claim into wallet credit."""
    cash, amount = _cash(payment), _amount(payment)
    cause = Cause(type="payment", id=payment.id)
    if cash is not None:
        lines = (debit(cash, amount), credit(_receivable(payment), amount))
        ledger.post(entry=Entry(kind="payment", cause=cause, lines=lines), key=f"payment:{payment.id}:captured", now=now)
    if payment.cause_type == TOP_UP:
        charge = WalletCharge(organisation_id=payment.organisation_id, amount=amount, cause=cause)
        ledger.top_up(charge=charge, key=f"payment:{payment.id}:top-up", now=now)


def _apply_refund(payment: Payment, fact: RefundFact, *, now: datetime) -> None:
    known = payment.refunds.filter(provider_ref=fact.ref).first()
    if known is None and fact.refund_id is not None:
        known = payment.refunds.filter(pk=fact.refund_id).first()
    if known is None:  # made at the provider, not by us
        known = Refund(id=new_id(), payment=payment, key=f"provider:{fact.ref}", amount_minor=fact.amount_minor, created_at=now)
    if known.state == RefundState.SUCCEEDED:
        return
    if known.amount_minor != fact.amount_minor:
        raise ProviderDisagrees(asked_minor=known.amount_minor, told_minor=fact.amount_minor)
    known.state, known.provider_ref, known.updated_at = RefundState.SUCCEEDED, fact.ref, now
    known.save()
    payment.refunded_minor += fact.amount_minor
    if payment.refunded_minor == payment.amount_minor:
        payment.state = rules.later(PaymentState(payment.state), PaymentState.REFUNDED)
    payment.save(update_fields=["refunded_minor", "state"])
    _post_refund(payment, known, now=now)
    refunded = PaymentRefunded(
        payment_id=payment.id,
        refund_id=known.id,
        organisation_id=payment.organisation_id,
        cause_type=payment.cause_type,
        cause_id=payment.cause_id,
        amount_minor=known.amount_minor,
        currency=payment.currency,
    )
    publish(refunded, now=now)


def _post_refund(payment: Payment, refund: Refund, *, now: datetime) -> None:
    cash = _cash(payment)
    if cash is None:
        return
    amount = Money(refund.amount_minor, payment.currency)
    lines = (debit(_receivable(payment), amount), credit(cash, amount))
    cause = Cause(type="refund", id=refund.id)
    ledger.post(entry=Entry(kind="refund", cause=cause, lines=lines), key=f"refund:{refund.id}", now=now)


def _keep(payment: Payment, card: CardDetails) -> None:
    """Keep the card for the organisation; the first one is the default."""
    owned = PaymentMethod.objects.filter(organisation_id=payment.organisation_id)
    if owned.filter(provider=payment.provider, token=card.token).exists():
        return
    row = PaymentMethod(
        organisation_id=payment.organisation_id,
        provider=payment.provider,
        token=card.token,
        brand=card.brand,
        last4=card.last4,
        exp_month=card.exp_month,
        exp_year=card.exp_year,
        is_default=not owned.exists(),
        created_at=payment.updated_at,
    )
    # Another payment may keep the same card, or the first default, at this moment: the second insert then settles it.
    PaymentMethod.objects.bulk_create([row], ignore_conflicts=True)
    row.is_default = False
    PaymentMethod.objects.bulk_create([row], ignore_conflicts=True)


def _cash(payment: Payment) -> AccountRef | None:
    kind = registry.provider(payment.provider).cash
    if kind is None:
        return None
    part = payment.provider if kind is AccountKind.PROVIDER_CASH else ""
    return AccountRef(kind=kind, currency=payment.currency, part=part)


def _receivable(payment: Payment) -> AccountRef:
    return AccountRef(kind=AccountKind.CUSTOMER_RECEIVABLE, owner_id=payment.organisation_id, currency=payment.currency)


def _amount(payment: Payment) -> Money:
    return Money(payment.amount_minor, payment.currency)
