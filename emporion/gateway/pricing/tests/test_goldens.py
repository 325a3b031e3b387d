"""All recorded usages are read and priced exactly, in one piece and streamed, as the list itself and its recordings say."""

from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from genai_prices.data_snapshot import get_snapshot

from emporion.gateway.pricing import rules
from emporion.gateway.pricing.rates import PICOS, half_away
from emporion.gateway.pricing.tests.goldens import WRITTEN, Golden, goldens
from emporion.gateway.pricing.types import Priced, PriceSource, Usage
from emporion.gateway.pricing.usage import extract

pytestmark = pytest.mark.requirement("NEX-02")

TODAY = datetime(2026, 11, 28, tzinfo=UTC)
# How often a recorded price is not what the list says today of the same moment, and what was corrected in between.
PRICED_SINCE = {
    ("google", "claude-sonnet-4-5-20250929"): 2,  # a price for long contexts was added
    ("azure", "gpt-5.6-sol"): 3,  # writing to the cache has its own price
    ("deepseek", "deepseek-r1-distill-llama-70b"): 2,  # the reasoner's price of V3.2
    ("deepseek", "deepseek-reasoner"): 1,
    ("mistral", "mistral-small-latest"): 3,  # the name points at a newer model
    ("mistral", "ministral-8b-latest"): 1,
}


def picos(dollars: Decimal) -> int:
    over, under = (dollars * PICOS).as_integer_ratio()
    return half_away(over, under)


def told(usage: Usage) -> dict[str, Any]:
    return {kind: count for kind, count in usage.counts.items() if count}


def by_the_list(golden: Golden, at: datetime) -> tuple[str, Decimal] | None:
    """What the list's own code makes of it: the reference for those models that the recordings do not price."""
    snapshot = get_snapshot()
    provider = snapshot.find_provider(None, golden.provider, None)
    names = [golden.model, golden.model.rsplit("/", 1)[-1]]  # ours finds `models/gemini-2.5-pro` by its bare name, too
    found = [provider.find_model(name, all_providers=snapshot.providers) for name in names if name]
    model = next((row for row in found if row), None)
    if model is None:
        return None
    usage = provider.extract_usage(golden.body, api_flavor=golden.flavour)[1]
    return model.id, model.calc_price(usage, provider, genai_request_timestamp=at).total_price


def priced(golden: Golden, usage: Usage, at: datetime) -> Priced:
    # The recordings price the standard tier, whatever the answer says of its own.
    plain = Usage(counts=usage.counts)
    answer = rules.price(provider=golden.provider, model=golden.model, usage=plain, at=at)
    assert sum(part.cost_picos for part in answer.parts) == answer.cost_picos
    return answer


def cost(golden: Golden, usage: Usage, at: datetime) -> int | None:
    answer = priced(golden, usage, at)
    return answer.cost_picos if answer.source is PriceSource.LIST else None


def token_cost(golden: Golden, usage: Usage, at: datetime) -> int:
    """The recordings have the cost of tokens alone; searches are charged beside them."""
    return sum(part.cost_picos for part in priced(golden, usage, at).parts if part.kind.endswith("_tokens"))


def test_every_recorded_answer_is_read_like_the_recording_says() -> None:
    assert len({golden.number for golden in goldens()}) == 1577
    for golden in goldens():
        usage = extract(provider=golden.provider, operation=golden.flavour, response=golden.body)
        read = told(usage)
        more = {kind: read.pop(kind) for kind in golden.read_since & set(read) - set(golden.counts)}
        assert read == golden.counts, (golden, more)
        again = extract(provider=golden.provider, operation=golden.flavour, response=usage.raw)
        assert again.counts == usage.counts, "what is kept must be readable again"


@pytest.mark.parametrize("at", [WRITTEN, TODAY], ids=["when recorded", "today"])
def test_every_recorded_usage_costs_what_the_list_says_to_the_last_pico(at: datetime) -> None:
    known = 0
    for golden in goldens():
        usage = extract(provider=golden.provider, operation=golden.flavour, response=golden.body)
        expected = by_the_list(golden, at)
        assert cost(golden, usage, at) == (None if expected is None else picos(expected[1])), golden
        known += expected is not None
    assert known == 3750


def test_every_recorded_price_is_met_except_where_the_list_was_corrected_since() -> None:
    changed: Counter[tuple[str, str]] = Counter()
    met = 0
    for golden in goldens():
        if golden.cost is None:
            continue
        usage = extract(provider=golden.provider, operation=golden.flavour, response=golden.body)
        if token_cost(golden, usage, WRITTEN) == picos(golden.cost):
            met += 1
        else:
            changed[(golden.provider, golden.model)] += 1
    assert dict(changed) == PRICED_SINCE
    assert met == 3462
