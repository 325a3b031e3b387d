"""A payment provider inside the product that speaks like Stripe: tokens, declines, 3-D Secure, signed webhooks, late answers.

It keeps books of its own, in tables that nothing else reads, and knows our payments only by the id that we send along. No real
money moves. A token may carry faults after colons ("tok_slow:duplicated:reordered") that make its webhooks misbehave on purpose.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext

from emporion.kernel.errors import NotFound
from emporion.kernel.ids import new_id
from emporion.kernel.money import Money
from emporion.ledger.types import AccountKind
from emporion.payments import signatures
from emporion.payments.errors import PaymentKeyReused, PaymentNotRefundable, ProviderUnreachable, RefundTooLarge
from emporion.payments.models import SandboxCharge, SandboxRefund
from emporion.payments.providers import sandbox_events
from emporion.payments.providers.protocol import (
    CardDetails,
    ChargeLookup,
    ChargeOutcome,
    ChargeRequest,
    Delivery,
    ProviderEvent,
    RefundFact,
    RefundRequest,
)
from emporion.payments.providers.sandbox_cards import CARDS, Answer, Presented, parse
from emporion.payments.types import Method, PaymentOption, PaymentState, Reason

SETTLES_AFTER = timedelta(seconds=20)
REASONS = {reason.value: reason for reason in Reason}
STATES = {
    "created": PaymentState.CREATED,
    "requires_action": PaymentState.REQUIRES_ACTION,
    "processing": PaymentState.PROCESSING,
    "succeeded": PaymentState.SUCCEEDED,
    "failed": PaymentState.FAILED,
    "canceled": PaymentState.FAILED,
}


class SandboxProvider:
    """The built-in default for cards, until a way to pay takes real money: a test card must not buy what others pay for."""

    name = "sandbox"
    cash: AccountKind | None = AccountKind.PROVIDER_CASH
    is_on_account = False

    def option(self) -> PaymentOption:
        """Offered where the installation takes test cards."""
        return PaymentOption(
            method=Method.CARD,
            label=gettext("Card"),
            hint=gettext("Test mode: no real money moves."),
            configured=settings.ENVIRONMENT.takes_test_cards,
            is_test=True,
        )

    def charge(self, request: ChargeRequest, *, now: datetime) -> ChargeOutcome:
        """Charge a test card; the key gives the first outcome again, and is refused with another amount."""
        lookup = request.lookup
        presented = parse(request.token)
        charge = _find(lookup)
        if charge is None:
            charge = _open(request, presented, now=now)
        if (charge.amount_minor, charge.currency) != (lookup.amount.minor, lookup.amount.currency):
            raise PaymentKeyReused(key=lookup.idempotency_key)
        if presented.card.answer is Answer.TIMEOUT:
            raise ProviderUnreachable
        return outcome_of(charge)

    def fetch(self, lookup: ChargeLookup, *, now: datetime) -> ChargeOutcome | None:
        """What the sandbox's books say."""
        charge = _find(lookup)
        if charge is None:
            return None
        return outcome_of(settle(charge.ref, now=now))

    def cancel(self, lookup: ChargeLookup, *, now: datetime) -> ChargeOutcome:
        """Cancel a charge, or bar a key that was never used, so that a request still on its way charges nothing."""
        with transaction.atomic():
            charge = _find(lookup) or _insert(lookup, token="", status="canceled", return_url="/", now=now)
            charge = SandboxCharge.objects.select_for_update().get(pk=charge.pk)
            if charge.status in {"requires_action", "processing"}:
                _move(charge, "canceled", Reason.CANCELLED, now=now)
        return outcome_of(charge)

    def refund(self, request: RefundRequest, *, now: datetime) -> RefundFact:
        """Give back part or all of a captured charge, once for the refund's id."""
        with transaction.atomic():
            found = _find(request.charge)
            if found is None or found.status != "succeeded":
                raise PaymentNotRefundable
            charge = SandboxCharge.objects.select_for_update().get(pk=found.pk)
            row = charge.refunds.filter(idempotency_key=str(request.refund_id)).first()
            if row is None:
                row = _give_back(charge, request, now=now)
        return RefundFact(ref=row.ref, amount_minor=row.amount_minor, refund_id=request.refund_id)

    def check_webhook(self, delivery: Delivery, *, now: datetime) -> str:
        """The event's id, if one of the configured secrets signed these bytes within five minutes."""
        header = delivery.headers.get(sandbox_events.HEADER, "")
        signatures.verify(header, delivery.body, secrets=sandbox_events.secrets(), now=now)
        return sandbox_events.read(delivery.body).id

    def read_webhook(self, body: bytes) -> ProviderEvent:
        """What an event says of a charge of ours."""
        event = sandbox_events.read(body)
        intent = event.data.object
        outcome = ChargeOutcome(
            state=STATES.get(intent.status, PaymentState.CREATED),
            ref=intent.id,
            amount=Money(intent.amount, intent.currency.upper()),
            reason=REASONS.get(intent.failure, Reason.DECLINED),
            action_url=_challenge_url(intent.id) if intent.status == "requires_action" else "",
            card=_card(intent.payment_method),
            refunds=tuple(
                RefundFact(ref=refund.id, amount_minor=refund.amount, refund_id=refund.metadata.refund)
                for refund in intent.refunds
            ),
        )
        return ProviderEvent(payment_id=intent.metadata.payment, outcome=outcome)


