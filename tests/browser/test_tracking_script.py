"""The tracking script in a real Chromium, on websites that are served from here: what it sends, keeps, and leaves alone."""

import gzip
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

SCRIPTS = Path(__file__).resolve().parents[2] / "emporion/edge/scripts"
VARIANTS = ("script.js", "script.cookieless.js", "script.hash.js")
SITE, SISTER, SERVER = "https://shop.example", "https://app.sister.example", "https://measure.example"
TAG = '<script defer src="{server}/js/{name}" data-website-id="dfid_1" data-domain="shop.example" {more}></script>'
UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
SLOW = 30_000

pytestmark = [pytest.mark.requirement("INS-02")]


@pytest.mark.parametrize("name", VARIANTS)
def test_each_variant_stays_below_1800_bytes_compressed(name: str) -> None:
    assert len(gzip.compress((SCRIPTS / name).read_bytes(), 9, mtime=0)) <= 1_800


class Web:
    """Websites that exist only in this browser, and the server that collects; `events` is what arrived, in order."""

    def __init__(self, context: BrowserContext) -> None:
        self.events: list[dict[str, Any]] = []
        self.pages: dict[str, str] = {}
        self.headers: dict[str, str] = {}
        self.statuses: list[int] = []
        self.complaints: list[str] = []
        self.context = context
        context.route("**/*", self._answer)

    def tag(self, name: str = "script.js", more: str = "") -> str:
        return TAG.format(server=SERVER, name=name, more=more)

    def put(self, url: str, body: str) -> str:
        self.pages[url] = f"<!doctype html><html><head><title>é</title></head><body>{body}</body></html>"
        return url

    def open(self, url: str, **options: str) -> Page:
        page = self.context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)
        page.goto(url, **options)
        return page

    def wait(self, page: Page, count: int) -> dict[str, Any]:
        """The last of `count` events, as soon as they are there."""
        while len(self.events) < count:
            page.wait_for_event("response", predicate=lambda answer: "/api/events" in answer.url, timeout=SLOW)
        assert len(self.events) == count, [event["type"] for event in self.events]
        return self.events[-1]

    def _answer(self, route: Route) -> None:
        request = route.request
        url = request.url.split("#")[0]
        if url.endswith("/api/events"):
            self.events.append(json.loads(request.post_data or "null"))
            status = self.statuses.pop(0) if self.statuses else 202
            allowed = {"Access-Control-Allow-Origin": "*"}
            body = json.dumps({"visitorId": "5f0c7d5e-0000-8000-8000-000000000001"})
            route.fulfill(status=status, headers=allowed, content_type="application/json", body=body)
        elif "/js/" in url:
            route.fulfill(content_type="text/javascript", body=(SCRIPTS / url.rsplit("/", 1)[1]).read_text())
        elif (found := self.pages.get(url) or self.pages.get(url.split("?")[0])) is not None:
            kind = "text/javascript" if url.endswith(".js") else "text/html; charset=utf-8"
            route.fulfill(content_type=kind, headers=self.headers, body=found)
        else:
            route.fulfill(status=204)


@pytest.fixture
def web(chromium) -> Iterator[Callable[..., Web]]:
    opened = []

    def make(**options: Any) -> Web:
        context = chromium.new_context(viewport={"width": 1280, "height": 720}, **options)
        opened.append(context)
        return Web(context)

    yield make
    for context in opened:
        context.close()


APP = """
window.datafast = window.datafast || function () { (window.datafast.q = window.datafast.q || []).push(arguments) };
datafast("early_goal", { plan: "é" });
addEventListener("DOMContentLoaded", () => {
  document.querySelector("form").addEventListener("submit", (event) => event.preventDefault());
  document.querySelector("#out").addEventListener("click", (event) => event.preventDefault());
});
"""
SHOP = """
<a id="out" href="https://elsewhere.example/x?y=1">Elsewhere</a> <a id="mail" href="mailto:a@b.example">Mail</a>
<a id="sister" href="https://app.sister.example/in?a=1">Sister</a> <a id="own" href="https://www.shop.example/">Own</a>
<button id="buy" data-fast-goal="add_to_cart" data-fast-goal-price="49" data-fast-goal-plan-name="Pro é"><b>Buy</b></button>
<form data-fast-goal="newsletter" data-fast-goal-place="footer"><input name="q"><button id="send">Send</button></form>
<div style="height:3000px"></div><p id="seen" data-fast-scroll="saw_prices" data-fast-scroll-table="a">Prices</p>
<div style="height:3000px"></div><div id="tall" data-fast-scroll="saw_story" style="height:5000px">Story</div>
"""


