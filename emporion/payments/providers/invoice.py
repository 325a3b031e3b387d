"""Pay by bank transfer after delivery: nothing is charged, the payment waits until the transfer is recorded."""

from datetime import datetime

from django.conf import settings
from django.utils.translation import gettext

from emporion.ledger.types import AccountKind
from emporion.payments.errors import PaymentNotRefundable, WebhooksDisabled
from emporion.payments.providers.protocol import (
    ChargeLookup,
    ChargeOutcome,
    ChargeRequest,
    Delivery,
    ProviderEvent,
    RefundFact,
    RefundRequest,
)
from emporion.payments.types import Method, PaymentOption, PaymentState, Reason


class InvoiceProvider:
    """An invoice, paid by transfer to our bank account."""

    name = "invoice"
    cash: AccountKind | None = AccountKind.BANK
    is_on_account = True

    def option(self) -> PaymentOption:
        """Offered where buyers can be told an account, and on an installation for trying out."""
        environment = settings.ENVIRONMENT
        return PaymentOption(
            method=Method.INVOICE,
            label=gettext("Invoice"),
            hint=gettext("Use it at once, pay by bank transfer within 14 days.")
            if environment.bank_account
            else gettext("Use it at once. This installation is for trying out and expects no transfer."),
            configured=bool(environment.bank_account) or environment.takes_test_cards,
        )

    def charge(self, request: ChargeRequest, *, now: datetime) -> ChargeOutcome:
        """Nothing is charged; the reference is what the buyer writes on the transfer."""
        return self._waiting(request.lookup)

    def fetch(self, lookup: ChargeLookup, *, now: datetime) -> ChargeOutcome | None:
        """Still waiting, as far as we know."""
        return self._waiting(lookup)

    def cancel(self, lookup: ChargeLookup, *, now: datetime) -> ChargeOutcome:
        """The invoice is no longer to be paid."""
        return ChargeOutcome(state=PaymentState.FAILED, reason=Reason.CANCELLED)

    def refund(self, request: RefundRequest, *, now: datetime) -> RefundFact:
        """A transfer back; its reference is ours."""
        if not request.charge.ref:
            raise PaymentNotRefundable
        return RefundFact(ref=f"transfer-{request.refund_id}", amount_minor=request.amount.minor, refund_id=request.refund_id)

    def check_webhook(self, delivery: Delivery, *, now: datetime) -> str:
        """Banks send none."""
        raise WebhooksDisabled

    def read_webhook(self, body: bytes) -> ProviderEvent:
        """Banks send none."""
        raise WebhooksDisabled

    def _waiting(self, lookup: ChargeLookup) -> ChargeOutcome:
        ref = f"E-{lookup.payment_id.hex[-12:].upper()}"
        return ChargeOutcome(state=PaymentState.PROCESSING, ref=ref, reason=Reason.AWAITING_TRANSFER)
