"""The page about calls through the gateway names every outcome, every code of ours and the figures that the code has."""

import re
from pathlib import Path

import pytest

from emporion.edge.gateway import asking, retrying
from emporion.edge.gateway.heads import KEY_HEADERS
from emporion.gateway.routing.types import Outcome
from emporion.web.documents import page

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs/nexus/gateway.md").read_text()

pytestmark = [pytest.mark.requirement("NEX-02")]


def first_column(heading: str) -> list[str]:
    part = TEXT.partition(f"## {heading}")[2].partition("\n## ")[0]
    return re.findall(r"^\| `(\w+)` \|", part, re.MULTILINE)


def test_the_page_is_served_beside_the_first_one() -> None:
    assert page("nexus/gateway").section == "Nexus"


def test_every_outcome_has_its_line() -> None:
    assert sorted(first_column("Every call is one record")) == sorted(Outcome)


def test_every_code_that_the_gateway_refuses_with_has_its_line() -> None:
    codes: set[str] = set()
    for name in ("refusals", "desk", "steering"):
        source = (ROOT / f"emporion/edge/gateway/{name}.py").read_text()
        codes |= set(re.findall(r'code="(\w+)"', source)) | set(re.findall(r'\(50\d, "(\w+)"', source))
    codes -= {"upstream_failed"}
    assert set(first_column("What we refuse, and how it looks")) == codes


def test_figures_are_those_of_the_code() -> None:
    assert f"up to {['', 'one', 'two', 'three'][retrying.MOST_ATTEMPTS]} times" in TEXT
    assert f"up to {retrying.LONGEST_WAIT_SECONDS:.0f} seconds" in TEXT
    assert f"{retrying.FIRST_PAUSE_SECONDS:.0f} to {retrying.LONGEST_PAUSE_SECONDS:.0f} seconds" in TEXT
    assert retrying.FAILURES_TO_OPEN == 10
    assert f"may be {asking.LARGEST_BODY // 1024**2} MB" in TEXT
    assert f"{asking.DEFAULT_OUTPUT_TOKENS:,}" in TEXT
    assert [name for name in KEY_HEADERS if f"`{name.decode()}`" not in TEXT] == []
