"""What was spent is what was paid, when it was paid; what is invoiced and open stands beside it until then."""

from collections.abc import Callable
from datetime import datetime, timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.test import Client

from emporion.billing.actions import change_plan
from emporion.billing.types import Cycle
from emporion.checkout import queries
from emporion.checkout.actions import complete_purchase
from emporion.checkout.tests.test_pages import text
from emporion.checkout.tests.test_purchase import wanted
from emporion.checkout.tests.test_unpaid import buy, transfer
from emporion.kernel.clock import utcnow
from emporion.kernel.money import Money
from emporion.payments.actions import refund_payment
from emporion.payments.models import Payment
from emporion.payments.types import RefundOrder
from emporion.plumbing.types import Actor

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("BUY-21", "BIL-08")]
DAY = timedelta(days=1)


def spent(actor: Actor, since: datetime, until: datetime) -> list[tuple[str, str]]:
    return [(one.name, str(one.amount)) for one in queries.spending(actor, since=since, until=until)]


def kinds(actor: Actor, since: datetime, until: datetime) -> list[tuple[str, str]]:
    return [(one.kind, str(one.amount)) for one in queries.paid(actor, since=since, until=until)]


def month(client: Client) -> str:
    return text(client.get("/billing/")).partition("This month")[2].partition("Payment methods")[0]


@pytest.mark.requirement("SEC-01")
def test_orders_and_changes_of_plan_count_in_the_span_and_for_the_organisation_that_paid_them(
    alice: Actor, charlie: Actor, docs_agent, key: str, now: datetime
) -> None:
    bought = complete_purchase(
        purchase=wanted(docs_agent, key, plan="starter", cycle=Cycle.MONTHLY), actor=alice, now=now - 40 * DAY
    )
    pro = docs_agent.plan("pro").id
    change_plan(subscription_id=bought.resource_id, plan_id=pro, cycle=Cycle.YEARLY, actor=alice, now=now)
    paid = Payment.objects.latest("id").amount_minor
    declined = wanted(docs_agent, "another", token="tok_declined")
    complete_purchase(purchase=declined, actor=alice, now=now)
    assert kinds(alice, now - 50 * DAY, now + DAY) == [("upgrade", str(Money(paid, "USD"))), ("order", "$29")]
    assert spent(alice, now - DAY, now + DAY) == [("Docs Agent", str(Money(paid, "USD")))]
    assert spent(alice, now - DAY, now) == [], "the end is not part of a span"
    assert spent(charlie, now - 50 * DAY, now + DAY) == []


def test_what_is_bought_on_account_counts_when_its_money_comes_and_stands_beside_until_then(
    alice: Actor, alice_client: Client, bob_client: Client, docs_agent, drain: Callable[..., int]
) -> None:
    now = utcnow()
    assert "Invoiced, not paid yet" not in month(alice_client)
    bought = buy(alice, docs_agent, now, plan="starter", cycle=Cycle.MONTHLY)
    assert "Nothing was paid this month. Invoiced, not paid yet $29.00" in month(alice_client)
    transfer(Payment.objects.get(), utcnow())
    drain(utcnow())
    assert "Docs Agent $29.00 Total $29.00" in month(alice_client)
    assert "Invoiced, not paid yet" not in month(alice_client)
    pro = docs_agent.plan("pro").id
    change_plan(subscription_id=bought.resource_id, plan_id=pro, cycle=Cycle.MONTHLY, actor=alice, now=now)
    drain(utcnow())
    assert "Docs Agent $29.00 Total $29.00 Invoiced, not paid yet $70.00" in month(alice_client)
    assert "$99.00" not in text(alice_client.get("/dashboard/spending/"))
    invoice = Payment.objects.get(state="processing")
    alice_client.post(f"/subscriptions/invoices/{invoice.id}/pay/", {"payment_token": "tok_visa"})
    drain(utcnow())
    assert "Docs Agent $99.00 Total $99.00" in month(alice_client)
    assert "Invoiced, not paid yet" not in month(alice_client)


def test_an_invoice_of_one_month_that_is_paid_in_the_next_counts_in_the_next(
    alice: Actor, docs_agent, now: datetime, drain: Callable[..., int]
) -> None:
    buy(alice, docs_agent, now)
    transfer(Payment.objects.get(), now + 10 * DAY)
    drain(now + 10 * DAY)
    assert spent(alice, now - DAY, now + 10 * DAY) == []
    assert spent(alice, now + 10 * DAY, now + 11 * DAY) == [("Docs Agent", "$990")]


def test_what_was_given_back_was_not_spent(
    alice: Actor, bundle: str, docs_agent, key: str, now: datetime, drain: Callable[..., int]
) -> None:
    complete_purchase(purchase=wanted(docs_agent, key), actor=alice, now=now)
    payment = Payment.objects.get()
    for number, (minor, left) in enumerate(((9_000, [("Docs Agent", "$900")]), (90_000, []))):
        order = RefundOrder(payment_id=payment.id, amount=Money(minor, "USD"), key=str(number))
        refund_payment(refund=order, actor=Actor.system(), now=now)
        drain()
        assert spent(alice, now - DAY, now + DAY) == left


def test_payments_from_before_their_moment_was_kept_are_dated_by_the_update(
    alice: Actor, docs_agent, key: str, now: datetime, drain: Callable[..., int]
) -> None:
    complete_purchase(purchase=wanted(docs_agent, key), actor=alice, now=now)
    buy(alice, docs_agent, now, key="two")
    transfer(Payment.objects.get(method="invoice"), now + DAY)
    buy(alice, docs_agent, now, key="open")
    drain()
    dated = dict(Payment.objects.values_list("id", "captured_at"))
    assert sorted(filter(None, dated.values())) == [now, now + DAY]
    Payment.objects.update(captured_at=None)
    import_module("emporion.payments.migrations.0006_captured_at").date_captures(apps, None)
    assert dict(Payment.objects.values_list("id", "captured_at")) == dated
