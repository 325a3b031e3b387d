"""Payments by every method, from the request to the money on the books."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import transaction

from emporion.kernel.errors import Denied, Invalid, NotFound
from emporion.kernel.ids import new_id
from emporion.kernel.money import Money
from emporion.ledger import actions as ledger
from emporion.ledger import queries as books
from emporion.ledger.types import AccountKind, AccountRef, Cause, WalletCharge
from emporion.payments import actions, queries
from emporion.payments.errors import (
    CardNumberRefused,
    MethodNotOffered,
    PaymentKeyReused,
    PaymentNotRefundable,
    RefundTooLarge,
    TooManyRefusals,
    TransferMismatch,
    UnknownToken,
)
from emporion.payments.models import Payment, SandboxCharge
from emporion.payments.types import (
    Method,
    PaymentRequest,
    PaymentState,
    Reason,
    RefundOrder,
    RefundState,
    TransferReceived,
)
from emporion.plumbing.models import Job
from emporion.plumbing.registry import subscriptions
from emporion.plumbing.types import Actor

pytestmark = [pytest.mark.requirement("BIL-09"), pytest.mark.django_db]
EUR_990 = Money(990_00, "EUR")
CASH = AccountRef(kind=AccountKind.PROVIDER_CASH, currency="EUR", part="sandbox")
BANK = AccountRef(kind=AccountKind.BANK, currency="EUR")


@pytest.fixture
def heard(monkeypatch):
    """What was published of payments, counted."""
    names = ("Succeeded", "Failed", "ActionRequired", "Refunded")
    monkeypatch.setattr(subscriptions(), "LISTENERS", {f"payments.Payment{name}": ("nowhere:at",) for name in names})
    return lambda: Counter(Job.objects.filter(name__startswith="payments.Payment").values_list("name", flat=True))


@pytest.fixture
def ask(organisation_id):
    """A request with defaults that bite."""
    usual = PaymentRequest(
        organisation_id=organisation_id,
        amount=EUR_990,
        method=Method.CARD,
        token="tok_visa",
        cause_type="order",
        cause_id=new_id(),
        key="order-1",
        return_url="/orders/1/",
        description="Pro, yearly – Café",
    )
    return lambda **changes: replace(usual, **changes)


@pytest.fixture
def pay(ask, alice, now):
    return lambda **changes: actions.start_payment(request=ask(**changes), actor=alice, now=now)


@pytest.fixture
def receivable(organisation_id):
    return lambda currency="EUR": books.balance(
        AccountRef(kind=AccountKind.CUSTOMER_RECEIVABLE, owner_id=organisation_id, currency=currency)
    )


@pytest.fixture
def platform(organisation_id):
    return Actor.system(organisation_id)


def test_a_card_that_is_good_pays_at_once(pay, receivable, heard):
    paid = pay()
    assert (paid.state, paid.reason, paid.card_brand, paid.card_last4) == (PaymentState.SUCCEEDED, Reason.NONE, "visa", "4242")
    assert paid.may_deliver
    assert books.balance(CASH) == EUR_990
    assert receivable() == -EUR_990
    assert heard() == {"payments.PaymentSucceeded": 1}


@pytest.mark.parametrize(
    ("token", "reason"),
    [
        ("tok_declined", Reason.DECLINED),
        ("tok_insufficient_funds", Reason.INSUFFICIENT_FUNDS),
        ("tok_expired", Reason.EXPIRED_CARD),
        ("tok_incorrect_cvc", Reason.INCORRECT_CVC),
        ("tok_processing_error", Reason.PROCESSING_ERROR),
    ],
)
def test_a_card_that_is_declined_charges_nothing_and_says_what_to_do(pay, heard, token, reason):
    failed = pay(token=token)
    assert (failed.state, failed.reason) == (PaymentState.FAILED, reason)
    assert queries.explain(failed.reason).next_step
    assert not books.balance(CASH)
    assert heard() == {"payments.PaymentFailed": 1}


def test_every_reason_has_words():
    for reason in Reason:
        told = queries.explain(reason)
        assert (reason is Reason.NONE) == (told.message == "")


def test_the_same_key_pays_once_however_often_it_is_sent(pay):
    first = pay()
    assert [pay().id for _ in range(3)] == [first.id] * 3
    assert SandboxCharge.objects.count() == 1
    assert books.balance(CASH) == EUR_990


@pytest.mark.parametrize("change", [{"amount": Money(990_01, "EUR")}, {"token": "tok_3ds"}, {"amount": Money(990_00, "USD")}])
def test_the_same_key_with_other_content_is_a_conflict_for_ever(pay, change):
    pay()
    with pytest.raises(PaymentKeyReused):
        pay(**change)


def test_two_organisations_may_use_the_same_key(pay, ask, charlie, now):
    other = ask(organisation_id=charlie.organisation_id)
    assert actions.start_payment(request=other, actor=charlie, now=now).id != pay().id


@pytest.mark.requirement("SEC-01")
def test_nobody_pays_for_or_sees_another_organisation(pay, ask, charlie, now):
    paid = pay()
    with pytest.raises(NotFound):
        actions.start_payment(request=ask(key="x"), actor=charlie, now=now)
    with pytest.raises(NotFound):
        queries.payment(charlie, paid.id)
    assert queries.payments_of(charlie) == ()
    assert queries.payments_for(charlie, cause_type="order", cause_id=paid.cause_id) == ()
    assert queries.refunds_of(charlie, paid.id) == ()


@pytest.mark.requirement("SEC-02")
@pytest.mark.parametrize(
    "token", ["4242424242424242", "4242 4242 4242 4242", "4242-4242-4242-4242", "tok_4012888888881881x", "saved:378282246310005"]
)
def test_a_card_number_is_refused_before_anything_is_stored_or_logged(pay, capsys, token):
    with pytest.raises((CardNumberRefused, UnknownToken)) as refused:
        pay(token=token)
    assert refused.type is CardNumberRefused
    assert not Payment.objects.exists()
    digits = "".join(filter(str.isdigit, token))
    seen = capsys.readouterr()
    assert digits not in seen.out + seen.err + str(refused.value) + repr(refused.value.facts)


def test_a_request_does_not_print_its_token(ask):
    assert "tok_visa" not in repr(ask())


def test_a_token_that_the_provider_does_not_know_is_refused(pay):
    for token in ("tok_gold", "tok_visa:exploded", ""):
        with pytest.raises(UnknownToken):
            pay(token=token)
    assert not Payment.objects.exists()


@pytest.mark.parametrize("url", ["https://evil.example/", "//evil.example/", "/\\evil.example", "orders/", "/a\r\nSet-Cookie: x"])
def test_the_way_back_stays_on_this_site(pay, url):
    with pytest.raises(Invalid):
        pay(return_url=url)


def test_a_provider_is_never_called_inside_a_transaction(pay):
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        pay()
    assert not SandboxCharge.objects.exists()


def test_paypal_is_not_offered_until_it_is_configured(pay, alice, now):
    assert [option.method for option in queries.payment_options(alice, due=EUR_990, now=now)] == [
        Method.CARD,
        Method.INVOICE,
        Method.WALLET,
    ]
    with pytest.raises(MethodNotOffered):
        pay(method=Method.PAYPAL, token="")


@pytest.mark.requirement("BIL-02")
def test_the_wallet_pays_only_what_it_holds(pay, alice, organisation_id, receivable, now):
    charge = WalletCharge(organisation_id=organisation_id, amount=EUR_990, cause=Cause(type="gift", id=new_id()))
    broke = pay(method=Method.WALLET, token="")
    assert (broke.state, broke.reason) == (PaymentState.FAILED, Reason.INSUFFICIENT_CREDIT)
    ledger.top_up(charge=charge, key="t", now=now)
    assert pay(method=Method.WALLET, token="", key="order-2").state is PaymentState.SUCCEEDED
    assert books.wallet_of(alice, "EUR", now=now).available == Money.zero("EUR")
    assert receivable() == Money.zero("EUR")  # the top-up's claim and the purchase's payment cancel out here
    assert pay(method=Method.WALLET, token="", key="order-3").state is PaymentState.FAILED


@pytest.mark.requirement("BIL-02")
def test_a_top_up_fills_the_wallet_when_the_card_is_charged(ask, alice, bob, now, receivable, drain):
    request = ask(key="top-up")
    with pytest.raises(Denied):
        actions.top_up_wallet(request=request, actor=bob, now=now)
    assert actions.top_up_wallet(request=request, actor=alice, now=now).state is PaymentState.SUCCEEDED
    actions.top_up_wallet(request=request, actor=alice, now=now)
    drain()
    assert books.wallet_of(alice, "EUR", now=now).available == EUR_990
    assert receivable() == Money.zero("EUR")
    with pytest.raises(MethodNotOffered):
        actions.top_up_wallet(request=ask(method=Method.WALLET, key="loop"), actor=alice, now=now)


def test_an_invoice_delivers_now_and_is_paid_by_a_transfer_once(pay, platform, alice, now, receivable, heard):
    bought = pay(method=Method.INVOICE, token="")
    assert (bought.state, bought.reason, bought.may_deliver) == (PaymentState.PROCESSING, Reason.AWAITING_TRANSFER, True)
    actions.settle_overdue(now=now + timedelta(days=90))
    arrived = TransferReceived(payment_id=bought.id, amount=EUR_990, reference="SEPA-77")
    with pytest.raises(NotFound):
        actions.record_transfer(transfer=arrived, actor=alice, now=now)
    with pytest.raises(TransferMismatch):
        actions.record_transfer(transfer=replace(arrived, amount=Money(1, "EUR")), actor=platform, now=now)
    for _ in range(2):
        assert actions.record_transfer(transfer=arrived, actor=platform, now=now).state is PaymentState.SUCCEEDED
    assert (books.balance(BANK), receivable()) == (EUR_990, -EUR_990)
    assert heard() == {"payments.PaymentSucceeded": 1}
    other = pay(method=Method.INVOICE, token="", key="order-2")
    with pytest.raises(TransferMismatch):
        actions.record_transfer(transfer=replace(arrived, payment_id=other.id), actor=platform, now=now)


def test_a_refund_gives_back_part_then_the_rest_and_never_more(pay, platform, now, receivable, heard, drain):
    paid = pay()
    part = RefundOrder(payment_id=paid.id, amount=Money(400_00, "EUR"), key="r1", note="Unused")
    for _ in range(2):
        assert actions.refund_payment(refund=part, actor=platform, now=now).state is RefundState.SUCCEEDED
    assert (queries.payment(platform, paid.id).state, books.balance(CASH)) == (PaymentState.SUCCEEDED, Money(590_00, "EUR"))
    with pytest.raises(PaymentKeyReused):
        actions.refund_payment(refund=replace(part, amount=Money(1, "EUR")), actor=platform, now=now)
    for amount in (Money(590_01, "EUR"), Money(0, "EUR"), Money(-1, "EUR"), Money(1, "USD")):
        with pytest.raises(RefundTooLarge):
            actions.refund_payment(refund=replace(part, amount=amount, key="r2"), actor=platform, now=now)
    actions.refund_payment(refund=replace(part, amount=Money(590_00, "EUR"), key="r3"), actor=platform, now=now)
    drain(now + timedelta(hours=1))
    assert queries.payment(platform, paid.id).state is PaymentState.REFUNDED
    assert (books.balance(CASH), receivable()) == (Money.zero("EUR"), Money.zero("EUR"))
    assert heard() == {"payments.PaymentSucceeded": 1, "payments.PaymentRefunded": 2}


def test_a_buyer_does_not_refund_himself_and_nothing_unpaid_is_refunded(pay, platform, alice, now):
    failed = pay(token="tok_declined")
    order = RefundOrder(payment_id=failed.id, amount=EUR_990, key="r")
    with pytest.raises(NotFound):
        actions.refund_payment(refund=order, actor=alice, now=now)
    with pytest.raises(PaymentNotRefundable):
        actions.refund_payment(refund=order, actor=platform, now=now)


@pytest.mark.requirement("BIL-02")
def test_a_wallet_purchase_is_refunded_to_the_wallet(pay, platform, alice, organisation_id, now):
    charge = WalletCharge(organisation_id=organisation_id, amount=EUR_990, cause=Cause(type="gift", id=new_id()))
    ledger.top_up(charge=charge, key="t", now=now)
    paid = pay(method=Method.WALLET, token="")
    order = RefundOrder(payment_id=paid.id, amount=Money(90_00, "EUR"), key="r")
    actions.refund_payment(refund=order, actor=platform, now=now)
    assert books.wallet_of(alice, "EUR", now=now).available == Money(90_00, "EUR")


def test_a_card_is_kept_for_the_organisation_and_pays_again(pay, alice, bob, charlie, now):
    pay(save_method=True)
    pay(save_method=True, key="again")
    pay(save_method=True, key="other", token="tok_mastercard")
    pay(save_method=True, key="bad", token="tok_declined")
    kept = queries.saved_methods(alice)
    assert [(card.brand, card.last4, card.is_default) for card in kept] == [("visa", "4242", True), ("mastercard", "4444", False)]
    assert queries.saved_methods(charlie) == ()
    assert pay(key="by-card", token=kept[1].token).card_brand == "mastercard"
    with pytest.raises(Denied):
        actions.forget_method(method_id=kept[0].id, actor=bob, now=now)
    with pytest.raises(NotFound):
        actions.forget_method(method_id=kept[0].id, actor=charlie, now=now)
    actions.forget_method(method_id=kept[0].id, actor=alice, now=now)
    assert [card.is_default for card in queries.saved_methods(alice)] == [True]
    with pytest.raises(NotFound):
        pay(key="gone", token=kept[0].token)


def test_another_organisations_card_cannot_be_charged(pay, ask, alice, charlie, now):
    pay(save_method=True)
    stolen = queries.saved_methods(alice)[0].token
    with pytest.raises(NotFound):
        actions.start_payment(
            request=ask(organisation_id=charlie.organisation_id, token=stolen, key="theft"), actor=charlie, now=now
        )


def test_a_silent_provider_is_asked_until_it_answers(pay, now, heard):
    waiting = pay(token="tok_timeout")
    assert (waiting.state, waiting.reason) == (PaymentState.PROCESSING, Reason.PROVIDER_SILENT)
    assert not waiting.may_deliver
    assert actions.settle_overdue(now=now) == 0
    assert actions.settle_overdue(now=now + timedelta(minutes=1)) == 1
    assert (books.balance(CASH), heard()) == (EUR_990, {"payments.PaymentSucceeded": 1})
    assert actions.settle_overdue(now=now + timedelta(days=1)) == 0


@pytest.mark.parametrize(("token", "state"), [("tok_slow", PaymentState.SUCCEEDED), ("tok_late_failure", PaymentState.FAILED)])
def test_a_slow_payment_ends_by_webhook(pay, platform, drain, now, token, state):
    waiting = pay(token=token)
    assert waiting.state is PaymentState.PROCESSING
    drain(now + timedelta(seconds=19))
    assert queries.payment(platform, waiting.id).state is PaymentState.PROCESSING
    drain(now + timedelta(seconds=20))
    ended = queries.payment(platform, waiting.id)
    assert ended.state is state
    assert books.balance(CASH) == (EUR_990 if state is PaymentState.SUCCEEDED else Money.zero("EUR"))


def test_yen_are_charged_in_whole_yen(pay):
    pay(amount=Money(500, "JPY"), key="yen")
    assert SandboxCharge.objects.get().amount_minor == 500


@pytest.mark.requirement("BIL-09", "REL-01")
def test_refused_cards_stop_new_tries_but_no_repeat_and_what_never_left_counts_for_nothing(pay, now):
    paid = pay(key="paid", token="tok_visa")
    for number in range(actions.MOST_REFUSALS):
        pay(key=f"lost {number}", token="tok_declined")
    Payment.objects.filter(key__startswith="lost").update(reason=Reason.NEVER_SENT)
    assert pay(key="another", token="tok_visa").state is PaymentState.SUCCEEDED
    for number in range(actions.MOST_REFUSALS):
        pay(key=f"refused {number}", token="tok_declined")
    with pytest.raises(TooManyRefusals):
        pay(key="new", token="tok_visa")
    assert pay(key="paid", token="tok_visa").id == paid.id


@pytest.mark.requirement("BIL-09", "UX-02")
def test_a_refund_that_the_provider_refuses_says_so_and_can_be_sent_again(pay, platform, now, drain):
    paid = pay()
    charge = SandboxCharge.objects.get()
    SandboxCharge.objects.update(refunded_minor=charge.amount_minor)  # as if it had been given back at the provider
    order = RefundOrder(payment_id=paid.id, amount=Money(400_00, "EUR"), key="r1")
    refused = actions.refund_payment(refund=order, actor=platform, now=now)
    assert refused.state is RefundState.FAILED
    assert "larger" in refused.reason
    drain(now + timedelta(days=1))
    assert [refund.state for refund in queries.refunds_of(platform, paid.id)] == [RefundState.FAILED]
    SandboxCharge.objects.update(refunded_minor=0)
    assert actions.retry_refund(refund_id=refused.id, actor=platform, now=now).state is RefundState.SUCCEEDED
    assert actions.retry_refund(refund_id=refused.id, actor=platform, now=now).state is RefundState.SUCCEEDED
    assert queries.payment(platform, paid.id).refunded == Money(400_00, "EUR")


@pytest.mark.requirement("BIL-02", "BUY-07")
def test_a_wallet_that_holds_too_little_says_how_much_is_missing(alice, now):
    wallet = {option.method: option for option in queries.payment_options(alice, due=EUR_990, now=now)}[Method.WALLET]
    assert wallet.is_short
    assert wallet.hint == "€0 available, €990 short"
