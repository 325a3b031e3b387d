"""A payment is the same whichever way reports first, and however often each of them does."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emporion.insights.revenue.folding import REST, Fact, fold
from emporion.insights.revenue.types import Kind, Outcome, Source, Standing

pytestmark = pytest.mark.requirement("INS-10")
AT = datetime(2026, 11, 18, 10, 15, tzinfo=UTC)


def fact(name: str, **values: object) -> Fact:
    given_ = {
        "source": Source.WEBHOOK,
        "kind": Kind.PAYMENT,
        "outcome": Outcome.DONE,
        "object_ids": (name,),
        "occurred_at": AT,
        "digest": f"{name}{sorted((key, str(value)) for key, value in values.items())}",
        "is_trusted": True,
    }
    return Fact(**given_ | values)


PAID = fact("pi_1", amount_minor=9_900, currency="USD")
LINK = fact("cs_1", source=Source.SCRIPT, outcome=Outcome.SEEN, visitor_id=UUID(int=9), is_trusted=False)
REFUND = fact("re_1", kind=Kind.REFUND, amount_minor=4_000, currency="USD", occurred_at=AT + timedelta(days=1))
SUM = fact("ch_1", kind=Kind.REFUND, is_total=True, amount_minor=4_000, currency="USD", occurred_at=AT + timedelta(days=1))
DISPUTE = fact("dp_1", kind=Kind.DISPUTE, amount_minor=9_900, currency="USD", occurred_at=AT + timedelta(days=5))
WON = replace(DISPUTE, outcome=Outcome.UNDONE, digest="won")


@given(st.permutations([PAID, LINK, REFUND, SUM, DISPUTE, WON]), st.lists(st.sampled_from([PAID, REFUND, SUM, WON]), max_size=4))
def test_the_order_and_number_of_reports_changes_nothing(facts: list[Fact], again: list[Fact]) -> None:
    assert fold([*facts, *again]) == fold([PAID, LINK, REFUND, SUM, DISPUTE, WON])


def test_a_sum_of_refunds_counts_only_what_no_single_refund_named() -> None:
    only_sum = fold([PAID, SUM])
    assert [(one.object_id, one.amount.minor) for one in only_sum.reversals] == [(REST, 4_000)]
    both = fold([PAID, replace(SUM, amount_minor=5_000), REFUND])
    assert sorted((one.object_id, one.amount.minor) for one in both.reversals) == [("re_1", 4_000), (REST, 1_000)]


def test_a_dispute_that_was_won_takes_nothing_and_one_that_stands_takes_only_what_is_left() -> None:
    assert [one.object_id for one in fold([PAID, REFUND, DISPUTE, WON]).reversals] == ["re_1"]
    assert [one.amount.minor for one in fold([PAID, REFUND, DISPUTE]).reversals] == [4_000, 5_900]


def test_what_only_a_browser_says_waits_for_the_provider_that_speaks_for_itself() -> None:
    said = fact("cs_1", source=Source.SCRIPT, amount_minor=1, currency="USD", is_trusted=False, visitor_id=UUID(int=9))
    assert fold([said]).standing is Standing.EXPECTED
    told = fold([said, replace(PAID, object_ids=("pi_1", "cs_1"))])
    assert (told.standing, told.amount.minor, told.checkout_visitor_id) == (Standing.COUNTED, 9_900, UUID(int=9))
    assert told.object_id == "pi_1"


def test_a_payment_that_its_owner_removed_stays_removed() -> None:
    gone = fact("t_1", source=Source.API, outcome=Outcome.UNDONE)
    paid = fact("t_1", source=Source.API, amount_minor=5, currency="USD")
    assert fold([paid, gone]).standing is Standing.VOID
    assert fold([gone, paid]).standing is Standing.VOID


def test_a_trial_that_was_paid_after_all_is_a_payment() -> None:
    trial = fact("in_1", kind=Kind.FREE_TRIAL, amount_minor=0, currency="USD")
    assert fold([trial]).kind is Kind.FREE_TRIAL
    assert fold([trial, PAID]).kind is Kind.PAYMENT
