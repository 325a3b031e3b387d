"""The cost page and what is behind it: sums by everything, what they opened to, why they changed, budgets, files."""

import csv
import io
import re
import zipfile
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from django.test import Client

from emporion.gateway.routing.actions import save_budget
from emporion.gateway.routing.orders import NewBudget
from emporion.gateway.routing.types import PICOS_PER_UNIT, ApiView, BudgetScope
from emporion.nexus.costs.focus import COLUMN_NAMES
from emporion.nexus.costs.tests.conftest import Spend
from emporion.plumbing.types import Actor

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("NEX-11")]

OCTOBER, SEPTEMBER = datetime(2026, 10, 12, 9, tzinfo=UTC), datetime(2026, 9, 14, 9, tzinfo=UTC)
CHAT = {"prompt_tokens": 1_000_000, "completion_tokens": 100_000}  # of gpt-4o: 2.50 + 1.00
MESSAGE = {"input_tokens": 10, "cache_read_input_tokens": 66_360, "cache_creation_input_tokens": 32_435, "output_tokens": 5120}
CLAUDE = Decimal("0.36394875")  # of Opus 4.5, to the last digit


def page(client: Client, path: str, status: int = 200) -> str:
    response = client.get(path)
    assert response.status_code == status, path
    return re.sub(r"\s+", " ", response.content.decode())


def rows(client: Client, path: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(client.get(path).content.decode())))


@pytest.fixture
def autumn(spend: Spend, openai: ApiView, anthropic: ApiView) -> None:
    spend(openai, SEPTEMBER, CHAT, model="gpt-4o", count=2, team="growth", feature="summaries", customer="Österreich AG")
    spend(openai, OCTOBER, CHAT, model="gpt-4o", count=3, team="growth", feature="summaries", customer="Österreich AG")
    spend(anthropic, OCTOBER, MESSAGE, model="claude-opus-4-5-20251101", count=2, team="core", feature="=ask()")


def test_an_empty_project_is_told_what_will_be_here(alice_client: Client) -> None:
    text = page(alice_client, "/nexus/costs/")
    assert "No calls yet, so no costs" in text
    assert "/nexus/apis/new/" in text


@pytest.mark.usefixtures("autumn")
def test_the_month_is_summed_by_everything_and_compared_with_the_one_before(alice_client: Client) -> None:
    text = page(alice_client, "/nexus/costs/?month=2026-10")
    assert "$11.23" in text  # 3 × 3.50 + 2 × 0.36394875
    assert "from $7.00" in text
    assert "October 2026" in text
    for by, names in {
        "api": ("OpenAI", "Anthropic"),
        "model": ("gpt-4o", "claude-opus-4-5-20251101"),
        "team": ("growth", "core"),
        "feature": ("summaries", "=ask()"),
        "customer": ("Österreich AG", "No customer named"),
    }.items():
        text = page(alice_client, f"/nexus/costs/?month=2026-10&by={by}")
        assert all(name in text for name in names), by
        assert "$10.50" in text


@pytest.mark.usefixtures("autumn")
def test_the_lines_of_a_file_add_up_to_the_total_to_the_last_digit(alice_client: Client) -> None:
    for by in ("api", "model", "team", "feature", "customer"):
        lines = rows(alice_client, f"/nexus/costs/costs.csv?month=2026-10&by={by}")
        assert sum(Decimal(line["cost_usd"]) for line in lines) == 3 * Decimal("3.5") + 2 * CLAUDE, by
    charges = rows(alice_client, "/nexus/costs/focus.csv?month=2026-10")
    assert sum(Decimal(charge["BilledCost"]) for charge in charges) == 3 * Decimal("3.5") + 2 * CLAUDE


@pytest.mark.usefixtures("autumn")
def test_each_number_opens_to_its_calls_and_each_call_to_tokens_times_price(alice_client: Client) -> None:
    text = page(alice_client, "/nexus/costs/?month=2026-10&by=model")
    behind = re.search(r'href="(/nexus/costs/calls/\?[^"]*claude[^"]*)"', text)
    assert behind
    text = page(alice_client, behind[1].replace("&amp;", "&"))
    assert "2 calls" in text
    assert "$0.7278975" in text, "the number that was clicked, with all its digits"
    assert "genai-prices" in text
    one = re.search(r'href="(/nexus/costs/calls/[0-9a-f-]{36}/)"', text)
    assert one
    text = page(alice_client, one[1])
    for words in ("66,360", "$0.50", "32,435", "$6.25", "5,120", "$25.00", "$0.36394875"):
        assert words in text, words
    assert "cache_creation_input_tokens" in text, "what the provider said is kept"


@pytest.mark.usefixtures("autumn")
def test_a_stranger_sees_none_of_it(charlie_client: Client, alice_client: Client) -> None:
    text = page(alice_client, "/nexus/costs/calls/?month=2026-10")
    one = re.search(r'href="(/nexus/costs/calls/[0-9a-f-]{36}/)"', text)
    assert one
    assert "gpt-4o" not in page(charlie_client, "/nexus/costs/?month=2026-10&by=model")
    page(charlie_client, one[1], status=404)


@pytest.mark.usefixtures("autumn")
def test_a_change_is_explained_by_its_drivers(alice_client: Client) -> None:
    text = page(alice_client, "/nexus/costs/?month=2026-10")
    assert "$7.00 → $11.23" in text
    # 2 calls became 5: 7 × 3/2 more by volume; Claude's calls are cheaper than gpt-4o's, which is mix.
    assert "+$10.50" in text
    assert "$4.23 more, above all by volume (+$10.50)." in text


