"""Money that goes back to a buyer is taken back from whoever had a share of it: the seller, and the platform's fee."""

import json
from collections.abc import Callable
from datetime import datetime
from importlib import import_module

import pytest
from django.apps import apps
from django.test import Client

from emporion.billing.actions import change_plan, resume_subscription
from emporion.billing.errors import NotChangeable
from emporion.billing.types import CHARGE, Cycle
from emporion.checkout.actions import complete_purchase, give_back
from emporion.checkout.models import Order
from emporion.checkout.tests.conftest import SELLER
from emporion.checkout.tests.test_purchase import held, wanted
from emporion.checkout.types import PayBy, PurchaseRequest, Selection
from emporion.kernel.ids import new_id
from emporion.kernel.money import Money
from emporion.ledger import queries as ledger
from emporion.ledger.actions import post, top_up
from emporion.ledger.types import PLATFORM, AccountKind, AccountRef, Cause, Entry, WalletCharge, credit, debit
from emporion.payments.actions import apply_outcome, refund_payment
from emporion.payments.models import Payment
from emporion.payments.providers.protocol import ChargeOutcome, RefundFact
from emporion.payments.types import Method, PaymentState, RefundOrder
from emporion.plumbing.models import Job
from emporion.plumbing.types import Actor

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("BIL-01", "BIL-09")]


def books(buyer: Actor) -> list[int]:
    """What the buyer owes, the seller is to get, and the platform has as its fee and of its own."""
    assert ledger.faults() == ()
    return [
        held(buyer.organisation, AccountKind.CUSTOMER_RECEIVABLE),
        held(SELLER, AccountKind.SELLER_PAYABLE),
        held(PLATFORM, AccountKind.PLATFORM_FEE),
        held(PLATFORM, AccountKind.PLATFORM_REVENUE),
    ]


def part(payment: Payment, minor: int, key: str, now: datetime) -> None:
    order = RefundOrder(payment_id=payment.id, amount=Money(minor, payment.currency), key=key)
    refund_payment(refund=order, actor=Actor.system(), now=now)


def test_money_back_takes_back_the_sellers_share_and_the_fee_once(
    alice: Actor, docs_agent, key: str, now: datetime, drain: Callable[..., int]
) -> None:
    complete_purchase(purchase=wanted(docs_agent, key), actor=alice, now=now)
    assert books(alice) == [0, 84_150, 14_850, 0]
    part(Payment.objects.get(), 10_001, "a part", now)
    drain()
    assert books(alice) == [0, 75_649, 13_350, 0]
    for _ in range(2):
        give_back(number=Order.objects.get().number, actor=Actor.system(), now=now)
        drain()
        assert books(alice) == [0, 0, 0, 0]


def test_a_part_that_is_given_back_is_taken_back_in_part_also_from_the_credit_of_a_wallet(
    alice: Actor, docs_agent, key: str, now: datetime, drain: Callable[..., int]
) -> None:
    charge = WalletCharge(organisation_id=alice.organisation, amount=Money.of("1000", "USD"), cause=Cause(type="x", id=new_id()))
    top_up(charge=charge, key="credit", now=now)
    owed = books(alice)[0]
    complete_purchase(purchase=wanted(docs_agent, key, method=Method.WALLET, token=""), actor=alice, now=now)
    payment = Payment.objects.get()
    for number, minor in enumerate((33_333, 1, 65_666)):
        part(payment, minor, f"part {number}", now)
        drain()
        if number == 0:
            assert books(alice) == [owed, 55_817, 9_850, 0]
    assert books(alice) == [owed, 0, 0, 0]


def test_a_share_that_was_paid_out_stands_as_owed_by_the_seller(
    alice: Actor, docs_agent, key: str, now: datetime, drain: Callable[..., int]
) -> None:
    complete_purchase(purchase=wanted(docs_agent, key), actor=alice, now=now)
    share = Money(84_150, "USD")
    payable = AccountRef(kind=AccountKind.SELLER_PAYABLE, owner_id=SELLER, currency="USD")
    bank = AccountRef(kind=AccountKind.BANK, currency="USD")
    payout = Entry(kind="payout", cause=Cause(type="payout", id=new_id()), lines=(debit(payable, share), credit(bank, share)))
    post(entry=payout, key="payout", now=now)
    give_back(number=Order.objects.get().number, actor=Actor.system(), now=now)
    drain()
    assert books(alice) == [0, -84_150, 0, 0]


