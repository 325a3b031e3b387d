"""What a running subscription buys on account has an invoice at once: a page, a PDF, a mail; paid, it is the receipt."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from importlib import import_module
from io import BytesIO

import pytest
from django.apps import apps
from django.test import Client
from pypdf import PdfReader

from emporion.billing.actions import change_plan
from emporion.billing.models import Subscription
from emporion.billing.types import CHARGE, Cycle
from emporion.checkout.actions import complete_purchase
from emporion.checkout.models import PaymentReceipt
from emporion.checkout.tests.test_pages import text
from emporion.checkout.tests.test_purchase import wanted
from emporion.checkout.tests.test_unpaid import ACCOUNT, buy, pay, reach, transfer
from emporion.kernel.clock import utcnow
from emporion.notify.models import MailMessage
from emporion.payments.models import Payment
from emporion.plumbing.models import Job
from emporion.plumbing.types import Actor

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("BIL-08", "BIL-06", "BUY-21")]


@pytest.fixture(autouse=True)
def _operator_has_an_account(settings) -> None:
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, bank_account=ACCOUNT)


@pytest.fixture
def invoice(alice: Actor, docs_agent, drain: Callable[..., int]) -> Payment:
    """The open invoice of a change of plan; the order before it is paid."""
    at = utcnow() - timedelta(days=1)
    bought = buy(alice, docs_agent, at, plan="starter", cycle=Cycle.MONTHLY)
    transfer(Payment.objects.get(), at)
    pro = docs_agent.plan("pro").id
    change_plan(subscription_id=bought.resource_id, plan_id=pro, cycle=Cycle.MONTHLY, actor=alice, now=at)
    for _ in range(2):
        drain(utcnow())
    return Payment.objects.get(state="processing")


def printed(client: Client, invoice: Payment) -> str:
    drawn = PdfReader(BytesIO(client.get(f"/receipts/{invoice.id}.pdf").content))
    return re.sub(r"\s+", " ", drawn.pages[0].extract_text())


def listed(client: Client) -> str:
    return text(client.get("/billing/")).partition("Receipts and invoices")[2]


def test_a_change_of_plan_on_account_has_an_invoice_to_print_while_it_is_open(
    alice_client: Client, bob_client: Client, charlie_client: Client, invoice: Payment
) -> None:
    number, due = "R-2026-000002", f"{invoice.created_at + timedelta(days=14):%-d %B %Y}"
    page = text(alice_client.get(f"/receipts/{invoice.id}/"))
    for words in (f"Invoice {number}", "$70.00", "Halyard Freight", f"due by {due}", ACCOUNT, invoice.description):
        assert words in page
        assert words in printed(alice_client, invoice)
    assert "Receipt R-" not in page
    assert f"{number} Docs Agent: Starter → Pro Invoice open" in listed(alice_client)
    mail = MailMessage.objects.get(subject__startswith="Docs Agent: transfer $70 by")
    for words in (f"Invoice {number} can be printed", f"/receipts/{invoice.id}/", ACCOUNT):
        assert words in mail.text
    subscription = re.search(r"/subscriptions/[0-9a-f-]{36}/", alice_client.get("/subscriptions/").content.decode()).group()
    assert f'href="/receipts/{invoice.id}/"' in alice_client.get(subscription).content.decode()
    for other in (bob_client, charlie_client):
        assert other.get(f"/receipts/{invoice.id}/").status_code == 404
        assert other.get(f"/receipts/{invoice.id}.pdf").status_code == 404


@pytest.mark.parametrize("by_card", [False, True])
def test_the_same_paper_is_the_receipt_once_it_is_paid_by_transfer_or_by_card(
    alice_client: Client, invoice: Payment, drain: Callable[..., int], by_card: bool
) -> None:
    if by_card:
        alice_client.post(f"/subscriptions/invoices/{invoice.id}/pay/", {"payment_token": "tok_visa"})
    else:
        transfer(invoice, utcnow())
    for _ in range(2):
        drain(utcnow())
    page = text(alice_client.get(f"/receipts/{invoice.id}/"))
    for words in ("Receipt R-2026-000002", "Visa •••• 4242" if by_card else "Bank transfer, received"):
        assert words in page
        assert words in printed(alice_client, invoice)
    assert "Invoice R-" not in page
    assert "Invoice open" not in listed(alice_client)
    assert PaymentReceipt.objects.count() == 1
    mail = MailMessage.objects.get(subject__startswith="Receipt R-2026-000002")
    assert f"/receipts/{invoice.id}/" in mail.text


@pytest.mark.parametrize(
    ("cycle", "title"), [(Cycle.MONTHLY, "Starter → Pro"), (Cycle.YEARLY, "Starter (Monthly) → Pro (Yearly)")]
)
def test_the_receipt_of_a_change_of_plan_says_from_what_to_what_and_how_its_amount_comes_about(
    alice: Actor, alice_client: Client, docs_agent, drain: Callable[..., int], cycle: Cycle, title: str
) -> None:
    purchase = wanted(docs_agent, "one", plan="starter", cycle=Cycle.MONTHLY)
    bought = complete_purchase(purchase=purchase, actor=alice, now=utcnow() - timedelta(days=10))
    pro = docs_agent.plan("pro").id
    change_plan(subscription_id=bought.resource_id, plan_id=pro, cycle=cycle, actor=alice, now=utcnow())
    drain(utcnow())
    paid = Payment.objects.get(cause_type=CHARGE)
    ends = Subscription.objects.get().period_end_at
    page = text(alice_client.get(f"/receipts/{paid.id}/"))
    for shown in (page, printed(alice_client, paid)):
        assert f"Docs Agent: {title}" in shown
        working = rf"Pro until {ends:%-d %B %Y} \$([\d.]+) Unused time of Starter −\$([\d.]+) Total \$([\d.]+)"
        debit, credit, total = (Decimal(one) for one in re.search(working, shown).groups())
        assert debit - credit == total == Decimal(paid.amount_minor) / 100
        assert 19 < credit < 21, "two thirds of a month of $29"
    assert f"Docs Agent: {title}" in listed(alice_client)
    assert MailMessage.objects.filter(subject=f"Receipt R-2026-000002: Docs Agent: {title}, ${total}").exists()


@pytest.mark.requirement("BIL-03")
def test_a_renewal_on_account_has_its_own_invoice(
    alice: Actor, alice_client: Client, docs_agent, now: datetime, drain: Callable[..., int]
) -> None:
    buy(alice, docs_agent, now, cycle=Cycle.MONTHLY)
    transfer(Payment.objects.get(), now)
    reach(now + timedelta(days=31), drain)
    renewal = Payment.objects.get(state="processing")
    assert "Invoice R-2026-000002" in text(alice_client.get(f"/receipts/{renewal.id}/"))


def test_an_invoice_from_before_they_were_written_is_written_by_the_update_once(alice_client: Client, invoice: Payment) -> None:
    PaymentReceipt.objects.all().delete()
    assert alice_client.get(f"/receipts/{invoice.id}/").status_code == 404
    for _ in range(2):
        import_module("emporion.checkout.migrations.0006_open_invoices").write_invoices(apps, None)
    assert "Invoice R-2026-000003" in text(alice_client.get(f"/receipts/{invoice.id}/"))
    assert PaymentReceipt.objects.count() == 1


def test_where_no_account_is_told_the_invoice_asks_for_no_transfer(alice_client: Client, invoice: Payment, settings) -> None:
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, bank_account="")
    page = text(alice_client.get(f"/receipts/{invoice.id}/"))
    assert "On invoice. No transfer is expected: this installation is for trying out" in page
    assert "due by" not in page


@pytest.mark.parametrize(("how", "paid"), [("card", "Visa •••• 4242"), ("transfer", "Bank transfer, received")])
def test_who_pays_an_order_on_account_gets_its_receipt_by_mail_once(
    alice: Actor, alice_client: Client, docs_agent, drain: Callable[..., int], how: str, paid: str
) -> None:
    bought = buy(alice, docs_agent, utcnow() - timedelta(days=3))
    drain(utcnow())
    for _ in range(2):
        if how == "card":
            pay(alice_client, bought.order_id)
        else:
            transfer(Payment.objects.get(), utcnow())
        Job.objects.update(state="waiting", run_at=utcnow())  # every job runs twice
        drain(utcnow())
    first, mail = MailMessage.objects.filter(subject__contains=" R-").order_by("id")
    assert (first.subject, mail.subject) == ("Invoice R-2026-000001: Docs Agent", "Receipt R-2026-000001: Docs Agent")
    assert mail.to == first.to == "alice@halyard.example"
    for written in (mail.text, mail.html):
        for words in ("has arrived. Thank you.", "Paid today", "$990.00", f"/orders/{bought.order_id}/"):
            assert words in written
        assert "Transfer" not in written
    assert paid in text(alice_client.get(f"/orders/{bought.order_id}/receipt/"))


def test_who_pays_before_the_invoice_was_mailed_gets_the_receipt_in_its_place(
    alice: Actor, alice_client: Client, docs_agent, drain: Callable[..., int]
) -> None:
    bought = buy(alice, docs_agent, utcnow())
    pay(alice_client, bought.order_id)
    drain(utcnow())
    assert [mail.subject for mail in MailMessage.objects.all()] == ["Receipt R-2026-000001: Docs Agent"]
