"""The card field and the sandbox's bank in a real browser: the number never leaves it."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.http import HttpRequest, HttpResponse
from django.template import RequestContext, Template
from django.urls import include, path
from playwright.sync_api import expect

from emporion.accounts.access import anonymous_ok
from emporion.kernel.ids import new_id
from emporion.kernel.money import Money
from emporion.payments import queries
from emporion.payments.providers.protocol import ChargeLookup, ChargeRequest
from emporion.payments.providers.sandbox import SandboxProvider
from emporion.plumbing.types import Actor
from tests.browser.screen import LOOKS, Screen

pytestmark = [pytest.mark.browser, pytest.mark.requirement("BIL-09"), pytest.mark.urls("tests.browser.test_card_field")]
PAGE = """{% extends "ui/auth.html" %}{% load static %}
{% block title %}Pay{% endblock %}{% block heading %}Pay{% endblock %}
{% block scripts %}<script type="module" src="{% static 'payments/card-field.js' %}"></script>{% endblock %}
{% block content %}<form method="get" action="/try-sent/">
<label class="check"><input type="radio" name="payment_method" value="card" checked><span>Card</span></label>
<label class="check"><input type="radio" name="payment_method" value="wallet"><span>Wallet</span></label>
{% include "payments/card_field.html" %}<button class="button primary" type="submit">Pay $990</button></form>{% endblock %}"""


@anonymous_ok
def form(request: HttpRequest) -> HttpResponse:
    return HttpResponse(Template(PAGE).render(RequestContext(request, {"card": queries.card_field(Actor.anonymous())})))


@anonymous_ok
def sent(request: HttpRequest) -> HttpResponse:
    return HttpResponse("sent", content_type="text/plain")


urlpatterns = [path("try-card/", form), path("try-sent/", sent), path("", include("emporion.config.urls"))]


def type_number(page, number):  # type: ignore[no-untyped-def]
    field = page.get_by_label("Card number")
    field.fill("")
    field.press_sequentially(number)
    return field


def type_rest(page, date="1229", code="123"):  # type: ignore[no-untyped-def]
    for label, text in (("Expiry", date), ("Security code", code)):
        page.get_by_label(label).fill("")
        page.get_by_label(label).press_sequentially(text)


def test_a_test_card_becomes_a_token_and_the_number_is_not_sent(screen: Callable[..., Screen]) -> None:
    page = screen().open("/try-card/")
    type_number(page, "4000002500003155")
    expect(page.get_by_label("Card number")).to_have_value("4000 0025 0000 3155")
    type_rest(page)
    expect(page.get_by_label("Expiry")).to_have_value("12 / 29")
    page.get_by_role("button", name="Pay").click()
    page.wait_for_url("**/try-sent/**")
    assert "new_card_token=tok_3ds%3A2029-12" in page.url
    assert "3155" not in page.url


@pytest.mark.parametrize(("number", "says"), [("4012888888881881", "not a test card"), ("4242424242424241", "typing error")])
def test_a_real_or_mistyped_number_is_refused_in_the_browser(screen: Callable[..., Screen], number: str, says: str) -> None:
    page = screen().open("/try-card/")
    type_number(page, number)
    expect(page.get_by_role("alert")).to_contain_text(says)
    page.get_by_role("button", name="Pay").click()
    assert "/try-card/" in page.url
    type_number(page, "4242424242424242")
    expect(page.get_by_role("alert")).to_be_hidden()
    type_rest(page)
    page.get_by_role("button", name="Pay").click()
    page.wait_for_url("**/try-sent/**")
    assert "new_card_token=tok_visa" in page.url


def test_neither_a_date_that_is_none_or_past_nor_a_code_of_the_wrong_length_pays(screen: Callable[..., Screen]) -> None:
    page = screen().open("/try-card/")
    type_number(page, "4242424242424242")
    for date, code, says in (
        ("1399", "123", "Write the month from 01 to 12"),
        ("12", "123", "Write the month from 01 to 12"),
        ("01 / 20", "123", "The card has expired."),
        ("", "123", "Enter the month and year"),
        ("12/2034", "12", "The security code has 3 digits."),
        ("2/34", "abc", "The security code has 3 digits."),
        ("12 / 34", "", "Enter the security code"),
    ):
        type_rest(page, date, code)
        page.get_by_role("button", name="Pay").click()
        expect(page.get_by_role("alert")).to_contain_text(says)
        assert "/try-card/" in page.url, says
    type_rest(page, "2/34", "123")
    expect(page.get_by_label("Expiry")).to_have_value("02 / 34")
    page.get_by_role("button", name="Pay").click()
    page.wait_for_url("**/try-sent/**")
    assert "tok_visa%3A2034-02" in page.url
    assert "4242424242424242" not in page.url


def test_another_method_asks_for_no_card(screen: Callable[..., Screen]) -> None:
    page = screen().open("/try-card/")
    page.get_by_label("Wallet").check()
    expect(page.get_by_label("Card number")).to_be_hidden()
    page.get_by_role("button", name="Pay").click()
    page.wait_for_url("**/try-sent/**")
    assert "token" not in page.url


@pytest.mark.parametrize(("width", "theme"), LOOKS)
def test_the_field_and_the_bank_are_accessible_and_fit_the_screen(screen: Callable[..., Screen], width: int, theme: str) -> None:
    seen = screen(width=width, theme=theme)
    page = seen.open("/try-card/")
    type_number(page, "4012888888881881")
    assert seen.problems() == []
    ids = {"payment_id": new_id(), "organisation_id": new_id()}
    lookup = ChargeLookup(**ids, amount=Money(990_00, "USD"), idempotency_key=str(new_id()))
    request = ChargeRequest(lookup=lookup, token="tok_3ds", return_url="/try-card/", description="")
    outcome = SandboxProvider().charge(request, now=datetime(2026, 10, 25, tzinfo=UTC))
    page = seen.open(outcome.action_url)
    assert seen.problems() == []
    page.get_by_role("button", name="Approve $990").click()
    page.wait_for_url("**/try-card/?answered=1")
