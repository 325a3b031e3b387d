"""How what is said in the widget looks in a real Chromium: a person of the team, quotations, notices."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

import pytest
from playwright.sync_api import expect

from emporion.agents.channels.models import Widget
from emporion.agents.knowledge.actions import add_pair
from emporion.agents.runtime import actions
from emporion.agents.runtime.models import Branding, Conversation
from emporion.billing.models import Subscription
from emporion.kernel.clock import utcnow
from emporion.plumbing.types import Actor
from tests.browser.screen import LOOKS

from .test_visitors import publish
from .test_widget_in_a_browser import ask, launcher, panel, tab

__all__ = ["tab"]
pytestmark = [pytest.mark.browser]
STRANGE = "Do you sell stuffed giraffes?"


def talk_of(widget: Widget) -> UUID:
    return Conversation.objects.get(agent_id=widget.agent_id).id


@pytest.mark.requirement("WID-01", "WID-12")
@pytest.mark.parametrize(("width", "theme"), LOOKS)
def test_what_a_person_says_stands_in_a_bubble_under_their_name(
    tab, embed: Callable[..., str], alice: Actor, widget: Widget, width: int, theme: str
) -> None:
    seen = tab(embed(), width=width, theme=theme)
    launcher(seen.page).click()
    ask(seen.page, STRANGE)
    ask(seen.page, STRANGE)
    panel(seen.page).get_by_role("button", name="Talk to a person").click()
    expect(panel(seen.page).get_by_text("I am handing you over")).to_be_visible()
    actions.take_over(conversation_id=talk_of(widget), actor=alice, now=utcnow())
    actions.say_as_person(conversation_id=talk_of(widget), text="Good day, this is Alice.", actor=alice, now=utcnow())
    said = panel(seen.page).locator(".say.person")
    expect(said.locator(".bubble")).to_have_text("Good day, this is Alice.")
    expect(said).to_have_css("border-top-width", "0px")
    name, bubble = said.locator(".by").bounding_box(), said.locator(".bubble").bounding_box()
    assert name["y"] + name["height"] <= bubble["y"]
    actions.close_handover(conversation_id=talk_of(widget), actor=alice, now=utcnow())
    expect(panel(seen.page).locator(".say.notice")).to_have_count(3)
    expect(panel(seen.page).locator(".say.notice").last).to_contain_text("has left the conversation. I answer again.")
    ask(seen.page, "When do I get a refund?")
    expect(panel(seen.page).get_by_text("cancelled at least 48 hours")).to_be_visible()
    helpful = panel(seen.page).get_by_text("Did this help?")
    expect(helpful).to_have_count(3)
    ask(seen.page, "Thanks!")
    expect(panel(seen.page).get_by_text("You’re welcome")).to_be_visible()
    for _ in range(2):
        expect(helpful).to_have_count(3)
        assert seen.problems() == []
        seen.page.reload()
        launcher(seen.page).click()
        expect(panel(seen.page).get_by_text("You’re welcome")).to_be_visible()


@pytest.mark.requirement("WID-01", "BUY-17")
def test_rows_of_a_table_stand_in_one_table_also_where_cells_are_empty(
    tab, embed: Callable[..., str], alice: Actor, widget: Widget
) -> None:
    answer = (
        "We open:\nDay: Monday; Open: closed\nDay: Thursday; Open: 9 <b>; Note: late; Until: 20\nDay: Friday; Open: 9; Until: 18"
    )
    add_pair(library_id=widget.agent_id, question="When do you open?", answer=answer, actor=alice, now=utcnow())
    seen = tab(embed())
    launcher(seen.page).click()
    ask(seen.page, "When do you open?")
    said = panel(seen.page).locator(".bubble table")
    expect(said).to_have_count(1)
    rows = said.locator("tr").evaluate_all("rows => rows.map((row) => [...row.cells].map((cell) => cell.textContent.trim()))")
    assert rows == [
        ["Day", "Open", "Note", "Until"],
        ["Monday", "closed", "", ""],
        ["Thursday", "9 <b>", "late", "20"],
        ["Friday 1", "9", "", "18"],
    ]


PRICES = "\n".join(
    f"Referência: A-{number}; Artigo: Capacete Jump Profissional; Tamanho: {size}; Preço: 89,90 €; Stock: {number}"
    for number, size in enumerate(("S", "M", "L", "XL"), 101)
)


@pytest.mark.requirement("WID-01", "UX-01")
@pytest.mark.parametrize("language", ["pt", "ar"])
def test_a_table_wider_than_a_phone_is_read_row_by_row(
    tab, embed: Callable[..., str], alice: Actor, widget: Widget, now: datetime, language: str
) -> None:
    add_pair(library_id=widget.agent_id, question="Quanto custam os capacetes?", answer=PRICES, actor=alice, now=now)
    publish(alice, widget, now, language=language)
    seen = tab(embed(), width=360)
    launcher(seen.page).click()
    box = panel(seen.page).locator("#text")
    box.fill("Quanto custam os capacetes?")
    box.press("Enter")
    table = panel(seen.page).locator(".bubble .scroll")
    expect(panel(seen.page).locator(".tools")).to_have_count(1)
    assert panel(seen.page).locator("html").evaluate("page => page.scrollWidth") == 360
    assert table.evaluate("box => box.scrollWidth <= box.clientWidth"), "nothing of it is hidden at its side"
    named = "cell => getComputedStyle(cell, '::before').content.startsWith(JSON.stringify(cell.dataset.label))"
    assert table.locator("td").evaluate_all(f"cells => cells.length === 20 && cells.every({named})")
    assert table.get_by_role("columnheader").count() == 5, "they are still heard"
    for side in (table.get_by_role("cell", name="XL"), table.locator(".cite")):
        expect(side).to_be_in_viewport(ratio=1)
    panel(seen.page).locator(".say.visitor .bubble").scroll_into_view_if_needed()
    for one in ("#close", "#send", ".say.visitor .bubble"):
        expect(panel(seen.page).locator(one)).to_be_in_viewport(ratio=0.95)
    assert seen.problems() == []


LESSONS = """# Stables

