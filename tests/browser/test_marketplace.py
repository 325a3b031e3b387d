"""The marketplace in a real browser: both widths, both themes, while typing, by keyboard, and without JavaScript."""

from collections.abc import Callable
from itertools import pairwise

import pytest
from playwright.sync_api import expect

from tests.browser.screen import LOOKS, PHONE, Screen
from tests.cast import NOW
from tests.shelf import put_on_sale

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PATHS = (
    "/marketplace/?offering=docs-agent&offering=gdpr-desk",
    "/marketplace/docs-agent/",
    "/marketplace/team-notes/",
    "/marketplace/nexus/",
    "/marketplace/compare/?offering=docs-agent&offering=cafe-assistant&offering=python-helper",
    "/marketplace/bundles/",
    "/marketplace/bundles/shop-front/",
    "/marketplace/docs-agent/reviews/",
    "/providers/nodo-works/",
)


@pytest.fixture(autouse=True)
def _on_sale(transactional_db: None) -> None:
    put_on_sale(NOW)


@pytest.mark.requirement("UX-01", "BUY-02", "BUY-04", "BUY-05", "BUY-22")
@pytest.mark.parametrize(("width", "theme"), LOOKS)
def test_every_page_is_accessible_and_fits_the_screen(screen: Callable[..., Screen], width: int, theme: str) -> None:
    seen = screen(width=width, theme=theme)
    for path in PATHS:
        seen.open(path)
        assert seen.problems() == [], path


@pytest.mark.requirement("BUY-04", "UX-01")
def test_two_offerings_are_side_by_side_on_a_phone(screen: Callable[..., Screen]) -> None:
    page = screen(width=PHONE).open("/marketplace/compare/?offering=docs-agent&offering=returns-desk")
    second = page.get_by_role("columnheader", name="Returns Desk").bounding_box()
    assert second is not None
    assert second["x"] + second["width"] <= PHONE
    marks = page.locator(".compare-head").evaluate_all("heads => heads.map((head) => head.getBoundingClientRect().top)")
    assert len(set(marks)) == 1, "the heads stand on one line"


@pytest.mark.requirement("BUY-05", "UX-01")
def test_however_much_a_plan_holds_no_line_of_it_lies_on_another(screen: Callable[..., Screen]) -> None:
    page = screen().open("/marketplace/nexus/")
    lists = page.locator(".plans .plan").evaluate_all(
        "plans => plans.map(plan => [...plan.querySelectorAll('li')].map(line => line.getBoundingClientRect().toJSON()))"
    )
    assert max(map(len, lists)) > 7
    for lines in lists:
        assert all(above["bottom"] <= below["top"] for above, below in pairwise(lines))


@pytest.mark.requirement("BUY-02")
def test_results_follow_while_one_types_and_the_address_with_them(screen: Callable[..., Screen]) -> None:
    page = screen().open("/marketplace/")
    page.keyboard.press("/")
    page.keyboard.type("pyhton", delay=15)
    expect(page.locator("#count")).to_have_text("1 result")
    expect(page.get_by_role("link", name="Python Helper")).to_be_visible()
    page.wait_for_url("**/marketplace/?q=pyhton")
    page.reload()
    expect(page.locator("#count")).to_have_text("1 result")


@pytest.mark.requirement("BUY-02", "BUY-04")
def test_filters_and_the_tray_work_by_keyboard_and_keep_the_focus(screen: Callable[..., Screen]) -> None:
    page = screen().open("/marketplace/")
    page.get_by_role("checkbox", name="Apps").focus()
    page.keyboard.press("Space")
    expect(page.locator("#count")).to_have_text("4 results")
    expect(page.get_by_role("checkbox", name="Apps")).to_be_focused()
    page.get_by_role("checkbox", name="Compare Team Notes").check()
    page.get_by_role("checkbox", name="Compare Status Board").check()
    expect(page.get_by_role("heading", name="Compare 2 of 4")).to_be_visible()
    page.get_by_role("link", name="Compare side by side").click()
    expect(page.get_by_role("heading", name="Compare side by side")).to_be_visible()
    expect(page.get_by_role("columnheader")).to_have_count(2)


