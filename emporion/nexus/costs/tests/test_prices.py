"""Own prices through the page: they go before the list, reach the gateway, and correct what was priced without them."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

import msgspec
import pytest
from django.conf import settings
from django.test import Client

from emporion.gateway.pricing.jobs import notice_prices
from emporion.gateway.pricing.models import ListedPrice, PriceCorrection, PriceOverride
from emporion.gateway.pricing.queries import price_rules
from emporion.gateway.routing.types import ApiView, GatewaySnapshot
from emporion.kernel.ids import new_id
from emporion.nexus.costs.tests.conftest import Spend
from emporion.nexus.costs.tests.test_costs import CHAT, OCTOBER, page, rows
from emporion.plumbing.actions import Tick
from emporion.plumbing.types import JobContext

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("NEX-11")]

PRICES = "/nexus/costs/prices/"
OWN = {"model": "gpt-4o*", "input": "2", "output": "8", "valid_from": "2026-10-01", "note": "Frame contract 2026"}


def enter(client: Client, status: int = 302, **fields: str) -> str:
    response = client.post(PRICES, fields)
    assert response.status_code == status, response.content.decode()[:2000]
    return re.sub(r"\s+", " ", response.content.decode())


def test_an_own_price_is_entered_told_to_the_gateway_and_shown_in_force(
    alice_client: Client, drain: Callable[[datetime], int], spend: Spend, openai: ApiView
) -> None:
    spend(openai, datetime.now(tz=UTC), CHAT, model="gpt-4o")
    enter(alice_client, **OWN)
    drain(datetime.now(tz=UTC))
    told = msgspec.msgpack.decode((settings.ENVIRONMENT.edge.folder / "gateway.msgpack").read_bytes(), type=GatewaySnapshot)
    assert [(rule.model, rule.input, rule.output) for rule in told.prices] == [("gpt-4o*", "2", "8")]
    text = page(alice_client, PRICES)
    assert "Frame contract 2026" in text
    assert "Your price" in text
    assert "list $2.50" in text


def test_a_discount_is_taken_off_the_list(alice_client: Client, spend: Spend, openai: ApiView) -> None:
    enter(alice_client, model="*", provider="openai", discount_percent="12.5", valid_from="2026-10-01")
    spend(openai, OCTOBER, CHAT, model="gpt-4o", rules=price_rules(openai.organisation_id))
    lines = rows(alice_client, "/nexus/costs/costs.csv?month=2026-10&by=model")
    assert Decimal(lines[0]["cost_usd"]) == Decimal("3.5") * Decimal("0.875")


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"model": "gpt-4o"}, "Enter a price, or a discount."),
        ({"model": " "}, "This field is required."),
        ({"model": "x", "input": "-1"}, "greater than or equal to 0"),
        ({"model": "x", "input": "NaN"}, "Enter a number."),
        ({"model": "x", "input": "2000000"}, "between 0 and 1,000,000 USD"),
        ({"model": "x", "cache_read": "1"}, "needs one for input"),
        ({"model": "x", "discount_percent": "101"}, "at most 100 percent"),
        ({"model": "x", "input": "1", "discount_percent": "10"}, "Own prices have no discount"),
    ],
)
def test_a_price_that_does_not_fit_is_refused_and_kept(alice_client: Client, fields: dict[str, str], said: str) -> None:
    text = enter(alice_client, 422, valid_from="2026-10-01", note="Keep me", **fields)
    assert said in text
    assert "Keep me" in text
    assert not PriceOverride.objects.exists()


def test_a_price_is_removed_and_brought_back(alice_client: Client) -> None:
    enter(alice_client, **OWN)
    price_id = PriceOverride.objects.get().pk
    gone = alice_client.post(f"{PRICES}{price_id}/remove/", follow=True).content.decode()
    assert "The price is removed" in gone
    assert price_rules() == ()
    alice_client.post(f"{PRICES}{price_id}/restore/")
    assert len(price_rules()) == 1


def test_a_member_reads_prices_and_sets_none(bob_client: Client, alice_client: Client) -> None:
    enter(alice_client, **OWN)
    assert "Set a price" not in page(bob_client, PRICES)
    enter(bob_client, 403, **OWN)


def test_a_price_entered_late_corrects_every_sum_and_the_calls_keep_what_they_were_stored_with(
    alice_client: Client, drain: Callable[[datetime], int], spend: Spend, openai: ApiView
) -> None:
    spend(openai, OCTOBER, CHAT, model="gpt-4o", count=3, team="growth", customer="Österreich AG")
    spend(openai, OCTOBER, CHAT, model="gpt-4.1", count=1, team="growth")
    made = alice_client.post(PRICES, OWN, follow=True).content.decode()
    assert "Calls were made before this price was entered" in made
    asked = {"since": "2026-10-01", "until": "9999-12-31", "repriced_model": "gpt-4o*", "reason": "The contract came late"}
    response = alice_client.post(f"{PRICES}reprice/", asked, follow=True)
    assert "being priced again" in response.content.decode()
    drain(datetime.now(tz=UTC))
    # 2.50 + 1.00 became 2.00 + 0.80 for each of three calls; gpt-4.1 is not asked for.
    correction = PriceCorrection.objects.get()
    assert (correction.calls, correction.changed, correction.delta_picos) == (3, 3, -3 * 7 * 10**11)
    expected = {"model": {"gpt-4o": "8.4", "gpt-4.1": "2.8"}, "team": {"growth": "11.2"}, "customer": {"Österreich AG": "8.4"}}
    for by, names in expected.items():
        found = rows(alice_client, f"/nexus/costs/costs.csv?month=2026-10&by={by}")
        lines = {line["name"]: Decimal(line["cost_usd"]) for line in found}
        assert {name: lines[name] for name in names} == {name: Decimal(cost) for name, cost in names.items()}, by
    charges = rows(alice_client, "/nexus/costs/focus.csv?month=2026-10")
    assert sum(Decimal(charge["BilledCost"]) for charge in charges) == Decimal("11.2")
    assert {charge["ChargeClass"] for charge in charges} == {"", "Correction"}
    text = page(alice_client, "/nexus/costs/?month=2026-10")
    assert "$11.20" in text
    assert "The contract came late" in text
    text = page(alice_client, "/nexus/costs/calls/?month=2026-10&model=gpt-4o")
    assert "was $3.50" in text
    assert "$2.80" in text
    one = re.search(r'href="(/nexus/costs/calls/[0-9a-f-]{36}/)"', text)
    assert one
    text = page(alice_client, one[1])
    assert "Priced again: The contract came late" in text
    assert "Stored with" in text


def test_a_correction_that_is_begun_again_counts_once(
    alice_client: Client, drain: Callable[[datetime], int], spend: Spend, openai: ApiView
) -> None:
    spend(openai, OCTOBER, CHAT, model="gpt-4o", count=2)
    enter(alice_client, **OWN)
    asked = {"since": "2026-10-01", "until": "2026-10-31", "reason": "The contract came late"}
    alice_client.post(f"{PRICES}reprice/", asked)
    drain(datetime.now(tz=UTC))
    PriceCorrection.objects.update(finished_at=None)  # as after a kill just before the end
    from emporion.gateway.pricing.jobs import reprice
    from emporion.gateway.pricing.orders import Repricing

    context = JobContext(id=new_id(), name="gateway.pricing.reprice", attempt=2, now=OCTOBER)
    reprice(Repricing(correction_id=PriceCorrection.objects.get().pk), job=context)
    lines = rows(alice_client, "/nexus/costs/costs.csv?month=2026-10&by=model")
    assert Decimal(lines[0]["cost_usd"]) == 2 * Decimal("2.8")
    alice_client.post(f"{PRICES}reprice/", asked)  # a second correction finds nothing left to change
    drain(datetime.now(tz=UTC))
    assert [row.changed for row in PriceCorrection.objects.all()] == [0, 2]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"since": "2026-10-31", "until": "2026-10-01", "reason": "x"}, "The first day must lie before the last one"),
        ({"since": "2026-10-01", "until": "2026-10-31", "reason": ""}, "This field is required."),
        ({"since": "yesterday", "until": "2026-10-31", "reason": "x"}, "Enter a valid date."),
    ],
)
def test_a_correction_that_makes_no_sense_is_refused(alice_client: Client, fields: dict[str, str], said: str) -> None:
    response = alice_client.post(f"{PRICES}reprice/", fields)
    assert response.status_code == 422
    assert said in response.content.decode()


def test_two_lists_that_disagree_are_shown_with_what_it_comes_to(alice_client: Client, spend: Spend, openai: ApiView) -> None:
    [call] = spend(openai, datetime.now(tz=UTC), CHAT, model="gpt-4o")
    other = msgspec.structs.replace(call, event_id=new_id(), second_cost_picos=call.cost_picos + 5 * 10**11)
    from emporion.config import eventlog

    eventlog.store().insert(type(call), [other], token=str(other.event_id))
    text = page(alice_client, PRICES)
    assert "Price confidence 50.0%: both lists agree on 1 of 2 calls" in text
    assert "together +$0.50" in text
    text = page(alice_client, "/nexus/costs/")
    assert "Price confidence" in text
    assert "50.0%" in text


@pytest.mark.usefixtures("openai")
def test_another_price_in_a_new_version_of_the_list_is_noticed(alice_client: Client, spend: Spend, openai: ApiView) -> None:
    now = datetime.now(tz=UTC)
    spend(openai, now, CHAT, model="gpt-4o")
    earlier = {"input_tokens": "5", "output_tokens": "15", "cache_read_tokens": "1.25"}
    ListedPrice.objects.create(provider="openai", model="gpt-4o", prices=earlier, version="genai-prices 0.1.0", seen_at=OCTOBER)
    context = JobContext(id=new_id(), name="gateway.pricing.notice_prices", attempt=1, now=now)
    notice_prices(Tick(at=now), job=context)
    notice_prices(Tick(at=now), job=context)
    assert ListedPrice.objects.filter(provider="openai", model="gpt-4o").count() == 2, "the same price is remembered once"
    text = page(alice_client, "/nexus/costs/")
    assert "Vendors changed prices" in text
    assert "$5.00 → $2.50" in text
