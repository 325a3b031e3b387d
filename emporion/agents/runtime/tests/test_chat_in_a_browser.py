"""The test chat and the demo in a real Chromium: what is read stays in sight, however long the conversation is."""

import pytest
from django.test import Client
from playwright.sync_api import Locator, Page, Route, expect

from emporion.agents.runtime.models import DemoSession
from emporion.agents.runtime.types import BlueprintSpec
from emporion.config.catalogue import sync_catalogue
from emporion.kernel.clock import utcnow
from tests.browser.screen import LOOKS, PHONE, WIDE
from tests.cast import client_of

pytestmark = [pytest.mark.browser]
QUESTION = "How long are both signing secrets valid?"
ASKED = (QUESTION, "When do I get a refund?", "When is the freight desk open?", "What are goods insured for?", QUESTION)


@pytest.fixture
def page(chromium, served: str, alice_person) -> Page:
    context = chromium.new_context(viewport={"width": WIDE, "height": 800}, reduced_motion="reduce")
    context.add_cookies([{"name": "sessionid", "value": client_of(alice_person).cookies["sessionid"].value, "url": served}])
    page = context.new_page()
    yield page
    context.close()


def talk(page: Page) -> None:
    for number, question in enumerate(ASKED, 1):
        page.get_by_label("Your question").fill(question)
        page.get_by_role("button", name="Send").last.click()
        expect(page.locator(".turn footer")).to_have_count(number)


def all_in_sight(page: Page) -> None:
    expect(page.locator(".turn footer").last).to_be_in_viewport(ratio=0.99)
    expect(page.locator(".composer")).to_be_in_viewport(ratio=0.99)
    expect(page.locator(".source h2")).to_be_in_viewport(ratio=1)
    expect(page.locator(".source mark")).to_be_in_viewport()


@pytest.mark.requirement("BUY-17")
def test_after_many_questions_answer_source_and_composer_are_in_sight(page: Page, served: str, agent_id) -> None:
    page.goto(f"{served}/agents/{agent_id}/")
    expect(page.locator(".source")).to_be_visible()
    page.set_viewport_size({"width": PHONE, "height": 800})
    expect(page.locator(".source")).to_be_hidden()  # there is nothing in it yet that the composer could lie on
    page.set_viewport_size({"width": WIDE, "height": 800})
    talk(page)
    all_in_sight(page)
    page.evaluate("scrollBy(0, -300)")
    expect(page.locator(".source h2")).to_be_in_viewport(ratio=1)


@pytest.mark.requirement("BUY-06")
def test_so_they_are_in_the_demo(page: Page, served: str, blueprint: BlueprintSpec, client: Client) -> None:
    page.goto(f"{served}/demo/guide-agent/")
    talk(page)
    all_in_sight(page)


def demo_begun(page: Page, served: str, width: int, theme: str) -> tuple[Locator, Locator]:
    """The field of a demo in which one question was answered, and the way on that it shows once it is used up."""
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=theme)
    page.goto(f"{served}/demo/guide-agent/")
    field, way_on = page.get_by_label("Your question"), page.get_by_role("link", name="Choose a plan")
    field.fill(QUESTION)
    field.press("Enter")
    expect(page.get_by_text("19 questions left")).to_be_visible()
    return field, way_on


@pytest.mark.requirement("BUY-06", "UX-01")
@pytest.mark.parametrize(("width", "theme"), LOOKS)
def test_a_demo_that_is_used_up_says_what_to_do_instead_of_taking_questions_also_after_a_reload(
    page: Page, served: str, blueprint: BlueprintSpec, width: int, theme: str
) -> None:
    field, way_on = demo_begun(page, served, width, theme)
    expect(way_on).to_have_count(0)
    DemoSession.objects.update(message_count=19)
    field.fill(ASKED[1])
    field.press("Enter")
    for _ in range(2):
        expect(page.get_by_text("This demo has used its 20 questions")).to_be_visible()
        expect(way_on).to_have_attribute("href", "/marketplace/guide-agent/#plans")
        page.locator(".turn footer").last.scroll_into_view_if_needed()
        expect(way_on).to_be_in_viewport(ratio=1)
        expect(page.get_by_text("0 questions left")).to_be_visible()
        expect(page.locator(".turn footer")).to_have_count(2)
        for button in (field, page.get_by_role("button", name="Send"), page.locator(".asks")):
            expect(button).to_have_count(0)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.reload()


@pytest.mark.requirement("BUY-06", "UX-01")
@pytest.mark.parametrize(("width", "theme"), LOOKS)
def test_a_demo_that_was_used_up_in_another_tab_shows_the_plans_at_the_next_question(
    page: Page, served: str, blueprint: BlueprintSpec, width: int, theme: str
) -> None:
    field, way_on = demo_begun(page, served, width, theme)
    DemoSession.objects.update(message_count=20)
    field.fill(ASKED[1])
    field.press("Enter")
    expect(page.locator(".banner.bad")).to_be_visible()
    expect(way_on).to_have_attribute("href", "/marketplace/guide-agent/#plans")
    expect(page.get_by_text("0 questions left")).to_be_visible()
    for button in (field, page.get_by_role("button", name="Send"), page.locator(".asks")):
        expect(button).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.requirement("BUY-06", "UX-01")
@pytest.mark.parametrize("width", [PHONE, 1_000])
def test_where_the_source_lies_below_the_answer_the_next_question_can_be_written_at_once(
    page: Page, served: str, client: Client, width: int
) -> None:
    sync_catalogue(now=utcnow())
    page.set_viewport_size({"width": width, "height": 740})
    page.goto(f"{served}/marketplace/docs-agent/")
    field, bar = page.get_by_label("Your question"), page.locator(".buybar")
    field.wait_for(timeout=120_000)  # the demo learns its documents first
    for number in range(1, 4):
        field.fill("Do you sell stuffed giraffes?")
        field.press("Enter")
        expect(page.locator("#demo .turn footer")).to_have_count(number)
        expect(page.locator("#demo .turn footer").last).to_be_in_viewport(ratio=1)
        answer, say = (page.locator(one).last.bounding_box() for one in ("#demo .turn footer", "#demo form.say"))
        assert answer["y"] + answer["height"] <= say["y"], "the end of the answer is not covered"
        expect(page.locator("#demo .composer")).to_be_in_viewport(ratio=1)
    page.locator("#demo .source").scroll_into_view_if_needed()
    expect(page.locator("#demo .composer")).to_be_in_viewport(ratio=1)
    if bar.is_visible():
        composer, covered = page.locator("#demo .composer").bounding_box(), bar.bounding_box()
        assert composer["y"] + composer["height"] <= covered["y"]


@pytest.mark.requirement("BUY-06", "UX-02")
def test_a_demo_that_did_not_come_is_asked_for_again_before_anybody_is_told(page: Page, served: str) -> None:
    sync_catalogue(now=utcnow())
    refusals = [lambda route: route.fulfill(status=503), lambda route: route.abort()]

    def refuse_twice(route: Route) -> None:
        if refusals:
            refusals.pop(0)(route)
        else:
            route.continue_()

    address = "**/demo/docs-agent/"
    page.clock.install()
    page.route(address, refuse_twice)
    with page.expect_response(address):
        page.goto(f"{served}/marketplace/docs-agent/")
    expect(page.get_by_role("link", name="Open the demo")).to_be_visible()
    with page.expect_event("requestfailed"):
        page.clock.run_for(2_000)
    page.clock.run_for(4_000)
    expect(page.get_by_label("Your question")).to_be_visible()
    expect(page.locator(".toast")).to_have_count(0)
