"""Insights: a day of visits to the demo shop, sent as the script sends them, and payments as a shop's server tells of them.

Nobody visited: the visits are simulated from a seed. Everything that the pages say about them is counted by the product.
"""

import random
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import UUID

import httpx
from playwright.sync_api import Page, ViewportSize

from emporion.nexus.apis.simulation import rhythm
from tools.pictures.buying import buy
from tools.pictures.demo_shop import ADDRESS
from tools.pictures.studio import DESK, Studio, asset, keep, until

LARGE = ViewportSize(width=1280, height=800)
VISITORS = 420
# The referrer and the query of the first page, how many come by it in a hundred, and how many of those buy.
SOURCES = (
    ("https://www.google.com/", "", 31, 0.06),
    ("", "", 22, 0.05),
    ("", "?utm_source=newsletter&utm_medium=email&utm_campaign=autumn-linen", 14, 0.16),
    ("https://www.instagram.com/", "", 12, 0.02),
    ("https://chatgpt.com/", "", 8, 0.09),
    ("https://www.pinterest.com/", "", 7, 0.03),
    ("https://duckduckgo.com/", "", 6, 0.05),
)
PAGES = ("/lamps/", "/linen/", "/table/", "/lamps/reading-lamp/", "/linen/tablecloth/", "/shipping/", "/returns/")
NETWORKS = ("81.2.69", "84.112.3", "90.63.2", "86.88.1", "2.139.4", "46.59.8", "93.184.2", "71.56.11", "99.224.7")
AGENTS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.4 Safari/604.1",
    "Mozilla/5.0 (X11; Linux x86_64; rv:138.0) Gecko/20100101 Firefox/138.0",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.4 Safari/605.1.15",
)


@dataclass(frozen=True, slots=True)
class Sent:
    """What a browser sends, and when."""

    at: datetime
    headers: dict[str, str]
    body: dict[str, object]


@dataclass(frozen=True, slots=True)
class Purchase:
    """What the shop's server tells of a payment."""

    visitor: UUID
    at: datetime
    amount: str


def insights(studio: Studio) -> None:
    """The day on the dashboard, and one payment with the visits before it."""
    page = studio.buyer
    buy(page, studio.url, "insights", "starter", "monthly")
    page.set_viewport_size(LARGE)
    page.goto(f"{studio.url}/insights/new/")
    page.get_by_label("Domain").fill(ADDRESS)
    page.get_by_role("button", name="Add website").click()
    page.wait_for_url("**/setup/**")
    site = page.url.partition("/setup/")[0]
    website = (
        page.locator("code", has_text="data-website-id").first.inner_text().partition('data-website-id="')[2].partition('"')[0]
    )
    events, purchases = _day(website, datetime.now(UTC))
    with httpx.Client(base_url=studio.url, timeout=60) as client:
        for one in sorted(events, key=lambda one: one.at):
            client.post("/api/events", json=one.body, headers=one.headers).raise_for_status()
        key = _key(page, site)
        until(lambda: _visitors(client, key) == VISITORS)
        _pay(client, key, purchases)
    page.goto(f"{site}/?period=24h")
    page.wait_for_load_state("networkidle")
    keep(page, asset("insights", "dashboard"))
    cards = page.locator(".card", has=page.locator("h2", has_text=re.compile("^(Sources|Pages)$")))
    keep(page, asset("insights", "sources"), cards)
    page.set_viewport_size(DESK)


def _day(website: str, now: datetime) -> tuple[list[Sent], list[Purchase]]:
    """What the script sends in 23 hours, and who bought."""
    dice = random.Random(11)  # noqa: S311 - a play, not a secret
    events: list[Sent] = []
    purchases: list[Purchase] = []
    minutes = [now - timedelta(minutes=ago) for ago in range(10, 23 * 60)]
    for _ in range(VISITORS):
        visitor = UUID(int=dice.getrandbits(128), version=4)
        told = {"User-Agent": dice.choice(AGENTS), "X-Forwarded-For": f"{dice.choice(NETWORKS)}.{dice.randrange(1, 255)}"}
        told["Origin"] = f"https://{ADDRESS}"
        referrer, query, _share, buying = dice.choices(SOURCES, [one[2] for one in SOURCES])[0]
        at, path = dice.choices(minutes, [rhythm(one) for one in minutes])[0], f"/{query}"
        for _ in range(1 + min(6, int(dice.expovariate(0.55)))):
            events.append(Sent(at, told, _body(website, visitor, at, path, referrer)))
            referrer, path = f"https://{ADDRESS}{path}", dice.choice(PAGES)
            at = min(at + timedelta(seconds=20 + dice.expovariate(1 / 50)), now)
        if dice.random() < buying:
            goal = {"type": "custom", "extraData": {"eventName": "add_to_cart"}}
            events.append(Sent(at, told, _body(website, visitor, at, path, referrer) | goal))
            purchases.append(Purchase(visitor=visitor, at=at, amount=f"{dice.choice((24, 38, 59, 76, 118))}.00"))
    return events, purchases


def _body(website: str, visitor: UUID, at: datetime, path: str, referrer: str) -> dict[str, object]:
    return {
        "websiteId": website,
        "domain": ADDRESS,
        "visitorId": str(visitor),
        "sessionId": f"s{visitor}",
        "type": "pageview",
        "href": f"https://{ADDRESS}{path}",
        "referrer": referrer,
        "timestamp": int(at.timestamp() * 1000),
        "viewport": {"width": 1280, "height": 700},
        "screenWidth": 1280,
        "screenHeight": 800,
        "language": "en-GB",
    }


def _visitors(client: httpx.Client, key: str) -> int:
    """How many visitors the product has counted so far."""
    told = {"Authorization": f"Bearer {key}"}
    found = client.get("/v1/metrics?start_date=yesterday&end_date=today", headers=told).raise_for_status().json()
    return int(found["visitors"])


def _key(page: Page, site: str) -> str:
    """A key of the website's that may write."""
    page.goto(f"{site}/api/")
    page.get_by_label("Name").fill("Shop")
    page.get_by_label("May").select_option("write")
    page.get_by_role("button", name="Make a key").click()
    return page.locator("[data-copy]").first.get_attribute("data-copy") or ""


def _pay(client: httpx.Client, key: str, purchases: list[Purchase]) -> None:
    """Tells of the payments, as fast as the plan allows."""
    for number, one in enumerate(purchases):
        body = {"amount": one.amount, "currency": "USD", "transaction_id": f"order-{1041 + number}"}
        body |= {"datafast_visitor_id": str(one.visitor), "timestamp": one.at.isoformat()}
        until(partial(_is_taken, client, key, body))


def _is_taken(client: httpx.Client, key: str, body: dict[str, str]) -> bool:
    answer = client.post("/api/v1/payments", json=body, headers={"Authorization": f"Bearer {key}"})
    return answer.status_code != httpx.codes.TOO_MANY_REQUESTS and bool(answer.raise_for_status())
