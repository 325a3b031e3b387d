"""The inbox in a real browser: a conversation opens at what was said last, and stays there."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from playwright.sync_api import Locator, Page, expect

from emporion.accounts.models import Person
from emporion.agents.runtime.models import Agent, Conversation, Handover, Message
from emporion.agents.runtime.types import Channel, HandoverState, MessageState, Speaker
from emporion.kernel.clock import utcnow
from tests.browser.screen import LOOKS, PHONE, Screen

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def say(conversation: Conversation, number: int) -> None:
    now = utcnow() + timedelta(seconds=number)
    speaker = Speaker.VISITOR if number % 2 else Speaker.AGENT
    text = f"Sentence {number} of a long conversation."
    Message.objects.create(
        conversation=conversation, speaker=speaker, text=text, state=MessageState.DONE, created_at=now, touched_at=now
    )


@pytest.fixture
def conversation(agent_id: UUID) -> Conversation:
    now = utcnow()
    agent = Agent.objects.get(id=agent_id)
    made = Conversation.objects.create(agent=agent, channel=Channel.WIDGET, started_at=now, last_at=now)
    Handover.objects.create(conversation=made, state=HandoverState.WAITING, requested_at=now)
    for number in range(1, 41):
        say(made, number)
    return made


def sentence(page: Page, number: int) -> Locator:
    return page.get_by_text(f"Sentence {number} of a long conversation.", exact=True)


@pytest.mark.requirement("BUY-17")
@pytest.mark.parametrize(("width", "theme"), LOOKS)
def test_a_waiting_visitor_is_counted_and_replied_to_where_the_conversation_ends(
    screen: Callable[..., Screen], alice_person: Person, conversation: Conversation, width: int, theme: str
) -> None:
    seen = screen(width=width, theme=theme, person=alice_person)
    page = seen.open(f"/inbox/{conversation.id}/#end")
    bar = page.locator(".bottombar" if width == PHONE else ".rail")
    expect(bar.get_by_role("link", name="Inbox")).to_have_text("Inbox1 visitor waiting")
    page.get_by_label("Your reply").fill("Good day, I am here.")
    page.get_by_role("button", name="Reply").click()
    expect(bar.get_by_role("link", name="Inbox")).to_have_text("Inbox")
    expect(page.get_by_role("button", name="Close and let the agent answer")).to_be_attached()
    mine, theirs = page.get_by_text("Good day, I am here.").bounding_box(), sentence(page, 39).bounding_box()
    assert mine["x"] + mine["width"] > theirs["x"] + theirs["width"], "the reader's own words stand at the end of the line"
    assert mine["x"] > theirs["x"]
    assert [one.speaker for one in Message.objects.order_by("-id")[:2]] == [Speaker.PERSON, Speaker.NOTICE]
    assert seen.problems() == []


@pytest.mark.requirement("BUY-17")
@pytest.mark.parametrize(("width", "theme"), LOOKS)
def test_a_conversation_opens_at_its_newest_message_and_goes_along(
    screen: Callable[..., Screen], alice_person: Person, conversation: Conversation, width: int, theme: str
) -> None:
    seen = screen(width=width, theme=theme, person=alice_person)
    page = seen.open("/inbox/")
    page.get_by_role("link", name="Sentence 39 of a long conversation.").click()
    expect(page).to_have_url(f"{seen.base}/inbox/{conversation.id}/#end")
    expect(sentence(page, 40)).to_be_in_viewport()
    expect(sentence(page, 1)).not_to_be_in_viewport()
    page = seen.open(f"/inbox/{conversation.id}/")
    expect(sentence(page, 40)).to_be_in_viewport()
    expect(page.get_by_label("Your reply")).to_be_in_viewport(ratio=1)
    expect(page.get_by_role("button", name="Teach this answer")).not_to_be_visible()
    for number in range(41, 61):
        say(conversation, number)
    expect(sentence(page, 60)).to_be_in_viewport()
    page.evaluate("scrollTo(0, 0)")
    expect(sentence(page, 60)).not_to_be_in_viewport()
    say(conversation, 61)
    expect(sentence(page, 61)).to_be_attached()
    assert page.evaluate("scrollY") == 0, "who reads further up is left there"
    assert seen.problems() == []
