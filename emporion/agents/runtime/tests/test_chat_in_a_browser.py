"""The test chat and the demo in a real Chromium: what is read stays in sight, however long the conversation is."""

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from emporion.agents.runtime.types import BlueprintSpec
from emporion.config.catalogue import sync_catalogue
from emporion.kernel.clock import utcnow
from tests.browser.screen import PHONE, WIDE
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
    talk(page)
    all_in_sight(page)
    page.evaluate("scrollBy(0, -300)")
    expect(page.locator(".source h2")).to_be_in_viewport(ratio=1)


@pytest.mark.requirement("BUY-06")
def test_so_they_are_in_the_demo(page: Page, served: str, blueprint: BlueprintSpec, client: Client) -> None:
    page.goto(f"{served}/demo/guide-agent/")
    talk(page)
    all_in_sight(page)


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
