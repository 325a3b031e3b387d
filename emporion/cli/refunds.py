"""Refunds that have not reached the buyer: the operator sees them, mends the cause at the provider, and sends one again."""

import sys
from uuid import UUID

from emporion.checkout import actions as checkout
from emporion.kernel.clock import utcnow
from emporion.kernel.errors import DomainError
from emporion.payments import actions, queries
from emporion.payments.types import RefundState, RefundView
from emporion.plumbing.types import Actor

STATES = {
    RefundState.CREATED: "on its way, sent again every minute",
    RefundState.FAILED: "refused by the provider",
    RefundState.SUCCEEDED: "given back",
}


def show() -> int:
    """Print what has not been given back, oldest first; the exit status counts what the provider refused."""
    found = queries.unfinished_refunds(Actor.system())
    if not found:
        sys.stdout.write("✓ Every refund has been given back.\n")
    for refund in found:
        _write(refund)
    refused = sum(1 for refund in found if refund.state is RefundState.FAILED)
    if refused:
        sys.stdout.write("Mend the cause at the provider, then: emporion refunds --retry REFUND\n")
    return refused


def retry(asked: str) -> int:
    """Send one refund again, and print how it stands; the exit status is 0 when it was given back."""
    try:
        refund = actions.retry_refund(refund_id=UUID(asked), actor=Actor.system(), now=utcnow())
    except ValueError:
        return _refuse(f"{asked} is no refund.", "Take the id from `emporion refunds`.")
    except DomainError as error:
        return _refuse(str(error), error.step)
    _write(refund)
    return 0 if refund.state is RefundState.SUCCEEDED else 1


def give_back(number: str) -> int:
    """Give back what is kept of the money of an order, once; the exit status is 0 when the buyer has it."""
    try:
        refunds = checkout.give_back(number=number, actor=Actor.system(), now=utcnow())
    except DomainError as error:
        return _refuse(error.message, error.step)
    if not refunds:
        sys.stdout.write("✓ All of its money was given back before, or is on its way.\n")
    for refund in refunds:
        _write(refund)
    return 0 if all(refund.state is RefundState.SUCCEEDED for refund in refunds) else 1


def _write(refund: RefundView) -> None:
    mark = "✓" if refund.state is RefundState.SUCCEEDED else "!"
    sys.stdout.write(
        f"{mark} {refund.id}  {refund.amount.format()}  {refund.created_at:%Y-%m-%d %H:%M} UTC  {STATES[refund.state]}\n"
    )
    sys.stdout.write(f"  of payment {refund.payment_id}{f': {refund.reason}' if refund.reason else ''}\n")


def _refuse(what: str, step: str) -> int:
    sys.stdout.write(f"! {what}\n  {step}\n")
    return 1
