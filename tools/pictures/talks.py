"""Agents and assistants: what their demo answers, and the passage that the answer stands on."""

from dataclasses import dataclass

from playwright.sync_api import Page, ViewportSize, expect

from tools.pictures.buying import buy
from tools.pictures.studio import PHONE, ROOT, Studio, asset, keep

KNOWLEDGE = sorted((ROOT / "catalogue/docs-agent/knowledge").glob("*.md"))
WIDE = ViewportSize(width=1280, height=900)


@dataclass(frozen=True, slots=True)
class Talk:
    """A question that a visitor asks the demo of an offering, at a desk or on a phone."""

    slug: str
    question: str
    is_on_a_phone: bool = False


TALKS = (
    Talk("bike-shop-assistant", "Which frame size do I need at 175 cm?"),
    Talk("cafe-assistant", "Which cakes are gluten-free?"),
    Talk("cafe-assistant", "Do you have a table for six?", is_on_a_phone=True),
    Talk("docs-agent", "What happens when I reach my call limit?"),
    Talk("gdpr-desk", "How long do we have to answer an access request?"),
    Talk("guest-host", "The heating is cold, what do I do?"),
    Talk("guest-host", "Where can we leave our luggage early?", is_on_a_phone=True),
    Talk("onboarding-guide", "How do I take a day off?"),
    Talk("python-helper", "Why does my default list keep its values?"),
    Talk("returns-desk", "My parcel arrived damaged, what now?"),
)


def demo(studio: Studio, talk: Talk) -> None:
    """The demo with one question, its answer and the source beside it; on a phone the conversation alone."""
    page = studio.window(PHONE if talk.is_on_a_phone else WIDE)
    page.goto(f"{studio.url}/{'demo' if talk.is_on_a_phone else 'marketplace'}/{talk.slug}/")
    ask(page, talk.question)
    if talk.is_on_a_phone:
        keep(page, asset(talk.slug, "phone"))
    else:
        keep(page, asset(talk.slug, "answer"), page.locator("#try .talk > header, #try .composer, #try .source"), below=16)
    page.context.close()


def ask(page: Page, question: str) -> None:
    """One question with its cited answer."""
    box = page.locator("[data-composer] textarea, [data-composer] input[name=question]").first
    box.fill(question)
    box.press("Enter")
    page.locator(".cite").first.wait_for()
    page.locator(".turn footer").last.wait_for()
    page.locator("#source .passage").first.wait_for()


def docs_agent(studio: Studio) -> None:
    """A bought one, which begins empty, and what it has read since."""
    page = studio.buyer
    buy(page, studio.url)
    teach(page, page.url)
    keep(page, asset("docs-agent", "training"))


def teach(page: Page, agent: str) -> None:
    """Give an agent the documents that the demo answers from, and wait until all of them are read."""
    page.goto(f"{agent}training/")
    page.locator("input[type=file]").first.set_input_files(KNOWLEDGE)
    expect(page.get_by_text("Ready", exact=True)).to_have_count(len(KNOWLEDGE))
    page.reload()
