"""Random lives of a wallet against a model of a few integers: the books agree with it after every step."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from emporion.kernel.ids import new_id
from emporion.kernel.money import Money
from emporion.ledger import actions, queries
from emporion.ledger.errors import InsufficientCredit
from emporion.ledger.types import PLATFORM, AccountKind, AccountRef, Cause, CreditGrant, WalletCharge, WalletUsage
from emporion.plumbing.types import Actor

pytestmark = [pytest.mark.requirement("BIL-01", "BIL-02"), pytest.mark.django_db]
CURRENCIES = st.sampled_from(["USD", "JPY", "KWD"])
MINOR = st.integers(1, 5_000)


class Books(RuleBasedStateMachine):
    """Two organisations, three currencies; the model counts micro-units."""

    def __init__(self):
        super().__init__()
        self.savepoint = transaction.atomic()
        self.savepoint.__enter__()
        self.now = datetime(2026, 3, 29, 0, 59, tzinfo=UTC)
        self.owners: list[UUID] = [new_id(), new_id()]
        self.micros: dict[tuple[UUID, str], int] = {}
        self.done: list[tuple[object, WalletCharge, str]] = []

    def teardown(self):
        transaction.set_rollback(True)
        self.savepoint.__exit__(None, None, None)

    def _charge(self, owner, currency, minor):
        cause = Cause(type="machine", id=new_id())
        return WalletCharge(organisation_id=self.owners[owner], amount=Money(minor, currency), cause=cause)

    def _add(self, charge, sign):
        at = (charge.organisation_id, charge.amount.currency)
        self.micros[at] = self.micros.get(at, 0) + sign * charge.amount.micros

    def _do(self, verb, charge, sign):
        key = str(new_id())
        verb(charge=charge, key=key, now=self.now)
        self._add(charge, sign)
        self.done.append((verb, charge, key))

    @rule(owner=st.integers(0, 1), currency=CURRENCIES, minor=MINOR)
    def top_up(self, owner, currency, minor):
        self._do(actions.top_up, self._charge(owner, currency, minor), 1)

    @rule(owner=st.integers(0, 1), currency=CURRENCIES, minor=MINOR)
    def spend(self, owner, currency, minor):
        charge = self._charge(owner, currency, minor)
        if self.micros.get((charge.organisation_id, currency), 0) >= charge.amount.micros:
            self._do(actions.spend, charge, -1)
        else:
            with pytest.raises(InsufficientCredit):
                actions.spend(charge=charge, key=str(new_id()), now=self.now)

    @rule(owner=st.integers(0, 1), currency=CURRENCIES, micros=st.integers(1, 3_000_000))
    def meter(self, owner, currency, micros):
        at = (self.owners[owner], currency)
        usage = WalletUsage(organisation_id=at[0], micros=micros, currency=currency, cause=Cause(type="call", id=new_id()))
        if self.micros.get(at, 0) >= micros:
            self.micros[at] -= micros
            assert actions.meter(usage=usage, key=str(new_id()), now=self.now) == self.micros[at]
        else:
            with pytest.raises(InsufficientCredit):
                actions.meter(usage=usage, key=str(new_id()), now=self.now)

    @rule(owner=st.integers(0, 1), currency=CURRENCIES, minor=MINOR)
    def give(self, owner, currency, minor):
        charge = self._charge(owner, currency, minor)
        grant = CreditGrant(
            organisation_id=charge.organisation_id,
            amount=charge.amount,
            cause=charge.cause,
            expires_at=self.now + timedelta(days=900),
        )
        actions.grant_credit(grant=grant, key=str(new_id()), now=self.now)
        self._add(charge, 1)

    @precondition(lambda self: self.done)
    @rule(data=st.data())
    def repeat(self, data):
        verb, charge, key = data.draw(st.sampled_from(self.done))
        verb(charge=charge, key=key, now=self.now + timedelta(hours=3))

    @invariant()
    def wallets_hold_what_the_model_says(self):
        for (owner, currency), micros in self.micros.items():
            view = queries.wallet_of(Actor.system(owner), currency, now=self.now)
            assert view.available_micros == micros >= 0

    @invariant()
    def the_books_sum_to_zero(self):
        assert queries.faults() == ()
        for currency in ("USD", "JPY", "KWD"):
            signed = 0
            for owner in (*self.owners, PLATFORM):
                for row in queries.balances_of(owner):
                    if row.account.currency == currency:
                        debit = row.account.kind in {AccountKind.CUSTOMER_RECEIVABLE, AccountKind.PROMOTION_EXPENSE}
                        signed += row.balance.minor if debit else -row.balance.minor
            assert signed == 0


def test_the_books_agree_with_a_model_after_every_step(db):
    run_state_machine_as_test(
        Books,
        settings=settings(
            max_examples=12, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck), derandomize=False
        ),
    )


def test_a_system_actor_reads_any_organisation(organisation_id, now):
    ref = AccountRef(kind=AccountKind.WALLET, owner_id=organisation_id, currency="USD")
    assert queries.balance(ref) == Money.zero("USD")
    assert queries.wallet_of(Actor.system(organisation_id), now=now).available_micros == 0
