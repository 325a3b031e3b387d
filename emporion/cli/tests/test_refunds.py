"""The operator's way to a refund that the provider refused."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client

from emporion.billing.actions import publish_product
from emporion.billing.models import Subscription
from emporion.billing.tests.shelf import product
from emporion.checkout.models import Order
from emporion.checkout.tests.test_pages import PAGE, PAID, key_of, text
from emporion.cli import doctor
from emporion.cli.main import main
from emporion.kernel.clock import utcnow
from emporion.kernel.ids import new_id
from emporion.kernel.money import Money
from emporion.ledger import queries as ledger
from emporion.notify.models import MailMessage
from emporion.payments import actions
from emporion.payments.models import Payment, Refund, SandboxCharge
from emporion.payments.types import Method, PaymentRequest, RefundOrder, RefundState
from emporion.plumbing.types import Actor

pytestmark = [pytest.mark.requirement("BIL-09"), pytest.mark.django_db]


@pytest.fixture
def run(capsys):
    """Run a command, and say its exit status and what it printed."""

    def run(*arguments):
        with pytest.raises(SystemExit) as end:
            main(arguments)
        return end.value.code, capsys.readouterr().out

    return run


@pytest.fixture
def refused(alice, now):
    """A refund that the sandbox refuses, because the money was given back there by hand."""
    request = PaymentRequest(
        organisation_id=alice.organisation_id,
        amount=Money(990_00, "EUR"),
        method=Method.CARD,
        token="tok_visa",
        key="k",
        cause_type="order",
        cause_id=new_id(),
    )
    paid = actions.start_payment(request=request, actor=alice, now=now)
    SandboxCharge.objects.update(refunded_minor=990_00)
    order = RefundOrder(payment_id=paid.id, amount=Money(400_00, "EUR"), key="é")
    return actions.refund_payment(refund=order, actor=Actor.system(), now=now)


def test_a_refused_refund_is_listed_with_the_providers_reason_and_sent_again_by_its_id(run, refused):
    assert refused.state is RefundState.FAILED
    status, said = run("refunds")
    assert status == 1
    assert str(refused.id) in said
    assert "€400" in said
    assert refused.reason in said
    SandboxCharge.objects.update(refunded_minor=0)
    status, said = run("refunds", "--retry", str(refused.id))
    assert status == 0
    assert "given back" in said
    assert run("refunds") == (0, "✓ Every refund has been given back.\n")


def test_a_refund_that_is_still_refused_says_so(run, refused):
    status, said = run("refunds", "--retry", str(refused.id))
    assert status == 1
    assert "refused by the provider" in said


@pytest.mark.parametrize("unknown", ["nonsense", "0190f5a0-0000-7000-8000-000000000000"])
def test_an_unknown_refund_is_named_with_the_next_step(run, unknown):
    status, said = run("refunds", "--retry", unknown)
    assert status == 1
    assert unknown in said
    assert "Take the id from" in said or "Check the address" in said


def test_the_doctor_says_when_a_buyer_waits_for_a_refund(refused, capsys):
    doctor.examine()
    assert "1 refused by the provider" in capsys.readouterr().out


@pytest.fixture
def order(db, now, alice_client: Client):
    """A paid order whose terms give its money back within 14 days."""
    publish_product(spec=replace(product(), refund_days=14), now=now)
    alice_client.post(PAGE, PAID | {"key": key_of(alice_client)})
    return Order.objects.get()


@pytest.mark.requirement("BIL-11", "BUY-21", "ACC-11")
def test_who_asks_for_the_money_back_in_time_sees_where_it_stands_and_the_operator_gives_it_back(
    run, alice_client: Client, bob_client: Client, charlie_client: Client, order, drain
):
    page = f"/orders/{order.id}/"
    until = order.settled_at + timedelta(days=14)
    assert f"Money back until {until:%-d %B %Y}" in text(alice_client.get(page))
    assert "Money back" not in text(bob_client.get(page))
    assert bob_client.post(f"{page}money-back/").status_code == 403
    assert charlie_client.post(f"{page}money-back/").status_code == 404
    for _ in range(2):
        asked = alice_client.post(f"{page}money-back/", {"reason": "Too slow for us, désolée."}, follow=True)
    assert "Money back asked for" in text(asked)
    drain(utcnow())
    mail = MailMessage.objects.get(subject__startswith="Money back")
    for words in (order.number, "$990.00", "désolée", f"emporion refunds --give-back {order.number}"):
        assert words in mail.text
        assert words in mail.html
    assert text(alice_client.get("/settings/audit/")).count("refund.asked") == 1
    for _ in range(2):
        assert run("refunds", "--give-back", order.number)[0] == 0
    assert "Given back $990.00" in text(alice_client.get(page))
    assert Subscription.objects.get().cancel_at_period_end
    assert run("refunds", "--give-back", "EM-NONE")[0] == 1


@pytest.mark.requirement("BIL-11", "REL-01")
@pytest.mark.parametrize("is_cut_short", [False, True])
def test_of_an_order_whose_money_went_back_in_part_the_rest_is_given_back_once(
    run, alice_client: Client, order, drain, now, is_cut_short: bool
):
    payment = Payment.objects.get()
    part = RefundOrder(payment_id=payment.id, amount=Money(100_01, "USD"), key="part", note="a bad week")
    actions.refund_payment(refund=part, actor=Actor.system(), now=now)
    if is_cut_short:  # killed when the rest was written down and the provider had not heard of it
        left = Refund(payment=payment, key="checkout.order:asked", amount_minor=889_99, created_at=now, updated_at=now)
        left.save(force_insert=True)
    for _ in range(2):
        status, said = run("refunds", "--give-back", order.number)
        drain(utcnow())
        assert (status, "$889.99" in said, said.count("given back")) == (0, True, 1)
    assert SandboxCharge.objects.get().refunded_minor == 990_00
    assert sorted(Refund.objects.values_list("amount_minor", "state")) == [(100_01, "succeeded"), (889_99, "succeeded")]
    assert "The money of this order was given back" in text(alice_client.get(f"/orders/{order.id}/"))
    assert Subscription.objects.get().cancel_at_period_end
    assert ledger.faults() == ()


@pytest.mark.requirement("BIL-11")
def test_what_is_on_its_way_back_is_not_given_back_again_and_what_is_all_back_is_said(run, order, now):
    payment = Payment.objects.get()
    under_way = Refund(payment=payment, key="part", amount_minor=990_00, created_at=now, updated_at=now)
    under_way.save(force_insert=True)
    status, said = run("refunds", "--give-back", order.number)
    assert (status, "✓ All of its money was given back before, or is on its way." in said) == (0, True)
    assert SandboxCharge.objects.get().refunded_minor == 0
    assert Subscription.objects.get().cancel_at_period_end


@pytest.mark.requirement("BIL-11")
def test_when_the_time_is_over_the_order_does_not_offer_its_money_back(alice_client: Client, order):
    Order.objects.update(settled_at=order.settled_at - timedelta(days=14, minutes=1))
    page = f"/orders/{order.id}/"
    assert "Money back" not in text(alice_client.get(page))
    refused = alice_client.post(f"{page}money-back/")
    assert refused.status_code == 409
    assert "Answer the mail with its receipt" in text(refused)
