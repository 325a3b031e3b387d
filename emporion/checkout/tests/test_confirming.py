"""Between the answer at the bank and the news of it: pages ask for nothing answered, update themselves and say how it ended."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from emporion.billing import queries as billing
from emporion.checkout.models import Order
from emporion.checkout.tests.test_pages import PAGE, PAID, key_of, text
from emporion.payments.models import Payment
from emporion.plumbing.types import Actor

pytestmark = [pytest.mark.requirement("BUY-10", "UX-02"), pytest.mark.django_db]


def later(drain: Callable[..., int]) -> None:
    drain(Payment.objects.latest("id").created_at + timedelta(minutes=5))


@pytest.mark.parametrize(
    ("answer", "end"), [("approve", "Docs Agent is yours"), ("fail", "Your bank could not confirm that it was you.")]
)
def test_an_order_that_was_answered_at_the_bank_asks_no_more_and_says_how_it_ended(
    alice_client: Client, docs_agent, drain: Callable[..., int], answer: str, end: str
) -> None:
    bank = alice_client.post(PAGE, PAID | {"new_card_token": "tok_3ds", "key": key_of(alice_client)}).url
    order = f"/orders/{Order.objects.get().id}/"
    assert alice_client.post(bank, {"answer": "abandon"}).url == order
    assert "Confirm $990 now" in text(alice_client.get(order))
    back = alice_client.post(bank, {"answer": answer}).url
    waiting = alice_client.get(back)
    assert "Your answer is being confirmed" in text(waiting)
    for asked in ("Confirm $990 now", "Cancel this payment"):
        assert asked not in text(waiting)
    assert f'hx-get="{order}state/?was=requires_action"' in waiting.content.decode()
    later(drain)
    assert end in text(alice_client.get(back))


@pytest.mark.requirement("BIL-06")
@pytest.mark.parametrize(
    ("answer", "end"),
    [
        ("approve", "The plan is changed: Pro"),
        (
            "fail",
            "did not go through Your bank could not confirm that it was you. Nothing was charged. You stay with Starter.",
        ),
    ],
)
def test_a_change_of_plan_that_was_answered_at_the_bank_says_that_it_is_confirmed_and_how_it_ended(
    alice_client: Client, alice: Actor, docs_agent, drain: Callable[..., int], answer: str, end: str
) -> None:
    sent = PAID | {"plan": "starter", "cycle": "monthly", "new_card_token": "tok_3ds", "key": key_of(alice_client)}
    alice_client.post(alice_client.post(PAGE, sent).url, {"answer": "approve"})
    later(drain)
    page = f"/subscriptions/{billing.subscriptions_of(alice)[0].id}/"
    pro = {"plan": str(docs_agent.plan("pro").id), "cycle": "monthly", "due": "9900"}
    bank = alice_client.post(f"{page}plan/", pro).url
    asked = text(alice_client.get(page))
    assert "Your bank asks you to confirm $" in asked
    assert "Change now" not in asked, "one change is on its way"
    back = alice_client.post(bank, {"answer": answer}).url
    waiting = alice_client.get(back).content.decode()
    assert "is being confirmed" in waiting
    assert "Confirm it now" not in waiting
    poll = waiting.split('hx-get="')[1].split('"')[0]
    assert alice_client.get(poll).status_code == 204
    later(drain)
    assert alice_client.get(poll).headers["HX-Refresh"] == "true"
    assert end in text(alice_client.get(back))


def test_what_a_charge_is_waiting_for_is_no_stranger_s_business(
    alice_client: Client, charlie_client: Client, alice: Actor, docs_agent, drain: Callable[..., int]
) -> None:
    alice_client.post(PAGE, PAID | {"plan": "starter", "cycle": "monthly", "key": key_of(alice_client)})
    payment = Payment.objects.get()
    assert alice_client.get(f"/payments/{payment.id}/state/?was=succeeded").status_code == 204
    assert charlie_client.get(f"/payments/{payment.id}/state/?was=succeeded").status_code == 404
    assert charlie_client.post(f"/billing/credits/{payment.id}/cancel/").status_code == 404


@pytest.mark.requirement("BIL-02")
def test_credit_that_waits_for_the_bank_stands_under_billing_and_is_gone_on_with_or_cancelled(
    alice_client: Client, bob_client: Client, drain: Callable[..., int]
) -> None:
    bought = {"amount": "20.00", "new_card_token": "tok_3ds", "key": "one"}
    bank = alice_client.post("/billing/credits/", bought).url
    page = alice_client.get("/billing/")
    assert "Your bank asks you to confirm $20.00 of credit" in text(page)
    assert f'href="{bank}"' in page.content.decode()
    waiting = Payment.objects.get()
    assert bob_client.post(f"/billing/credits/{waiting.id}/cancel/").status_code == 403
    cancelled = alice_client.post(f"/billing/credits/{waiting.id}/cancel/", follow=True)
    assert "The payment was cancelled. Nothing was charged." in text(cancelled)
    back = alice_client.post(alice_client.post("/billing/credits/", bought | {"key": "two"}).url, {"answer": "approve"}).url
    said = text(alice_client.get(back))
    assert "Your payment of $20.00 is being confirmed" in said
    assert "Your bank asks" not in said
    later(drain)
    assert "$20.00 were added to the wallet." in text(alice_client.get(back))
