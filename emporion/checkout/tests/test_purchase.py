"""Buying: one key is one order, one charge, one subscription; the books balance; what fails leaves nothing half done."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from emporion.billing import queries as billing
from emporion.billing.actions import publish_product
from emporion.billing.tests.shelf import PRO_SPEC, STARTER_SPEC, product
from emporion.billing.types import Cycle, ProductView, SubscriptionState
from emporion.checkout import queries
from emporion.checkout.actions import complete_purchase, pay_order
from emporion.checkout.errors import CardMissing, MayNotBuy, OrderKeyReused, OrderNotPayable, TermsNotAccepted, UnknownOrder
from emporion.checkout.models import Order
from emporion.checkout.settling import record_payment
from emporion.checkout.tests.conftest import SELLER
from emporion.checkout.types import OrderState, PayBy, PurchaseRequest, Selection
from emporion.kernel.money import Money
from emporion.ledger import queries as ledger
from emporion.ledger.types import PLATFORM, AccountKind
from emporion.notify.models import MailMessage
from emporion.payments import queries as payments
from emporion.payments.actions import apply_outcome
from emporion.payments.models import Payment, SandboxCharge
from emporion.payments.providers.protocol import ChargeOutcome
from emporion.payments.types import Method, PaymentState
from emporion.plumbing.types import Actor

pytestmark = pytest.mark.django_db


def wanted(
    product: ProductView, key: str, *, plan: str = "pro", cycle: Cycle = Cycle.YEARLY, token: str = "tok_visa", **pay: object
):
    return PurchaseRequest(
        key=key,
        selection=Selection(plan_id=product.plan(plan).id, cycle=cycle),
        pay_by=PayBy(**({"token": token} | pay)),
        has_accepted_terms=True,
    )


def held(owner, kind: AccountKind) -> int:
    return sum(one.balance.minor for one in ledger.balances_of(owner) if one.account.kind is kind)


@pytest.mark.requirement("BUY-07", "BUY-10", "BIL-01")
def test_pro_yearly_costs_990_and_every_cent_finds_its_owner(alice: Actor, docs_agent, key: str, now: datetime) -> None:
    result = complete_purchase(purchase=wanted(docs_agent, key), actor=alice, now=now)
    order = queries.order(alice, result.order_id)
    assert (order.state, str(order.gross), str(order.discount), str(order.total)) == (OrderState.PAID, "$1,188", "$198", "$990")
    assert result.access_url == f"/agents/{result.resource_id}/welcome/"
    assert billing.subscription(alice, result.resource_id).state is SubscriptionState.ACTIVE
    assert held(alice.organisation, AccountKind.CUSTOMER_RECEIVABLE) == 0
    assert held(SELLER, AccountKind.SELLER_PAYABLE) == 84_150
    assert held(PLATFORM, AccountKind.PLATFORM_FEE) == 14_850
    assert ledger.faults() == ()


@pytest.mark.requirement("REL-01", "BUY-09")
def test_the_same_key_buys_once(alice: Actor, docs_agent, key: str, now: datetime, drain: Callable[[], int]) -> None:
    results = [complete_purchase(purchase=wanted(docs_agent, key), actor=alice, now=now) for _ in range(3)]
    drain()
    assert len({result.order_id for result in results}) == 1
    assert Payment.objects.count() == SandboxCharge.objects.count() == 1
    assert len(billing.subscriptions_of(alice)) == 1
    assert MailMessage.objects.filter(subject__startswith="Receipt").count() == 1


@pytest.mark.requirement("BUY-09")
def test_a_key_never_stands_for_two_different_orders(alice: Actor, docs_agent, key: str, now: datetime) -> None:
    complete_purchase(purchase=wanted(docs_agent, key), actor=alice, now=now)
    with pytest.raises(OrderKeyReused):
        complete_purchase(purchase=wanted(docs_agent, key, plan="starter"), actor=alice, now=now)


@pytest.mark.requirement("BUY-10", "UX-02")
def test_a_declined_card_starts_nothing_and_the_same_order_is_paid_otherwise(
    alice: Actor, docs_agent, key: str, now: datetime, drain: Callable[[], int]
) -> None:
    result = complete_purchase(purchase=wanted(docs_agent, key, token="tok_declined"), actor=alice, now=now)
    assert result.state is OrderState.FAILED
    assert billing.subscriptions_of(alice) == ()
    assert held(SELLER, AccountKind.SELLER_PAYABLE) == 0
    paid = pay_order(order_id=result.order_id, pay_by=PayBy(token="tok_visa"), actor=alice, now=now)
    drain()
    assert (paid.order_id, paid.state) == (result.order_id, OrderState.PAID)
    assert len(billing.subscriptions_of(alice)) == 1
    with pytest.raises(OrderNotPayable):
        pay_order(order_id=result.order_id, pay_by=PayBy(token="tok_visa"), actor=alice, now=now)
    assert Payment.objects.filter(state="succeeded").count() == 1


@pytest.mark.requirement("BIL-10")
def test_late_news_of_a_failed_attempt_do_not_disturb_the_next_one(
    alice: Actor, docs_agent, key: str, now: datetime, drain: Callable[[], int]
) -> None:
    result = complete_purchase(purchase=wanted(docs_agent, key, token="tok_declined"), actor=alice, now=now)
    failed = payments.payment(alice, Payment.objects.get().id)
    pay_order(order_id=result.order_id, pay_by=PayBy(token="tok_3ds"), actor=alice, now=now)
    drain()
    record_payment(order_id=result.order_id, payment=failed, now=now)
    assert queries.order(alice, result.order_id).state is OrderState.REQUIRES_ACTION


@pytest.mark.requirement("BIL-10")
def test_an_attempt_that_succeeds_after_another_one_paid_is_given_back(
    alice: Actor, docs_agent, key: str, now: datetime, drain: Callable[..., int]
) -> None:
    result = complete_purchase(purchase=wanted(docs_agent, key, token="tok_declined"), actor=alice, now=now)
    late = Payment.objects.get()
    pay_order(order_id=result.order_id, pay_by=PayBy(token="tok_visa"), actor=alice, now=now)
    SandboxCharge.objects.filter(payment_id=late.id).update(status="succeeded", failure="")
    outcome = ChargeOutcome(state=PaymentState.SUCCEEDED, amount=Money.of("990", "USD"), ref=late.provider_ref)
    apply_outcome(payment_id=late.id, outcome=outcome, now=now)
    drain(now + timedelta(minutes=1))
    states = sorted(Payment.objects.values_list("state", flat=True))
    assert states == ["refunded", "succeeded"]
    assert len(billing.subscriptions_of(alice)) == 1
    assert held(alice.organisation, AccountKind.CUSTOMER_RECEIVABLE) == 0


@pytest.mark.requirement("BUY-10", "BIL-10")
def test_a_bank_that_asks_keeps_the_order_waiting_and_nothing_is_delivered(alice: Actor, docs_agent, key: str, now) -> None:
    result = complete_purchase(purchase=wanted(docs_agent, key, token="tok_3ds"), actor=alice, now=now)
    assert result.state is OrderState.REQUIRES_ACTION
    assert result.action_url
    assert billing.subscriptions_of(alice) == ()
    with pytest.raises(OrderNotPayable):
        pay_order(order_id=result.order_id, pay_by=PayBy(token="tok_visa"), actor=alice, now=now)


@pytest.mark.requirement("BUY-10", "BIL-10")
def test_a_payment_that_comes_late_is_delivered_by_its_webhook_once(
    alice: Actor, docs_agent, key: str, now: datetime, drain: Callable[..., int]
) -> None:
    result = complete_purchase(purchase=wanted(docs_agent, key, token="tok_slow"), actor=alice, now=now)
    assert result.state is OrderState.PENDING_PAYMENT
    drain(now + timedelta(minutes=30))
    assert queries.order(alice, result.order_id).state is OrderState.PAID
    assert len(billing.subscriptions_of(alice)) == 1


@pytest.mark.requirement("BUY-07")
def test_an_invoice_delivers_at_once_and_shows_what_is_owed(alice: Actor, docs_agent, key: str, now: datetime) -> None:
    result = complete_purchase(purchase=wanted(docs_agent, key, token="", method=Method.INVOICE), actor=alice, now=now)
    assert result.state is OrderState.AWAITING_TRANSFER
    assert len(billing.subscriptions_of(alice)) == 1
    assert held(alice.organisation, AccountKind.CUSTOMER_RECEIVABLE) == 99_000


@pytest.mark.requirement("BUY-07", "BIL-02")
def test_an_empty_wallet_pays_nothing(alice: Actor, docs_agent, key: str, now: datetime) -> None:
    result = complete_purchase(purchase=wanted(docs_agent, key, token="", method=Method.WALLET), actor=alice, now=now)
    assert (result.state, result.reason) == (OrderState.FAILED, "insufficient_credit")


@pytest.mark.parametrize("plan", ["free", "metered", "trial"])
def test_what_costs_nothing_today_charges_nothing(alice: Actor, odd_agent, key: str, plan: str, now: datetime) -> None:
    purchase = wanted(odd_agent, key, plan=plan, cycle=Cycle.MONTHLY, token="")
    result = complete_purchase(purchase=purchase, actor=alice, now=now)
    assert result.state is OrderState.PAID
    assert not Payment.objects.exists()
    assert billing.subscription(alice, result.resource_id).is_usable


def test_a_trial_is_given_once(alice: Actor, odd_agent, now: datetime) -> None:
    for key in ("first", "second"):
        purchase = wanted(odd_agent, key, plan="trial", cycle=Cycle.MONTHLY)
        complete_purchase(purchase=purchase, actor=alice, now=now)
    orders = {order.trial_days: order.due_today for order in queries.orders_of(alice)}
    assert orders == {14: Money(0, "USD"), 0: Money.of("99", "USD")}


@pytest.mark.requirement("BIL-05")
def test_a_one_time_purchase_never_renews(alice: Actor, odd_agent, key: str, now: datetime) -> None:
    purchase = wanted(odd_agent, key, plan="forever", cycle=Cycle.ONCE)
    result = complete_purchase(purchase=purchase, actor=alice, now=now)
    assert billing.subscription(alice, result.resource_id).period_end_at is None


@pytest.mark.requirement("BUY-22", "BIL-05")
def test_a_bundle_is_one_order_with_a_subscription_for_each_plan(alice: Actor, bundle: str, key: str, now: datetime) -> None:
    purchase = PurchaseRequest(
        key=key, selection=Selection(bundle=bundle), pay_by=PayBy(token="tok_visa"), has_accepted_terms=True
    )
    result = complete_purchase(purchase=purchase, actor=alice, now=now)
    order = queries.order(alice, result.order_id)
    assert (str(order.gross), str(order.discount), str(order.total)) == ("$128", "$19.20", "$108.80")
    assert sorted(one.price.minor for one in billing.subscriptions_of(alice)) == [2_465, 8_415]
    assert held(SELLER, AccountKind.SELLER_PAYABLE) + held(PLATFORM, AccountKind.PLATFORM_FEE) == 8_415
    assert held(PLATFORM, AccountKind.PLATFORM_REVENUE) == 2_465


@pytest.mark.requirement("SEC-01")
def test_a_member_may_not_buy_and_a_stranger_sees_no_order(
    alice: Actor, bob: Actor, charlie: Actor, docs_agent, key: str, now: datetime
) -> None:
    with pytest.raises(MayNotBuy):
        complete_purchase(purchase=wanted(docs_agent, key), actor=bob, now=now)
    result = complete_purchase(purchase=wanted(docs_agent, key), actor=alice, now=now)
    assert queries.orders_of(charlie) == ()
    with pytest.raises(UnknownOrder):
        queries.order(charlie, result.order_id)
    with pytest.raises(UnknownOrder):
        pay_order(order_id=result.order_id, pay_by=PayBy(token="tok_visa"), actor=charlie, now=now)
    assert queries.order(bob, result.order_id).number


def test_without_terms_or_card_no_order_is_made(alice: Actor, docs_agent, key: str, now: datetime) -> None:
    with pytest.raises(TermsNotAccepted):
        complete_purchase(purchase=replace(wanted(docs_agent, key), has_accepted_terms=False), actor=alice, now=now)
    with pytest.raises(CardMissing):
        complete_purchase(purchase=wanted(docs_agent, key, token=""), actor=alice, now=now)
    assert not Order.objects.exists()


@pytest.mark.requirement("BIL-08")
def test_receipts_are_numbered_without_gaps(alice: Actor, charlie: Actor, docs_agent, now: datetime) -> None:
    for number, (actor, token) in enumerate([(alice, "tok_visa"), (alice, "tok_declined"), (charlie, "tok_visa")]):
        complete_purchase(purchase=wanted(docs_agent, f"key {number}", token=token), actor=actor, now=now)
    numbers = [order.receipt_number for actor in (alice, charlie) for order in queries.orders_of(actor) if order.receipt_number]
    assert sorted(numbers) == ["R-2026-000001", "R-2026-000002"]


@pytest.mark.requirement("BIL-03")
def test_who_subscribed_keeps_the_plan_when_the_provider_raises_the_price(
    alice: Actor, docs_agent, key: str, now: datetime
) -> None:
    result = complete_purchase(purchase=wanted(docs_agent, key, cycle=Cycle.MONTHLY), actor=alice, now=now)
    dearer = replace(PRO_SPEC, monthly=Money.of("149", "USD"))
    publish_product(spec=product(id=docs_agent.id, plans=(STARTER_SPEC, dearer)), now=now)
    kept = billing.subscription(alice, result.resource_id)
    assert (str(kept.price), str(kept.plan.monthly), kept.plan.version) == ("$99", "$99", 1)
    assert [(plan.slug, str(plan.monthly), plan.version) for plan in billing.plans_of(docs_agent.id)] == [
        ("starter", "$29", 1),
        ("pro", "$149", 2),
    ]
