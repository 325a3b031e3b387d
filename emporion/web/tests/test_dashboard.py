"""Every number of the dashboard opens to the events that sum to it."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.test import Client

from emporion.billing import queries as billing
from emporion.billing.actions import publish_product, record_usage
from emporion.billing.tests.shelf import product
from emporion.billing.types import Cycle
from emporion.checkout import queries as checkout
from emporion.checkout.actions import complete_purchase
from emporion.checkout.types import PayBy, PurchaseRequest, Selection
from emporion.kernel.clock import utcnow
from emporion.kernel.money import Money
from emporion.plumbing.types import Actor
from emporion.web import queries, reports

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("BUY-20", "BIL-12")]
MARCH = datetime(2026, 3, 5, 10, tzinfo=UTC)


def buy(actor: Actor, slug: str, plan: str, cycle: Cycle, at: datetime) -> None:
    chosen = billing.product(slug).plan(plan)
    assert chosen is not None
    purchase = PurchaseRequest(
        key=f"{slug} {plan} {at}",
        selection=Selection(plan_id=chosen.id, cycle=cycle),
        pay_by=PayBy(token="tok_visa"),
        has_accepted_terms=True,
    )
    complete_purchase(purchase=purchase, actor=actor, now=at)


def use(actor: Actor, slug: str, times: int, at: datetime) -> None:
    one = next(one for one in billing.subscriptions_of(actor) if one.product_slug == slug)
    for number in range(times):
        record_usage(subscription_id=one.id, metric="calls", quantity=1, event_id=f"{at} {number}", now=at)


@pytest.fixture
def shop(db: None, alice: Actor) -> None:
    """Docs Agent Starter and Voice Agent Pro, bought in February and March."""
    for slug in ("docs-agent", "voice-agent"):
        publish_product(spec=product(slug, name=slug.replace("-", " ").title()), now=MARCH)
    buy(alice, "docs-agent", "starter", Cycle.MONTHLY, MARCH - timedelta(days=13))
    buy(alice, "voice-agent", "pro", Cycle.MONTHLY, MARCH)


def test_the_payments_of_a_month_sum_to_what_the_dashboard_says(shop: None, alice: Actor) -> None:
    now = MARCH + timedelta(days=1)
    board = queries.dashboard(alice, now=now)
    month = reports.spending_month(alice, reports.month_of(now), now=now)
    assert [(one.name, one.amount) for one in month.items] == [("Voice Agent", Money(99_00, "USD"))]
    assert month.totals == (board.spending.total,) == (Money(99_00, "USD"),)
    before = reports.spending_month(alice, month.before, now=now)
    assert [one.amount for one in before.items] == [Money(29_00, "USD")]
    assert before.after == month.start
    assert month.after is None
    assert sum(board.spent_by_day) == 29_00 + 99_00
    spans = checkout.spending(alice, since=before.start, until=now)
    assert sum(one.amount.minor for one in spans) == sum(board.spent_by_day)


def test_the_single_uses_sum_to_what_meters_and_dashboard_say(shop: None, alice: Actor) -> None:
    use(alice, "docs-agent", 7, MARCH - timedelta(days=12))
    use(alice, "voice-agent", 5, MARCH + timedelta(hours=1))
    now = MARCH + timedelta(days=1)
    board = queries.dashboard(alice, now=now)
    found = reports.calls(alice, board.uses)
    assert board.calls == sum(one.sum for one in found) == sum(board.used_by_day) == 12
    for one in found:
        assert one.sum == one.meter.used
        listed = billing.uses_of(alice, one.subscription.id, one.meter.metric, one.period, limit=100)
        assert sum((single.quantity for single in listed), Decimal(0)) == one.sum
        assert len(listed) == one.count


def test_what_the_month_will_cost_is_paid_plus_renewals_plus_use_at_this_pace(shop: None, alice: Actor) -> None:
    use(alice, "docs-agent", 1, MARCH - timedelta(days=12))
    now = MARCH + timedelta(days=1)
    forecast = queries.dashboard(alice, now=now).forecast
    assert (forecast.paid, forecast.renewals, forecast.renewal_count) == (Money(99_00, "USD"), Money(29_00, "USD"), 1)
    assert forecast.usage == Money.zero("USD")
    assert forecast.total == Money(128_00, "USD")
    assert forecast.until.date().isoformat() == "2026-03-31"
    one = next(one for one in billing.subscriptions_of(alice) if one.product_slug == "docs-agent")
    record_usage(subscription_id=one.id, metric="calls", quantity=1_399, event_id="many", now=now)
    again = queries.dashboard(alice, now=now).forecast
    assert again.usage == Money(18_00, "USD")  # 1,400 in half of 28 days: 2,800 by its end, 1,800 above the plan at a cent
    assert again.total == Money(146_00, "USD")


def test_each_tile_leads_to_the_page_of_its_events(
    shop: None, alice: Actor, alice_client: Client, charlie_client: Client, drain: Callable[..., int]
) -> None:
    now = utcnow()
    buy(alice, "docs-agent", "pro", Cycle.YEARLY, now)
    one = next(one for one in billing.subscriptions_of(alice) if one.plan.slug == "pro" and one.product_slug == "docs-agent")
    record_usage(subscription_id=one.id, metric="calls", quantity=3, event_id="the-question", now=now)
    page = alice_client.get("/dashboard/").content.decode()
    for address in ("/dashboard/spending/", "/dashboard/calls/", "/widgets/", "/subscriptions/"):
        assert f'<a href="{address}">' in page, address
    assert "$990.00" in alice_client.get("/dashboard/spending/").content.decode()
    assert "$29.00" in alice_client.get("/dashboard/spending/?month=2026-02").content.decode()
    for month in ("yesterday", "0001-01", "9999-12"):
        assert "$990.00" in alice_client.get(f"/dashboard/spending/?month={month}").content.decode(), month
    assert f"/dashboard/calls/{one.id}/" in alice_client.get("/dashboard/calls/").content.decode()
    uses = alice_client.get(f"/dashboard/calls/{one.id}/").content.decode()
    assert "the-question" in uses
    assert re.search(r">\s*3\s*<", uses)
    assert charlie_client.get(f"/dashboard/calls/{one.id}/").status_code == 404
    assert "$990" not in charlie_client.get("/dashboard/spending/").content.decode()
