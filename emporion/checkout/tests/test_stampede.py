"""Many requests at one moment: one key is one order, one event is counted once."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest
from django.db import connections

from emporion.accounts.models import Person
from emporion.billing import queries as billing
from emporion.billing.actions import record_usage
from emporion.checkout.actions import complete_purchase
from emporion.checkout.models import Order, Receipt
from emporion.checkout.tests.test_pages import PAGE, PAID, key_of
from emporion.checkout.tests.test_purchase import wanted
from emporion.payments.models import Payment, SandboxCharge
from emporion.plumbing.types import Actor
from tests.cast import client_of

AT_ONCE = 12

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.requirement("REL-01")]


def at_once(act: Callable[[int], object], times: int = AT_ONCE) -> list[object]:
    """Does the same in many threads at the same moment, each with a connection of its own."""
    barrier = threading.Barrier(times)

    def run(number: int) -> object:
        barrier.wait()
        try:
            return act(number)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(run, range(times)))


def test_one_key_at_one_moment_is_one_order_charge_and_subscription(alice: Actor, docs_agent, now: datetime) -> None:
    results = at_once(lambda _: complete_purchase(purchase=wanted(docs_agent, "one"), actor=alice, now=now))
    assert len({result.order_id for result in results}) == 1
    assert Order.objects.count() == Payment.objects.count() == SandboxCharge.objects.count() == Receipt.objects.count() == 1
    assert len(billing.subscriptions_of(alice)) == 1


@pytest.mark.requirement("BUY-07")
@pytest.mark.parametrize("cards", [("tok_visa", "tok_visa"), ("tok_visa", "tok_mastercard")])
def test_one_person_who_pays_in_two_browsers_at_one_moment_buys_once(
    alice_person: Person, alice: Actor, docs_agent, cards: tuple[str, str]
) -> None:
    browsers = [client_of(alice_person) for _ in range(2)]
    forms = [PAID | {"key": key_of(browser), "new_card_token": card} for browser, card in zip(browsers, cards, strict=True)]
    sent = at_once(lambda number: browsers[number].post(PAGE, forms[number]), 2)
    assert {answer.status_code for answer in sent} == {302}
    assert len({answer.url for answer in sent}) == 1
    assert Order.objects.count() == Payment.objects.count() == SandboxCharge.objects.count() == Receipt.objects.count() == 1
    assert len(billing.subscriptions_of(alice)) == 1
    again = browsers[0].post(PAGE, PAID | {"key": key_of(browsers[0]), "another": "yes"})
    assert again.url != sent[0].url, "a form that was shown after that order is another one"


def test_receipts_of_purchases_at_one_moment_have_no_gaps(alice: Actor, docs_agent, now: datetime) -> None:
    at_once(lambda number: complete_purchase(purchase=wanted(docs_agent, f"key {number}"), actor=alice, now=now))
    assert sorted(Receipt.objects.values_list("number", flat=True)) == [f"R-2026-{n:06d}" for n in range(1, AT_ONCE + 1)]


@pytest.mark.requirement("BIL-12")
def test_events_at_one_moment_are_all_counted_and_repeats_once(alice: Actor, docs_agent, now: datetime) -> None:
    one = complete_purchase(purchase=wanted(docs_agent, "one"), actor=alice, now=now).resource_id
    at_once(
        lambda number: record_usage(subscription_id=one, metric="calls", quantity=1, event_id=f"event {number // 2}", now=now)
    )
    assert billing.usage_of(alice, one, now=now).primary.used == AT_ONCE // 2
