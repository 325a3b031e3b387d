"""Invoices that are paid by bank transfer: the operator sees which wait, and records what the bank statement shows."""

import sys
from dataclasses import dataclass

from emporion.kernel.clock import utcnow
from emporion.kernel.errors import DomainError
from emporion.kernel.money import Money
from emporion.payments import actions, queries
from emporion.payments.types import PaymentState, PaymentView, TransferReceived
from emporion.plumbing.types import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """A line of the bank statement, as the operator typed it."""

    order: str
    amount: str
    bank_reference: str


def show() -> int:
    """Print the invoices that nobody has paid yet, oldest first."""
    found = queries.awaited_transfers(Actor.system())
    if not found:
        sys.stdout.write("✓ No invoice waits for a transfer.\n")
    for payment in found:
        _write(payment, f"waits for {(utcnow() - payment.created_at).days} days")
    if found:
        sys.stdout.write("What arrived: emporion transfers --received ORDER --amount AMOUNT --bank-reference TEXT\n")
    return 0


def record(arrived: Arrived) -> int:
    """Record one transfer; the exit status is 0 when the invoice is paid. The same line recorded twice counts once."""
    named = queries.transferable(Actor.system(), named=arrived.order)
    if len(named) != 1:
        what = f"{arrived.order} names {len(named)} invoices that wait."
        return _refuse(what, "Take the number or the id from `emporion transfers`.")
    if not arrived.bank_reference.strip():
        return _refuse("The bank's number of the transfer is missing.", "Add --bank-reference, so that it counts once.")
    (payment,) = named
    try:
        amount = Money.written(arrived.amount, payment.amount.currency)
        transfer = TransferReceived(payment_id=payment.id, amount=amount, reference=arrived.bank_reference.strip())
        paid = actions.record_transfer(transfer=transfer, actor=Actor.system(), now=utcnow())
    except ValueError:
        return _refuse(f"{arrived.amount!r} is no amount.", f"Write what arrived, such as --amount {payment.amount.major}.")
    except DomainError as error:
        return _refuse(f"{error.message} {payment.amount.format()} is due.", error.step)
    is_twice = payment.state is PaymentState.FAILED
    _write(paid, "paid twice, as it was paid in another way before: one of the two goes back" if is_twice else "paid")
    return 0


def _write(payment: PaymentView, state: str) -> None:
    for_what = payment.description or payment.cause_type
    sys.stdout.write(f"{for_what}  {payment.amount.format()}  {payment.created_at:%Y-%m-%d}  {state}\n")
    sys.stdout.write(f"  payment {payment.id} of organization {payment.organisation_id}\n")


def _refuse(what: str, step: str) -> int:
    sys.stdout.write(f"! {what}\n  {step}\n")
    return 1
