"""PayPal by its Orders v2 interface: the buyer approves there, we capture when we ask how it stands; offered when configured.

Nothing is ever captured but by us, so an order that nobody fetches any more charges nothing.
"""

import base64
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar
from urllib.parse import quote
from uuid import UUID

import msgspec
from django.conf import settings
from django.utils.translation import gettext

from emporion.kernel.money import Money
from emporion.ledger.types import AccountKind
from emporion.payments.errors import MethodNotOffered, PaymentNotRefundable, ProviderUnreachable, RefundTooLarge, WebhooksDisabled
from emporion.payments.providers.protocol import (
    ChargeLookup,
    ChargeOutcome,
    ChargeRequest,
    Delivery,
    ProviderEvent,
    RefundFact,
    RefundRequest,
)
from emporion.payments.rules import answered
from emporion.payments.types import Method, PaymentOption, PaymentState, Reason
from emporion.plumbing import outbound
from emporion.plumbing.errors import AddressUnreachable, AnswerTooLarge

T = TypeVar("T")
WHOLE_UNITS_ONLY = frozenset({"HUF", "TWD", "JPY"})  # PayPal takes no decimals in these, whatever ISO 4217 says


class Amount(msgspec.Struct):
    """An amount as PayPal writes it: major units in text."""

    currency_code: str
    value: str


class Movement(msgspec.Struct):
    """A capture or a refund."""

    id: str
    status: str = ""
    amount: Amount | None = None
    custom_id: str = ""


class Movements(msgspec.Struct):
    """What happened to a purchase unit."""

    captures: list[Movement] = []
    refunds: list[Movement] = []


class Unit(msgspec.Struct):
    """The one purchase unit that we send."""

    payments: Movements = msgspec.field(default_factory=Movements)


class Link(msgspec.Struct):
    """Where to go next."""

    rel: str
    href: str


class Order(msgspec.Struct):
    """An order as PayPal answers it."""

    id: str
    status: str
    links: list[Link] = []
    purchase_units: list[Unit] = []


class Token(msgspec.Struct):
    """An access token."""

    access_token: str
    expires_in: int = 0


class Detail(msgspec.Struct):
    """One reason of a refusal."""

    issue: str = ""


