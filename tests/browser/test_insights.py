"""Figures of a website in a real browser: widths and themes, the chart by keyboard, filters, notes, what strangers see."""

import os
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings
from playwright.sync_api import Page, expect

from emporion.accounts.models import Person
from emporion.insights.goals.actions import create_goal, save_funnel
from emporion.insights.goals.types import FunnelStep, NewFunnel, NewGoal, StepKind
from emporion.insights.reports.notes import NewNote, Origin, add_note
from emporion.insights.reports.shares import share_site
from emporion.insights.reports.tests.pages_scene import Visit, site_of_alice, visited
from emporion.insights.revenue.actions import record_payment
from emporion.insights.revenue.types import NewPayment
from emporion.insights.sites.models import Site
from emporion.insights.sites.types import SiteView
from emporion.kernel.clock import utcnow
from emporion.kernel.money import Money
from emporion.plumbing.actions import run_due_jobs
from emporion.plumbing.types import Actor
from tests.browser.screen import LOOKS, Screen

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def shop(alice: Actor) -> SiteView:
    now = utcnow()
    site = site_of_alice(alice, now)
    long = "/blog/a-title-that-is-much-longer-than-the-card-in-which-it-has-to-stand"
    days = [now - timedelta(days=day, minutes=5) for day in range(12)]
    visited(site, *(Visit(at=at, pages=("/", long), source="Google", country="GR", paid_minor=12_000) for at in days))
    visited(site, *(Visit(at=at, pages=("/pricing",), source="Hacker News", device="mobile", goal="Signed up") for at in days))
    deploy = NewNote(text="A new pricing page went out to everybody", at=now - timedelta(days=4), origin=Origin.DEPLOY)
    add_note(site_id=site.id, note=deploy, actor=alice, now=now)
    return site


def keep(page: Page, name: str) -> None:
    if folder := os.environ.get("EMPORION_PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


@pytest.mark.requirement("INS-08", "INS-09", "INS-10")
@pytest.mark.parametrize(("width", "theme"), LOOKS)
def test_goals_funnels_and_payments_fit_and_say_nothing_wrong(
    screen: Callable[..., Screen], alice: Actor, alice_person: Person, shop: SiteView, width: int, theme: str
) -> None:
    now, home = utcnow(), f"/insights/{shop.id}/"
    create_goal(site_id=shop.id, goal=NewGoal(name="signed_up", label="Signed up", value_minor=500), actor=alice, now=now)
    steps = (FunnelStep(kind=StepKind.PAGE, pattern="/*"), FunnelStep(kind=StepKind.PURCHASE))
    funnel = save_funnel(site_id=shop.id, funnel=NewFunnel(name="To the money", steps=steps), actor=alice, now=now)
    visited(shop, Visit(at=now - timedelta(days=9), country="GR", paid_minor=8_000))
    for number in range(3):
        sold = NewPayment(transaction_id=f"order-{number}", amount=Money(4_900, "USD"), occurred_at=now - timedelta(days=1))
        record_payment(site_id=shop.id, payment=sold, actor=alice, now=now)
    run_due_jobs(now=now + timedelta(seconds=5))
    tab = screen(width=width, theme=theme, person=alice_person)
    path = f"{home}funnels/{funnel.id}/?period=7d&by=device"
    pages = {"goals": f"{home}goals/?period=7d", "funnels": f"{home}funnels/", "funnel": path, "payments": f"{home}payments/"}
    for name, address in pages.items():
        page = tab.open(address)
        for summary in page.locator("details.by-source summary").all():
            summary.click()
        keep(page, f"{name}-{width}-{theme}")
        assert tab.problems() == [], name
    page.locator("details.by-source a").first.click()
    expect(page.locator(".applied")).to_contain_text("credits Direct with $147.00")
    keep(page, f"credited-{width}-{theme}")
    assert tab.problems() == []
    page = tab.open(path)
    page.locator('td[data-label="Revenue"] a').last.click()
    expect(page.locator(".applied").last).to_contain_text("To the money: reached step")
    keep(page, f"money-{width}-{theme}")
    assert tab.problems() == []


@pytest.mark.requirement("INS-04", "INS-05", "INS-07")
@pytest.mark.parametrize("look", LOOKS)
def test_every_page_of_figures_fits_and_says_nothing_wrong(
    screen: Callable[..., Screen],
    alice: Actor,
    alice_person: Person,
    shop: SiteView,
    settings: LazySettings,
    look: tuple[int, str],
) -> None:
    (width, theme), home = look, f"/insights/{shop.id}/"
    share = share_site(site_id=shop.id, name="Investors", password="", actor=alice, now=utcnow())
    tab = screen(width=width, theme=theme, person=alice_person)
    page = tab.open(home)
    expect(page.locator(".flag")).to_be_visible()
    assert tab.problems() == []
    for path in ("by/page/", "share/"):
        tab.open(f"{home}{path}")
        expect(page.get_by_role("heading", level=1)).to_be_attached()
        assert tab.problems() == []
    stranger = screen(width=width, theme=theme)
    stranger.open(share.url.removeprefix(settings.SITE_URL))
    expect(stranger.page.locator(".flag")).to_be_visible()
    assert stranger.problems() == []


@pytest.mark.requirement("INS-04", "INS-05", "INS-06")
def test_the_chart_is_read_by_keyboard_and_everything_is_in_the_address(
    screen: Callable[..., Screen], alice_person: Person, shop: SiteView
) -> None:
    tab = screen(person=alice_person)
    page = tab.open(f"/insights/{shop.id}/")
    chart = page.get_by_role("slider")
    expect(page.locator(".flag")).to_be_visible()
    chart.focus()
    page.keyboard.press("Home")
    expect(page.locator("[data-read] [data-part='1']")).to_have_text("0")
    page.keyboard.press("End")
    page.keyboard.press("ArrowLeft")
    expect(page.locator("[data-read] [data-part='1']")).to_have_text("2")
    expect(page.locator("[data-read] [data-part='3']")).to_have_text("$120")
    page.get_by_role("link", name="Google").click()
    expect(page.get_by_role("link", name="Remove the filter: Source is Google")).to_be_visible()
    expect(page).to_have_url(re.compile("source=is%3AGoogle"))
    page.locator("#card-devices").get_by_role("link", name="Browser").click()
    expect(page.locator("#card-devices").get_by_role("columnheader", name="Browser")).to_be_visible()
    expect(page).to_have_url(re.compile("devices=browser$"))
    page.get_by_role("link", name="Remove the filter: Source is Google").click()
    expect(page.get_by_role("link", name="Hacker News")).to_be_visible()
    page.get_by_role("button", name="Add note").first.click()
    page.get_by_label("What happened").fill("Campaign began")
    page.locator("#note-form").get_by_role("button", name="Add note").click()
    expect(page.get_by_text("The note is on the timeline.")).to_be_visible()
    expect(page.locator(".flag")).to_have_count(2)
    page.get_by_text("2 notes").click()
    page.get_by_role("button", name="Delete the note Campaign began").click()
    expect(page.get_by_text("The note is deleted.")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".flag")).to_have_count(2)
    assert tab.complaints == []


