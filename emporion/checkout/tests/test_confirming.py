"""Between the answer at the bank and the news of it: pages ask for nothing answered, update themselves and say how it ended."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from emporion.billing import queries as billing
from emporion.checkout.models import Order
from emporion.checkout.tests.test_pages import PAGE, PAID, key_of, text
from emporion.checkout.tests.test_purchase import held
from emporion.kernel.money import Money
from emporion.ledger.types import AccountKind
from emporion.payments.actions import apply_outcome, settle_overdue
from emporion.payments.models import Payment, SandboxCharge
from emporion.payments.providers.protocol import ChargeOutcome
from emporion.payments.types import PaymentState
from emporion.plumbing.types import Actor

pytestmark = [pytest.mark.requirement("BUY-10", "UX-02"), pytest.mark.django_db]


def later(drain: Callable[..., int]) -> None:
    drain(Payment.objects.latest("id").created_at + timedelta(minutes=5))


@pytest.fixture
def at_the_bank(alice_client: Client, alice: Actor, docs_agent, drain: Callable[..., int]) -> tuple[str, str]:
    """The page of a subscription to Starter whose change to Pro waits for the bank, and the bank's address."""
    sent = PAID | {"plan": "starter", "cycle": "monthly", "new_card_token": "tok_3ds", "key": key_of(alice_client)}
    alice_client.post(alice_client.post(PAGE, sent).url, {"answer": "approve"})
    later(drain)
    page = f"/subscriptions/{billing.subscriptions_of(alice)[0].id}/"
    pro = {"plan": str(docs_agent.plan("pro").id), "cycle": "monthly", "due": "9900"}
    return page, alice_client.post(f"{page}plan/", pro).url


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
    alice_client: Client, at_the_bank: tuple[str, str], drain: Callable[..., int], answer: str, end: str
) -> None:
    page, bank = at_the_bank
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


@pytest.fixture
def left_at_the_bank(alice_client: Client, at_the_bank: tuple[str, str]) -> tuple[str, str]:
    """The same, after the buyer left the bank's page without an answer."""
    page, bank = at_the_bank
    assert alice_client.post(bank, {"answer": "abandon"}).url.startswith(page)
    return at_the_bank


def give_up_on(page: str) -> str:
    return next(part.split('"')[0] for part in page.split('action="') if "/give-up/" in part.split('"')[0])


@pytest.mark.requirement("BIL-06", "BUY-21")
def test_a_change_of_plan_that_was_left_at_the_bank_is_gone_on_with_or_given_up(
    alice_client: Client, bob_client: Client, charlie_client: Client, left_at_the_bank: tuple[str, str], drain: Callable[..., int]
) -> None:
    page, bank = left_at_the_bank
    shown = alice_client.get(page)
    assert "Pro begins as soon as you have; until then you have Starter and nothing is charged." in text(shown)
    assert f'href="{bank}">Go on at the bank' in shown.content.decode()
    assert "Keep the present plan" in text(shown)
    give_up = give_up_on(shown.content.decode())
    assert "/give-up/" not in bob_client.get(page).content.decode()
    assert (bob_client.post(give_up).status_code, charlie_client.post(give_up).status_code) == (403, 404)
    assert alice_client.get(give_up).status_code == 405
    for _ in range(2):  # said again, it changes nothing
        kept = text(alice_client.post(give_up, follow=True))
        assert "You stay with Starter The change to Pro is given up: you do not pay for it." in kept
    assert "Your bank asks" not in kept
    assert "already been answered" in text(alice_client.get(bank))
    alice_client.post(bank, {"answer": "approve"})
    later(drain)
    assert "Starter plan by" in text(alice_client.get(page))
    assert Payment.objects.latest("id").state == "failed"
    pro = alice_client.get(page).content.decode().split("?plan=")[1].split('"')[0]
    assert "Due now" in text(alice_client.get(f"{page}plan/?plan={pro.replace('&amp;', '&')}")), "the next change can begin"


@pytest.mark.requirement("BIL-06", "BIL-10")
@pytest.mark.parametrize("is_left", [False, True])
def test_money_for_a_change_that_was_given_up_or_left_goes_back_and_the_plan_stays(
    alice_client: Client, alice: Actor, left_at_the_bank: tuple[str, str], drain: Callable[..., int], is_left: bool
) -> None:
    page, _bank = left_at_the_bank
    late = Payment.objects.latest("id")
    if is_left:
        settle_overdue(now=late.created_at + timedelta(minutes=31))
        drain(late.created_at + timedelta(minutes=31))
    else:
        alice_client.post(give_up_on(alice_client.get(page).content.decode()))
    SandboxCharge.objects.filter(payment_id=late.id).update(status="succeeded", failure="")
    amount = Money(late.amount_minor, late.currency)
    outcome = ChargeOutcome(state=PaymentState.SUCCEEDED, amount=amount, ref=late.provider_ref)
    apply_outcome(payment_id=late.id, outcome=outcome, now=late.created_at + timedelta(minutes=40))
    drain(late.created_at + timedelta(minutes=45))
    assert Payment.objects.get(pk=late.pk).state == "refunded"
    assert "Starter plan by" in text(alice_client.get(page))
    assert "You stay with Starter" in text(alice_client.get(late.return_url))
    listed = text(alice_client.get("/billing/")).partition("Renewals and usage")[2]
    assert f"{amount} Not charged" in listed
    assert f"{amount} given back" in listed
    assert "Under way" not in listed
    assert held(alice.organisation, AccountKind.CUSTOMER_RECEIVABLE) == 0


@pytest.mark.requirement("BIL-06", "BIL-10")
def test_a_change_that_was_confirmed_when_it_was_given_up_is_made(
    alice_client: Client, left_at_the_bank: tuple[str, str], drain: Callable[..., int]
) -> None:
    page, _bank = left_at_the_bank
    give_up = give_up_on(alice_client.get(page).content.decode())
    SandboxCharge.objects.filter(payment_id=Payment.objects.latest("id").id).update(status="succeeded")
    assert "The plan is changed: Pro" in text(alice_client.post(give_up, follow=True))
    later(drain)
    assert Payment.objects.latest("id").state == "succeeded"
    assert "Pro plan by" in text(alice_client.get(page))


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