def test_of_a_bundle_every_seller_and_the_platform_give_back_their_part(
    alice: Actor, bundle: str, key: str, now: datetime, drain: Callable[..., int]
) -> None:
    purchase = PurchaseRequest(
        key=key, selection=Selection(bundle=bundle), pay_by=PayBy(token="tok_visa"), has_accepted_terms=True
    )
    complete_purchase(purchase=purchase, actor=alice, now=now)
    assert books(alice) == [0, 7_153, 1_262, 2_465]
    part(Payment.objects.get(), 5_440, "half", now)
    drain()
    assert books(alice) == [0, 3_577, 631, 1_232]
    part(Payment.objects.get(), 5_440, "the rest", now)
    drain()
    assert books(alice) == [0, 0, 0, 0]


@pytest.mark.requirement("BIL-06", "BIL-11")
def test_after_a_change_of_plan_all_of_the_money_goes_back_and_nothing_is_resumed(
    alice: Actor, alice_client: Client, docs_agent, key: str, now: datetime, drain: Callable[..., int]
) -> None:
    bought = complete_purchase(purchase=wanted(docs_agent, key, plan="starter", cycle=Cycle.MONTHLY), actor=alice, now=now)
    pro = next(plan.id for plan in docs_agent.plans if plan.slug == "pro")
    change_plan(subscription_id=bought.resource_id, plan_id=pro, cycle=Cycle.MONTHLY, actor=alice, now=now)
    drain()
    part(Payment.objects.get(cause_type=CHARGE), 100, "a part", now)
    for _ in range(2):
        give_back(number=Order.objects.get().number, actor=Actor.system(), now=now)
        drain()
    assert all(paid.refunded_minor == paid.amount_minor for paid in Payment.objects.all())
    assert set(Payment.objects.values_list("state", flat=True)) == {PaymentState.REFUNDED}
    assert books(alice) == [0, 0, 0, 0]
    page = alice_client.get(f"/subscriptions/{bought.resource_id}/").content.decode()
    assert "Its money was given back" in page
    assert 'value="resume"' not in page
    assert 'value="cancel"' not in page, "it would do nothing"
    page = alice_client.get(f"/orders/{Order.objects.get().id}/").content.decode()
    assert "is yours" not in page
    assert "The money of this order was given back" in page
    with pytest.raises(NotChangeable):
        resume_subscription(subscription_id=bought.resource_id, actor=alice, now=now)


@pytest.mark.requirement("BIL-06")
def test_the_money_of_a_change_of_plan_goes_back_as_it_came(
    alice: Actor, docs_agent, key: str, now: datetime, drain: Callable[..., int]
) -> None:
    monthly = wanted(docs_agent, key, plan="starter", cycle=Cycle.MONTHLY)
    bought = complete_purchase(purchase=monthly, actor=alice, now=now)
    before = books(alice)
    pro = docs_agent.plan("pro").id
    change_plan(subscription_id=bought.resource_id, plan_id=pro, cycle=Cycle.MONTHLY, actor=alice, now=now)
    assert books(alice) != before
    part(Payment.objects.get(cause_type=CHARGE), 7_000, "all", now)
    drain()
    assert books(alice) == before


def test_money_that_went_back_before_its_order_was_settled_is_shared_with_nobody(
    alice: Actor, docs_agent, key: str, now: datetime, drain: Callable[..., int]
) -> None:
    complete_purchase(purchase=wanted(docs_agent, key, token="tok_3ds"), actor=alice, now=now)
    payment = Payment.objects.get()
    fact = RefundFact(ref="re_1", amount_minor=99_000, refund_id=None)
    outcome = ChargeOutcome(state=PaymentState.SUCCEEDED, amount=Money.of("990", "USD"), refunds=(fact,))
    apply_outcome(payment_id=payment.id, outcome=outcome, now=now)
    Job.objects.filter(name="payments.PaymentRefunded").update(run_at=now, created_at=now)
    Job.objects.filter(name="payments.PaymentRefunded", handler__contains="billing").delete()  # it ran before the sale
    drain()
    assert books(alice) == [0, 0, 0, 0]


def test_what_was_given_back_before_shares_were_taken_back_is_taken_back_by_the_update(
    alice: Actor, docs_agent, key: str, now: datetime, drain: Callable[..., int]
) -> None:
    complete_purchase(purchase=wanted(docs_agent, key), actor=alice, now=now)
    part(Payment.objects.get(), 99_000, "all", now)
    told = Job.objects.get(handler="emporion.billing.jobs:take_back_shares")
    event = json.loads(told.payload)
    told.delete()
    drain()
    assert books(alice) == [99_000, 84_150, 14_850, 0]
    import_module("emporion.billing.migrations.0004_shares_of_refunds").take_back_shares(apps, None)
    job = Job.objects.get(handler="emporion.billing.jobs:take_back_shares")
    assert json.loads(job.payload) == event
    drain(job.run_at)
    assert books(alice) == [0, 0, 0, 0]