class Refusal(msgspec.Struct):
    """A refusal as PayPal answers it."""

    name: str = ""
    details: list[Detail] = []


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A status and the body that came with it."""

    status: int
    body: bytes

    def as_(self, kind: type[T]) -> T:
        """The body, decoded; a body of another shape is as good as no answer."""
        try:
            return msgspec.json.decode(self.body, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise ProviderUnreachable(provider="paypal", status=self.status) from error

    @property
    def issues(self) -> frozenset[str]:
        """The reasons of a refusal."""
        return frozenset(detail.issue for detail in self.as_(Refusal).details)


class PayPalProvider:
    """PayPal, when EMPORION_PAYPAL_CLIENT_ID and _CLIENT_SECRET are set."""

    name = "paypal"
    cash: AccountKind | None = AccountKind.PROVIDER_CASH
    is_on_account = False

    def __init__(self) -> None:
        self._token: tuple[str, str, datetime] | None = None

    def option(self) -> PaymentOption:
        """Offered when the credentials are there."""
        configured = bool(settings.ENVIRONMENT.paypal_client_id and settings.ENVIRONMENT.paypal_client_secret)
        hint = gettext("You confirm at PayPal and come back.") if configured else gettext("PayPal is not set up here.")
        return PaymentOption(method=Method.PAYPAL, label="PayPal", hint=hint, configured=configured)

    def charge(self, request: ChargeRequest, *, now: datetime) -> ChargeOutcome:
        """Create an order for the buyer to approve; the key gives the same order again."""
        lookup = request.lookup
        back = f"{settings.SITE_URL}{request.return_url}"
        context = {
            "return_url": answered(back),
            "cancel_url": back,
            "user_action": "PAY_NOW",
            "shipping_preference": "NO_SHIPPING",
        }
        unit = {
            "reference_id": str(lookup.payment_id),
            "custom_id": str(lookup.payment_id),
            "description": request.description[:127] or "Emporion",
            "amount": amount_of(lookup.amount),
        }
        body = {"intent": "CAPTURE", "purchase_units": [unit], "payment_source": {"paypal": {"experience_context": context}}}
        answer = self._call("POST", "/v2/checkout/orders", body, key=lookup.idempotency_key, now=now)
        if answer.status not in {200, 201}:
            return ChargeOutcome(state=PaymentState.FAILED, reason=Reason.PROCESSING_ERROR)
        return self._settled(answer.as_(Order), lookup, now=now)

    def fetch(self, lookup: ChargeLookup, *, now: datetime) -> ChargeOutcome | None:
        """How the order stands; an approved one is captured now."""
        if not lookup.ref:
            return None
        answer = self._call("GET", _path("/v2/checkout/orders", lookup.ref), None, key="", now=now)
        if answer.status == 404:
            return None
        if answer.status != 200:
            raise ProviderUnreachable(provider=self.name, status=answer.status)
        return self._settled(answer.as_(Order), lookup, now=now)

    def cancel(self, lookup: ChargeLookup, *, now: datetime) -> ChargeOutcome:
        """Leave the order uncaptured, unless it has been captured already."""
        if lookup.ref:
            answer = self._call("GET", _path("/v2/checkout/orders", lookup.ref), None, key="", now=now)
            if answer.status == 200 and (order := answer.as_(Order)).status == "COMPLETED":
                return _outcome(order, lookup)
        return ChargeOutcome(state=PaymentState.FAILED, reason=Reason.CANCELLED)

    def refund(self, request: RefundRequest, *, now: datetime) -> RefundFact:
        """Give back part or all of the capture."""
        found = self._call("GET", _path("/v2/checkout/orders", request.charge.ref), None, key="", now=now)
        captures = [capture for unit in found.as_(Order).purchase_units for capture in unit.payments.captures]
        if not captures:
            raise PaymentNotRefundable
        body = {"amount": amount_of(request.amount), "custom_id": str(request.refund_id)}
        path = f"{_path('/v2/payments/captures', captures[0].id)}/refund"
        answer = self._call("POST", path, body, key=str(request.refund_id), now=now)
        if answer.status not in {200, 201}:
            raise RefundTooLarge(asked=str(request.amount), issues=", ".join(sorted(answer.issues)))
        made = answer.as_(Movement)
        return RefundFact(ref=made.id, amount_minor=request.amount.minor, refund_id=request.refund_id)

    def check_webhook(self, delivery: Delivery, *, now: datetime) -> str:
        """PayPal is asked instead: on the buyer's return and by the poll."""
        raise WebhooksDisabled

    def read_webhook(self, body: bytes) -> ProviderEvent:
        """PayPal is asked instead."""
        raise WebhooksDisabled

    def _settled(self, order: Order, lookup: ChargeLookup, *, now: datetime) -> ChargeOutcome:
        if order.status != "APPROVED":
            return _outcome(order, lookup)
        path = f"{_path('/v2/checkout/orders', order.id)}/capture"
        try:
            answer = self._call("POST", path, {}, key=f"{lookup.idempotency_key}:capture", now=now)
        except ProviderUnreachable:  # it may have been captured all the same: asked again, and not to be given up meanwhile
            return ChargeOutcome(state=PaymentState.PROCESSING, ref=order.id)
        if answer.status in {200, 201}:
            return _outcome(answer.as_(Order), lookup)
        declined = answer.issues & {"INSTRUMENT_DECLINED", "TRANSACTION_REFUSED", "PAYER_CANNOT_PAY"}
        if declined:
            return ChargeOutcome(state=PaymentState.FAILED, ref=order.id, reason=Reason.DECLINED)
        raise ProviderUnreachable(provider=self.name, status=answer.status)

    def _call(self, method: str, path: str, body: object, *, key: str, now: datetime) -> Answered:
        headers = {
            "Authorization": f"Bearer {self._access(now)}",
            "Content-Type": "application/json",
            "Prefer": "return=representation",
        }
        if key:
            headers["PayPal-Request-Id"] = key
        content = None if body is None else msgspec.json.encode(body)
        return self._send(outbound.Request(url=_url(path), method=method, headers=headers, body=content))

    def _access(self, now: datetime) -> str:
        client = settings.ENVIRONMENT.paypal_client_id
        if self._token is not None and self._token[0] == client and now < self._token[2]:
            return self._token[1]
        headers = {
            "Authorization": _basic(client, settings.ENVIRONMENT.paypal_client_secret),
            "Content-Type": "application/x-www-form-urlencoded",
        }
        request = outbound.Request(
            url=_url("/v1/oauth2/token"), method="POST", headers=headers, body=b"grant_type=client_credentials"
        )
        answer = self._send(request)
        if answer.status != 200:
            raise ProviderUnreachable(provider=self.name, status=answer.status)
        token = answer.as_(Token)
        self._token = (client, token.access_token, now + timedelta(seconds=max(token.expires_in - 60, 0)))
        return token.access_token

    def _send(self, request: outbound.Request) -> Answered:
        try:
            got = outbound.fetch(request)
        except (AddressUnreachable, AnswerTooLarge) as error:
            raise ProviderUnreachable(provider=self.name) from error
        if got.status >= 500 or got.status in {401, 429}:
            self._token = None
            raise ProviderUnreachable(provider=self.name, status=got.status)
        return Answered(status=got.status, body=got.body)


