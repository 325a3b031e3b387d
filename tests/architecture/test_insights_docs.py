"""The pages about the tracking script name what the script knows, all of it and nothing else."""

import re
from pathlib import Path

import pytest

from emporion.insights.sites.faults import GUIDES, TEXTS
from emporion.insights.sites.types import Fault
from emporion.web.documents import page

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs/insights"
SOURCE = (ROOT / "emporion/edge/scripts/tracker.js").read_text()

pytestmark = [pytest.mark.requirement("INS-02")]


def kebab(name: str) -> str:
    return re.sub(r"[A-Z]", lambda found: f"-{found[0].lower()}", name)


def test_every_attribute_of_the_script_is_explained_and_no_other() -> None:
    known = {kebab(name) for name in re.findall(r'has\("(\w+)"\)|options\.(\w+)|"(allow\w+)"', SOURCE) for name in name if name}
    known |= {kebab(name) for name in re.search(r"const \{ ([^}]+) \} = options", SOURCE)[1].split(", ")} | {"disable-console"}
    told = set(re.findall(r"^\| `data-([\w-]+)`", (DOCS / "install.md").read_text(), re.MULTILINE))
    assert told == known


def test_every_cookie_is_named() -> None:
    text = (DOCS / "privacy.md").read_text()
    for name in ("visitor_id", "session_id", "visitor_first_seen_at", "visitor_session_count", "session_start"):
        assert f'"{name}"' in SOURCE
        assert f"`datafast_{name}`" in text


def test_every_parameter_of_a_payment_that_the_script_reads_is_named() -> None:
    text = (DOCS / "javascript.md").read_text()
    for name in re.findall(r'"(\w+_id)"', re.search(r"for \(const name of \[(\"stripe.+)\]\)", SOURCE)[1]):
        assert f"`{name}`" in text


def test_every_fault_has_its_words_and_every_guide_is_a_page() -> None:
    assert set(TEXTS) == set(Fault)
    for slug in {*GUIDES.values(), "insights/javascript"}:
        assert page(slug).html


@pytest.mark.requirement("INS-16")
def test_every_address_and_tool_for_programs_is_explained() -> None:
    from emporion.insights.api.endpoints import api, short
    from emporion.insights.api.mcp_tools import TOOLS
    from emporion.insights.api.presenting import BREAKDOWNS

    text = (DOCS / "api.md").read_text()
    paths = [f"/api{path}" for path in api.get_openapi_schema(path_prefix="")["paths"]]
    paths += [f"/v1{path}" for path in short.get_openapi_schema(path_prefix="")["paths"]]
    assert len(paths) > 10
    for path in paths:
        told = [path, path.rpartition("/{")[0] or path, f"/{path.split('/analytics/')[-1]}", path.rsplit("/", 1)[-1]]
        assert any(one in text for one in told), path
    for name in (*BREAKDOWNS, *(f"`{tool.name}`" for tool in TOOLS)):
        assert name in text, name
