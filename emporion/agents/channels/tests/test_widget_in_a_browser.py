"""The widget in a real Chromium, on pages of another origin: kind ones, hostile ones, and with our server away."""

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from emporion.agents.channels import actions
from emporion.agents.channels.models import Widget
from emporion.agents.channels.types import WidgetSettings
from emporion.kernel.clock import utcnow
from emporion.plumbing.types import Actor
from tests.browser.screen import LOOKS, PHONE, WIDE, Screen

from .conftest import HostSite

QUESTION = "How long are both signing secrets valid?"
STATIC = Path(__file__).resolve().parents[1] / "static/agents_channels/widget"

pytestmark = [pytest.mark.browser]


@pytest.fixture
def tab(chromium, site: str):
    """Opens a tab on an address and collects what it complains about."""
    opened = []

    def make(url: str, *, width: int = WIDE, theme: str = "light", language: str = "en-US") -> Screen:
        looks = {"viewport": {"width": width, "height": 900}, "color_scheme": theme, "reduced_motion": "reduce"}
        context = chromium.new_context(**looks, locale=language)
        opened.append(context)
        one = Screen(page=context.new_page(), base=site)
        one._listen()
        one.page.goto(url)
        return one

    yield make
    for context in opened:
        context.close()


def launcher(page: Page):
    return page.locator("emporion-widget .launcher")


def panel(page: Page):
    return page.frame_locator("emporion-widget iframe")


def ask(page: Page, question: str = QUESTION) -> None:
    panel(page).get_by_label("Write a question").fill(question)
    panel(page).get_by_role("button", name="Send").click()


def wait_for_complaint(seen: Screen, words: str) -> None:
    if not any(words in line for line in seen.complaints):
        seen.page.wait_for_event("console", lambda said: words in said.text)


@pytest.mark.requirement("WID-12")
def test_the_files_stay_small() -> None:
    loader = len(gzip.compress((STATIC / "loader.js").read_bytes(), 9))
    panel_files = [path for path in STATIC.iterdir() if path.name != "loader.js"]
    whole = sum(len(gzip.compress(path.read_bytes(), 9)) for path in panel_files)
    assert loader <= 8 * 1024
    assert whole <= 60 * 1024
    assert len(panel_files) >= 4


@pytest.mark.requirement("WID-01", "WID-12")
@pytest.mark.parametrize(("width", "theme"), LOOKS)
def test_a_visitor_opens_it_asks_and_reads_where_the_answer_stands(
    tab, embed: Callable[..., str], width: int, theme: str
) -> None:
    seen = tab(embed(), width=width, theme=theme)
    page = seen.page
    assert page.locator("emporion-widget iframe").count() == 0, "nothing is loaded before the first click"
    launcher(page).click()
    ask(page)
    expect(panel(page).get_by_text("24 hours")).to_be_visible()
    for further in ("When do I get a refund?", QUESTION):
        ask(page, further)
    expect(panel(page).locator(".tools")).to_have_count(3)
    expect(panel(page).locator(".tools").last).to_be_in_viewport(ratio=0.9)
    panel(page).get_by_role("button", name="Source 1: guide.md").first.click()
    card = panel(page).locator(".source")
    expect(card).to_contain_text("signing secret")
    expect(card.locator("mark")).to_contain_text("24 hours")
    assert not card.locator("p").inner_text().startswith("#")
    lines = [line for line in card.inner_text().splitlines() if line.strip()]
    assert len(lines) == len(set(lines)), "no heading stands twice"
    assert seen.problems() == []


@pytest.mark.requirement("WID-01", "BUY-17")
def test_the_closest_place_of_a_refusal_opens_at_once_and_after_a_reload(tab, embed: Callable[..., str]) -> None:
    seen = tab(embed(), width=PHONE)
    page = seen.page
    launcher(page).click()
    ask(page, "What happens if I pay late?")
    for _ in range(2):
        expect(panel(page).get_by_text("The closest place in them")).to_be_visible()
        panel(page).get_by_role("button", name="Source 1: guide.md").click()
        expect(panel(page).locator(".source mark")).to_contain_text("Late payment costs 5 percent")
        assert seen.problems() == []
        page.reload()
        launcher(page).click()


