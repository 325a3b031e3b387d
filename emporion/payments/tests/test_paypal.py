"""PayPal over real HTTP: approve there, capture here, refuse, go away, come back."""

from dataclasses import replace
from datetime import timedelta

import pytest

from emporion.kernel.money import Money
from emporion.ledger import queries as books
from emporion.ledger.types import AccountKind, AccountRef
from emporion.payments import actions, queries
from emporion.payments.errors import MethodNotOffered
from emporion.payments.models import Payment
from emporion.payments.providers import registry
from emporion.payments.providers.paypal import PayPalProvider, amount_of
from emporion.payments.tests.paypal_server import serving
from emporion.payments.types import Method, PaymentRequest, PaymentState, Reason, RefundOrder
from emporion.plumbing.types import Actor

pytestmark = [pytest.mark.requirement("BIL-09"), pytest.mark.django_db]
CASH = AccountRef(kind=AccountKind.PROVIDER_CASH, currency="EUR", part="paypal")


@pytest.fixture
def paypal(settings, monkeypatch):
    with serving() as server:
        settings.ENVIRONMENT = replace(
            settings.ENVIRONMENT,
            paypal_client_id="client-1",
            paypal_client_secret="secret-1",
            paypal_url=server.url,
            outbound_allow=server.url.removeprefix("http://"),
        )
        monkeypatch.setitem(registry.PROVIDERS, "paypal", PayPalProvider())
        yield server


@pytest.mark.parametrize(
    ("sandbox", "url", "is_offered"),
    [
        ("auto", "https://api-m.paypal.com", False),
        ("auto", "https://api-m.sandbox.paypal.com", True),
        ("on", "https://api-m.paypal.com", True),
        ("off", "https://api-m.sandbox.paypal.com", False),
    ],
)
def test_test_cards_buy_nothing_where_others_pay_real_money(alice, settings, now, sandbox, url, is_offered) -> None:
    settings.ENVIRONMENT = replace(
        settings.ENVIRONMENT, paypal_client_id="client-1", paypal_client_secret="secret-1", sandbox=sandbox, paypal_url=url
    )
    methods = {option.method for option in queries.payment_options(alice, due=Money.of("10", "USD"), now=now)}
    assert (Method.CARD in methods) is is_offered
    if not is_offered:
        with pytest.raises(MethodNotOffered):
            registry.for_method(Method.CARD)


@pytest.fixture
def pay(alice, organisation_id, now, paypal):
    def start(**changes):
        request = PaymentRequest(
            organisation_id=organisation_id,
            amount=Money(990_00, "EUR"),
            method=Method.PAYPAL,
            cause_type="order",
            cause_id=organisation_id,
            key="order-1",
            return_url="/orders/1/",
        )
        return actions.start_payment(request=replace(request, **changes), actor=alice, now=now)

    return start


def approve(paypal):
    for order in paypal.orders.values():
        order["status"] = "APPROVED"


def test_the_buyer_approves_at_paypal_and_is_charged_once_when_we_ask(pay, paypal, alice, now, settings):
    started = pay()
    assert (started.state, started.action_url[:35]) == (PaymentState.REQUIRES_ACTION, "https://www.sandbox.paypal.com/chec")
    sent = paypal.calls[0][2]
    assert sent["purchase_units"][0]["amount"] == {"currency_code": "EUR", "value": "990.00"}
    context = sent["payment_source"]["paypal"]["experience_context"]
    assert context["return_url"] == f"{settings.SITE_URL}/orders/1/?answered=1"
    assert actions.reconcile_payment(payment_id=started.id, now=now).state is PaymentState.REQUIRES_ACTION
    approve(paypal)
    for _ in range(2):
        assert actions.reconcile_payment(payment_id=started.id, now=now).state is PaymentState.SUCCEEDED
    assert books.balance(CASH) == Money(990_00, "EUR")
    assert Method.PAYPAL in [option.method for option in queries.payment_options(alice, due=Money(990, "EUR"), now=now)]


