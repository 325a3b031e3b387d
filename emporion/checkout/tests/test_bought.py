"""What was bought, afterwards: orders, receipts, the wallet, who sees them and what the audit log says."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from django.test import Client
from pypdf import PdfReader

from emporion.accounts.models import Person
from emporion.billing import queries as billing
from emporion.checkout.models import Order, OrderLine
from emporion.checkout.tests.test_pages import PAGE, PAID, key_of, text
from emporion.kernel.clock import utcnow
from emporion.notify.models import MailMessage
from emporion.payments import queries as payments
from emporion.payments.models import Payment
from emporion.plumbing.types import Actor


@pytest.mark.requirement("BUY-21")
def test_orders_billing_and_subscriptions_show_what_was_bought(alice_client: Client, alice: Actor, docs_agent) -> None:
    for page in ("/orders/", "/billing/", "/subscriptions/"):
        assert alice_client.get(page).status_code == 200
    alice_client.post(PAGE, PAID | {"key": key_of(alice_client)})
    assert "R-20" in text(alice_client.get("/orders/"))
    assert "$990.00" in text(alice_client.get("/billing/"))
    assert "$990.00 a year" in text(alice_client.get("/subscriptions/"))
    assert "0 / 10,000 calls" in text(alice_client.get("/subscriptions/"))
    assert 'data-label="Renews"' in alice_client.get("/subscriptions/").content.decode()
    one = billing.subscriptions_of(alice)[0]
    page = text(alice_client.get(f"/subscriptions/{one.id}/"))
    assert "Cancel at the end of the period" in page
    alice_client.post(f"/subscriptions/{one.id}/cancel/", {"do": "cancel"})
    assert "Cancelled" in text(alice_client.get("/subscriptions/"))
    alice_client.post(f"/subscriptions/{one.id}/cancel/", {"do": "resume"})
    assert billing.subscription(alice, one.id).state == "active"


@pytest.mark.requirement("BUY-21")
def test_a_trial_is_listed_with_what_was_paid_for_it_nothing(alice_client: Client, odd_agent) -> None:
    page = "/checkout/odd-agent/"
    alice_client.post(page, PAID | {"plan": "trial", "cycle": "monthly", "key": key_of(alice_client, page)})
    listed = text(alice_client.get("/orders/"))
    assert "$0.00" in listed
    assert "$99.00" not in listed


@pytest.mark.requirement("ACC-11")
def test_who_bought_cancelled_and_removed_a_card_stands_in_the_audit_log(alice_client: Client, alice: Actor, docs_agent) -> None:
    alice_client.post(PAGE, PAID | {"key": key_of(alice_client)})
    one, card = billing.subscriptions_of(alice)[0], payments.saved_methods(alice)[0]
    alice_client.post(f"/subscriptions/{one.id}/cancel/", {"do": "cancel"})
    alice_client.post(f"/subscriptions/{one.id}/cancel/", {"do": "resume"})
    alice_client.post(f"/billing/methods/{card.id}/", {"do": "remove"})
    page = text(alice_client.get("/settings/audit/"))
    for verb in ("order.placed", "subscription.cancelled", "subscription.resumed", "card.removed"):
        assert page.count(verb) == 1, verb
    assert "Docs Agent Pro, $990 by card" in page


@pytest.mark.requirement("BUY-21", "BIL-02")
def test_credits_are_bought_with_a_card_and_pay_an_order(alice_client: Client, docs_agent) -> None:
    alice_client.post("/billing/credits/", {"amount": "100", "new_card_token": "tok_visa", "key": "one"})
    alice_client.post("/billing/credits/", {"amount": "100", "new_card_token": "tok_visa", "key": "one"})
    assert text(alice_client.get("/settings/audit/")).count("wallet.topped_up") == 1
    assert "$100.00 available" in text(alice_client.get("/billing/"))
    bought = PAID | {"plan": "starter", "cycle": "monthly", "method": "wallet", "key": key_of(alice_client)}
    assert "is yours" in text(alice_client.post(PAGE, bought, follow=True))
    assert "$71.00 available" in text(alice_client.get("/billing/"))


@pytest.mark.requirement("BIL-02")
def test_the_balance_that_counts_as_low_is_set_on_the_billing_page(alice_client: Client, bob_client: Client) -> None:
    alice_client.post("/billing/credits/", {"amount": "20", "new_card_token": "tok_visa", "key": "one"})
    assert "Running low" not in text(alice_client.get("/billing/"))
    saved = alice_client.post("/billing/low/", {"low": "25.50"}, follow=True)
    assert "Running low" in text(saved)
    assert 'value="25.50"' in saved.content.decode()
    for wrong in ("lots", "-1", "NaN", "1e9", "0.001"):
        refused = alice_client.post("/billing/low/", {"low": wrong})
        assert refused.status_code == 422, wrong
        assert f'value="{wrong}"' in refused.content.decode()
    assert bob_client.post("/billing/low/", {"low": "0"}).status_code == 422
    assert "Running low" not in text(alice_client.post("/billing/low/", {"low": "0"}, follow=True))


@pytest.mark.requirement("BIL-08", "BIL-02")
def test_bought_credit_and_a_change_of_plan_have_a_numbered_receipt_a_mail_and_a_pdf(
    alice_client: Client, bob_client: Client, charlie_client: Client, alice: Actor, docs_agent, drain: Callable[..., int]
) -> None:
    alice_client.post(PAGE, PAID | {"plan": "starter", "cycle": "monthly", "key": key_of(alice_client)})
    alice_client.post("/billing/credits/", {"other": "25,00", "new_card_token": "tok_mastercard", "key": "one"})
    one = billing.subscriptions_of(alice)[0]
    chosen = {"plan": str(docs_agent.plan("pro").id), "cycle": "monthly", "due": "7000"}
    alice_client.post(f"/subscriptions/{one.id}/plan/", chosen)
    for _ in range(2):
        drain(utcnow())
    listed = text(alice_client.get("/billing/")).partition("Receipts and invoices")[2]
    for words in ("R-2026-000002 Wallet credit", "R-2026-000003 Docs Agent: Starter → Pro", "R-2026-000001 Docs Agent"):
        assert listed.count(words) == 1, listed
    credit = Payment.objects.get(amount_minor=2_500)
    mail = MailMessage.objects.get(subject="Receipt R-2026-000002: Wallet credit, $25.00")
    assert f"/receipts/{credit.id}/" in mail.text
    page = text(alice_client.get(f"/receipts/{credit.id}/"))
    for words in ("Receipt R-2026-000002", "Wallet credit $25.00", "Mastercard •••• 4444", "Halyard Freight"):
        assert words in page
    drawn = alice_client.get(f"/receipts/{credit.id}.pdf")
    assert "$25.00" in PdfReader(BytesIO(drawn.content)).pages[0].extract_text()
    for other in (bob_client, charlie_client):
        assert other.get(f"/receipts/{credit.id}/").status_code == 404
        assert other.get(f"/receipts/{credit.id}.pdf").status_code == 404
    assert "R-2026-000002" not in text(bob_client.get("/billing/"))


@pytest.mark.requirement("ACC-05", "BUY-20", "UX-02")
def test_who_may_not_buy_is_offered_nothing_to_buy_and_is_told_who_can(
    alice_client: Client, bob_client: Client, alice_person: Person, docs_agent
) -> None:
    page = text(bob_client.get(PAGE))
    assert page.index("does not include buying.") < page.index("Selected plan")
    assert f"{alice_person.name} can buy it. Send one of them this page’s address." in page
    assert "Complete purchase" not in page
    assert "Payment method" not in page
    for words in ("Add credits", "Invite a person", "Add an agent"):
        assert words not in text(bob_client.get("/dashboard/"))
        assert words in text(alice_client.get("/dashboard/"))
    assert "Complete purchase" in text(alice_client.get(PAGE))


@pytest.mark.requirement("BIL-06")
def test_a_change_of_plan_names_what_it_costs_and_who_pays_before_any_money_moves(
    alice_client: Client, bob_client: Client, alice: Actor, docs_agent
) -> None:
    alice_client.post(PAGE, PAID | {"plan": "starter", "cycle": "monthly", "key": key_of(alice_client)})
    one = billing.subscriptions_of(alice)[0]
    address = f"/subscriptions/{one.id}/plan/"
    chosen = {"plan": str(docs_agent.plan("pro").id), "cycle": "monthly"}
    assert (
        f'href="{address}?plan={chosen["plan"]}&amp;cycle=monthly"'
        in alice_client.get(f"/subscriptions/{one.id}/").content.decode()
    )
    for asked in (alice_client.get(address, chosen), alice_client.post(address, chosen)):
        for words in (
            "New plan until it renews: Pro $99.00",
            "What is left of the present plan: Starter −$29.00",
            "Docs Agent to Pro, monthly",
            "Due now $70.00",
            "Paid with Visa •••• 4242",
        ):
            assert words in text(asked)
    assert bob_client.get(address, chosen).status_code == 403
    dearer = alice_client.post(address, chosen | {"due": "6900"})
    assert "The price has changed since the page was opened." in text(dearer)
    assert "Due now $70.00" in text(alice_client.post(address, chosen | {"due": "9" * 5000}))
    assert Payment.objects.count() == 1
    assert "The plan is changed." in text(alice_client.post(address, chosen | {"due": "7000"}, follow=True))
    assert [payment.amount_minor for payment in Payment.objects.order_by("id")] == [2_900, 7_000]


@pytest.mark.requirement("BIL-06", "BIL-08")
def test_a_change_of_plan_on_invoice_says_that_what_is_open_stays_due(alice_client: Client, alice: Actor, docs_agent) -> None:
    on_invoice = {"plan": "starter", "cycle": "monthly", "method": "invoice", "new_card_token": ""}
    alice_client.post(PAGE, PAID | on_invoice | {"key": key_of(alice_client)})
    one = billing.subscriptions_of(alice)[0]
    asked = alice_client.get(f"/subscriptions/{one.id}/plan/", {"plan": str(docs_agent.plan("pro").id), "cycle": "monthly"})
    assert "the invoice with its own reference comes by mail. Invoices that are open stay due." in text(asked)


@pytest.mark.requirement("BIL-02", "UX-03")
@pytest.mark.parametrize(
    ("written", "bought"),
    [
        ("25,00", "$25.00"),
        ("2 500,5 $", "$2,500.50"),
        ("1.000", "$1,000.00"),
        ("1,000.00", "$1,000.00"),
        ("1.000,00", "$1,000.00"),
        ("7,5", "$7.50"),
    ],
)
def test_credit_of_another_amount_is_bought_as_it_was_written(alice_client: Client, written: str, bought: str) -> None:
    sent = {"amount": "20", "other": written, "new_card_token": "tok_visa", "key": "one"}
    assert f"{bought} were added to the wallet." in text(alice_client.post("/billing/credits/", sent, follow=True))
    assert f"{bought} available" in text(alice_client.get("/billing/"))


@pytest.mark.requirement("BIL-02", "UX-02")
@pytest.mark.parametrize("written", ["25,0000", "1,00,00", "25.", "25 eur", "2e3", "1,000,50", "twenty"])
def test_what_is_no_amount_buys_no_credit_and_stays_in_the_field(alice_client: Client, written: str) -> None:
    sent = {"amount": "20", "other": written, "new_card_token": "tok_visa", "key": "one"}
    refused = alice_client.post("/billing/credits/", sent)
    assert refused.status_code == 422
    assert "This is not an amount in dollars. Write it such as 25 or 25.50" in text(refused)
    assert f'value="{written}"' in refused.content.decode()
    assert "$0.00 available" in text(alice_client.get("/billing/"))


@pytest.mark.requirement("SEC-01")
def test_strangers_and_members_see_only_what_is_theirs(
    alice_client: Client, bob_client: Client, charlie_client: Client, alice: Actor, docs_agent
) -> None:
    alice_client.post(PAGE, PAID | {"key": key_of(alice_client)})
    order, one = Order.objects.get(), billing.subscriptions_of(alice)[0]
    pages = (f"/orders/{order.id}/", f"/orders/{order.id}/receipt/", f"/orders/{order.id}/state/", f"/subscriptions/{one.id}/")
    for page in pages:
        assert charlie_client.get(page).status_code == 404, page
        assert bob_client.get(page).status_code in {200, 204}, page
    assert bob_client.post(f"/subscriptions/{one.id}/cancel/", {"do": "cancel"}).status_code == 403
    assert charlie_client.post(f"/subscriptions/{one.id}/cancel/", {"do": "cancel"}).status_code == 404
    refused = bob_client.post(PAGE, PAID | {"key": key_of(bob_client)})
    assert refused.status_code == 422
    assert "does not include buying" in text(refused)


@pytest.mark.requirement("BUY-10", "BIL-08")
def test_a_receipt_is_a_pdf_with_our_own_fonts_made_once(
    alice_client: Client, charlie_client: Client, docs_agent, settings, tmp_path
) -> None:
    files = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path}}
    settings.STORAGES = {**settings.STORAGES, "default": files}
    alice_client.post(PAGE, PAID | {"key": key_of(alice_client)})
    order = Order.objects.get().id
    page = alice_client.get(f"/orders/{order}/receipt/")
    assert f"/orders/{order}/receipt.pdf" in page.content.decode()
    first = alice_client.get(f"/orders/{order}/receipt.pdf")
    assert (first.status_code, first["Content-Type"]) == (200, "application/pdf")
    read = PdfReader(BytesIO(first.content))
    words = read.pages[0].extract_text()
    for part in ("Receipt R-", "Docs Agent", "$1,188.00", "−$198.00", "$990.00", "Visa •••• 4242"):
        assert part in words, words
    fonts = {font["/BaseFont"] for font in (one.get_object() for one in read.pages[0]["/Resources"]["/Font"].values())}
    assert all("Inter" in name for name in fonts), fonts
    assert alice_client.get(f"/orders/{order}/receipt.pdf").content == first.content
    assert len(list(tmp_path.rglob("*.pdf"))) == 1
    assert charlie_client.get(f"/orders/{order}/receipt.pdf").status_code == 404


@pytest.mark.requirement("BIL-02", "BUY-07")
def test_an_empty_wallet_cannot_be_chosen_and_says_how_to_fill_it(alice_client: Client, docs_agent) -> None:
    page = alice_client.get(f"{PAGE}?plan=pro&cycle=yearly").content.decode()
    assert re.search(r'value="wallet" disabled>', page)
    assert "$0 available, $990 short" in page
    assert "Add credit on the billing page" in page


@pytest.mark.requirement("BIL-08", "BUY-21")
def test_a_receipt_names_both_parties_and_the_period_and_stays_as_it_was_made(
    alice_client: Client, bob_client: Client, docs_agent, settings
) -> None:
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, seller="Pharos é Lda; 1 Quay Street, Porto; VAT PT501964843")
    details = {
        "name": "Halyard <Freight> AG",
        "address": "Kai 7\n8001 Zürich",
        "country": "Switzerland",
        "tax_number": "CHE-116.281.710",
    }
    assert bob_client.post("/billing/details/", details).status_code == 403
    assert "Kai 7" in text(alice_client.post("/billing/details/", details, follow=True))
    alice_client.post(PAGE, PAID | {"key": key_of(alice_client)})
    order, line = Order.objects.get(), OrderLine.objects.get()
    alice_client.post("/billing/details/", details | {"name": "Another", "address": "Elsewhere"})
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, seller="Somebody else")
    shown = alice_client.get(f"/orders/{order.id}/receipt/")
    period = f"{line.period_start_at:%-d %B %Y} to {line.period_end_at:%-d %B %Y}"
    for words in (
        "Pharos é Lda 1 Quay Street, Porto VAT PT501964843",
        "Kai 7 8001 Zürich Switzerland Tax number: CHE-116.281.710",
        period,
    ):
        assert words in text(shown), words
    assert "Halyard &lt;Freight&gt; AG" in shown.content.decode()
    assert line.period_end_at.year == line.period_start_at.year + 1
    printed = " ".join(
        PdfReader(BytesIO(alice_client.get(f"/orders/{order.id}/receipt.pdf").content)).pages[0].extract_text().split()
    )
    for words in ("1 Quay Street, Porto", "Kai 7", "CHE-116.281.710", period):
        assert words in printed, words
    too_long = alice_client.post("/billing/details/", details | {"tax_number": "1" * 41})
    assert (too_long.status_code, "Kai 7" in text(too_long)) == (422, True)


@pytest.mark.requirement("BUY-21", "UX-02")
@pytest.mark.parametrize(("zone", "shown"), [("Asia/Kathmandu", "30 Nov 2026, 05:45"), ("UTC", "30 Nov 2026, 00:00 UTC")])
def test_lists_tell_the_day_and_the_time_in_the_readers_zone(
    alice_client: Client, alice_person: Person, docs_agent, zone: str, shown: str
) -> None:
    Person.objects.filter(pk=alice_person.pk).update(time_zone=zone)
    alice_client.post(PAGE, PAID | {"key": key_of(alice_client)})
    moment = datetime(2026, 11, 30, tzinfo=UTC)
    Order.objects.update(created_at=moment, settled_at=moment)
    order = Order.objects.get()
    for page in ("/orders/", f"/orders/{order.id}/", "/billing/"):
        assert shown in text(alice_client.get(page)), page
    listed = alice_client.get("/orders/").content.decode()
    assert f'data-label="Receipt"><a href="/orders/{order.id}/receipt/"' in listed, "also on a phone"


@pytest.mark.requirement("BUY-21", "UX-02")
def test_an_order_is_news_for_a_while_and_then_says_what_it_is(alice_client: Client, docs_agent) -> None:
    alice_client.post(PAGE, PAID | {"key": key_of(alice_client)})
    page = f"/orders/{Order.objects.get().id}/"
    assert "Purchase complete" in text(alice_client.get(page))
    for kind, moment in ((Order, "settled_at"), (Payment, "created_at")):
        kind.objects.update(**{moment: utcnow() - timedelta(hours=2)})
    old = text(alice_client.get(page))
    assert "Paid Docs Agent Bought on" in old
    for news in ("Purchase complete", "is yours", "Set up your agent"):
        assert news not in old
    line = OrderLine.objects.get()
    assert f'href="/subscriptions/{line.subscription_id}/"' in alice_client.get(page).content.decode()


@pytest.mark.requirement("BUY-21", "BIL-06")
def test_a_subscription_says_when_it_ends_what_is_used_and_what_a_change_costs_to_the_cent(
    alice_client: Client, docs_agent
) -> None:
    alice_client.post(PAGE, PAID | {"plan": "starter", "cycle": "monthly", "key": key_of(alice_client)})
    page = f"/subscriptions/{OrderLine.objects.get().subscription_id}/"
    shown = text(alice_client.get(page))
    assert "0 of 1,000 calls a month" in shown
    now_and_left = re.search(r"now (\S+) until it renews, less (\S+) left of the present plan", shown)
    assert all(re.fullmatch(r"\$[\d,]+\.\d\d", amount) for amount in now_and_left.groups())
    alice_client.post(f"{page}cancel/", {"do": "cancel"})
    ended = text(alice_client.get(page))
    assert re.search(r"Ends \d+ \w+ \d{4}", ended)
    assert "Renews" not in ended