@pytest.mark.requirement("WID-01")
def test_what_is_written_while_an_answer_comes_is_sent_after_it_and_does_not_stop_it(tab, embed: Callable[..., str]) -> None:
    page = tab(embed()).page
    launcher(page).click()
    box = panel(page).get_by_label("Write a question")
    expect(box).to_be_enabled()
    held: list[Route] = []
    page.route("**/messages/", lambda route: held.append(route), times=1)  # noqa: PLW0108 - the driver marks its handlers
    with page.expect_request("**/messages/"):
        ask(page)
    box.fill("When do I get a refund?")
    box.press("Enter")
    expect(box).to_have_value("When do I get a refund?")
    held[0].continue_()
    expect(panel(page).locator(".tools")).to_have_count(2)
    expect(panel(page).get_by_text("24 hours")).to_be_visible()
    expect(box).to_have_value("")


@pytest.mark.requirement("WID-12", "REL-01")
def test_no_question_can_be_lost_while_the_chat_is_still_opening(tab, embed: Callable[..., str]) -> None:
    page = tab(embed()).page
    held: list[Route] = []
    page.route("**/session/", lambda route: held.append(route))  # noqa: PLW0108 - the driver marks its handlers
    with page.expect_request("**/session/"):
        launcher(page).click()
    box = panel(page).get_by_label("Write a question")
    expect(box).to_be_disabled()
    expect(panel(page).get_by_role("button", name="Send")).to_be_disabled()
    held[0].abort()  # the line broke just then
    page.unroute("**/session/")
    panel(page).get_by_role("button", name="Try again").click()
    ask(page)
    expect(panel(page).get_by_text("24 hours")).to_be_visible()


@pytest.mark.requirement("WID-12", "REL-01")
def test_a_question_asked_after_the_session_ran_out_is_answered_in_the_same_conversation(
    tab, embed: Callable[..., str], widget: Widget
) -> None:
    page = tab(embed()).page
    launcher(page).click()
    ask(page)
    expect(panel(page).get_by_text("24 hours")).to_be_visible()
    Widget.objects.filter(pk=widget.pk).update(secret_version=widget.secret_version + 1)
    ask(page, "When do I get a refund?")
    expect(panel(page).get_by_text("48 hours")).to_be_visible()
    expect(panel(page).get_by_text("24 hours")).to_be_visible()


@pytest.mark.requirement("WID-12", "UX-02")
def test_everything_is_reached_by_keyboard_and_escape_gives_the_focus_back(tab, embed: Callable[..., str]) -> None:
    page = tab(embed(body='<h1>Host</h1><a href="#x">A link</a>')).page
    expect(launcher(page)).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(launcher(page)).to_be_focused()
    page.keyboard.press("Enter")
    expect(panel(page).get_by_label("Write a question")).to_be_focused()
    page.keyboard.type(QUESTION)
    page.keyboard.press("Enter")
    expect(panel(page).get_by_text("24 hours")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("emporion-widget .box")).to_be_hidden()
    expect(launcher(page)).to_be_focused()


@pytest.mark.requirement("WID-12", "WID-04")
def test_a_strict_policy_of_the_host_page_is_enough(tab, embed: Callable[..., str], site: str) -> None:
    policy = (
        f"default-src 'none'; script-src 'self' {site}; connect-src {site}; frame-src {site}; require-trusted-types-for 'script'"
    )
    seen = tab(embed(content_security_policy=policy))
    launcher(seen.page).click()
    ask(seen.page)
    expect(panel(seen.page).get_by_text("24 hours")).to_be_visible()
    assert [line for line in seen.complaints if "favicon" not in line] == []


HOSTILE = """<style>
body *, emporion-widget { display: none !important; opacity: 0 !important; transform: rotate(9deg) !important }
* { font-size: 99px !important }
body { transform: scale(.5) }</style>
<script>
  Array.prototype.map = Array.prototype.forEach = Array.prototype.filter = Array.from = () => { throw new Error("replaced") };
  Object.assign = Object.entries = Object.keys = () => { throw new Error("replaced") };
  Element.prototype.append = Element.prototype.replaceChildren = Element.prototype.remove = () => { throw new Error("replaced") };
  String.prototype.startsWith = String.prototype.includes = () => true;
  Function.prototype.bind = () => { throw new Error("replaced") };
  window.jQuery = window.$ = () => { throw new Error("replaced") };
</script>"""


@pytest.mark.requirement("WID-12")
def test_a_page_that_fights_everything_neither_breaks_it_nor_is_broken(tab, embed: Callable[..., str]) -> None:
    page = tab(embed(head=HOSTILE)).page
    expect(launcher(page)).to_be_visible()
    box = launcher(page).bounding_box()
    assert box["height"] == 56
    assert box["x"] + box["width"] == WIDE - 20, "a transformed body does not carry it away"
    launcher(page).click()
    ask(page)
    expect(panel(page).get_by_text("24 hours")).to_be_visible()


