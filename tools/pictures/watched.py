"""Nexus: two APIs behind the gateway, one of which begins to fail, until the overview says what is broken and who feels it.

What stands for the providers is a server on this machine: no provider failed, but every call went through the gateway.
"""

import asyncio
import csv
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import httpx
from playwright.sync_api import Page

from emporion.edge.gateway.tests.provider import Provider, Request, answer, completion
from emporion.nexus.apis.simulation import Model, Source, World, simulate
from tools.pictures.buying import buy
from tools.pictures.studio import DESK, PHONE, Studio, asset, keep, until

HOURS = 12
NOBODY = UUID(int=0)
COLUMNS = (
    "at", "model", "status", "outcome", "duration_ms", "first_token_ms", "input_tokens", "output_tokens", "cost_usd", "team",
    "feature", "environment", "customer", "error",
)  # fmt: skip
MODELS = {
    "OpenAI": Model(name="gpt-4o-mini", input_usd=0.15, output_usd=0.6),
    "Mistral": Model(name="mistral-large-latest", input_usd=2, output_usd=6),
}
CUSTOMERS = (
    "Northwind",
    "Halyard Cycles",
    "Bar Terral",
    "De Vries Fietsen",
    "Tally Cloud",
    "Balcao Digital",
    "Wrona Cycling",
    "Marisol",
)
FEATURES = ("Meeting summaries", "Replies", "Search")


def nexus(studio: Studio) -> None:
    """The overview while an API fails, at a desk and on a phone."""
    page, provider, state = studio.buyer, Provider(), {"failing": False}

    async def stand_in(_: Request, writer: asyncio.StreamWriter) -> bool:
        body = {"error": {"message": "The engine is overloaded.", "type": "server_error", "code": None, "param": None}}
        writer.write(answer(503, body) if state["failing"] else answer(200, completion()))
        return True

    buy(page, studio.url, "nexus", "starter", "monthly")
    provider.behaviours |= {"openai": stand_in, "mistral": stand_in}
    provider.start()
    keys = [_register(page, studio.url, name, f"http://127.0.0.1:{provider.port}/{name.lower()}") for name in MODELS]
    for name in MODELS:
        _import(page, studio.url, name)
    _ask(studio.url, keys[0], rounds=1)
    state["failing"] = True

    def is_told() -> bool:
        _ask(studio.url, keys[0], rounds=2)
        page.goto(f"{studio.url}/nexus/")
        return page.get_by_role("button", name="Declare incident").count() > 0

    until(is_told, pause=5)
    keep(page, asset("nexus", "overview"))
    page.set_viewport_size(PHONE)
    page.goto(f"{studio.url}/nexus/")
    page.wait_for_load_state("networkidle")
    keep(page, asset("nexus", "phone"))
    page.set_viewport_size(DESK)
    provider.stop()


def _register(page: Page, url: str, name: str, address: str) -> str:
    """Register an API at an address of ours; the key that was shown."""
    page.goto(f"{url}/nexus/apis/new/?preset={name.lower()}")
    page.locator("[name=secret]").fill("sk-stand-in-0123456789")
    page.locator("[name=base_url]").fill(address)
    page.get_by_role("button", name="Test and register").click()
    page.wait_for_load_state()
    if page.locator("[name=is_unchecked]").count():
        page.locator("[name=secret]").fill("sk-stand-in-0123456789")
        page.locator("[name=is_unchecked]").check()
        page.get_by_role("button", name="Test and register").click()
        page.wait_for_load_state()
    shown = page.locator("[data-copy^=emp_gw_]")
    return (shown.first.get_attribute("data-copy") or "") if shown.count() else ""


def _import(page: Page, url: str, name: str) -> None:
    """Bring in the calls of the last hours, from the product's own simulation."""
    now = datetime.now(UTC)
    source = Source(api_id=NOBODY, provider=name.lower(), models=(MODELS[name],), calls_per_minute=14)
    world = World(organisation_id=NOBODY, project_id=NOBODY, sources=(source,), customers=40)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"{name.lower()}-calls.csv"
        with file.open("w", newline="", encoding="utf-8") as out:
            rows = csv.DictWriter(out, COLUMNS, extrasaction="ignore")
            rows.writeheader()
            for call in simulate(world, now - timedelta(hours=HOURS), now - timedelta(minutes=1)):
                told = {column: getattr(call, column, "") for column in COLUMNS}
                told |= {"at": call.occurred_at.isoformat(), "duration_ms": call.duration_us // 1000}
                told |= {"first_token_ms": call.first_token_us // 1000, "cost_usd": "", "error": call.error_message}
                rows.writerow(told)
        page.goto(f"{url}/nexus/apis/import/")
        page.locator("[name=api]").select_option(label=name)
        page.locator("[name=file]").set_input_files(file)
        page.get_by_role("button", name="Import the calls").click()
        page.locator(".rows li", has_text=file.name).wait_for()


def _ask(url: str, key: str, *, rounds: int) -> None:
    """Every customer asks so often, through the gateway."""
    with httpx.Client(base_url=url, timeout=30) as client:
        for number in range(rounds * len(CUSTOMERS)):
            told = {"Authorization": f"Bearer {key}", "X-Emporion-Customer": CUSTOMERS[number % len(CUSTOMERS)]}
            told["X-Emporion-Feature"] = FEATURES[number % len(FEATURES)]
            body = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Sum up our meeting."}]}
            client.post("/gateway/openai/v1/chat/completions", json=body, headers=told)
