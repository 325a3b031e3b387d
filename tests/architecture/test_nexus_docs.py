"""The pages about Nexus name what there is: presets, modes of routes, headers, addresses for programs."""

import re
from pathlib import Path

import pytest

from emporion.config.api import api
from emporion.gateway.routing.callfile import COLUMNS
from emporion.gateway.routing.presets import PRESETS
from emporion.gateway.routing.types import RouteMode
from emporion.web.documents import page

ROOT = Path(__file__).resolve().parents[2]
START = (ROOT / "docs/nexus/start.md").read_text()

pytestmark = [pytest.mark.requirement("NEX-01", "NEX-02")]


def test_the_first_page_is_served_and_names_every_known_api_and_mode() -> None:
    assert page("nexus/start").section == "Nexus"
    assert [preset.name for preset in PRESETS if preset.name not in START] == []
    assert set(re.findall(r"^\| `(\w+)` \|", START, re.MULTILINE)) >= set(RouteMode)


def test_every_column_of_an_import_is_named_and_no_other() -> None:
    section = START.split("## Calls of the past")[1].split("\n## ")[0]
    assert set(re.findall(r"`(\w+)`(?=[^|]*\|)", section)) == set(COLUMNS)


def test_every_header_that_is_named_is_read_by_the_data_plane() -> None:
    source = (ROOT / "emporion/edge/gateway/opening.py").read_text()
    named = set(re.findall(r"`(X-Emporion-\w+)`", START))
    assert len(named) == 4
    assert [name for name in named if f'b"{name.lower()}"' not in source] == []


def test_every_address_of_the_gateway_for_programs_is_named_and_no_other() -> None:
    paths = api.get_openapi_schema(path_prefix="/api")["paths"]
    kinds = ("apis", "keys", "routes", "budgets")
    served = {
        path for path in paths if path.startswith("/api/nexus/") and path.split("/")[3 if "projects" not in path else 5] in kinds
    }
    assert set(re.findall(r"`(/api/nexus/[^`]+)`", START)) == served