@pytest.mark.requirement("INS-13")
@pytest.mark.parametrize("look", LOOKS)
def test_a_pin_of_the_map_opens_to_what_is_known_of_its_visitor(
    screen: Callable[..., Screen], alice: Actor, alice_person: Person, look: tuple[int, str]
) -> None:
    width, theme = look
    now = utcnow()
    site = site_of_alice(alice, now)
    here = Visit(
        at=now - timedelta(minutes=2), pages=("/", "/pricing"), source="Google", country="BR", goal="signup", user_ref="Zoë"
    )
    visited(site, here, Visit(at=now - timedelta(minutes=3), country=""))
    tab = screen(width=width, theme=theme, person=alice_person)
    page = tab.open(f"/insights/{site.id}/realtime/")
    expect(page.get_by_text("1 at an unknown place")).to_be_visible()
    card = page.get_by_role("dialog", name="The visitor of this pin")
    expect(card).to_be_hidden()
    canvas = page.locator(".world canvas")
    box = canvas.bounding_box()
    assert box is not None
    # Somewhere in Brazil is the only pin: the fingertip tries a few places of the left half of the southern half.
    tries = [(x / 40, y / 40) for y in range(20, 34) for x in range(10, 20)]
    for x, y in tries:
        canvas.click(position={"x": box["width"] * x, "y": box["height"] * y})
        if card.is_visible():
            break
    for words in ("Zoë", "/pricing", "Google", "Firefox", "signup", "Here since"):
        expect(card).to_contain_text(words)
    # This server has no WebSocket: the page goes on by asking.
    assert [line for line in tab.problems() if "WebSocket" not in line] == []
    visited(site, Visit(at=utcnow(), user_ref="Newcomer"))
    expect(page.get_by_role("link", name="Newcomer")).to_be_visible()
    expect(card).to_contain_text("Zoë")
    card.get_by_role("link", name="Zoë").click()
    expect(page.get_by_role("heading", name="Zoë")).to_be_visible()
    page.go_back()
    page.keyboard.press("Escape")
    expect(card).to_be_hidden()


@pytest.mark.requirement("INS-04", "UX-01")
def test_every_control_stands_in_the_line_of_the_websites_name(
    screen: Callable[..., Screen], alice_person: Person, shop: SiteView
) -> None:
    # A long name gives way to them, also where a badge stands beside it.
    Site.objects.filter(pk=shop.id).update(is_demo=True, domain="a-shop-with-a-long-name.example")
    page = screen(person=alice_person).open(f"/insights/{shop.id}/")
    controls = [page.get_by_role("button", name=name) for name in ("Website a-shop", "against", "Credit")]
    middles = []
    for one in (*controls, page.locator(".site-now")):
        box = one.bounding_box()
        assert box
        middles.append(box["y"] + box["height"] / 2)
    assert max(middles) - min(middles) < 4
