"""The journey that the product exists for, in a real browser against a real server, from an empty database to a cited answer."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.journeys.buyer import Journey
from tests.journeys.installation import host_site, serving

DATA = Path(os.environ.get("EMPORION_TEST_DATA") or Path(__file__).resolve().parents[3] / "shared" / "data") / "handbook"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.long,
    pytest.mark.skipif(not DATA.is_dir(), reason=f"no handbook at {DATA}; set EMPORION_TEST_DATA"),
]


@pytest.mark.requirement("BUY-01", "BUY-04", "BUY-06", "BUY-08", "BUY-10", "BUY-11", "BUY-14", "BUY-17", "BUY-23")
def test_a_stranger_buys_teaches_and_embeds_an_agent_that_answers_from_the_handbook(chromium: Browser, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "site").mkdir()
    with serving(tmp_path / "data") as url, host_site(tmp_path / "site") as host:

        def page_of(code: str) -> str:
            page = f"<!doctype html><html lang=en><meta charset=utf-8><title>Halyard</title><h1>Halyard</h1>{code}</html>"
            (tmp_path / "site" / "index.html").write_text(page, encoding="utf-8")
            return f"{host}/index.html"

        journey = Journey(chromium.new_page(), url, sorted(DATA.glob("*.md")))
        answer = journey.walk(page_of)
    assert "vacation" in answer.lower()
    assert journey.clicks <= 12
