"""The operator's way to a refund that the provider refused."""

import pytest

from emporion.cli import doctor
from emporion.cli.main import main
from emporion.kernel.ids import new_id
from emporion.kernel.money import Money
from emporion.payments import actions
from emporion.payments.models import SandboxCharge
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
