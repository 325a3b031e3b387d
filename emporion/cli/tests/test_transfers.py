"""The operator's way from a line of the bank statement to an order that is paid."""

import re
from dataclasses import replace

import pytest
from django.test import Client

from emporion.checkout.models import Order
from emporion.checkout.tests.conftest import docs_agent
from emporion.checkout.tests.test_pages import PAGE, PAID, key_of
from emporion.cli.tests.test_refunds import run
from emporion.kernel.clock import utcnow
from emporion.notify.models import MailMessage
from emporion.payments.models import Payment

__all__ = ["docs_agent", "run"]
pytestmark = [pytest.mark.requirement("BIL-09", "BUY-10"), pytest.mark.django_db]
ACCOUNT = "Acme é Ltd, IBAN DE02 1203 0000 0000 2020 51"


@pytest.fixture
def number(alice_client: Client, docs_agent, drain, settings) -> str:
    """The number of an order that is to be paid by transfer."""
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, bank_account=ACCOUNT)
    bought = PAID | {"plan": "pro", "cycle": "yearly", "method": "invoice", "key": key_of(alice_client)}
    alice_client.post(PAGE, bought)
    drain(utcnow())
    return Order.objects.get().number


def test_who_buys_on_invoice_is_told_where_to_pay_on_the_page_and_by_mail(alice_client: Client, number: str) -> None:
    for page in ("", "receipt/"):
        assert ACCOUNT in alice_client.get(f"/orders/{Order.objects.get().id}/{page}").content.decode()
    mail = MailMessage.objects.get(subject__startswith="Invoice")
    for words in ("Due by ", number):
        assert words in mail.text
        assert words in mail.html
    assert "Paid today" not in mail.text + mail.html


def test_without_an_account_invoices_are_offered_only_while_test_cards_are(client: Client, docs_agent, settings) -> None:
    offered = re.compile(r'name="method" value="invoice"')
    assert offered.search(client.get(PAGE).content.decode())
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, sandbox="off")
    assert not offered.search(client.get(PAGE).content.decode())
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, sandbox="off", bank_account=ACCOUNT)
    assert offered.search(client.get(PAGE).content.decode())


def test_a_transfer_is_listed_recorded_once_and_pays_the_order(run, alice_client: Client, drain, number: str) -> None:
    status, said = run("transfers")
    assert status == 0
    assert number in said
    assert "$990" in said
    order = ("transfers", "--received", number)
    for wrong, words in (
        (("--amount", "990.00"), "--bank-reference"),
        (("--amount", "much", "--bank-reference", "7"), "is no amount"),
        (("--amount", "99.00", "--bank-reference", "7"), "$990 is due"),
    ):
        status, said = run(*order, *wrong)
        assert status == 1
        assert words in said
    assert run("transfers", "--received", "EM-NONE", "--amount", "1", "--bank-reference", "7")[0] == 1
    status, said = run(*order, "--amount", "990.00", "--bank-reference", "2026-11-28/4711")
    assert status == 0
    assert "paid" in said
    drain(utcnow())
    assert Order.objects.get().state == "paid"
    assert "Bank transfer, received" in alice_client.get(f"/orders/{Order.objects.get().id}/receipt/").content.decode()
    assert run("transfers") == (0, "✓ No invoice waits for a transfer.\n")


def test_a_transfer_for_what_a_card_paid_meanwhile_is_recorded_and_goes_back(
    run, alice_client: Client, drain, number: str
) -> None:
    alice_client.post(f"/orders/{Order.objects.get().id}/pay/", {"method": "card", "payment_token": "tok_visa"})
    drain(utcnow())
    assert run("transfers")[1].endswith("✓ No invoice waits for a transfer.\n")
    status, said = run("transfers", "--received", number, "--amount", "990.00", "--bank-reference", "2026-11-28/4712")
    assert (status, "one of the two goes back" in said) == (0, True)
    drain(utcnow())
    assert sorted(Payment.objects.values_list("method", "state")) == [("card", "succeeded"), ("invoice", "refunded")]
