"""How long the buyer's whole journey takes in a real browser, and how many clicks: from an empty database to a cited answer."""

import os
import shutil
import tempfile
import time
from pathlib import Path

from playwright.sync_api import sync_playwright

from bench.harness import Figure
from bench.installation import load
from tests.journeys.buyer import Journey
from tests.journeys.installation import host_site, serving

TITLE = "The buyer's journey"

DATA = Path(os.environ.get("EMPORION_TEST_DATA") or Path(__file__).resolve().parents[2] / "shared" / "data") / "handbook"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def measure() -> list[Figure]:
    """One walk, the start of the server on an empty directory included."""
    browser = os.environ.get("EMPORION_BROWSER") or next(filter(None, map(shutil.which, BROWSERS)), None)
    before = load()
    handbook = sorted(DATA.glob("*.md"))
    with tempfile.TemporaryDirectory(prefix="emporion-bench-") as folder:
        place = Path(folder)
        (place / "data").mkdir()
        began = time.perf_counter()
        with serving(place / "data") as url, host_site(place) as host, sync_playwright() as driver:
            started = time.perf_counter() - began
            chromium = driver.chromium.launch(executable_path=browser, args=["--no-sandbox"])
            began = time.perf_counter()
            journey = Journey(chromium.new_page(), url, handbook)
            journey.walk(lambda code: _page(place, host, code))
            walked = time.perf_counter() - began
            chromium.close()
    steps = ", ".join(f"{name} {seconds:.1f}" for name, seconds in journey.seconds.items())
    conditions = (
        f"scripted Chromium on the same machine, {len(handbook)} pages of a handbook learnt, widget on another origin; "
        f"seconds: {steps}; {before} before"
    )
    return [
        Figure(
            name="from an empty directory to a cited answer, machine time",
            value=started + walked,
            unit="s",
            due=120,
            at_least=False,
            compared_with="our promise",
            conditions=conditions,
        ),
        Figure(
            name="of which the first start, with tables and catalogue",
            value=started,
            unit="s",
            due=60,
            at_least=False,
            compared_with="our budget",
            conditions=f"what the agents of the catalogue know is read and encoded; {before} before",
        ),
        Figure(
            name="clicks",
            value=journey.clicks,
            unit="",
            due=12,
            at_least=False,
            compared_with="our promise",
            conditions="besides typing; the comparison and the host page are opened by address, files handed over by script",
        ),
    ]


def _page(place: Path, host: str, code: str) -> str:
    """A page of the buyer's own site with the code in it."""
    page = f"<!doctype html><html lang=en><meta charset=utf-8><title>Halyard</title><h1>Halyard</h1>{code}</html>"
    (place / "index.html").write_text(page, encoding="utf-8")
    return f"{host}/index.html"