def test_a_budget_shows_what_is_left_and_what_is_over(
    alice_client: Client, alice: Actor, project_id: UUID, spend: Spend, openai: ApiView, now: datetime
) -> None:
    spend(openai, OCTOBER, CHAT, model="gpt-4o", count=3, team="growth")
    for team, dollars in (("growth", 10), ("core", 50)):
        limit = NewBudget(scope=BudgetScope.TEAM, value=team, limit_picos=dollars * PICOS_PER_UNIT)
        save_budget(budget=limit, project_id=project_id, actor=alice, now=now)
    text = page(alice_client, "/nexus/costs/?month=2026-10")
    assert "$10.50 of $10.00" in text
    assert "$0.50 over" in text
    assert "$50.00 left" in text


def test_a_day_out_of_the_ordinary_is_named_with_its_cause(alice_client: Client, spend: Spend, openai: ApiView) -> None:
    for day in range(20):
        spend(
            openai, datetime(2026, 10, 1, 9, tzinfo=UTC) + timedelta(days=day), CHAT, model="gpt-4o", count=2, feature="summaries"
        )
    spend(openai, datetime(2026, 10, 21, 9, tzinfo=UTC), CHAT, model="gpt-4o", count=20, feature="summaries")
    text = page(alice_client, "/nexus/costs/?month=2026-10")
    assert "Days out of the ordinary" in text
    assert "Wednesday, 21 October" in text
    assert "usually $7.00" in text
    assert "$63.00 more, above all by volume (+$63.00)." in text


def test_a_vendors_change_of_price_is_noticed(alice_client: Client, spend: Spend, openai: ApiView) -> None:
    spend(openai, datetime(2026, 8, 25, 9, tzinfo=UTC), CHAT, model="gpt-5.6-sol", count=1)
    text = page(alice_client, "/nexus/costs/?month=2026-08")
    assert "Vendors changed prices" in text
    assert "$5.00 → $4.00" in text


def test_calls_without_a_price_are_said_to_be_missing_and_not_counted_as_free(
    alice_client: Client, spend: Spend, openai: ApiView
) -> None:
    spend(openai, OCTOBER, CHAT, model="our-own-llama", count=4)
    spend(openai, OCTOBER, CHAT, model="gpt-4o")
    text = page(alice_client, "/nexus/costs/?month=2026-10")
    assert "4 calls have no price" in text
    assert "Not known" in page(alice_client, "/nexus/costs/calls/?month=2026-10&model=our-own-llama")


@pytest.mark.usefixtures("autumn")
def test_files_hold_nothing_that_a_spreadsheet_would_run(alice_client: Client) -> None:
    lines = rows(alice_client, "/nexus/costs/costs.csv?month=2026-10&by=feature")
    assert {line["name"] for line in lines} == {"summaries", "'=ask()"}
    book = zipfile.ZipFile(io.BytesIO(alice_client.get("/nexus/costs/costs.xlsx?month=2026-10").content))
    sheets = [book.read(name).decode() for name in book.namelist() if name.startswith("xl/worksheets/")]
    assert len(sheets) >= 9
    assert not any("<f>" in sheet for sheet in sheets)
    assert "=ask()" in book.read("xl/sharedStrings.xml").decode()


@pytest.mark.usefixtures("autumn")
def test_the_report_is_put_on_paper(alice_client: Client) -> None:
    response = alice_client.get("/nexus/costs/costs.pdf?month=2026-10")
    assert response.headers["Content-Type"] == "application/pdf"
    assert response.content.startswith(b"%PDF-")
    assert "costs-2026-10-report.pdf" in response.headers["Content-Disposition"]


@pytest.mark.usefixtures("autumn")
def test_focus_has_every_mandatory_column_of_its_version(alice_client: Client) -> None:
    mandatory = (
        "BilledCost BillingAccountId BillingAccountName BillingCurrency BillingPeriodStart BillingPeriodEnd ChargeCategory"
        " ChargeClass ChargeDescription ChargePeriodStart ChargePeriodEnd ContractedCost EffectiveCost InvoiceIssuerName"
        " ListCost PricingQuantity PricingUnit ProviderName PublisherName ServiceCategory ServiceName"
    )
    assert set(mandatory.split()) <= set(COLUMN_NAMES)
    charge = rows(alice_client, "/nexus/costs/focus.csv?month=2026-10&model=gpt-4o")[0]
    assert charge["ServiceCategory"] == "AI and Machine Learning"
    assert (charge["ConsumedQuantity"], charge["ConsumedUnit"], charge["SkuMeter"]) == ("3300000", "Tokens", "Tokens")
    assert (charge["ChargePeriodStart"], charge["BillingPeriodEnd"]) == ("2026-10-12T00:00:00Z", "2026-11-01T00:00:00Z")
    assert (charge["x_Team"], charge["x_Feature"], charge["BilledCost"]) == ("growth", "summaries", "10.500000000000")


@pytest.mark.parametrize(
    "nonsense", ["month=2026-13", "from=2026-10-31&to=2026-10-01", "from=1&to=2", "by=moon", "api=nobody", "month=9999-12"]
)
@pytest.mark.usefixtures("autumn")
def test_an_address_that_makes_no_sense_is_answered_all_the_same(alice_client: Client, nonsense: str) -> None:
    page(alice_client, f"/nexus/costs/?{nonsense}")
    page(alice_client, f"/nexus/costs/calls/?{nonsense}&at=-5&sort=x")
