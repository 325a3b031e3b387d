"""The card field: what it posts without JavaScript, what it never posts, and that browser and server know the same cards."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.template.loader import render_to_string

from emporion.kernel.ids import new_id
from emporion.kernel.money import Money
from emporion.payments import queries
from emporion.payments.actions import start_payment
from emporion.payments.errors import UnknownToken
from emporion.payments.models import PaymentMethod
from emporion.payments.providers.sandbox_cards import CARDS
from emporion.payments.types import Method, PaymentRequest, PaymentState, Reason

pytestmark = [pytest.mark.requirement("BIL-09"), pytest.mark.django_db]
SCRIPT = Path(__file__).parents[1] / "static/payments/card-field.js"


def test_without_javascript_a_test_card_is_chosen_from_a_list(alice):
    page = render_to_string("payments/card_field.html", {"card": queries.card_field(alice)})
    assert re.findall(r'<option value="(\w+)"', page) == list(CARDS)
    assert 'name="new_card_token"' in page


def test_number_date_and_code_have_no_name_so_that_no_form_sends_them(alice):
    page = render_to_string("payments/card_field.html", {"card": queries.card_field(alice)})
    for part in ("data-card-number", "data-card-date", "data-card-code"):
        (control,) = re.findall(rf"<input[^>]*\b{part}[ >][^>]*", page)
        assert "name=" not in control


def test_kept_cards_come_first_and_are_chosen(alice, now):
    PaymentMethod.objects.create(
        organisation_id=alice.organisation_id,
        provider="sandbox",
        token="tok_visa",
        brand="visa",
        last4="4242",
        exp_month=12,
        exp_year=2034,
        is_default=True,
        created_at=now,
    )
    field = queries.card_field(alice)
    page = render_to_string("payments/card_field.html", {"card": field})
    assert f'value="{field.saved[0].token}" checked' in page
    assert queries.chosen_token({"payment_token": field.saved[0].token, "new_card_token": "tok_3ds"}) == field.saved[0].token
    assert queries.chosen_token({"payment_token": "", "new_card_token": "tok_3ds"}) == "tok_3ds"


def test_the_browser_knows_a_number_for_each_card_of_the_server_and_no_other():
    known = dict(re.findall(r'\["(\d+)", "(\w+)"\]', SCRIPT.read_text()))
    assert {token: number[-4:] for number, token in known.items()} == {card.token: card.last4 for card in CARDS.values()}


def test_the_server_holds_no_card_number():
    sources = [path.read_text() for path in Path(__file__).parents[1].rglob("*.py") if "tests" not in path.parts]
    assert not any(re.search(r"\b\d{15,16}\b", text) for text in sources)


@pytest.mark.parametrize(
    ("token", "state", "reason", "expires"),
    [
        ("tok_visa:2029-08", PaymentState.SUCCEEDED, Reason.NONE, (8, 2029)),
        ("tok_visa:2026-10", PaymentState.SUCCEEDED, Reason.NONE, (10, 2026)),
        ("tok_visa:2026-09", PaymentState.FAILED, Reason.EXPIRED_CARD, None),
        ("tok_visa", PaymentState.SUCCEEDED, Reason.NONE, (12, 2034)),
    ],
)
def test_a_card_pays_until_its_month_is_over_and_is_kept_with_the_date_that_was_entered(
    alice, now, token, state, reason, expires
):
    payment = start_payment(request=wanted(alice, token), actor=alice, now=now)
    assert (payment.state, payment.reason) == (state, reason)
    assert [(one.exp_month, one.exp_year) for one in queries.saved_methods(alice)] == ([expires] if expires else [])


def test_a_kept_card_is_declined_once_its_month_is_over(alice, now):
    start_payment(request=wanted(alice, "tok_visa:2026-10"), actor=alice, now=now)
    (kept,) = queries.saved_methods(alice)
    later = start_payment(request=wanted(alice, kept.token), actor=alice, now=now + timedelta(days=31))
    assert later.reason is Reason.EXPIRED_CARD


@pytest.mark.parametrize(
    "token", ["tok_visa:2034-13", "tok_visa:2034-00", "tok_visa:12-2034", "tok_visa:2034-08:2034-08", "tok_visa:"]
)
def test_a_date_that_is_none_is_no_token(alice, now, token):
    with pytest.raises(UnknownToken):
        start_payment(request=wanted(alice, token), actor=alice, now=now)


def wanted(alice, token):
    return PaymentRequest(
        organisation_id=alice.organisation,
        amount=Money(100, "USD"),
        method=Method.CARD,
        cause_type="test",
        cause_id=new_id(),
        key=str(new_id()),
        token=token,
        save_method=True,
    )