@pytest.mark.requirement("WID-12")
def test_the_host_page_keeps_its_own_looks_and_names(tab, embed: Callable[..., str], host_site: HostSite) -> None:
    look = "() => [...document.querySelectorAll('body *')].map(e => e.tagName + JSON.stringify(getComputedStyle(e)))"
    bare = host_site.put(
        "/bare", "<!doctype html><html lang=en><title>Host</title><main><h1>Hôtel</h1><button>Book</button></main>"
    )
    before, names = (tab(bare).page.evaluate(script) for script in (look, "() => Object.keys(window)"))
    page = tab(embed(body="<h1>Hôtel</h1><button>Book</button>")).page
    launcher(page).click()
    expect(panel(page).get_by_label("Write a question")).to_be_visible()
    after = [one for one in page.evaluate(look) if not one.startswith("SCRIPT")]
    assert after == [one for one in before if not one.startswith("SCRIPT")]
    assert set(page.evaluate("() => Object.keys(window)")) - set(names) == {"Emporion"}


@pytest.mark.requirement("WID-12", "REL-01")
def test_with_our_server_away_the_page_stays_usable_and_nothing_covers_it(tab, embed: Callable[..., str], site: str) -> None:
    url = embed(body="<h1>Host</h1><button onclick=\"document.title='pressed'\">Book</button>")
    page = tab("about:blank", width=PHONE).page
    page.route(f"{site}/**", lambda route: route.abort())
    page.goto(url)
    page.get_by_role("button", name="Book").click()
    assert page.title() == "pressed"
    assert page.locator("emporion-widget").count() == 0
    # The script came from a cache, and then the server went away: on a phone the box fills the screen, and has a way out.
    page.unroute(f"{site}/**")
    page.route(f"{site}/widget/*/**", lambda route: route.abort())
    page.goto(url)
    launcher(page).click()
    page.get_by_role("button", name="Close Chat").click()
    page.get_by_role("button", name="Book").click()
    assert page.title() == "pressed"


@pytest.mark.requirement("WID-02")
def test_on_a_domain_that_is_not_allowed_there_is_nothing(  # noqa: PLR0917 - fixtures
    tab, embed: Callable[..., str], alice: Actor, widget: Widget, site: str, host_site, now
) -> None:
    settings = WidgetSettings(allowed_domains=("halyard.example",))
    actions.save_draft(agent_id=widget.agent_id, settings=settings, actor=alice, now=now)
    actions.publish_widget(agent_id=widget.agent_id, note="", actor=alice, now=now)
    seen = tab(embed())
    wait_for_complaint(seen, "not shown here (403)")
    assert seen.page.locator("emporion-widget").count() == 0
    framed = tab(host_site.put("/framed", f'<iframe src="{site}/widget/{widget.public_id}/frame/?alone"></iframe>'))
    wait_for_complaint(framed, "frame-ancestors")


@pytest.mark.requirement("WID-01")
def test_the_plain_frame_works_where_scripts_are_not_allowed(tab, site: str, host_site: HostSite, widget: Widget) -> None:
    src = f"{site}/widget/{widget.public_id}/frame/?alone"
    code = f'<iframe title="Chat" src="{src}" width="400" height="640" referrerpolicy="origin"></iframe>'
    page = tab(
        host_site.put(
            "/",
            f"<!doctype html><html lang=en><title>x</title>{code}",
            content_security_policy=f"default-src 'none'; frame-src {site}",
        )
    ).page
    chat = page.frame_locator("iframe")
    chat.get_by_label("Write a question").fill(QUESTION)
    chat.get_by_role("button", name="Send").click()
    expect(chat.get_by_text("24 hours")).to_be_visible()


@pytest.mark.requirement("WID-07", "WID-05")
def test_a_published_change_reaches_a_page_that_stays_as_it_is(
    tab, embed: Callable[..., str], alice: Actor, widget: Widget, now
) -> None:
    seen = tab(embed())
    page = seen.page
    expect(launcher(page)).to_be_visible()
    settings = WidgetSettings(title="Halyard help", position="left", launcher="icon_text", label="Ask us", colour="#005f62")
    actions.save_draft(agent_id=widget.agent_id, settings=settings, actor=alice, now=now)
    actions.publish_widget(agent_id=widget.agent_id, note="", actor=alice, now=now)
    page.reload()
    expect(page.get_by_role("button", name="Open Halyard help")).to_contain_text("Ask us")
    assert launcher(page).bounding_box()["x"] == 20
    actions.pause_widget(agent_id=widget.agent_id, is_paused=True, actor=alice, now=utcnow())
    page.reload()
    wait_for_complaint(seen, "not shown here")
    assert page.locator("emporion-widget").count() == 0


