"""The recorded usages of providers, with what should be read from them and what they should cost; test input only.

They were written by an older list of prices than the one that is installed. Where the newer one knows a kind of token, a price
or a model that the older did not, the difference is named here, so that nothing else can hide among it.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest

DATA = Path(os.environ.get("EMPORION_TEST_DATA") or Path(__file__).resolve().parents[5] / "shared" / "data")
FILE = DATA / "genai-prices" / "usages.json"
# The recorded prices are those of the middle of 2026.
WRITTEN = datetime(2026, 6, 1, tzinfo=UTC)
# What the newer list reads that the older one overlooked: (provider, flavour) and the kinds.
READ_SINCE = {
    ("aws", "anthropic"): {"cache_write_5m_tokens"},
    ("aws", "default"): {"cache_write_5m_tokens"},
    ("azure", "anthropic"): {"cache_write_5m_tokens"},
    ("google", "anthropic"): {"cache_write_5m_tokens"},
    ("azure", "responses"): {"cache_write_tokens"},
    ("azure", "chat"): {"cache_write_tokens"},
    ("moonshotai", "chat"): {"cache_write_tokens"},
}


@dataclass(frozen=True, slots=True)
class Golden:
    """One way to read one recorded answer."""

    number: int
    body: dict[str, Any]
    model: str
    provider: str
    flavour: str
    counts: dict[str, int]
    cost: Decimal | None

    @property
    def read_since(self) -> set[str]:
        return READ_SINCE.get((self.provider, self.flavour), set())


@cache
def goldens() -> tuple[Golden, ...]:
    if not FILE.exists():
        pytest.skip("the recorded usages (shared/data/genai-prices/usages.json) are not here")
    return tuple(_all())


def _all() -> Iterator[Golden]:
    for number, case in enumerate(json.loads(FILE.read_text())):
        for reading in case["extracted"]:
            for how in reading["extractors"]:
                known = "input_price" in how or "output_price" in how
                cost = Decimal(how.get("input_price", "0")) + Decimal(how.get("output_price", "0")) if known else None
                model = case.get("model", "")
                yield Golden(number, case["body"], model, how["provider_id"], how["api_flavor"], reading["usage"], cost)
