"""Pay from the organisation's own credit: the ledger is the provider, and refuses what is not there."""

from datetime import datetime

from django.utils.translation import gettext

from emporion.ledger import actions, queries
from emporion.ledger.errors import InsufficientCredit
from emporion.ledger.types import AccountKind, Cause, WalletCharge
from emporion.payments.errors import WebhooksDisabled
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


class WalletProvider:
    """The credit that an organisation holds with us."""

    name = "wallet"
    cash: AccountKind | None = None
    is_on_account = False

    def option(self) -> PaymentOption:
        """Always offered; `queries.payment_options` adds what is in it."""
        return PaymentOption(
            method=Method.WALLET, label=gettext("Wallet"), hint=gettext("Pay from your organization's credit."), configured=True
        )

    def charge(self, request: ChargeRequest, *, now: datetime) -> ChargeOutcome:
        """Spend the credit, once for the payment."""
        lookup = request.lookup
        charge = WalletCharge(organisation_id=lookup.organisation_id, amount=lookup.amount, cause=_cause(lookup))
        try:
            actions.spend(charge=charge, key=f"payment:{lookup.payment_id}:wallet", now=now)
        except InsufficientCredit:
            return ChargeOutcome(state=PaymentState.FAILED, reason=Reason.INSUFFICIENT_CREDIT)
        return ChargeOutcome(state=PaymentState.SUCCEEDED, ref=_ref(lookup), amount=lookup.amount)

    def fetch(self, lookup: ChargeLookup, *, now: datetime) -> ChargeOutcome | None:
        """Whether the ledger holds the spending."""
        if not queries.entries_for(_cause(lookup)):
            return None
        return ChargeOutcome(state=PaymentState.SUCCEEDED, ref=_ref(lookup), amount=lookup.amount)

    def cancel(self, lookup: ChargeLookup, *, now: datetime) -> ChargeOutcome:
        """Nothing more is spent once nobody asks; what was spent stays spent."""
        return self.fetch(lookup, now=now) or ChargeOutcome(state=PaymentState.FAILED, reason=Reason.CANCELLED)

    def refund(self, request: RefundRequest, *, now: datetime) -> RefundFact:
        """Put the credit back."""
        charge = WalletCharge(
            organisation_id=request.charge.organisation_id,
            amount=request.amount,
            cause=Cause(type="refund", id=request.refund_id),
        )
        posted = actions.return_to_wallet(charge=charge, key=f"refund:{request.refund_id}", now=now)
        return RefundFact(ref=str(posted), amount_minor=request.amount.minor, refund_id=request.refund_id)

    def check_webhook(self, delivery: Delivery, *, now: datetime) -> str:
        """The ledger answers at once and sends none."""
        raise WebhooksDisabled

    def read_webhook(self, body: bytes) -> ProviderEvent:
        """The ledger answers at once and sends none."""
        raise WebhooksDisabled


def _cause(lookup: ChargeLookup) -> Cause:
    return Cause(type="payment", id=lookup.payment_id)


def _ref(lookup: ChargeLookup) -> str:
    return f"wallet-{lookup.payment_id}"
