"""The life of a subscription: usage counted once, limits that hold, renewals charged once, changes that work at once or later."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from emporion.billing import queries
from emporion.billing.actions import (
    cancel_subscription,
    change_plan,
    keep_plan,
    pay_charge,
    publish_product,
    record_usage,
    renew_due,
    resume_subscription,
    start_subscription,
)
from emporion.billing.errors import EventCountedDifferently, LimitReached, NotChangeable, UnknownSubscription
from emporion.billing.models import UsageAlert, UsageRecord
from emporion.billing.tests.shelf import PRO_SPEC, STARTER_SPEC, product
from emporion.billing.types import AtLimit, ChargeState, Cycle, ProductView, SubscriptionStart, SubscriptionState
from emporion.kernel.errors import Denied
from emporion.kernel.ids import new_id
from emporion.kernel.money import Money
from emporion.ledger import queries as ledger
from emporion.ledger.actions import top_up
from emporion.ledger.types import Cause, WalletCharge
from emporion.notify.models import Notification
from emporion.payments.actions import start_payment
from emporion.payments.models import Payment
from emporion.payments.types import Method, PaymentRequest
from emporion.plumbing.types import Actor

pytestmark = pytest.mark.django_db
JANUARY = datetime(2027, 1, 31, 12, tzinfo=UTC)


@pytest.fixture
def shop(db: None) -> ProductView:
    slow = replace(STARTER_SPEC, slug="slow", name="Slow", at_limit=AtLimit.THROTTLE, throttle_per_minute=3)
    pause = replace(STARTER_SPEC, slug="pause", name="Pause", at_limit=AtLimit.PAUSE)
    publish_product(spec=product(plans=(STARTER_SPEC, PRO_SPEC, slow, pause)), now=JANUARY)
    return queries.product("docs-agent")


@pytest.fixture
def started(shop: ProductView, alice: Actor, project_id):
    def start(plan: str = "starter", *, cycle: Cycle = Cycle.MONTHLY, **changes: object):
        chosen = shop.plan(plan)
        values = {
            "id": new_id(),
            "organisation_id": alice.organisation,
            "project_id": project_id,
            "person_id": alice.id,
            "plan_id": chosen.id,
            "cycle": cycle,
            "price": chosen.monthly * (10 if cycle is Cycle.YEARLY else 1),
        }
        return start_subscription(start=SubscriptionStart(**(values | changes)), now=JANUARY)

    return start


def keep_card(alice: Actor, token: str = "tok_visa") -> None:
    request = PaymentRequest(
        organisation_id=alice.organisation,
        amount=Money(100, "USD"),
        method=Method.CARD,
        cause_type="test",
        cause_id=new_id(),
        key=str(new_id()),
        token=token,
        save_method=True,
    )
    start_payment(request=request, actor=alice, now=JANUARY)


def use(one, quantity: int | Decimal = 1, event: str | None = None, at: datetime = JANUARY):
    return record_usage(subscription_id=one.id, metric="calls", quantity=quantity, event_id=event or str(new_id()), now=at)


@pytest.mark.requirement("BIL-12")
def test_an_event_counts_once_for_ever(started) -> None:
    one = started()
    first, again = use(one, 5, "message 7"), use(one, 5, "message 7")
    assert (first.is_new, again.is_new, again.used) == (True, False, 5)
    with pytest.raises(EventCountedDifferently):
        use(one, 6, "message 7")
    assert UsageRecord.objects.count() == 1


@pytest.mark.requirement("BUY-20", "BIL-07")
def test_usage_is_seen_at_once_with_what_it_costs_and_where_it_leads(started, alice: Actor) -> None:
    one = started()
    use(one, 1_500)
    meter = queries.usage_of(alice, one.id, now=JANUARY + timedelta(days=7)).primary
    assert (meter.used, meter.percent, str(meter.cost_so_far), meter.is_full) == (1_500, 150, "$5", True)
    assert meter.expected_by_end == 6_000
    assert queries.primary_meters(alice, now=JANUARY)[one.id].used == 1_500


@pytest.mark.requirement("BIL-07")
def test_people_are_told_once_at_each_threshold(started, alice: Actor, drain: Callable[..., int]) -> None:
    one = started()
    for quantity in (799, 1, 50, 60, 500, 10):
        use(one, quantity)
    drain(JANUARY)
    assert sorted(UsageAlert.objects.values_list("threshold", flat=True)) == [80, 90, 100]
    titles = Notification.objects.filter(person_id=alice.id).values_list("title", flat=True)
    said = "Docs Agent has used {} of its 1,000 calls a month"
    assert sorted(titles) == [said.format(part) for part in ("80%", "90%", "all")]


@pytest.mark.requirement("BIL-07")
def test_at_the_limit_overage_goes_on_throttle_slows_and_pause_refuses(started) -> None:
    overage, slow, pause = started(), started("slow"), started("pause")
    for one in (overage, slow, pause):
        use(one, 1_000)
    at = JANUARY + timedelta(minutes=5)
    assert queries.admit(overage.id, "calls", 1, at).is_overage
    for _ in range(3):
        assert queries.admit(slow.id, "calls", 1, at).allowed
        use(slow, at=at)
    assert queries.admit(slow.id, "calls", 1, at).retry_after_seconds == 60
    assert queries.admit(slow.id, "calls", 1, at + timedelta(seconds=61)).allowed
    with pytest.raises(LimitReached, match="calls a month of the Pause plan are used"):
        queries.admit(pause.id, "calls", 1, at).require()


@pytest.mark.requirement("BIL-02")
def test_a_wallet_pays_each_call_to_the_micro_and_refuses_when_it_is_empty(started, alice: Actor) -> None:
    one = started("pro", payment_method="wallet")
    use(one, 10_000)
    assert not queries.admit(one.id, "calls", 1, JANUARY).allowed
    charge = WalletCharge(organisation_id=alice.organisation, amount=Money(100, "USD"), cause=Cause(type="test", id=new_id()))
    top_up(charge=charge, key="fill", now=JANUARY)
    assert queries.admit(one.id, "calls", 1, JANUARY).allowed
    for _ in range(3):
        use(one)
    assert ledger.wallet_of(alice, now=JANUARY).available_micros == 1_000_000 - 3 * 8_000


@pytest.mark.requirement("BIL-02", "UX-04")
def test_people_are_told_once_that_the_wallet_is_nearly_empty(started, alice: Actor, drain: Callable[..., int]) -> None:
    one = started("pro", payment_method="wallet")
    charge = WalletCharge(organisation_id=alice.organisation, amount=Money(502, "USD"), cause=Cause(type="test", id=new_id()))
    top_up(charge=charge, key="fill", now=JANUARY)
    use(one, 10_000)
    for _ in range(5):
        use(one)
    drain(JANUARY)
    low = Notification.objects.filter(person_id=alice.id, title__contains="wallet")
    assert [(told.title, told.url) for told in low] == [("The wallet is down to $4.99", "/billing/")]


@pytest.mark.requirement("BIL-03")
def test_a_renewal_charges_the_saved_card_once_with_last_months_overage(started, alice: Actor, drain: Callable[..., int]) -> None:
    keep_card(alice)
    one = started()
    use(one, 1_500)
    end = one.period_end_at
    assert (end.month, end.day) == (2, 28)
    for _ in range(3):
        renew_due(now=end)
        drain(end + timedelta(minutes=1))
    charge = queries.charges_of(alice)[0]
    assert (charge.state, str(charge.base), str(charge.overage), str(charge.amount)) == (ChargeState.PAID, "$29", "$5", "$34")
    assert Payment.objects.filter(cause_type="billing.charge").count() == 1
    renewed = queries.subscription(alice, one.id)
    assert (renewed.period_start_at, renewed.period_end_at.day, renewed.period_end_at.month) == (end, 31, 3)
    assert queries.usage_of(alice, one.id, now=end).primary.used == 0


@pytest.mark.requirement("BIL-03")
def test_a_yearly_plan_counts_by_the_month_and_pays_overage_each_month(started, alice: Actor, drain: Callable[..., int]) -> None:
    keep_card(alice)
    one = started("pro", cycle=Cycle.YEARLY)
    use(one, 12_500)
    february = JANUARY.replace(month=2, day=28)
    renew_due(now=february)
    drain(february + timedelta(minutes=1))
    charge = queries.charges_of(alice)[0]
    assert (str(charge.base), str(charge.overage), charge.state) == ("$0", "$20", ChargeState.PAID)
    assert queries.subscription(alice, one.id).period_end_at == JANUARY.replace(year=2028)


@pytest.mark.requirement("BIL-03", "UX-02")
def test_a_renewal_without_a_card_is_past_due_told_and_paid_later(started, alice: Actor, drain: Callable[..., int]) -> None:
    one = started()
    renew_due(now=one.period_end_at)
    later = one.period_end_at + timedelta(minutes=1)
    drain(later)
    drain(later)
    assert queries.subscription(alice, one.id).state is SubscriptionState.PAST_DUE
    assert queries.subscription(alice, one.id).is_usable
    assert Notification.objects.filter(title="Docs Agent: $29 could not be charged").count() == 1
    charge = queries.charges_of(alice)[0]
    pay_charge(charge_id=charge.id, token="tok_visa", actor=alice, now=later)
    drain(later)
    assert queries.subscription(alice, one.id).state is SubscriptionState.ACTIVE
    with pytest.raises(NotChangeable):
        pay_charge(charge_id=charge.id, token="tok_visa", actor=alice, now=later)
    assert Payment.objects.filter(cause_type="billing.charge", state="succeeded").count() == 1


def test_a_cancelled_subscription_works_to_its_end_and_no_longer(started, alice: Actor, drain: Callable[..., int]) -> None:
    one = started()
    cancel_subscription(subscription_id=one.id, actor=alice, now=JANUARY)
    assert queries.admit(one.id, "calls", 1, one.period_end_at - timedelta(seconds=1)).allowed
    assert not queries.admit(one.id, "calls", 1, one.period_end_at).allowed
    resume_subscription(subscription_id=one.id, actor=alice, now=JANUARY)
    assert queries.subscription(alice, one.id).state is SubscriptionState.ACTIVE
    cancel_subscription(subscription_id=one.id, actor=alice, now=JANUARY)
    renew_due(now=one.period_end_at)
    drain(one.period_end_at)
    assert queries.subscription(alice, one.id).state is SubscriptionState.ENDED
    assert queries.charges_of(alice) == ()
    with pytest.raises(NotChangeable):
        resume_subscription(subscription_id=one.id, actor=alice, now=one.period_end_at)


@pytest.mark.requirement("BIL-06")
def test_an_upgrade_costs_the_difference_to_the_second_and_works_at_once(started, alice: Actor, shop: ProductView) -> None:
    keep_card(alice)
    one = started()
    use(one, 1_000)
    half = JANUARY + (one.period_end_at - JANUARY) / 2
    change = change_plan(subscription_id=one.id, plan_id=shop.plan("pro").id, cycle=Cycle.MONTHLY, actor=alice, now=half)
    assert (change.quote.credit.minor, change.quote.debit.minor, change.quote.due_today.minor) == (1_450, 4_950, 3_500)
    changed = queries.subscription(alice, one.id)
    assert (changed.plan.slug, changed.period_end_at, str(changed.price)) == ("pro", one.period_end_at, "$99")
    assert queries.usage_of(alice, one.id, now=half).primary.percent == 10


@pytest.mark.requirement("BIL-06")
def test_an_upgrade_whose_card_is_declined_changes_nothing(started, alice: Actor, shop: ProductView) -> None:
    one = started()
    change = change_plan(subscription_id=one.id, plan_id=shop.plan("pro").id, cycle=Cycle.MONTHLY, actor=alice, now=JANUARY)
    assert change.payment is None
    assert queries.subscription(alice, one.id).plan.slug == "starter"


@pytest.mark.requirement("BIL-06")
def test_a_downgrade_waits_for_the_end_of_the_period(started, alice: Actor, shop, drain: Callable[..., int]) -> None:
    keep_card(alice)
    one = started("pro")
    for _ in range(2):
        change_plan(subscription_id=one.id, plan_id=shop.plan("starter").id, cycle=Cycle.MONTHLY, actor=alice, now=JANUARY)
        assert queries.subscription(alice, one.id).next_plan_name == "Starter"
        keep_plan(subscription_id=one.id, actor=alice, now=JANUARY)
    assert queries.subscription(alice, one.id).next_plan_name == ""
    change_plan(subscription_id=one.id, plan_id=shop.plan("starter").id, cycle=Cycle.MONTHLY, actor=alice, now=JANUARY)
    renew_due(now=one.period_end_at)
    drain(one.period_end_at)
    changed = queries.subscription(alice, one.id)
    assert (changed.plan.slug, str(changed.price), str(queries.charges_of(alice)[0].amount)) == ("starter", "$29", "$29")


@pytest.mark.requirement("BIL-06")
def test_a_change_never_gives_away_what_is_paid(started, alice: Actor, shop: ProductView) -> None:
    one = started("pro", cycle=Cycle.YEARLY)
    change = change_plan(subscription_id=one.id, plan_id=shop.plan("pro").id, cycle=Cycle.MONTHLY, actor=alice, now=JANUARY)
    assert (change.quote.is_upgrade, change.quote.starts_at) == (False, one.period_end_at)
    assert queries.subscription(alice, one.id).cycle is Cycle.YEARLY


@pytest.mark.requirement("SEC-01")
def test_strangers_find_nothing_and_members_may_not_change(started, alice, bob: Actor, charlie: Actor, shop) -> None:
    one = started()
    assert queries.subscriptions_of(charlie) == ()
    assert queries.subscription(bob, one.id).id == one.id
    for read in (queries.subscription, lambda actor, of: queries.usage_of(actor, of, now=JANUARY)):
        with pytest.raises(UnknownSubscription):
            read(charlie, one.id)
    with pytest.raises(UnknownSubscription):
        cancel_subscription(subscription_id=one.id, actor=charlie, now=JANUARY)
    with pytest.raises(Denied):
        cancel_subscription(subscription_id=one.id, actor=bob, now=JANUARY)
    with pytest.raises(Denied):
        change_plan(subscription_id=one.id, plan_id=shop.plan("pro").id, cycle=Cycle.MONTHLY, actor=bob, now=JANUARY)
