"""The buyer's journey, step by step in a real browser: from a cold start to a cited answer on the buyer's own page."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Page, expect

QUESTION = "How many days of vacation do we get every year?"
EXPECTED_SOURCE = "benefits-and-perks"


@dataclass(slots=True)
class Journey:
    """One walk through the product; every click is counted, every step timed."""

    page: Page
    url: str
    handbook: list[Path]
    clicks: int = 0
    seconds: dict[str, float] = field(default_factory=dict)

    def click(self, selector: str) -> None:
        self.clicks += 1
        self.page.locator(selector).first.click()

    def step(self, name: str, act: Callable[[], None]) -> None:
        began = time.monotonic()
        act()
        self.seconds[name] = time.monotonic() - began

    def walk(self, make_host: Callable[[str], str]) -> str:
        """Walk it all; returns the text of the cited answer on the host page."""
        self.step("browse", self.browse)
        self.step("compare", self.compare)
        self.step("demo", self.try_demo)
        self.step("checkout", self.buy)
        self.step("set up", self.set_up)
        self.step("train", self.train)
        self.step("embed", lambda: self.embed(make_host))
        return self.answer()

    def browse(self) -> None:
        self.page.goto(f"{self.url}/marketplace/")
        expect(self.page.get_by_role("heading", name="Docs Agent")).to_be_visible()

    def compare(self) -> None:
        self.page.goto(f"{self.url}/marketplace/compare/?offering=docs-agent&offering=returns-desk")
        expect(self.page.get_by_role("heading", level=1)).to_be_visible()
        self.click("a[href='/marketplace/docs-agent/']")
        self.page.wait_for_url("**/marketplace/docs-agent/")

    def try_demo(self) -> None:
        box = self.page.locator("[data-composer] input[name=question]").first
        box.fill("What happens when I reach my call limit?")
        box.press("Enter")
        expect(self.page.locator(".cite").first).to_be_visible()

    def buy(self) -> None:
        self.click("a[href^='/checkout/docs-agent/']")
        self.page.wait_for_url("**/checkout/docs-agent/**")
        self.page.fill("input[name=name]", "Zoé Marchetti")
        self.page.fill("input[name=email]", "zoe@marchetti.example")
        self.page.fill("input[name=password]", "a long enough passphrase")
        self.page.fill("[data-card-number]", "4242 4242 4242 4242")
        self.page.fill("[data-card-date]", "12 / 34")
        self.page.fill("[data-card-code]", "123")
        self.click("input[name=terms]")
        self.click("button:has-text('Complete purchase')")
        self.page.wait_for_url("**/orders/**")

    def set_up(self) -> None:
        self.click("a[href*='/welcome/']")
        self.page.wait_for_url("**/welcome/**")
        self.click("button[name=skip]")
        self.page.wait_for_url("**/agents/*/")

    def train(self) -> None:
        self.click("a[href$='/training/']")
        self.page.wait_for_url("**/training/")
        self.page.locator("input[type=file]").first.set_input_files(self.handbook)
        expect(self.page.get_by_text("Ready").nth(len(self.handbook) - 1)).to_be_visible(timeout=120_000)

    def embed(self, make_host: Callable[[str], str]) -> None:
        self.click("a[href$='/widget/']")
        self.page.wait_for_url("**/widget/")
        code = self.page.locator("pre code, pre").first.inner_text()
        self.page.goto(make_host(code))

    def answer(self) -> str:
        began = time.monotonic()
        self.click("button.launcher")
        frame = self.page.frame_locator("iframe[title]")
        expect(frame.locator(".say.agent").first).to_be_visible()
        box = frame.locator("textarea")
        box.fill(QUESTION)
        box.press("Enter")
        cite = frame.locator(".cite").first
        expect(cite).to_be_visible()
        self.clicks += 1
        cite.click()
        source = frame.locator(".source").first
        expect(source).to_contain_text(EXPECTED_SOURCE)
        self.seconds["answer"] = time.monotonic() - began
        return frame.locator(".say.agent .bubble").last.inner_text()