def answer_challenge(ref: str, answer: Answer, *, now: datetime) -> SandboxCharge:
    """The buyer approved or failed 3-D Secure at the bank; a second answer changes nothing."""
    with transaction.atomic():
        charge = challenge(ref, lock=True)
        if charge.status == "requires_action":
            if answer is Answer.SUCCEED:
                _move(charge, "succeeded", Reason.NONE, now=now)
            else:
                _move(charge, "failed", Reason.AUTHENTICATION_FAILED, now=now)
        return charge


def challenge(ref: str, *, lock: bool = False) -> SandboxCharge:
    """The charge that a hosted 3-D Secure page is about; its reference cannot be guessed."""
    rows = SandboxCharge.objects.select_for_update() if lock else SandboxCharge.objects.all()
    charge = rows.filter(ref=ref).first()
    if charge is None:
        raise NotFound
    return charge


def settle(ref: str, *, now: datetime) -> SandboxCharge:
    """Let a slow charge reach its end once its time has come."""
    with transaction.atomic():
        charge = SandboxCharge.objects.select_for_update().get(ref=ref)
        if charge.status == "processing" and charge.settles_at is not None and charge.settles_at <= now:
            late_failure = parse(charge.token).card.answer is Answer.FAIL_LATE
            if late_failure:
                _move(charge, "failed", Reason.RETURNED, now=now)
            else:
                _move(charge, "succeeded", Reason.NONE, now=now)
        return charge


def outcome_of(charge: SandboxCharge) -> ChargeOutcome:
    """What the books say of a charge."""
    reason = REASONS.get(charge.failure, Reason.NONE)
    return ChargeOutcome(
        state=STATES[charge.status],
        ref=charge.ref,
        amount=Money(charge.amount_minor, charge.currency),
        reason=reason,
        action_url=_challenge_url(charge.ref) if charge.status == "requires_action" else "",
        card=_card(charge.token),
        refunds=tuple(
            RefundFact(ref=row.ref, amount_minor=row.amount_minor, refund_id=UUID(row.idempotency_key))
            for row in charge.refunds.all()
        ),
    )


def _find(lookup: ChargeLookup) -> SandboxCharge | None:
    return SandboxCharge.objects.filter(idempotency_key=lookup.idempotency_key).first()


def _open(request: ChargeRequest, presented: Presented, *, now: datetime) -> SandboxCharge:
    """Book a new charge with what its card does; two requests of one key end up with one charge."""
    token = ":".join((presented.token, *presented.faults))
    try:
        with transaction.atomic():
            charge = _insert(request.lookup, token=token, status="created", return_url=request.return_url, now=now)
            sandbox_events.emit(charge, "payment_intent.created", now=now)
            _begin(charge, presented, now=now)
    except IntegrityError:
        return SandboxCharge.objects.get(idempotency_key=request.lookup.idempotency_key)
    return charge


def _begin(charge: SandboxCharge, presented: Presented, *, now: datetime) -> None:
    if presented.has_expired(now):
        _move(charge, "failed", Reason.EXPIRED_CARD, now=now)
        return
    card = presented.card
    match card.answer:
        case Answer.SUCCEED | Answer.TIMEOUT:
            _move(charge, "succeeded", Reason.NONE, now=now)
        case Answer.DECLINE:
            _move(charge, "failed", card.reason, now=now)
        case Answer.CHALLENGE:
            _move(charge, "requires_action", Reason.NONE, now=now)
        case Answer.SETTLE_LATE | Answer.FAIL_LATE:
            charge.settles_at = now + SETTLES_AFTER
            _move(charge, "processing", Reason.NONE, now=now)
            sandbox_events.settle_later(charge, now=now)


def _insert(lookup: ChargeLookup, *, token: str, status: str, return_url: str, now: datetime) -> SandboxCharge:
    row = SandboxCharge(idempotency_key=lookup.idempotency_key, token=token, status=status, return_url=return_url, created_at=now)
    row.ref = f"pi_{sandbox_events.unguessable()}"
    row.payment_id, row.amount_minor, row.currency = lookup.payment_id, lookup.amount.minor, lookup.amount.currency
    row.failure = Reason.CANCELLED if status == "canceled" else ""
    row.save(force_insert=True)
    return row


def _move(charge: SandboxCharge, status: str, reason: Reason, *, now: datetime) -> None:
    charge.status, charge.failure = status, reason
    charge.save()
    verb = "payment_failed" if status == "failed" else status
    sandbox_events.emit(charge, f"payment_intent.{verb}", now=now)


def _give_back(charge: SandboxCharge, request: RefundRequest, *, now: datetime) -> SandboxRefund:
    left = charge.amount_minor - charge.refunded_minor
    if request.amount.minor > left:
        raise RefundTooLarge(asked_minor=request.amount.minor, refundable_minor=left)
    row = SandboxRefund(id=new_id(), charge=charge, idempotency_key=str(request.refund_id), created_at=now)
    row.ref, row.amount_minor = f"re_{sandbox_events.unguessable()}", request.amount.minor
    row.save(force_insert=True)
    charge.refunded_minor += row.amount_minor
    charge.save(update_fields=["refunded_minor"])
    sandbox_events.emit(charge, "charge.refunded", now=now)
    return row


def _card(token: str) -> CardDetails | None:
    if token.partition(":")[0] not in CARDS:
        return None
    presented = parse(token)
    return CardDetails(
        token=presented.token,
        brand=presented.card.brand,
        last4=presented.card.last4,
        exp_month=presented.exp_month,
        exp_year=presented.exp_year,
    )


def _challenge_url(ref: str) -> str:
    return f"/sandbox/3ds/{ref}/"
