"""Where the money back is offered: wherever asking for it is accepted, also of orders from before it could be asked for."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib import import_module
from io import BytesIO

import pytest
from django.apps import apps
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from pypdf import PdfReader

from emporion.billing.actions import change_plan, publish_product, withdraw_product
from emporion.billing.models import Plan, Product, Subscription
from emporion.billing.tests.shelf import product
from emporion.billing.types import Cycle
from emporion.checkout.models import Order, OrderLine, RefundRequest
from emporion.checkout.tests.test_pages import PAGE, PAID, key_of, text
from emporion.kernel.clock import utcnow
from emporion.kernel.money import Money
from emporion.notify.models import MailMessage
from emporion.payments.actions import refund_payment
from emporion.payments.models import Payment
from emporion.payments.types import RefundOrder
from emporion.plumbing.types import Actor

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("BIL-11", "BUY-21")]


@pytest.fixture
def order(now: datetime, alice_client: Client) -> Order:
    """A paid order of something that gives no money back."""
    publish_product(spec=product(), now=now)
    alice_client.post(PAGE, PAID | {"key": key_of(alice_client)})
    return Order.objects.get()


def update_installation() -> None:
    import_module("emporion.checkout.migrations.0005_older_orders").forget_days(apps, connection.schema_editor())


def ask(client: Client, order: Order):
    return client.post(f"/orders/{order.id}/money-back/")


def test_an_order_from_before_the_terms_were_kept_is_given_back_by_those_of_now(
    alice_client: Client, order: Order, now: datetime
) -> None:
    sold = Product.objects.get()
    publish_product(spec=replace(product(), id=sold.id, refund_days=14), now=now)
    page = f"/orders/{order.id}/"
    update_installation()
    assert "Money back" not in text(alice_client.get(page)), "it was sold without, by terms that were kept"
    assert ask(alice_client, order).status_code == 409
    recorded = MigrationRecorder(connection).migration_qs.filter(app="checkout", name="0004_money_back")
    recorded.update(applied=order.created_at + timedelta(seconds=1))
    update_installation()
    until = order.settled_at + timedelta(days=14)
    assert f"Money back until {until:%-d %B %Y}" in text(alice_client.get(page))
    withdraw_product(product_id=sold.id, now=now)
    assert ask(alice_client, order).status_code == 302
    assert "Money back asked for" in text(alice_client.get(page))


def test_the_buyer_is_told_once_that_money_went_back_and_sees_it_in_the_list(
    alice_client: Client, order: Order, now: datetime, drain: Callable[..., int]
) -> None:
    drain()
    payment = Payment.objects.get()
    refund = RefundOrder(payment_id=payment.id, amount=Money(payment.amount_minor, payment.currency), key="all")
    refund_payment(refund=refund, actor=Actor.system(), now=now)
    drain()
    told = MailMessage.objects.filter(subject__startswith="Given back")
    assert [mail.subject.startswith("Given back: $") for mail in told] == [True]
    assert f"/orders/{order.id}/" in told[0].text
    assert "Given back" in text(alice_client.get("/orders/"))


def papers(client: Client, address: str) -> tuple[str, str]:
    """A receipt on its page and in its file."""
    drawn = PdfReader(BytesIO(client.get(f"{address.rstrip('/')}.pdf").content)).pages[0].extract_text()
    return text(client.get(address)), re.sub(r"\s+", " ", drawn)


def give(payment: Payment, minor: int, at: datetime) -> None:
    refund = RefundOrder(payment_id=payment.id, amount=Money(minor, payment.currency), key=f"{minor}")
    refund_payment(refund=refund, actor=Actor.system(), now=at)


@pytest.mark.requirement("BIL-02")
def test_the_receipt_says_what_was_given_back_when_and_how_on_its_page_in_its_file_and_in_the_list(
    alice_client: Client, order: Order, drain: Callable[..., int]
) -> None:
    drain(utcnow())
    payment, page = Payment.objects.get(), f"/orders/{order.id}/receipt/"
    assert all("given back" not in shown.lower() for shown in papers(alice_client, page))
    first, second = datetime(2026, 11, 3, 9, tzinfo=UTC), datetime(2026, 11, 28, 9, tzinfo=UTC)
    give(payment, 100_01, first)
    told = "Given back on 3 November 2026 to Visa •••• 4242 −$100.01"
    for shown in papers(alice_client, page):
        assert f"Total $990.00 {told} Paid after that $889.99" in shown
    assert "Docs Agent $100.01 given back" in text(alice_client.get("/billing/"))
    assert "Paid $100.01 given back" in text(alice_client.get("/orders/"))
    give(payment, 889_99, second)
    for shown in papers(alice_client, page):
        assert f"{told} Given back on 28 November 2026 to Visa •••• 4242 −$889.99 Paid after that $0.00" in shown
    assert "Docs Agent $990.00 given back" in text(alice_client.get("/billing/"))
    assert "Docs Agent Given back" in text(alice_client.get("/orders/"))
    assert "The money of this order was given back" in text(alice_client.get(f"/orders/{order.id}/"))


@pytest.mark.requirement("BIL-02", "BIL-06")
def test_the_receipt_of_an_invoice_that_was_paid_by_card_says_what_of_the_card_was_given_back(
    alice: Actor, alice_client: Client, order: Order, drain: Callable[..., int]
) -> None:
    Subscription.objects.update(payment_method="invoice")
    sold, at = Subscription.objects.get(), utcnow()
    plan = order.lines.get().plan_id
    Subscription.objects.update(plan_id=Plan.objects.get(slug="starter"), price_minor=290_00)
    change_plan(subscription_id=sold.id, plan_id=plan, cycle=Cycle.YEARLY, actor=alice, now=at)
    drain(at)
    invoice = Payment.objects.get(method="invoice")
    alice_client.post(f"/subscriptions/invoices/{invoice.id}/pay/", {"payment_token": "tok_visa"})
    give(Payment.objects.get(instead_of=invoice), 1_00, datetime(2026, 11, 28, 9, tzinfo=UTC))
    drain(utcnow())
    for shown in papers(alice_client, f"/receipts/{invoice.id}/"):
        assert "Given back on 28 November 2026 to Visa •••• 4242 −$1.00 Paid after that $" in shown
    assert "Docs Agent: Starter → Pro $1.00 given back" in text(alice_client.get("/billing/"))


def test_what_is_on_its_way_back_is_not_asked_for_again(alice_client: Client, order: Order, now: datetime) -> None:
    OrderLine.objects.update(refund_days=14)
    assert "Money back until" in text(alice_client.get(f"/orders/{order.id}/"))
    payment = Payment.objects.get()
    refund = RefundOrder(payment_id=payment.id, amount=Money(payment.amount_minor, payment.currency), key="all")
    refund_payment(refund=refund, actor=Actor.system(), now=now)
    assert "Money back until" not in text(alice_client.get(f"/orders/{order.id}/"))
    assert ask(alice_client, order).status_code == 409
    assert not RefundRequest.objects.exists()
