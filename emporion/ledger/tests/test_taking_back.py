"""What is taken back of a sale: by the proportion in which it was shared, to the cent, once, in its own currency."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emporion.kernel.ids import new_id
from emporion.kernel.money import Money
from emporion.ledger import queries, rules
from emporion.ledger.actions import post, take_back
from emporion.ledger.types import AccountKind, AccountRef, Cause, Entry, Kept, credit, debit

pytestmark = pytest.mark.requirement("BIL-01", "BIL-09")
SELLER = new_id()


def account(kind: AccountKind, owner=None, currency: str = "EUR") -> AccountRef:
    return AccountRef(kind=kind, currency=currency, **({"owner_id": owner} if owner else {}))


PAYABLE, FEE = account(AccountKind.SELLER_PAYABLE, SELLER), account(AccountKind.PLATFORM_FEE)


@pytest.fixture
def buyer(organisation_id):
    return account(AccountKind.CUSTOMER_RECEIVABLE, organisation_id)


@pytest.fixture
def sold(db, buyer, now):
    """A sale of 100.01 of which the seller has 85 %."""
    cause = Cause(type="order", id=new_id())
    lines = (debit(buyer, Money(100_01, "EUR")), credit(PAYABLE, Money(85_01, "EUR")), credit(FEE, Money(15_00, "EUR")))
    post(entry=Entry(kind="sale", cause=cause, lines=lines), key="sale", now=now)
    return cause


def held(*accounts: AccountRef) -> list[int]:
    return [queries.balance(one).minor for one in accounts]


def test_a_part_and_then_the_rest_are_taken_back_once_from_everybody_who_had_a_share(sold, buyer, now):
    for _ in range(2):
        take_back(kept=Kept(cause=sold, amount=Money(60_01, "EUR")), key="one", now=now)
        assert held(buyer, PAYABLE, FEE) == [60_01, 51_01, 9_00]
    take_back(kept=Kept(cause=sold, amount=Money(0, "EUR")), key="two", now=now)
    assert held(buyer, PAYABLE, FEE) == [0, 0, 0]
    assert take_back(kept=Kept(cause=sold, amount=Money(0, "EUR")), key="three", now=now) is None
    assert queries.faults() == ()


def test_a_share_that_was_paid_out_is_owed_by_the_seller(sold, now):
    bank = account(AccountKind.BANK)
    lines = (debit(PAYABLE, Money(85_01, "EUR")), credit(bank, Money(85_01, "EUR")))
    post(entry=Entry(kind="payout", cause=Cause(type="payout", id=new_id()), lines=lines), key="payout", now=now)
    take_back(kept=Kept(cause=sold, amount=Money(0, "EUR")), key="one", now=now)
    assert held(PAYABLE, FEE) == [-85_01, 0]


def test_another_currency_and_another_sale_stay_as_they_are(sold, buyer, now):
    assert take_back(kept=Kept(cause=sold, amount=Money(0, "JPY")), key="yen", now=now) is None
    assert take_back(kept=Kept(cause=Cause(type="order", id=new_id()), amount=Money(0, "EUR")), key="other", now=now) is None
    assert take_back(kept=Kept(cause=sold, amount=Money(200_02, "EUR")), key="paid twice", now=now) is None
    assert held(buyer, PAYABLE, FEE) == [100_01, 85_01, 15_00]


@given(
    shares=st.lists(st.integers(1, 10**9), min_size=1, max_size=5),
    parts=st.lists(st.integers(0, 100), min_size=1, max_size=30),
)
def test_however_it_is_given_back_in_parts_each_share_stays_within_a_cent_of_its_proportion(shares, parts):
    whole = sum(shares)
    buyer = account(AccountKind.CUSTOMER_RECEIVABLE, new_id())
    sellers = {account(AccountKind.SELLER_PAYABLE, new_id()): -share for share in shares}
    posted, back = {buyer: whole, **sellers}, {}
    for part in [*sorted(parts), 100]:
        gone = whole * part // 100
        lines = rules.taken_back(posted, back, Money(whole - gone, "EUR"))
        assert sum(line.amount.minor for line in lines) == 0
        for line in lines:
            back[line.account] = back.get(line.account, 0) + line.amount.minor
        for seller, share in sellers.items():
            assert abs(back.get(seller, 0) * whole + share * gone) < whole
    assert {one: minor + back[one] for one, minor in posted.items()} == dict.fromkeys(posted, 0)
