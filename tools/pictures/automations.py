"""Automations: bought, set up, and run on the demo shop's website until there is something to report."""

import re

import httpx
from playwright.sync_api import Page, expect

from tools.pictures.buying import buy
from tools.pictures.demo_shop import ADDRESS, PAGES
from tools.pictures.studio import Studio, asset, keep, until

WEBSITE = f"http://{ADDRESS}/"
MAIL = "zoe@marchetti.example"
# What visitors asked in the week of the digest; the shop's pages say nothing of some of it.
ASKED = (
    "How long does a refund take?",
    "Do you have a shop in Lyon?",
    "My parcel arrived damaged, what now?",
    "Which vases do you have in blue?",
    "Can I return something I have opened?",
    "Do you have a shop in Lyon?",
    "Can I pay in instalments?",
    "How long is the warranty on a lamp?",
    "Which vases do you have in blue?",
    "Do you have a shop in Lyon?",
)


def website_watch(studio: Studio) -> None:
    """Read once, changed by its owner, read again: what is new, gone and different."""
    page, shop = studio.buyer, studio.shop
    _set_up(studio, "website-watch", "starter", url=WEBSITE)
    _run(page)
    shop.rewrite("shipping", "4 dollars, free from 60", "5 dollars, free from 75")
    shop.rewrite("shipping", "for 60 minutes after you placed them", "for 30 minutes after you placed them")
    shop.rewrite("returns", "Gift cards\n", "Gift cards\n- Candles that have been lit\n")
    _run(page)
    _open_last_run(page)
    keep(page, asset("website-watch", "changes"))


def link_check(studio: Studio) -> None:
    """The shop's home page leads to pages that are not there."""
    page = studio.buyer
    _set_up(studio, "link-check", "pay-per-run", url=WEBSITE)
    _run(page)
    _open_last_run(page)
    keep(page, asset("link-check", "broken-links"))


def source_refresh(studio: Studio) -> None:
    """An agent that learnt the shop's pages; one of them changes and one goes before they are read again."""
    page, shop = studio.buyer, studio.shop
    agent = _agent_of_the_shop(studio)
    shop.rewrite("refunds", "another 2 to 5 working days", "another 1 to 3 working days")
    shop.take_away("warranty")
    _set_up(studio, "source-refresh", "free", agent=agent.rstrip("/").rpartition("/")[2])
    _run(page)
    _open_last_run(page)
    keep(page, asset("source-refresh", "pages-read-again"))


def weekly_digest(studio: Studio) -> None:
    """Visitors ask the shop's agent; some of it is not in its pages."""
    page = studio.buyer
    agent = _agent_of_the_shop(studio)
    page.goto(f"{agent}keys/")
    page.get_by_label("Name").first.fill("Shop")
    page.get_by_role("button", name="Make a key").first.click()
    key = page.locator("[data-copy]").first.get_attribute("data-copy") or ""
    address = f"{studio.url}/api/agents/{agent.rstrip('/').rpartition('/')[2]}/chat"
    for question in ASKED:
        said = {"message": question, "stream": False}
        httpx.post(address, json=said, headers={"Authorization": f"Bearer {key}"}, timeout=60).raise_for_status()
    _set_up(studio, "weekly-digest", "free", email=MAIL)
    _run(page)
    _open_last_run(page)
    keep(page, asset("weekly-digest", "week"))


def _set_up(studio: Studio, slug: str, plan: str, **inputs: str) -> None:
    """Buy it, say what it should look at, and stop at its page."""
    page = studio.buyer
    buy(page, studio.url, slug, plan, "monthly")
    page.goto(f"{studio.url}/automations/")
    name = slug.replace("-", " ").title()
    until(lambda: bool(page.reload() and page.get_by_role("link", name=name, exact=True).count()))
    page.get_by_role("link", name=name, exact=True).click()
    for key, value in {"email": MAIL, **inputs}.items():
        field = page.locator(f"[name=input_{key}]")
        if field.count() and field.evaluate("field => field.tagName") == "SELECT":
            field.select_option(value)
        elif field.count():
            field.fill(value)
    page.get_by_role("button", name=re.compile("Save")).click()
    page.get_by_role("button", name="Run now").wait_for()


def _run(page: Page) -> None:
    """Run it now, and wait until the run is over."""
    before = page.locator(".runs > li").count()
    page.get_by_role("button", name="Run now").click()
    expect(page.locator(".runs > li")).to_have_count(before + 1, timeout=30_000)
    expect(page.locator("#history[hx-get]")).to_have_count(0, timeout=180_000)


def _open_last_run(page: Page) -> None:
    page.locator(".runs > li a").first.click()
    page.wait_for_url("**/runs/**")


def _agent_of_the_shop(studio: Studio) -> str:
    """A Returns Desk that has learnt the shop's pages, bought once for all who need it; its address."""
    page = studio.buyer
    page.goto(f"{studio.url}/agents/")
    known = page.get_by_role("link", name="Returns Desk")
    if known.count():
        known.first.click()
        page.wait_for_url(re.compile(r"/agents/[0-9a-f-]{36}/"))
        return page.url
    buy(page, studio.url, "returns-desk", "starter", "monthly")
    agent = page.url
    for name in PAGES:
        page.goto(f"{agent}training/")
        page.get_by_role("button", name="Add a web page").click()
        page.locator("#address").fill(f"{WEBSITE}{name}/")
        page.locator("#add-page form button.primary, dialog form button.primary").first.click()
        page.wait_for_load_state()
    page.goto(f"{agent}training/")
    expect(page.get_by_text("Ready", exact=True)).to_have_count(len(PAGES), timeout=120_000)
    return agent