def test_a_refusal_at_capture_charges_nothing(pay, paypal, now):
    started = pay()
    approve(paypal)
    paypal.decline = True
    failed = actions.reconcile_payment(payment_id=started.id, now=now)
    assert (failed.state, failed.reason) == (PaymentState.FAILED, Reason.DECLINED)
    assert not books.balance(CASH)


def test_an_order_that_nobody_approves_is_given_up_and_never_captured(pay, paypal, now):
    started = pay()
    actions.settle_overdue(now=now + timedelta(minutes=30))
    assert Payment.objects.get(pk=started.id).reason == Reason.ABANDONED
    approve(paypal)
    actions.reconcile_payment(payment_id=started.id, now=now + timedelta(hours=1))
    assert Payment.objects.get(pk=started.id).state == PaymentState.FAILED
    assert not any(path.endswith("/capture") for _, path, _ in paypal.calls)


@pytest.mark.requirement("REL-02")
def test_paypal_may_be_away_at_any_step_and_nothing_is_lost(pay, paypal, now):
    paypal.away = True
    waiting = pay()
    assert (waiting.state, waiting.reason) == (PaymentState.PROCESSING, Reason.PROVIDER_SILENT)
    paypal.away = False
    assert pay().id == waiting.id
    assert pay().state is PaymentState.REQUIRES_ACTION
    second = pay(key="order-2")
    approve(paypal)
    paypal.away = True
    assert actions.reconcile_payment(payment_id=second.id, now=now).state is PaymentState.REQUIRES_ACTION
    paypal.away = False
    actions.settle_overdue(now=now + timedelta(minutes=20))
    assert Payment.objects.get(pk=second.id).state == PaymentState.SUCCEEDED


@pytest.mark.requirement("REL-02")
def test_a_capture_whose_answer_was_lost_cannot_be_given_up_and_is_found(pay, paypal, alice, now):
    started = pay()
    approve(paypal)
    paypal.is_silent_at_capture = True
    assert actions.reconcile_payment(payment_id=started.id, now=now).state is PaymentState.PROCESSING
    assert actions.cancel_payment(payment_id=started.id, actor=alice, now=now).state is PaymentState.PROCESSING
    paypal.is_silent_at_capture = False
    actions.settle_overdue(now=now + timedelta(minutes=20))
    assert Payment.objects.get(pk=started.id).state == PaymentState.SUCCEEDED
    assert books.balance(CASH) == Money(990_00, "EUR")


@pytest.mark.requirement("REL-02")
def test_an_order_that_never_reached_paypal_fails_after_ten_minutes(pay, paypal, now):
    paypal.away = True
    waiting = pay()
    paypal.away = False
    actions.settle_overdue(now=now + timedelta(minutes=9))
    assert queries.payment(Actor.system(), waiting.id).state is PaymentState.PROCESSING
    actions.settle_overdue(now=now + timedelta(minutes=20))
    assert Payment.objects.get(pk=waiting.id).reason == Reason.NEVER_SENT


def test_a_part_is_refunded_once_for_its_key(pay, paypal, now):
    paid = pay()
    approve(paypal)
    actions.reconcile_payment(payment_id=paid.id, now=now)
    order = RefundOrder(payment_id=paid.id, amount=Money(90_00, "EUR"), key="r")
    for _ in range(2):
        actions.refund_payment(refund=order, actor=Actor.system(), now=now)
    assert books.balance(CASH) == Money(900_00, "EUR")
    assert next(content for _, path, content in paypal.calls if path.endswith("/refund"))["amount"]["value"] == "90.00"


def test_amounts_are_written_as_paypal_reads_them():
    assert amount_of(Money(990_00, "USD")) == {"currency_code": "USD", "value": "990.00"}
    assert amount_of(Money(500, "JPY"))["value"] == "500"
    assert amount_of(Money(500_00, "HUF"))["value"] == "500"
    with pytest.raises(MethodNotOffered):
        amount_of(Money(500_50, "HUF"))