@pytest.mark.browser
def test_it_tells_what_a_visitor_does_and_hands_visitors_to_the_owners_other_website(  # noqa: PLR0915 - one browser for all
    web: Callable[..., Web],
) -> None:
    there = web(locale="de-DE", timezone_id="Europe/Athens")
    tag = there.tag(more='data-allowed-hostnames="shop.example, app.sister.example"')
    there.headers = {
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline';"
        f" script-src 'self' {SERVER}; connect-src {SERVER}"
    }
    there.pages[f"{SITE}/app.js"] = APP
    there.put(f"{SITE}/", f'<script src="/app.js"></script>{tag}{tag}{SHOP}')
    there.put(f"{SISTER}/in", tag.replace('data-domain="shop.example"', 'data-domain="sister.example"'))

    page = there.open(f"{SITE}/?utm_source=news&gclid=g1#top", referer="https://search.example/")
    there.wait(page, 2)
    first, early = there.events
    assert first["type"] == "pageview"
    assert first["href"] == f"{SITE}/?utm_source=news&gclid=g1"
    assert first["referrer"] == "https://search.example/"
    assert (first["websiteId"], first["domain"]) == ("dfid_1", "shop.example")
    assert re.fullmatch(UUID, first["visitorId"])
    assert re.fullmatch("s" + UUID, first["sessionId"])
    assert first["visitorSessionNumber"] == 1
    assert first["viewport"] == {"width": 1280, "height": 720}
    assert (first["language"], first["timezone"]) == ("de-DE", "Europe/Athens")
    assert first["screenWidth"] > 0
    assert first["bot"] is True, "a driven browser says so"
    assert early["extraData"] == {"eventName": "early_goal", "plan": "é"}
    assert early["eventId"] != first["eventId"]
    assert abs(first["timestamp"] - page.evaluate("Date.now()")) < 60_000
    days = {
        one["name"]: round((one["expires"] * 1000 - page.evaluate("Date.now()")) / 60_000) for one in there.context.cookies(SITE)
    }
    year, half_hour = 365 * 24 * 60, 30
    for name, minutes in {
        "datafast_visitor_id": year,
        "datafast_visitor_first_seen_at": year,
        "datafast_visitor_session_count": year,
        "datafast_session_id": half_hour,
        "datafast_session_start": half_hour,
    }.items():
        assert days[name] in (minutes - 1, minutes), name
    assert {one["domain"] for one in there.context.cookies(SITE)} == {".shop.example"}

    page.locator("#buy b").click()
    assert there.wait(page, 3)["extraData"] == {"eventName": "add_to_cart", "price": "49", "plan_name": "Pro é"}
    page.locator("input").fill("x")
    page.locator("input").press("Enter")
    assert there.wait(page, 4)["extraData"] == {"eventName": "newsletter", "place": "footer"}
    page.locator("#seen").scroll_into_view_if_needed()
    assert there.wait(page, 5)["extraData"] == {"eventName": "saw_prices", "table": "a"}
    page.locator("#tall").evaluate("element => element.scrollIntoView()")
    assert there.wait(page, 6)["extraData"] == {"eventName": "saw_story"}
    page.locator("#seen").evaluate("element => element.scrollIntoView()")

    page.locator("#out").click()
    outbound = there.wait(page, 7)
    assert (outbound["type"], outbound["extraData"]) == ("external_link", {"url": "https://elsewhere.example/x?y=1"})
    page.evaluate("history.pushState({ mine: 1 }, '', '/pricing'); history.replaceState(history.state, '', '/pricing?a=1')")
    route = there.wait(page, 8)
    assert (route["type"], route["href"], route["referrer"]) == ("pageview", f"{SITE}/pricing?a=1", first["href"])
    assert page.evaluate("history.state") == {"mine": 1}
    page.go_back()
    assert there.wait(page, 9)["href"] == f"{SITE}/?utm_source=news&gclid=g1"
    page.evaluate("datafast('identify', { user_id: 'u1', name: 'Zoë' })")
    assert there.wait(page, 10)["extraData"] == {"user_id": "u1", "name": "Zoë"}
    page.evaluate("datafast('payment', { email: 'zoe@shop.example' })")
    assert there.wait(page, 11)["type"] == "payment"
    page.evaluate("history.pushState(null, '', '/thanks?session_id=cs_test_1&order_id=77')")
    there.wait(page, 14)
    assert [event["extraData"] for event in there.events[-2:]] == [
        {"stripe_session_id": "cs_test_1"},
        {"lemonsqueezy_order_id": "77"},
    ]
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    there.wait(page, 17)
    assert there.events[-3]["type"] == "pageview", "a page that comes back from the cache was seen again"

    page.locator("#sister").click()
    page.wait_for_url("**/in**")
    arrived = there.wait(page, 18)
    assert arrived["href"] == f"{SISTER}/in?a=1", "what was handed over does not stay in the address"
    assert page.url == f"{SISTER}/in?a=1"
    assert (arrived["visitorId"], arrived["sessionId"]) == (first["visitorId"], first["sessionId"])
    assert arrived["visitorFirstSeenAt"] == first["visitorFirstSeenAt"]
    assert {event["visitorId"] for event in there.events} == {first["visitorId"]}
    assert there.complaints == []