def _outcome(order: Order, lookup: ChargeLookup) -> ChargeOutcome:
    movements = [unit.payments for unit in order.purchase_units]
    captures = [capture for movement in movements for capture in movement.captures]
    refunds = tuple(_fact(refund) for movement in movements for refund in movement.refunds if refund.status == "COMPLETED")
    if order.status == "COMPLETED" and captures:
        states = {"COMPLETED": PaymentState.SUCCEEDED, "DECLINED": PaymentState.FAILED, "FAILED": PaymentState.FAILED}
        partly = {"REFUNDED", "PARTIALLY_REFUNDED"}
        state = (
            PaymentState.SUCCEEDED if captures[0].status in partly else states.get(captures[0].status, PaymentState.PROCESSING)
        )
        reason = Reason.DECLINED if state is PaymentState.FAILED else Reason.NONE
        return ChargeOutcome(state=state, ref=order.id, amount=_money(captures[0], lookup.amount), reason=reason, refunds=refunds)
    if order.status == "VOIDED":
        return ChargeOutcome(state=PaymentState.FAILED, ref=order.id, reason=Reason.CANCELLED)
    where = next((link.href for link in order.links if link.rel in {"payer-action", "approve"}), "")
    return ChargeOutcome(state=PaymentState.REQUIRES_ACTION, ref=order.id, action_url=where)


def amount_of(amount: Money) -> dict[str, str]:
    """An amount as PayPal takes it."""
    value = amount.major
    if amount.currency in WHOLE_UNITS_ONLY:
        if value != value.to_integral_value():
            raise MethodNotOffered(method="paypal", currency=amount.currency)
        value = value.to_integral_value()
    return {"currency_code": amount.currency, "value": f"{value:f}"}


def _money(movement: Movement, expected: Money) -> Money:
    return expected if movement.amount is None else Money.of(movement.amount.value, movement.amount.currency_code)


def _fact(refund: Movement) -> RefundFact:
    if refund.amount is None:
        raise ProviderUnreachable(provider="paypal")
    minor = Money.of(refund.amount.value, refund.amount.currency_code).minor
    return RefundFact(ref=refund.id, amount_minor=minor, refund_id=UUID(refund.custom_id) if refund.custom_id else None)


def _url(path: str) -> str:
    return f"{settings.ENVIRONMENT.paypal_url.rstrip('/')}{path}"


def _path(collection: str, ref: str) -> str:
    return f"{collection}/{quote(ref, safe='')}"


def _basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