@pytest.mark.requirement("BUY-05", "BUY-07")
def test_the_panel_follows_plan_and_cycle(screen: Callable[..., Screen]) -> None:
    page = screen().open("/marketplace/docs-agent/")
    panel = page.get_by_role("complementary", name="Buy")
    expect(panel.locator(".total")).to_have_text("$29 / month")
    panel.get_by_role("radio", name="Pro").check()
    expect(panel.locator(".total")).to_have_text("$99 / month")
    page.get_by_role("navigation", name="Billing cycle of the plans").get_by_role("link", name="Yearly").click()
    expect(panel.locator(".total")).to_have_text("$990 / year")
    panel.get_by_role("radio", name="Starter").check()
    expect(panel.locator(".total")).to_have_text("$290 / year")
    panel.get_by_text("Monthly").click()
    expect(panel.locator(".total")).to_have_text("$29 / month")
    expect(panel.get_by_role("link", name="Continue to checkout")).to_have_attribute(
        "href", "/checkout/docs-agent/?plan=starter&cycle=monthly"
    )


@pytest.mark.requirement("BUY-02", "UX-01")
def test_on_a_phone_the_filters_open_and_close(screen: Callable[..., Screen]) -> None:
    page = screen(width=PHONE).open("/marketplace/")
    page.get_by_role("link", name="Filters").click()
    page.get_by_role("checkbox", name="Assistants").check()
    page.get_by_role("link", name="Show 4 results").click()
    expect(page.locator("#count")).to_have_text("4 results")
    expect(page.locator("#filters")).to_be_hidden()


@pytest.mark.requirement("BUY-01", "BUY-02", "UX-01")
def test_without_javascript_search_filters_and_the_panel_still_work(screen: Callable[..., Screen]) -> None:
    page = screen(scripts=False).open("/marketplace/")
    page.get_by_label("Search the marketplace").fill("docs")
    page.get_by_role("button", name="Search").click()
    page.wait_for_url("**/marketplace/?*q=docs*")
    expect(page.get_by_role("link", name="Docs Agent")).to_be_visible()
    page.goto(page.url.split("?")[0])
    page.get_by_role("checkbox", name="Apps").check()
    page.get_by_role("button", name="Apply filters").click()
    expect(page.locator("#count")).to_have_text("4 results")


@pytest.mark.requirement("BUY-05", "UX-01")
@pytest.mark.parametrize(("width", "theme"), LOOKS)
def test_pictures_are_enlarged_and_turned_over_by_keyboard(screen: Callable[..., Screen], width: int, theme: str) -> None:
    seen = screen(width=width, theme=theme)
    page = seen.open("/marketplace/nexus/")
    first, second = page.locator("a[data-picture]").all()
    large = page.locator("dialog[data-viewer] img")
    first.focus()
    page.keyboard.press("Enter")
    expect(large).to_be_visible()
    expect(large).to_have_attribute("alt", first.locator("img").get_attribute("alt") or "")
    assert seen.problems() == []
    page.keyboard.press("ArrowRight")
    expect(large).to_have_attribute("src", second.get_attribute("href") or "")
    page.keyboard.press("ArrowRight")
    expect(large).to_have_attribute("src", first.get_attribute("href") or "")
    page.get_by_role("button", name="Previous picture").click()
    page.keyboard.press("Escape")
    expect(large).to_be_hidden()
    expect(second).to_be_focused()


@pytest.mark.requirement("BUY-05", "UX-01")
def test_on_a_phone_the_pictures_leave_the_price_and_the_demo_in_sight(screen: Callable[..., Screen]) -> None:
    tab = screen(width=PHONE)
    for path in ("/marketplace/returns-desk/", "/marketplace/website-watch/"):
        page = tab.open(path)
        expect(page.locator("#buybar").get_by_role("link")).to_be_in_viewport()
        picture = page.locator("#screenshots img").first.bounding_box()
        assert picture is not None
        assert picture["width"] <= PHONE
        assert picture["height"] <= 320
        page.locator("#screenshots").scroll_into_view_if_needed()
        expect(page.locator("#buybar").get_by_role("link")).to_be_in_viewport()
    page = tab.open("/marketplace/returns-desk/")
    expect(page.locator("#try")).to_be_in_viewport()


@pytest.mark.requirement("BUY-05")
def test_without_javascript_a_picture_leads_to_its_file(screen: Callable[..., Screen]) -> None:
    page = screen(scripts=False).open("/marketplace/team-notes/")
    page.locator("a[data-picture]").first.click()
    page.wait_for_url("**/assets/*.webp?v=*")
