"""The checkout in a real browser: both widths and themes, with and without scripts, and what a declined card looks like."""

import os
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from babel.dates import format_date
from playwright.sync_api import Page, expect

from emporion.accounts.models import Person
from emporion.billing.actions import publish_product
from emporion.billing.tests.shelf import product
from emporion.checkout.models import Order
from emporion.kernel.clock import utcnow
from emporion.kernel.money import Money
from emporion.payments.actions import refund_payment
from emporion.payments.types import RefundOrder
from emporion.plumbing.types import Actor
from tests.browser.screen import LOOKS, PHONE, Screen

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LINES_OF_NUMBER = """heading => {
  const text = document.createTreeWalker(heading, NodeFilter.SHOW_TEXT);
  while (text.nextNode()) {
    const at = text.currentNode.data.indexOf("R-"), range = document.createRange();
    if (at < 0) continue;
    range.setStart(text.currentNode, at);
    range.setEnd(text.currentNode, text.currentNode.data.trimEnd().length);
    return new Set([...range.getClientRects()].map(one => one.top)).size;
  }
}"""
PAGE = "/checkout/docs-agent/?plan=pro&cycle=yearly"


@pytest.fixture(autouse=True)
def _on_sale(transactional_db: None, now) -> None:  # type: ignore[no-untyped-def]
    publish_product(spec=replace(product(), icon="docs"), now=now)


def keep(page: Page, name: str) -> None:
    """Keep a picture where EMPORION_PICTURES says, to be looked at."""
    if folder := os.environ.get("EMPORION_PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def enter_card(page: Page, number: str = "4242 4242 4242 4242") -> None:
    page.get_by_label("Card number").fill(number)
    page.get_by_label("Expiry").fill("08 / 29")
    page.get_by_label("Security code").fill("123")


def register(page: Page) -> None:
    page.get_by_label("Name", exact=True).fill("Zoé Marchetti")
    page.get_by_label("E-mail").fill("zoe@marchetti.example")
    page.get_by_label("Password").fill("correct horse battery")


@pytest.mark.requirement("BUY-07", "UX-01")
@pytest.mark.parametrize(("width", "theme"), LOOKS)
def test_the_checkout_is_accessible_and_fits(screen: Callable[..., Screen], width: int, theme: str) -> None:
    seen = screen(width=width, theme=theme)
    page = seen.open(PAGE)
    keep(page, f"checkout-{width}-{theme}")
    assert seen.problems() == []


@pytest.mark.requirement("BUY-07", "BUY-08", "BUY-10")
def test_a_stranger_registers_and_buys_on_one_page(screen: Callable[..., Screen]) -> None:
    seen = screen()
    page = seen.open("/checkout/docs-agent/")
    expect(page.get_by_role("button", name="Complete purchase · $29", exact=True)).to_be_visible()
    page.get_by_role("radio", name="Pro").check()
    expect(page.get_by_role("button", name="Complete purchase · $99", exact=True)).to_be_visible()
    page.get_by_text("Yearly").click()
    expect(page.get_by_role("button", name="Complete purchase · $990")).to_be_visible()
    page.get_by_role("radio", name="Starter").check()
    expect(page.get_by_role("button", name="Complete purchase · $290")).to_be_visible()
    register(page)
    expect(page.get_by_text("Zoé Marchetti's Organization")).to_be_visible()
    enter_card(page)
    page.get_by_label("I agree").check()
    page.get_by_role("button", name="Complete purchase · $290").dblclick()
    expect(page.get_by_role("heading", name="Docs Agent is yours")).to_be_visible()
    expect(page.get_by_role("link", name="Set up your agent")).to_be_visible()
    keep(page, "order-done")
    assert seen.problems() == []
    page.go_back()
    page.get_by_role("button", name="Complete purchase").click()
    expect(page.get_by_role("alert").first).to_contain_text("Please agree to the terms first.")
    assert Order.objects.count() == 1


@pytest.mark.requirement("UX-02")
def test_errors_keep_what_was_entered(screen: Callable[..., Screen]) -> None:
    seen = screen(width=PHONE)
    page = seen.open(PAGE)
    page.get_by_label("Name", exact=True).fill("Zoé Marchetti")
    page.get_by_role("button", name="Complete purchase").click()
    expect(page.get_by_role("alert").first).to_contain_text("Please agree to the terms first.")
    assert page.get_by_label("Name", exact=True).input_value() == "Zoé Marchetti"
    keep(page, "checkout-errors")
    seen.complaints.clear()  # the browser reports the 422 that this is about
    assert seen.problems() == []


@pytest.mark.requirement("UX-02")
def test_what_was_wrong_with_a_field_goes_away_when_the_field_is_corrected(screen: Callable[..., Screen]) -> None:
    seen = screen(width=PHONE)
    page = seen.open(PAGE)
    page.get_by_label("E-mail").fill("camille@perrache")
    page.get_by_role("button", name="Complete purchase").click()
    summary = page.get_by_role("alert").first
    expect(summary).to_contain_text("No card was given.")
    register(page)
    expect(page.get_by_text("Enter your name, so that we know")).to_be_hidden()
    expect(page.get_by_label("E-mail")).not_to_have_attribute("aria-invalid", "true")
    expect(summary).to_contain_text("No card was given.")
    enter_card(page)
    expect(page.get_by_text("No card was given.")).to_have_count(0)
    expect(summary).to_contain_text("Please agree to the terms first.")
    page.get_by_label("I agree").check()
    expect(page.locator("#errors")).to_have_count(0)
    expect(page.locator(".field-error:visible")).to_have_count(0)
    seen.complaints.clear()  # the browser reports the 422 that this is about
    assert seen.problems() == []


@pytest.mark.requirement("UX-02", "BIL-09")
def test_a_card_that_was_typed_survives_other_errors_without_leaving_the_browser(screen: Callable[..., Screen]) -> None:
    seen = screen(width=PHONE)
    page = seen.open(PAGE)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(f"{request.url} {request.post_data or ''}"))
    register(page)
    page.get_by_label("E-mail").fill("helena@quinta")
    page.get_by_label("Password").fill("1234567")
    enter_card(page)
    page.get_by_label("Expiry").fill("13 / 29")
    page.get_by_label("I agree").check()
    page.get_by_role("button", name="Complete purchase").click()
    expect(page.get_by_label("E-mail")).to_be_focused()
    summary = page.locator("#errors")
    for words in ("Enter a valid email address.", "at least 10 characters", "Write the month from 01 to 12"):
        expect(summary).to_contain_text(words)
    keep(page, "checkout-errors-card")
    summary.get_by_role("link", name="Write the month").click()
    expect(page.get_by_label("Expiry")).to_be_focused()
    seen.complaints.clear()  # the browser reports the 422 that this is about
    assert seen.problems() == []
    page.get_by_label("E-mail").fill("zoe@marchetti.example")
    page.get_by_label("Password").fill("correct horse battery")
    page.get_by_label("Expiry").fill("0829")
    page.get_by_role("radio", name="Starter").check()
    page.get_by_role("button", name="Complete purchase · $290").click()
    expect(page.get_by_role("heading", name="Docs Agent is yours")).to_be_visible()
    assert not any("4242" in one or "4242" in one.replace("+", "") for one in sent if "zoe" in one)
    page.go_back()
    expect(page.locator("#held")).to_contain_text("You bought another plan of this a moment ago")
    page.get_by_role("radio", name="Starter").check()
    expect(page.locator("#held")).to_contain_text("You bought this a moment ago")
    expect(page.get_by_label("I want another one")).not_to_be_checked()
    page.goto(f"{seen.base}/billing/")
    expect(page.locator("body")).to_contain_text("expires 8/2029")


