"""Kills a process with SIGKILL before and after every SQL statement and commit of a verb that moves money, then recovers.

Run by `test_kill.py` in a process and on a database of its own; prints one line of JSON. The kill is real: the child that is
forked for each step dies in the midst of its work, and the database sees a lost connection.
"""

import json
import os
import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection, connections  # noqa: E402

from emporion.kernel.ids import new_id  # noqa: E402
from emporion.kernel.money import Money  # noqa: E402
from emporion.ledger import actions as ledger  # noqa: E402
from emporion.ledger import queries as books  # noqa: E402
from emporion.ledger.errors import InsufficientCredit  # noqa: E402
from emporion.ledger.types import AccountKind, AccountRef, Cause, WalletCharge, WalletUsage  # noqa: E402
from emporion.payments import actions, queries  # noqa: E402
from emporion.payments.events import PaymentSucceeded  # noqa: E402
from emporion.payments.models import Payment, SandboxCharge, SandboxRefund  # noqa: E402
from emporion.payments.types import Method, PaymentRequest, PaymentState, RefundOrder  # noqa: E402
from emporion.plumbing.actions import run_due_jobs  # noqa: E402
from emporion.plumbing.models import Job  # noqa: E402
from emporion.plumbing.registry import subscriptions  # noqa: E402
from emporion.plumbing.types import Actor, JobContext  # noqa: E402

NOW = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
PRICE = Money(990_00, "USD")


def hear(event: PaymentSucceeded, *, job: JobContext) -> None:
    """Listens, so that what is published can be counted."""


class Buyer:
    """One organisation that pays once; every step of the sweep has a new one."""

    def __init__(self, method: Method = Method.CARD) -> None:
        self.actor = Actor.system(new_id())
        self.request = PaymentRequest(
            organisation_id=self.actor.organisation,
            amount=PRICE,
            method=method,
            token="tok_visa" if method is Method.CARD else "",
            cause_type="order",
            cause_id=new_id(),
            key="once",
        )

    def pay(self) -> None:
        actions.start_payment(request=self.request, actor=self.actor, now=NOW)

    def top_up(self) -> None:
        actions.top_up_wallet(request=self.request, actor=self.actor, now=NOW)

    def fill(self) -> None:
        charge = WalletCharge(organisation_id=self.actor.organisation, amount=PRICE, cause=Cause(type="gift", id=new_id()))
        ledger.top_up(charge=charge, key=str(new_id()), now=NOW)

    def refund(self) -> None:
        paid = Payment.objects.get(organisation_id=self.actor.organisation)
        order = RefundOrder(payment_id=paid.id, amount=Money(90_00, "USD"), key="back")
        actions.refund_payment(refund=order, actor=self.actor, now=NOW)

    def facts(self) -> dict[str, int | str]:
        """What everybody's books say of this buyer."""
        owner = self.actor.organisation
        payment = Payment.objects.filter(organisation_id=owner).first()
        receivable = AccountRef(kind=AccountKind.CUSTOMER_RECEIVABLE, owner_id=owner, currency="USD")
        mine = Payment.objects.filter(organisation_id=owner).values("id")
        charged = SandboxCharge.objects.filter(payment_id__in=mine, status="succeeded")
        told = Job.objects.filter(name="payments.PaymentSucceeded", payload__contains=str(owner))
        return {
            "state": payment.state if payment else "none",
            "receivable": books.balance(receivable).minor,
            "wallet": queries.ledger.wallet_of(self.actor, now=NOW).available.minor,
            "charged": sum(row.amount_minor for row in charged),
            "given_back": sum(row.amount_minor for row in SandboxRefund.objects.filter(charge__in=charged)),
            "told": told.count(),
        }


def die_at(step: int) -> None:
    """Let this process kill itself at the n-th boundary: before each statement, before and after each commit."""
    left = [step]

    def tick() -> None:
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def statement(execute: Callable[..., object], *args: object) -> object:
        tick()
        return execute(*args)

    connection.ensure_connection()
    commit = connection._commit

    def committing() -> None:
        tick()
        commit()
        tick()

    connection._commit = committing
    connection.execute_wrappers.append(statement)


