"""An invoice that nobody pays: a reminder, a grace, a pause that says why, and on it goes once the money is there."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from io import BytesIO
from urllib.parse import urlsplit

import pytest
from django.test import Client
from pypdf import PdfReader

from emporion.billing import queries as billing
from emporion.billing.actions import change_plan, renew_due
from emporion.billing.types import Cycle
from emporion.checkout.actions import complete_purchase
from emporion.checkout.tests.test_pages import text
from emporion.checkout.tests.test_purchase import wanted
from emporion.kernel.clock import utcnow
from emporion.kernel.money import Money
from emporion.notify.models import MailMessage
from emporion.payments.actions import record_transfer
from emporion.payments.models import Payment
from emporion.payments.overdue import notice_overdue
from emporion.payments.types import Method, TransferReceived
from emporion.plumbing.types import Actor

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("BIL-08", "BIL-09")]
ACCOUNT = "Acme é Ltd, IBAN DE02 1203 0000 0000 2020 51"


@pytest.fixture(autouse=True)
def _operator_has_an_account(settings) -> None:
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, bank_account=ACCOUNT)


@pytest.fixture
def pass_days(now: datetime, drain: Callable[..., int]) -> Callable[[float], datetime]:
    """Lets the clock reach a day after the purchase, and does what is due then."""

    return lambda days: reach(now + timedelta(days=days), drain)


def reach(at: datetime, drain: Callable[..., int]) -> datetime:
    """Does what is due by a moment, and says which it was."""
    renew_due(now=at)
    drain(at)
    notice_overdue(now=at)
    drain(at)
    return at


def buy(actor: Actor, product, now: datetime, **changes: object):
    defaults = {"key": "one", "cycle": Cycle.YEARLY}
    purchase = wanted(product, token="", method=Method.INVOICE, **(defaults | changes))
    return complete_purchase(purchase=purchase, actor=actor, now=now)


def transfer(payment: Payment, now: datetime) -> None:
    received = TransferReceived(
        payment_id=payment.id, amount=Money(payment.amount_minor, payment.currency), reference=str(payment.id)
    )
    record_transfer(transfer=received, actor=Actor.system(), now=now)


def titles() -> list[str]:
    return [mail.subject for mail in MailMessage.objects.order_by("created_at", "id") if " R-" not in mail.subject]


def test_what_is_not_paid_yet_is_called_an_invoice_until_its_transfer_comes_in(
    alice: Actor, alice_client: Client, docs_agent, now: datetime, pass_days: Callable[[float], datetime], drain
) -> None:
    order = buy(alice, docs_agent, now).order_id
    at = pass_days(0)
    pages = ("", "receipt/")

    def names() -> list[bool]:
        return [f"{name} R-" in alice_client.get(f"/orders/{order}/{page}").content.decode()
                for page in pages for name in ("Invoice", "Receipt")]  # fmt: skip

    def on_paper() -> str:
        return PdfReader(BytesIO(alice_client.get(f"/orders/{order}/receipt.pdf").content)).pages[0].extract_text()

    mail = MailMessage.objects.get(subject__contains=" R-")
    assert mail.subject.startswith("Invoice R-")
    assert "printable invoice" in mail.text
    assert names() == [True, False, True, False]
    assert "Invoice R-" in on_paper()
    transfer(Payment.objects.get(), at)
    drain()
    assert names() == [False, True, False, True]
    assert "Receipt R-" in on_paper()


def test_who_does_not_pay_is_reminded_once_then_it_pauses_and_the_transfer_lets_it_go_on(
    alice: Actor, alice_client: Client, docs_agent, now: datetime, pass_days: Callable[[float], datetime], drain
) -> None:
    bought = buy(alice, docs_agent, now)
    for day in (0, 13.9):
        pass_days(day)
        assert titles() == []
    for day in (14, 14.1, 20.9):
        at = pass_days(day)
        assert titles() == ["Docs Agent: $990 is due"]
    mail = MailMessage.objects.get(subject__contains="is due").text
    assert ACCOUNT in mail
    assert "15 November 2026 pauses it" in mail
    assert billing.admit(bought.resource_id, "calls", 1, at).allowed
    for day in (21, 25):
        at = pass_days(day)
        assert titles()[1:] == ["Docs Agent is paused: $990 has not arrived"]
    refused = billing.admit(bought.resource_id, "calls", 1, at)
    assert (refused.allowed, refused.reason) == (False, "The subscription is paused.")
    assert not billing.subscription(alice, bought.resource_id).is_usable
    for page in (f"/subscriptions/{bought.resource_id}/", "/subscriptions/"):
        assert "Paused" in alice_client.get(page).content.decode()
    assert "$990.00 has not arrived" in alice_client.get(f"/subscriptions/{bought.resource_id}/").content.decode()
    transfer(Payment.objects.get(), at)
    drain(at)
    assert titles()[2:] == ["Docs Agent works again"]
    assert billing.admit(bought.resource_id, "calls", 1, at).allowed
    pass_days(60)
    assert len(titles()) == 3


def test_money_that_arrives_in_time_reminds_nobody_and_pauses_nothing(
    alice: Actor, docs_agent, now: datetime, pass_days: Callable[[float], datetime]
) -> None:
    bought = buy(alice, docs_agent, now)
    transfer(Payment.objects.get(), pass_days(13))
    assert billing.admit(bought.resource_id, "calls", 1, pass_days(40)).allowed
    assert titles() == []


def test_where_no_account_is_told_no_money_is_expected(
    alice: Actor, docs_agent, now: datetime, pass_days: Callable[[float], datetime], settings
) -> None:
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, bank_account="")
    bought = buy(alice, docs_agent, now)
    pass_days(15)
    assert billing.admit(bought.resource_id, "calls", 1, pass_days(40)).allowed
    assert titles() == []


def test_a_reminder_that_came_late_leaves_the_whole_grace(
    alice: Actor, docs_agent, now: datetime, pass_days: Callable[[float], datetime]
) -> None:
    bought = buy(alice, docs_agent, now)
    pass_days(100)
    assert billing.admit(bought.resource_id, "calls", 1, pass_days(106.9)).allowed
    assert not billing.admit(bought.resource_id, "calls", 1, pass_days(107)).allowed


@pytest.mark.requirement("BIL-03")
def test_the_invoice_of_a_renewal_is_told_with_a_reference_of_its_own_and_pauses_too(
    alice: Actor, docs_agent, now: datetime, pass_days: Callable[[float], datetime], drain
) -> None:
    bought = buy(alice, docs_agent, now, cycle=Cycle.MONTHLY)
    transfer(Payment.objects.get(), now)
    pass_days(31)
    renewal = Payment.objects.exclude(state="succeeded").get()
    assert titles() == ["Docs Agent: transfer $99 by 9 December 2026"]
    assert renewal.description in MailMessage.objects.get(subject__contains="transfer").text
    assert renewal.description.startswith("Docs Agent Pro ")
    pass_days(45)
    at = pass_days(52)
    assert billing.subscription(alice, bought.resource_id).is_paused
    transfer(renewal, at)
    drain(at)
    assert billing.subscription(alice, bought.resource_id).is_usable


@pytest.mark.requirement("BIL-03", "BIL-06")
def test_months_that_it_stood_still_cost_nothing_and_the_rest_of_the_present_one_is_charged_to_the_second(
    alice: Actor, docs_agent, now: datetime, pass_days: Callable[[float], datetime], drain
) -> None:
    buy(alice, docs_agent, now, cycle=Cycle.MONTHLY)  # on 25 October, 00:30
    for day in (14, 21, 31, 61):
        at = pass_days(day)
    assert Payment.objects.count() == 1
    at = pass_days(77)  # 10 January 2027: 15 of the 31 days since 25 December are left
    transfer(Payment.objects.get(), at)
    drain(at)
    rest = Payment.objects.exclude(state="succeeded").get()
    assert rest.amount_minor == 4_790  # 9900 × 15 ÷ 31
    pass_days(93)
    assert sorted(Payment.objects.values_list("amount_minor", flat=True)) == [4_790, 9_900, 9_900]


def test_what_two_invoices_paused_waits_for_both(
    alice: Actor, docs_agent, now: datetime, pass_days: Callable[[float], datetime], drain
) -> None:
    bought = buy(alice, docs_agent, now, plan="starter")
    pro = docs_agent.plan("pro").id
    change_plan(subscription_id=bought.resource_id, plan_id=pro, cycle=Cycle.YEARLY, actor=alice, now=now + timedelta(days=5))
    for day in (14, 19, 21, 26):
        at = pass_days(day)
    for payment, is_usable in zip(Payment.objects.order_by("id"), (False, True), strict=True):
        transfer(payment, at)
        drain(at)
        assert billing.subscription(alice, bought.resource_id).is_usable is is_usable


def pay(client: Client, order_id: object, token: str = "tok_visa", method: str = "card"):
    return client.post(f"/orders/{order_id}/pay/", {"method": method, "payment_token": token})


@pytest.fixture
def ago(drain: Callable[..., int]) -> Callable[[float], Callable[[float], datetime]]:
    """Time that began some days ago, for pages, which know the present only; it is let pass up to a day after that."""

    def begin(days: float) -> Callable[[float], datetime]:
        start = utcnow() - timedelta(days=days, minutes=1)
        return lambda day: reach(start + timedelta(days=day), drain)

    return begin


def test_an_overdue_order_is_paid_by_card_on_its_page_once_and_what_paused_goes_on(
    alice: Actor, alice_client: Client, docs_agent, ago: Callable[[float], Callable[[float], datetime]], drain
) -> None:
    pass_days = ago(21)
    bought = buy(alice, docs_agent, pass_days(0))
    for day in (14, 21):
        at = pass_days(day)
    page = alice_client.get(f"/orders/{bought.order_id}/").content.decode()
    assert "$990 for Docs Agent has not arrived" in page
    assert 'value="invoice"' not in page, "another invoice is no payment"
    owing = alice_client.get(f"/subscriptions/{bought.resource_id}/").content.decode()
    assert f'href="/orders/{bought.order_id}/"' in owing
    assert pay(alice_client, bought.order_id).status_code == 302
    assert billing.admit(bought.resource_id, "calls", 1, at).allowed
    assert alice_client.get(f"/orders/{bought.order_id}/").content.decode().count("is yours") == 1
    assert "•••• 4242" in alice_client.get(f"/orders/{bought.order_id}/receipt/").content.decode()
    pay(alice_client, bought.order_id, token="tok_mastercard")
    drain(at)
    assert titles()[2:] == ["Docs Agent works again"]
    states = Payment.objects.order_by("id").values_list("method", "state", "reason")
    assert list(states) == [("invoice", "failed", "cancelled"), ("card", "succeeded", "")]
    pass_days(60)
    assert len(titles()) == 3


def test_a_refused_card_leaves_the_invoice_open_and_a_bank_may_ask_for_the_buyer_first(
    alice: Actor, alice_client: Client, docs_agent, ago: Callable[[float], Callable[[float], datetime]], drain
) -> None:
    pass_days = ago(15)
    bought = buy(alice, docs_agent, pass_days(0))
    at = pass_days(15)
    order = f"/orders/{bought.order_id}/"
    pay(alice_client, bought.order_id, token="tok_declined")
    page = alice_client.get(order).content.decode()
    assert "has not arrived" in page
    assert "declined" in page
    asked = pay(alice_client, bought.order_id, token="tok_3ds")
    bank = asked.headers["Location"]
    assert bank != order
    page = alice_client.get(order).content.decode()
    assert "Confirm $990 now" in page
    assert pay(alice_client, bought.order_id, token="tok_visa").headers["Location"] == order, "one at a time"
    assert Payment.objects.filter(state="succeeded").count() == 0
    alice_client.post(f"{order}cancel/")
    pay(alice_client, bought.order_id)
    drain(at)
    assert Payment.objects.filter(state="succeeded").count() == 1
    assert Payment.objects.filter(method="card").count() == 3


@pytest.mark.requirement("BIL-07")
def test_a_transfer_that_comes_although_the_card_paid_goes_back_and_a_card_that_was_too_late_as_well(
    alice: Actor, alice_client: Client, docs_agent, ago: Callable[[float], Callable[[float], datetime]], drain
) -> None:
    pass_days = ago(15)
    first = buy(alice, docs_agent, pass_days(0))
    invoice = Payment.objects.get()
    at = pass_days(15)
    pay(alice_client, first.order_id)
    transfer(invoice, at)
    drain(at)
    assert Payment.objects.get(pk=invoice.pk).state == "refunded"
    assert Payment.objects.get(method="card").state == "succeeded"
    second = buy(alice, docs_agent, at, key="two")
    invoice = Payment.objects.filter(method="invoice").latest("id")
    bank = pay(alice_client, second.order_id, token="tok_3ds").headers["Location"]
    transfer(invoice, at)
    drain(at)
    alice_client.post(urlsplit(bank).path, {"answer": "approve"})
    drain(utcnow())
    card = Payment.objects.filter(method="card").latest("id")
    assert Payment.objects.get(pk=card.pk).state == "refunded"
    assert Payment.objects.get(pk=invoice.pk).state == "succeeded"


@pytest.mark.requirement("BIL-03")
def test_the_invoice_of_a_renewal_is_paid_by_card_on_the_subscriptions_page_and_twice_is_given_back(
    alice: Actor, alice_client: Client, docs_agent, ago: Callable[[float], Callable[[float], datetime]], drain
) -> None:
    pass_days = ago(52)
    bought = buy(alice, docs_agent, pass_days(0), cycle=Cycle.MONTHLY)
    transfer(Payment.objects.get(), pass_days(0))
    for day in (31, 45, 52):
        at = pass_days(day)
    renewal = Payment.objects.exclude(state="succeeded").get()
    page = f"/subscriptions/{bought.resource_id}/"
    assert f"/subscriptions/invoices/{renewal.id}/pay/" in alice_client.get(page).content.decode()
    card = {"payment_token": "tok_visa"}
    assert alice_client.post(f"/subscriptions/invoices/{renewal.id}/pay/", card).status_code == 302
    assert billing.subscription(alice, bought.resource_id).is_usable
    assert alice_client.post(f"/subscriptions/invoices/{renewal.id}/pay/", card).status_code == 422
    transfer(renewal, at)
    drain(at)
    by_card = Payment.objects.get(method="card")
    assert (by_card.state, Payment.objects.get(pk=renewal.pk).state) == ("refunded", "succeeded")


@pytest.mark.requirement("BIL-06", "BUY-21")
def test_the_invoice_of_a_plan_change_is_shown_as_open_and_is_paid_by_card_before_it_is_due(
    alice: Actor, alice_client: Client, docs_agent, ago: Callable[[float], Callable[[float], datetime]], drain
) -> None:
    at = ago(1)(0)
    bought = buy(alice, docs_agent, at, plan="starter", cycle=Cycle.MONTHLY)
    transfer(Payment.objects.get(), at)
    pro = docs_agent.plan("pro").id
    change_plan(subscription_id=bought.resource_id, plan_id=pro, cycle=Cycle.MONTHLY, actor=alice, now=at)
    drain(at)
    invoice = Payment.objects.exclude(state="succeeded").get()
    page, charges = f"/subscriptions/{bought.resource_id}/", "Renewals and usage"
    listed = text(alice_client.get("/billing/")).partition(charges)[2]
    assert "$70.00 Invoice open" in listed
    assert "Paid" not in listed
    shown = text(alice_client.get(page))
    assert f"Open invoice: $70.00, due by {invoice.created_at + timedelta(days=14):%-d %B %Y}" in shown
    assert f"{ACCOUNT}, with {invoice.description} as reference" in shown
    paid = alice_client.post(f"/subscriptions/invoices/{invoice.id}/pay/", {"payment_token": "tok_visa"}, follow=True)
    assert "The payment went through." in text(paid)
    assert "Open invoice" not in text(paid)
    assert "$70.00 Paid" in text(alice_client.get("/billing/")).partition(charges)[2]


def test_where_no_account_is_told_nobody_is_asked_for_a_transfer(
    alice: Actor, alice_client: Client, docs_agent, now: datetime, pass_days: Callable[[float], datetime], settings
) -> None:
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, bank_account="")
    order = buy(alice, docs_agent, now).order_id
    pass_days(0)
    mail = MailMessage.objects.get(subject__contains=" R-")
    pages = [text(alice_client.get(f"/orders/{order}/{page}")) for page in ("", "receipt/")]
    for words in (*pages, mail.text, mail.html, text(alice_client.get("/checkout/docs-agent/?plan=pro"))):
        assert "Transfer" not in words
        assert "14 days" not in words
        assert "this installation is for trying out" in words.replace("This installation", "this installation")
    assert "On invoice" in text(alice_client.get("/orders/"))


@pytest.mark.requirement("SEC-01")
def test_nobody_else_pays_or_learns_of_an_invoice(alice: Actor, charlie_client: Client, docs_agent, now: datetime) -> None:
    bought = buy(alice, docs_agent, now)
    invoice = Payment.objects.get()
    assert pay(charlie_client, bought.order_id).status_code == 404
    assert charlie_client.post(f"/subscriptions/invoices/{invoice.id}/pay/", {"payment_token": "tok_visa"}).status_code == 404
    assert Payment.objects.count() == 1