@pytest.mark.requirement("BUY-07", "UX-02")
def test_a_refused_card_number_stays_with_its_reason_and_another_method_needs_none(screen: Callable[..., Screen]) -> None:
    seen = screen(width=PHONE)
    page = seen.open(PAGE)
    register(page)
    enter_card(page, "4111 1111 1111 1111")
    page.get_by_label("I agree").check()
    page.get_by_role("button", name="Complete purchase").click()
    expect(page.get_by_role("alert")).to_contain_text("This is not a test card.")
    expect(page.get_by_label("Card number")).to_be_focused()
    expect(page.get_by_label("Card number")).to_have_value("4111 1111 1111 1111")
    page.get_by_role("radio", name="Invoice").check()
    page.get_by_role("button", name="Complete purchase").click()
    expect(page.get_by_role("heading", name="Docs Agent is yours")).to_be_visible()
    assert Order.objects.count() == 1


@pytest.mark.requirement("BUY-07", "BUY-21")
@pytest.mark.parametrize(("width", "theme"), LOOKS)
def test_who_chooses_the_invoice_reads_that_nothing_is_due_today_and_until_when_it_is_paid(
    screen: Callable[..., Screen], alice_person: Person, workspace, settings, width: int, theme: str
) -> None:
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, bank_account="Acme é Ltd, IBAN DE02 1203 0000 0000 2020 51")
    seen = screen(person=alice_person, width=width, theme=theme)
    page = seen.open("/checkout/docs-agent/?plan=starter&cycle=monthly")
    by = format_date(utcnow() + timedelta(days=14), "d MMMM y", locale="en")
    expect(page.locator("body")).to_contain_text("$29 today, then $29 each month", use_inner_text=True)
    page.get_by_role("radio", name="Invoice").check()
    body = page.locator("body").inner_text()
    assert "$29 today" not in body
    assert "After you pay" not in body
    assert f"Nothing is due today. Pay $29 by bank transfer, by {by}; then $29 each month" in body
    summary = re.sub(r"\s+", " ", page.locator("#summary").inner_text())
    assert f"Due today $0 Due by {by} $29 Total $29" in summary
    expect(page.get_by_role("button", name="Complete purchase · $0 today", exact=True)).to_be_visible()
    keep(page, f"checkout-invoice-{width}-{theme}")
    page.get_by_role("radio", name="Pro").check()
    expect(page.locator("#summary")).to_contain_text(re.compile(rf"Due by {by}\s*\$99"), use_inner_text=True)
    assert seen.problems() == []
    page.get_by_role("radio", name="Card").check()
    expect(page.get_by_role("button", name="Complete purchase · $99", exact=True)).to_be_visible()
    assert "Due by" not in page.locator("body").inner_text()