@pytest.mark.requirement("WID-03", "WID-12")
def test_with_consent_nothing_is_sent_before_it_and_the_chat_is_found_again_after_a_reload(
    tab, embed: Callable[..., str], alice: Actor, widget: Widget, now
) -> None:
    actions.save_draft(agent_id=widget.agent_id, settings=WidgetSettings(consent="always"), actor=alice, now=now)
    actions.publish_widget(agent_id=widget.agent_id, note="", actor=alice, now=now)
    page = tab(embed()).page
    launcher(page).click()
    expect(panel(page).get_by_role("button", name="I agree, start the chat")).to_be_visible()
    expect(panel(page).get_by_label("Write a question")).to_be_hidden()
    assert page.evaluate("Object.keys(localStorage)") == []
    panel(page).get_by_role("button", name="I agree, start the chat").click()
    ask(page)
    expect(panel(page).get_by_text("24 hours")).to_be_visible()
    page.reload()
    launcher(page).click()
    expect(panel(page).get_by_text("24 hours")).to_be_visible()


@pytest.mark.requirement("WID-03")
def test_a_page_tells_who_its_customer_is_and_a_change_starts_anew(tab, embed: Callable[..., str]) -> None:
    page = tab(embed(attributes='data-customer-id="c-1"')).page
    launcher(page).click()
    ask(page)
    expect(panel(page).get_by_text("24 hours")).to_be_visible()
    page.evaluate("Emporion.identify('c-2', { traits: { plan: 'pro' } })")
    expect(panel(page).get_by_text("24 hours")).to_be_hidden()
    ask(page, "When do I get a refund?")
    expect(panel(page).get_by_text("48 hours")).to_be_visible()


@pytest.mark.requirement("WID-07")
def test_what_is_published_reaches_a_panel_that_is_open_and_its_conversation_stays(
    tab, embed: Callable[..., str], widget: Widget, alice: Actor, now
) -> None:
    page = tab(embed()).page
    launcher(page).click()
    expect(panel(page).get_by_text("Hello! Ask me about Halyard.")).to_be_visible()
    settings = WidgetSettings(title="Hafen", colour="#7a2e0e", position="left", welcome="Ahoy!", starters=("Where is the port?",))
    actions.save_draft(agent_id=widget.agent_id, settings=settings, actor=alice, now=now)
    actions.publish_widget(agent_id=widget.agent_id, note="", actor=alice, now=now)
    look = "document.dispatchEvent(new Event('visibilitychange'))"
    page.frames[-1].evaluate(look)
    expect(panel(page).get_by_role("heading", name="Hafen")).to_be_visible()
    expect(panel(page).get_by_text("Ahoy!")).to_be_visible()
    expect(panel(page).get_by_role("button", name="Where is the port?")).to_be_visible()
    expect(page.locator("emporion-widget .launcher.left")).to_be_visible()
    ask(page)
    expect(
        panel(page).get_by_role("button", name="Helpful", exact=True)
    ).to_be_visible()  # the answer is stored: nobody writes now
    actions.pause_widget(agent_id=widget.agent_id, is_paused=True, actor=alice, now=utcnow())
    page.frames[-1].evaluate(look)
    expect(panel(page).get_by_role("status").filter(has_text="paused")).to_be_visible()
    expect(panel(page).get_by_text("24 hours")).to_be_visible()
    expect(panel(page).get_by_label("Write a question")).to_be_hidden()
    actions.pause_widget(agent_id=widget.agent_id, is_paused=False, actor=alice, now=utcnow())
    page.frames[-1].evaluate(look)
    expect(panel(page).get_by_label("Write a question")).to_be_visible()


@pytest.mark.requirement("INS-18", "WID-12")
def test_what_visitors_do_in_it_becomes_goals_where_the_page_measures_itself(tab, embed: Callable[..., str]) -> None:
    listener = "<script>window.told = []; window.datafast = (goal, params) => told.push([goal, params.agent]);</script>"
    page = tab(embed(body=listener)).page
    launcher(page).click()
    ask(page)
    expect(panel(page).get_by_text("24 hours")).to_be_visible()
    ask(page, "And where do I rotate it?")
    expect(panel(page).locator(".source").or_(panel(page).get_by_text("rotate")).last).to_be_visible()
    told = page.evaluate("told")
    assert [goal for goal, _ in told] == ["widget_seen", "widget_opened", "widget_conversation"]
    assert all(agent.startswith("wid_") for _, agent in told)
