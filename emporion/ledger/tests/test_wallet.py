"""Wallets: filled, spent, metered below the cent, warned, and never overdrawn."""

from datetime import timedelta

import pytest

from emporion.kernel.ids import new_id
from emporion.kernel.money import Money
from emporion.ledger import actions, queries
from emporion.ledger.errors import AmountNotPositive, CurrencyMismatch, InsufficientCredit, KeyReused
from emporion.ledger.types import AccountKind, AccountRef, Cause, CreditGrant, WalletCharge, WalletUsage
from emporion.plumbing.models import Job
from emporion.plumbing.registry import subscriptions

pytestmark = [pytest.mark.requirement("BIL-02"), pytest.mark.django_db]
REVENUE = AccountRef(kind=AccountKind.PLATFORM_REVENUE, currency="USD")
EXPENSE = AccountRef(kind=AccountKind.PROMOTION_EXPENSE, currency="USD")


def usd(amount):
    return Money.of(amount, "USD")


@pytest.fixture
def wallet(organisation_id, alice, now):
    """The verbs and the view of alice's wallet."""

    class Wallet:
        def charge(self, amount, **more):
            money = amount if isinstance(amount, Money) else usd(amount)
            return WalletCharge(organisation_id=organisation_id, amount=money, cause=Cause(type="t", id=organisation_id), **more)

        def top_up(self, amount, key="top-up"):
            return actions.top_up(charge=self.charge(amount), key=key, now=now)

        def spend(self, amount, key="spend", at=now, **more):
            return actions.spend(charge=self.charge(amount, **more), key=key, now=at)

        def meter(self, micros, key, at=now, **more):
            cause = Cause(type="call", id=organisation_id)
            usage = WalletUsage(organisation_id=organisation_id, micros=micros, currency="USD", cause=cause, **more)
            return actions.meter(usage=usage, key=key, now=at)

        def grant(self, amount, key="grant", days=30):
            grant = CreditGrant(
                organisation_id=organisation_id,
                amount=usd(amount),
                cause=Cause(type="welcome", id=organisation_id),
                expires_at=now + timedelta(days=days),
            )
            return actions.grant_credit(grant=grant, key=key, now=now)

        def view(self, at=now):
            return queries.wallet_of(alice, "USD", now=at)

    return Wallet()


@pytest.fixture
def listening():
    """Somebody listens to the wallet's events, so that the outbox keeps them."""
    heard = {"ledger.WalletLow": ("nowhere:low",), "ledger.WalletFilled": ("nowhere:filled",)}
    patch = pytest.MonkeyPatch()
    patch.setattr(subscriptions(), "LISTENERS", heard)
    yield lambda: list(Job.objects.filter(name__startswith="ledger.").order_by("id").values_list("name", flat=True))
    patch.undo()


def test_a_wallet_that_was_never_opened_is_empty(wallet):
    assert wallet.view().available == usd("0")
    assert not wallet.view().is_low


def test_credit_that_was_bought_can_be_spent(wallet):
    wallet.top_up("25")
    wallet.spend("9.90")
    assert wallet.view().available == usd("15.10")


def test_a_repeat_of_a_key_moves_nothing_and_other_content_is_refused(wallet):
    assert wallet.top_up("25") == wallet.top_up("25")
    assert wallet.spend("5") == wallet.spend("5")
    assert wallet.meter(8_000, "call-1") == wallet.meter(8_000, "call-1") == 19_992_000
    assert wallet.view().available_micros == 19_992_000
    for again in (lambda: wallet.top_up("26"), lambda: wallet.spend("6"), lambda: wallet.meter(8_001, "call-1")):
        with pytest.raises(KeyReused):
            again()


def test_more_than_there_is_cannot_be_spent_and_nothing_is_taken(wallet):
    wallet.top_up("5")
    with pytest.raises(InsufficientCredit) as refused:
        wallet.spend("5.01")
    assert refused.value.facts == {"available_micros": 5_000_000, "asked_micros": 5_010_000, "currency": "USD"}
    assert wallet.view().available == usd("5")


@pytest.mark.parametrize("amount", ["0", "-1"])
def test_only_a_positive_amount_moves(wallet, amount):
    for verb in (wallet.top_up, wallet.spend):
        with pytest.raises(AmountNotPositive):
            verb(amount)
    with pytest.raises(AmountNotPositive):
        wallet.meter(0, "nothing")


def test_250_calls_at_eight_tenths_of_a_cent_cost_two_dollars_exactly(wallet):
    wallet.top_up("10")
    for call in range(250):
        left = wallet.meter(8_000, f"call-{call}")
    assert left == 8_000_000
    assert wallet.view().available == usd("8")
    assert queries.balance(REVENUE) == usd("2")