HOSTILE = """
const broken = () => { throw new Error("replaced") };
for (const name of ["map", "forEach", "filter", "push", "indexOf", "includes", "join", "reduce"]) Array.prototype[name] = broken;
Object.assign = Object.keys = Object.entries = Array.from = broken;
Object.prototype.toJSON = Array.prototype.toJSON = () => "mine";
Object.prototype.polluted = "yes";
String.prototype.includes = String.prototype.startsWith = () => true;
Function.prototype.bind = broken;
window.datafast = undefined;
"""


@pytest.mark.browser
def test_it_lives_with_hostile_pages_opt_outs_frames_caches_and_failing_servers(  # noqa: PLR0915 - one browser for all
    web: Callable[..., Web],
) -> None:
    there = web()
    there.pages[f"{SITE}/hostile.js"] = HOSTILE
    button = '<button data-fast-goal="go" data-fast-goal-a="1">Go</button>'
    page = there.open(there.put(f"{SITE}/hostile", f'<script src="/hostile.js"></script>{there.tag()}{button}'))
    assert there.wait(page, 1)["href"] == f"{SITE}/hostile"
    page.locator("button").click()
    goal = there.wait(page, 2)
    assert {key: goal["extraData"][key] for key in ("eventName", "a")} == {"eventName": "go", "a": "1"}
    assert goal["viewport"]["width"] == 1280
    assert there.complaints == []
    page.close()

    plain = there.put(f"{SITE}/plain", there.tag(more="data-disable-payments"))
    page = there.open(f"{plain}?order_id=1")
    there.wait(page, 3)
    page.evaluate("localStorage.datafast_ignore = 'true'")
    page.reload()
    page.evaluate("datafast('hidden')")
    page.evaluate("localStorage.removeItem('datafast_ignore')")
    page.reload()
    there.wait(page, 4)

    page = there.context.new_page()
    page.clock.install()  # retries wait for seconds
    there.statuses = [503, 503]
    page.goto(plain)
    there.wait(page, 5)
    page.clock.run_for(3_100)
    there.wait(page, 6)
    page.clock.run_for(4_600)
    again = there.wait(page, 7)
    assert again["eventId"] == there.events[4]["eventId"] == there.events[5]["eventId"], (
        "the server can tell a retry from a visit"
    )

    page = there.context.new_page()
    page.add_init_script("Object.defineProperty(document, 'prerendering', { value: true, configurable: true })")
    page.goto(plain)
    page.evaluate("document.dispatchEvent(new Event('prerenderingchange'))")
    there.wait(page, 8)

    frame = there.put(f"{SITE}/framed", there.tag())
    kind = there.put(f"{SITE}/welcome", there.tag(more="data-allow-iframe") + button)
    there.put(f"{SITE}/host", f'<iframe src="{frame}"></iframe><iframe sandbox="allow-scripts" src="{kind}"></iframe>')
    page = there.open(f"{SITE}/host")
    there.wait(page, 9)
    assert there.events[-1]["href"] == kind, "a frame is not a visit of its own unless it is said to be one"
    page.frame_locator("iframe >> nth=1").locator("button").click()
    assert there.wait(page, 10)["visitorId"] == there.events[-2]["visitorId"], (
        "known for as long as the page where nothing may be kept"
    )

    hashed = there.put(f"{SITE}/hash", there.tag("script.hash.js"))
    page = there.open(f"{hashed}#/a")
    there.wait(page, 11)
    page.evaluate("location.hash = '#/b'")
    assert there.wait(page, 12)["href"] == f"{hashed}#/b"

    for url in ("http://localhost/", "http://127.0.0.1/"):
        there.put(url, there.tag(more='data-debug="true"'))
        page = there.context.new_page()
        with page.expect_console_message() as said:
            page.goto(url)
            page.evaluate("datafast('quiet')")
        assert said.value.text == "custom false"
    page = there.open(
        there.put("http://localhost/allowed", there.tag(more="data-allow-localhost").replace("shop.example", "localhost"))
    )
    assert there.wait(page, 13)["domain"] == "localhost"
    assert "datafast_visitor_id" in {one["name"] for one in there.context.cookies("http://localhost/")}
    assert there.complaints == []

    private = web()
    page = private.open(private.put(f"{SITE}/", private.tag("script.cookieless.js") + button))
    private.wait(page, 1)
    page.wait_for_function("datafast.visitorId")
    page.locator("button").click()
    one, two = private.wait(page, 2), private.events[0]
    assert one["cookieless"] is two["cookieless"] is True
    assert one["visitorId"] != two["visitorId"]
    assert one["sessionId"] == two["sessionId"]
    assert private.context.cookies() == []
    assert page.evaluate("sessionStorage.datafast_visitor_id") == "5f0c7d5e-0000-8000-8000-000000000001"
    expect(page.locator("button")).to_be_visible()