@pytest.mark.requirement("BUY-10", "UX-02")
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_declined_card_is_explained_and_paid_otherwise(
    screen: Callable[..., Screen], alice_person: Person, workspace, theme: str
) -> None:
    seen = screen(person=alice_person, theme=theme)
    page = seen.open(PAGE)
    keep(page, f"checkout-signed-in-{theme}")
    enter_card(page, "4000 0000 0000 0002")
    page.get_by_label("I agree").check()
    page.get_by_role("button", name="Complete purchase · $990").click()
    expect(page.get_by_text("Your bank declined the card. Nothing was charged.")).to_be_visible()
    keep(page, f"order-declined-{theme}")
    assert seen.problems() == []
    page.get_by_role("radio", name="Invoice").check()
    page.get_by_role("button", name="Buy on invoice, nothing due today").click()
    expect(page.get_by_role("heading", name="Docs Agent is yours")).to_be_visible()


@pytest.mark.requirement("BUY-07")
def test_it_sells_without_scripts(screen: Callable[..., Screen], alice_person: Person, workspace) -> None:
    page = screen(person=alice_person, scripts=False).open(PAGE)
    page.get_by_role("radio", name="Starter").check()
    page.get_by_role("button", name="Update the summary").click()
    expect(page.get_by_role("button", name="Complete purchase · $290")).to_be_visible()
    page.get_by_label("I agree").check()
    page.get_by_role("button", name="Complete purchase · $290").click()
    expect(page.get_by_role("heading", name="Docs Agent is yours")).to_be_visible()


@pytest.mark.requirement("BUY-21", "UX-01")
@pytest.mark.parametrize(("width", "theme"), LOOKS)
def test_orders_subscriptions_and_billing_are_accessible(
    screen: Callable[..., Screen], alice_person: Person, workspace, width: int, theme: str
) -> None:
    seen = screen(person=alice_person, width=width, theme=theme)
    for path in ("/orders/", "/subscriptions/", "/billing/"):
        seen.open(path)
        assert seen.problems() == [], path
    page = seen.open(PAGE)
    enter_card(page)
    page.get_by_label("I agree").check()
    page.get_by_role("button", name="Complete purchase").click()
    expect(page.get_by_role("heading", name="Docs Agent is yours")).to_be_visible()
    order = Order.objects.get()
    line = order.lines.get()
    part = RefundOrder(payment_id=order.payment_id, amount=Money(100_01, order.currency), key="part")
    refund_payment(refund=part, actor=Actor.system(), now=utcnow())
    paths = ("/orders/", f"/orders/{order.id}/", f"/orders/{order.id}/receipt/", "/subscriptions/", "/billing/")
    for path in (*paths, f"/subscriptions/{line.subscription_id}/"):
        page = seen.open(path)
        keep(page, f"{path.strip('/').split('/')[0]}-{path.count('/')}-{width}")
        assert seen.problems() == [], path
        if path.endswith("/receipt/"):
            assert page.locator("h1").evaluate(LINES_OF_NUMBER) == 1


@pytest.mark.requirement("BIL-02", "UX-02")
def test_the_button_names_the_credits_that_it_buys(screen: Callable[..., Screen], alice_person: Person, workspace) -> None:
    page = screen(person=alice_person).open("/billing/")
    choices = page.get_by_role("group", name="Buy credits").get_by_role("radio")
    choices.nth(1).check()
    chosen = choices.nth(1).get_attribute("data-amount")
    expect(page.get_by_role("button", name=f"Buy credits · {chosen}")).to_be_visible()
    page.get_by_label("Another amount in US dollars").fill("37.50")
    expect(page.get_by_role("button", name="Buy credits · $37.50")).to_be_visible()
    page.get_by_label("Another amount in US dollars").fill("")
    expect(page.get_by_role("button", name=f"Buy credits · {chosen}")).to_be_visible()
