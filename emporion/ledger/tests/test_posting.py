"""Entries, balances and reversals through the verbs."""

from dataclasses import replace

import pytest

from emporion.kernel.errors import Denied
from emporion.kernel.ids import new_id
from emporion.kernel.money import Money
from emporion.ledger import queries
from emporion.ledger.actions import post, reverse
from emporion.ledger.errors import KeyReused, UnbalancedEntry
from emporion.ledger.types import PLATFORM, AccountKind, AccountRef, Cause, Entry, Line, credit, debit

pytestmark = [pytest.mark.requirement("BIL-01"), pytest.mark.django_db]


@pytest.fixture
def receivable(organisation_id):
    return AccountRef(kind=AccountKind.CUSTOMER_RECEIVABLE, owner_id=organisation_id, currency="EUR")


REVENUE = AccountRef(kind=AccountKind.PLATFORM_REVENUE, currency="EUR")
FEE = AccountRef(kind=AccountKind.PLATFORM_FEE, currency="EUR")
TAX = AccountRef(kind=AccountKind.TAX_PAYABLE, currency="EUR", part="DE")

TOTAL = Money(119_00, "EUR")


def sale(receivable, cause=None, total=TOTAL):
    net, tax = total.allocate([100, 19])
    lines = (debit(receivable, total), credit(REVENUE, net), credit(TAX, tax))
    return Entry(kind="sale", cause=cause or Cause(type="order", id=new_id()), lines=lines)


def test_every_account_grows_on_its_normal_side(receivable, now):
    post(entry=sale(receivable), key="s1", now=now)
    assert [queries.balance(account) for account in (receivable, REVENUE, TAX)] == [
        Money(119_00, "EUR"),
        Money(100_00, "EUR"),
        Money(19_00, "EUR"),
    ]


def test_every_cent_leads_to_its_cause(receivable, alice, now):
    cause = Cause(type="order", id=new_id())
    post(entry=sale(receivable, cause), key="s1", now=now)
    entries = queries.entries_of(alice)
    assert [(entry.cause, entry.amount, entry.account) for entry in entries] == [(cause, Money(119_00, "EUR"), receivable)]
    assert {entry.account for entry in queries.entries_for(cause)} == {receivable, REVENUE, TAX}
    assert sum(entry.amount.minor for entry in queries.entries_for(cause)) == 2 * 119_00


@pytest.mark.requirement("SEC-01")
def test_a_stranger_sees_nothing_of_it(receivable, charlie, bob, now):
    post(entry=sale(receivable), key="s1", now=now)
    assert queries.entries_of(charlie) == ()
    assert queries.balances(charlie) == ()
    with pytest.raises(Denied):
        queries.entries_of(replace(bob, role=None))


def test_the_same_key_posts_once_and_other_content_is_refused(receivable, now):
    entry = sale(receivable)
    first = post(entry=entry, key="s1", now=now)
    shuffled = Entry(kind=entry.kind, cause=entry.cause, lines=entry.lines[::-1])
    assert post(entry=shuffled, key="s1", now=now) == first
    assert queries.balance(REVENUE) == Money(100_00, "EUR")
    with pytest.raises(KeyReused):
        post(entry=sale(receivable, entry.cause, Money(119_01, "EUR")), key="s1", now=now)


def test_a_reversal_takes_everything_back_once_and_names_its_original(receivable, now):
    original = post(entry=sale(receivable), key="s1", now=now)
    cause = Cause(type="mistake", id=new_id())
    undone = reverse(transaction_id=original, cause=cause, key="r1", now=now)
    assert reverse(transaction_id=original, cause=cause, key="r1", now=now) == undone
    assert not queries.balance(receivable)
    assert not queries.balance(TAX)


@pytest.mark.parametrize("minors", [(1,), (), (5, -4), (5, 0, -5)])
def test_an_entry_that_does_not_balance_is_refused_with_the_reason(receivable, now, minors):
    lines = tuple(Line(account=receivable, amount=Money(minor, "EUR")) for minor in minors)
    with pytest.raises(UnbalancedEntry) as refused:
        post(entry=Entry(kind="x", cause=Cause(type="x", id=new_id()), lines=lines), key="x", now=now)
    assert refused.value.step


def test_yen_and_dinar_have_their_own_minor_units(organisation_id, now):
    for currency, minor in (("JPY", 500), ("KWD", 5_124)):
        cash = AccountRef(kind=AccountKind.BANK, currency=currency)
        revenue = AccountRef(kind=AccountKind.PLATFORM_REVENUE, currency=currency)
        amount = Money(minor, currency)
        entry = Entry(kind="sale", cause=Cause(type="order", id=new_id()), lines=(debit(cash, amount), credit(revenue, amount)))
        post(entry=entry, key=currency, now=now)
    assert {str(row.balance.major) for row in queries.balances_of(PLATFORM)} == {"500", "5.124"}


def test_a_balance_asks_the_database_once(receivable, now, django_assert_num_queries):
    post(entry=sale(receivable), key="s1", now=now)
    with django_assert_num_queries(1):
        queries.balance(receivable)