def killed(verb: Callable[[], None], step: int) -> bool:
    """Run a verb in a child that dies at a step; false when the verb ended before."""
    connections.close_all()
    child = os.fork()
    if child == 0:
        die_at(step)
        verb()
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return True
    assert os.WEXITSTATUS(status) == 0
    return False


def recover() -> None:
    """What the server does by itself in the hour after it starts again."""
    for minutes in (1, 2, 11, 31, 60):
        actions.settle_overdue(now=NOW + timedelta(minutes=minutes))
        run_due_jobs(now=NOW + timedelta(minutes=minutes))


def sweep(make: Callable[[], Buyer], verb: str, again: bool) -> list[dict[str, int | str]]:
    """The facts after a kill at every step, after the buyer's retry (`again`) or without one, and recovery."""
    buyers = []
    step = 0
    alive = False
    while not alive:
        step += 1
        buyer = make()
        alive = not killed(getattr(buyer, verb), step)
        if again:
            getattr(buyer, verb)()
        buyers.append(buyer)
    recover()
    return [buyer.facts() for buyer in buyers]


def race(children: int = 4, tries: int = 20) -> dict[str, int]:
    """Several processes spend and meter one wallet at once; it holds enough for half of what they ask."""
    buyer = Buyer(Method.WALLET)
    owner = buyer.actor.organisation
    cause = Cause(type="race", id=owner)
    half = Money(children * tries * 100 // 2, "USD")
    ledger.top_up(charge=WalletCharge(organisation_id=owner, amount=half, cause=cause), key=f"race:{owner}", now=NOW)
    connections.close_all()
    running = []
    for child in range(children):
        running.append(os.fork())
        if running[-1] == 0:
            for attempt in range(tries):
                spend_or_meter(owner, f"race:{owner}:{child}:{attempt}", meters=child % 2 == 0)
            os._exit(0)
    codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in running]
    return {"left": queries.ledger.wallet_of(buyer.actor, now=NOW).available_micros, "failures": sum(map(bool, codes))}


def spend_or_meter(owner: UUID, key: str, *, meters: bool) -> None:
    """Take a dollar, if it is there."""
    cause = Cause(type="race", id=owner)
    try:
        if meters:
            usage = WalletUsage(organisation_id=owner, micros=1_000_000, currency="USD", cause=cause)
            ledger.meter(usage=usage, key=key, now=NOW)
        else:
            charge = WalletCharge(organisation_id=owner, amount=Money(1_00, "USD"), cause=cause)
            ledger.spend(charge=charge, key=key, now=NOW)
    except InsufficientCredit:
        return


def with_credit() -> Buyer:
    buyer = Buyer(Method.WALLET)
    buyer.fill()
    return buyer


def with_payment() -> Buyer:
    buyer = Buyer()
    buyer.pay()
    return buyer


def main() -> None:
    """Sweep each verb; the caller judges."""
    for app in ("plumbing", "accounts", "ledger", "payments"):
        call_command("migrate", app, verbosity=0, skip_checks=True)
    subscriptions().LISTENERS = {"payments.PaymentSucceeded": ("emporion.payments.tests.kill_sweep:hear",)}  # type: ignore[misc]
    results = {
        "pay, retried": sweep(Buyer, "pay", again=True),
        "pay, left alone": sweep(Buyer, "pay", again=False),
        "top_up, retried": sweep(Buyer, "top_up", again=True),
        "wallet, retried": sweep(with_credit, "pay", again=True),
        "wallet, left alone": sweep(with_credit, "pay", again=False),
        "refund, retried": sweep(with_payment, "refund", again=True),
        "refund, left alone": sweep(with_payment, "refund", again=False),
    }
    unsettled = Payment.objects.exclude(state__in=[PaymentState.SUCCEEDED, PaymentState.FAILED]).count()
    faults = len(books.faults())
    sys.stdout.write("\n" + json.dumps({"results": results, "unsettled": unsettled, "faults": faults, "race": race()}) + "\n")


if __name__ == "__main__":
    main()