## 1. Riding lessons

A lesson alone costs 38 euros.

A lesson in a group costs 24 euros.

A jumping lesson costs 45 euros.

Ten lessons are valid for four months.
"""


@pytest.mark.requirement("WID-01", "BUY-17")
def test_a_passage_that_is_quoted_with_its_heading_is_lit_below_it(
    tab, embed: Callable[..., str], teach: Callable[[str, str], UUID]
) -> None:
    teach("stables.md", LESSONS)
    seen = tab(embed(), width=360)
    launcher(seen.page).click()
    ask(seen.page, "How much is a jumping lesson?")
    panel(seen.page).get_by_role("button", name="Source 1: stables.md").click()
    source = panel(seen.page).locator(".source")
    expect(source.locator("mark")).to_contain_text("A jumping lesson costs 45 euros.")
    assert source.inner_text().count("1. Riding lessons") == 1, "the heading stands above the passage already"
    assert seen.problems() == []


@pytest.mark.requirement("WID-01", "WID-02")
def test_arabic_is_read_from_its_right_and_english_in_it_from_its_left(
    tab, embed: Callable[..., str], alice: Actor, widget: Widget, now: datetime
) -> None:
    add_pair(library_id=widget.agent_id, question="متى تفتحون؟", answer="من 9 إلى 18، كل يوم.", actor=alice, now=utcnow())
    publish(alice, widget, now, language="ar")
    seen = tab(embed(), width=360)
    launcher(seen.page).click()
    for number, question in enumerate(("متى تفتحون؟", "Do you sell stuffed giraffes?"), 1):
        panel(seen.page).get_by_placeholder("اكتب سؤالًا").fill(question)
        panel(seen.page).get_by_role("button", name="إرسال").click()
        expect(panel(seen.page).locator(".say.agent:has(.tools)")).to_have_count(number)
    expect(panel(seen.page).locator("html")).to_have_attribute("dir", "rtl")
    said = panel(seen.page).locator(".bubble")
    expect(said.filter(has_text="كل يوم")).to_have_css("direction", "rtl")
    expect(said.filter(has_text="giraffes")).to_have_css("direction", "ltr")
    agent, visitor = (said.filter(has_text=words).bounding_box() for words in ("كل يوم", "giraffes"))
    assert agent["x"] + agent["width"] > visitor["x"] + visitor["width"]
    assert seen.problems() == []


@pytest.mark.requirement("WID-01", "BUY-17")
def test_the_lines_of_a_quotation_stay_lines(tab, embed: Callable[..., str], alice: Actor, widget: Widget) -> None:
    answer = "Rubrique: Horaires\nJour ou service: Jeudi\nHoraires: 10h00 - 19h00"
    add_pair(library_id=widget.agent_id, question="When is it open on Thursday?", answer=answer, actor=alice, now=utcnow())
    seen = tab(embed())
    launcher(seen.page).click()
    ask(seen.page, "When is it open on Thursday?")
    said = panel(seen.page).locator(".say.agent .bubble").last
    expect(said).to_contain_text("10h00")
    assert said.inner_text().splitlines()[:2] == ["Rubrique", "Horaires"]


@pytest.mark.requirement("WID-01", "WID-02")
@pytest.mark.parametrize(
    ("spoken", "published", "launched", "placeholder", "greeting"),
    [
        ("ko-KR", "", "궁금한 점이 있나요?", "질문을 입력하세요", "안녕하세요"),
        ("ko-KR", "cs", "Máte dotaz?", "Napište otázku", "Dobrý den"),
        ("is-IS", "", "Questions?", "Write a question", "Hello!"),
    ],
)
def test_launcher_panel_and_greeting_speak_the_widget_s_language_else_the_visitor_s(  # noqa: PLR0917 - fixtures, and a case of five words
    tab, embed: Callable[..., str], alice: Actor, widget: Widget, spoken: str, published: str, launched: str, placeholder: str,
    greeting: str,
) -> None:  # fmt: skip
    Branding.objects.filter(agent_id=widget.agent_id).update(welcome="Hello! How can I help you?")
    publish(alice, widget, utcnow(), language=published, launcher="icon_text")
    seen = tab(embed(), width=360, language=spoken)
    expect(launcher(seen.page)).to_have_text(launched)
    launcher(seen.page).click()
    expect(panel(seen.page).get_by_placeholder(placeholder)).to_be_enabled()
    expect(panel(seen.page).locator(".say.agent .bubble")).to_contain_text(greeting)
    assert seen.problems() == []


@pytest.mark.requirement("WID-01", "UX-01")
def test_trying_again_is_in_sight_below_what_was_refused(tab, embed: Callable[..., str]) -> None:
    seen = tab(embed(), width=360)
    seen.page.route("**/messages/", lambda route: route.fulfill(status=429, json={"said": "Too many messages. Wait a moment."}))
    launcher(seen.page).click()
    for number in range(1, 6):
        ask(seen.page)
        expect(panel(seen.page).get_by_role("button", name="Try again")).to_have_count(number)
    expect(panel(seen.page).get_by_role("button", name="Try again").last).to_be_in_viewport(ratio=1)


@pytest.mark.requirement("WID-01", "WID-08")
def test_the_panel_shows_refusals_in_the_visitor_s_language(tab, embed: Callable[..., str], alice: Actor, widget: Widget) -> None:
    publish(alice, widget, utcnow(), language="fr")
    seen = tab(embed(), width=360)
    launcher(seen.page).click()
    box = panel(seen.page).get_by_label("Écrivez une question")
    Subscription.objects.update(paused_by=[str(widget.id)])
    for question, said in (
        ("Gibt es hier auch Giraffen aus Plüsch?", "Dieser Assistent kann gerade nicht antworten."),
        ("1?", "Cet assistant"),
    ):
        box.fill(question)
        box.press("Enter")
        expect(panel(seen.page).locator(".say.agent .bubble").last).to_contain_text(said)
    assert "subscription" not in panel(seen.page).locator("body").inner_text()
    Widget.objects.filter(id=widget.id).update(is_paused=True)
    seen.page.evaluate("Emporion.close()")
    seen.page.evaluate("Emporion.open()")
    expect(panel(seen.page).locator("#notice")).to_have_text("Cet assistant est en pause. Revenez plus tard.")