def test_every_posted_cent_of_usage_opens_down_to_its_calls(wallet, alice, charlie):
    wallet.top_up("10")
    for call in range(5):
        wallet.meter(4_000, f"call-{call}")
    posted = [entry for entry in queries.entries_of(alice, kinds=[AccountKind.WALLET]) if entry.kind == "wallet.usage"]
    assert [entry.amount for entry in posted] == [usd("-0.01"), usd("-0.01")]
    opened = [queries.readings_in(alice, entry.transaction_id) for entry in reversed(posted)]
    assert [[reading.micros for reading in readings] for readings in opened] == [[4_000] * 3, [4_000] * 2]
    assert queries.readings_in(charlie, posted[0].transaction_id) == ()


def test_usage_that_waits_below_the_cent_cannot_be_spent_twice(wallet):
    wallet.top_up("0.01")
    wallet.meter(9_999, "almost")
    with pytest.raises(InsufficientCredit):
        wallet.spend("0.01")
    with pytest.raises(InsufficientCredit):
        wallet.meter(2, "over")
    assert wallet.meter(1, "exactly") == 0


def test_usage_of_several_sellers_waits_in_meters_of_their_own(wallet):
    wallet.top_up("1")
    sellers = [AccountRef(kind=AccountKind.SELLER_PAYABLE, currency="USD", owner_id=new_id()) for _ in range(2)]
    for index, seller in enumerate(sellers * 3):
        wallet.meter(6_000, f"call-{index}", to=seller)
    assert [queries.balance(seller) for seller in sellers] == [usd("0.01"), usd("0.01")]
    assert wallet.view().available_micros == 1_000_000 - 6 * 6_000


def test_the_alert_is_given_once_until_the_wallet_is_filled_again(wallet, alice, listening, now):
    wallet.top_up("10", key="a")
    actions.set_low_balance(threshold=usd("4"), actor=alice, now=now)
    for step in range(3):
        wallet.spend("2.50", key=f"s{step}")
    assert wallet.view().is_low
    assert listening() == ["ledger.WalletFilled", "ledger.WalletLow"]
    wallet.top_up("10", key="b")
    assert not wallet.view().is_low
    wallet.spend("10", key="again")
    assert listening() == ["ledger.WalletFilled", "ledger.WalletLow", "ledger.WalletFilled", "ledger.WalletLow"]


def test_promotional_credit_is_spent_first_and_the_soonest_to_end_first_of_all(wallet):
    wallet.top_up("10")
    wallet.grant("3", key="late", days=60)
    wallet.grant("2", key="soon", days=5)
    wallet.spend("4")
    assert (wallet.view().promotional, wallet.view().purchased) == (usd("1"), usd("10"))
    assert queries.balance(EXPENSE) == usd("5")


def test_promotional_credit_ends_at_its_moment_even_before_the_job_ran(wallet, now):
    wallet.grant("5", days=1)
    at_the_end = now + timedelta(days=1)
    assert wallet.view(at_the_end - timedelta(microseconds=1)).available == usd("5")
    assert wallet.view(at_the_end).available == usd("0")
    with pytest.raises(InsufficientCredit):
        wallet.spend("1", at=at_the_end)


def test_what_ended_falls_back_to_the_platform_once(wallet, now):
    wallet.grant("5", days=1)
    wallet.spend("1.20")
    after = now + timedelta(days=2)
    assert [actions.expire_credit(now=after), actions.expire_credit(now=after)] == [1, 0]
    assert queries.balance(EXPENSE) == usd("1.20")
    assert wallet.view(after).available == usd("0")


def test_credit_that_ends_still_pays_for_what_was_used_before(wallet, now):
    wallet.grant("0.01", days=1)
    wallet.meter(7_000, "call")
    after = now + timedelta(days=2)
    assert actions.expire_credit(now=after) == 0
    wallet.top_up("1")
    assert wallet.meter(3_000, "next", at=after) == 1_000_000
    assert queries.balance(REVENUE) == usd("0.01")
    assert actions.expire_credit(now=after) == 1
    assert wallet.view(after).purchased == usd("1")


def test_a_receiver_in_another_currency_is_refused(wallet):
    wallet.top_up("1")
    yen = AccountRef(kind=AccountKind.PLATFORM_REVENUE, currency="JPY")
    with pytest.raises(CurrencyMismatch):
        wallet.spend("1", to=yen)
    with pytest.raises(CurrencyMismatch):
        wallet.meter(10_000, "m", to=yen)


@pytest.mark.requirement("SEC-01")
def test_a_stranger_sees_only_the_own_empty_wallet(wallet, charlie, now):
    wallet.top_up("25")
    assert queries.wallet_of(charlie, now=now).available == usd("0")
