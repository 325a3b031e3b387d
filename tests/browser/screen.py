"""A real Chromium on a real server: what a person sees at 360 and 1280 px, light and dark, and what axe and the console say."""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from emporion.accounts.models import Person
from tests.cast import client_of

WHOLE_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
WIDE, PHONE = 1280, 360
# Both widths and both themes are met. No page has yet failed in one pair of them alone, and each look costs a second.
LOOKS = [(PHONE, "light"), (WIDE, "dark")]
PATIENCE_MS = 60_000  # the machine may be busy; whoever waits for what is there soon waits no longer than that
AXE = Axe().axe_script
# All rules are tried; what they found in order, many times as long as the rest, is not sent over.
VIOLATIONS = "axe.run({ resultTypes: ['violations'] }).then((told) => told.violations)"
expect.set_options(timeout=PATIENCE_MS)


@dataclass
class Screen:
    """One tab of a browser; `complaints` are console errors, policy violations and failed requests so far."""

    page: Page
    base: str
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str) -> Page:
        """Go to a path of this server and wait until it and its scripts have loaded."""
        self.page.goto(f"{self.base}{path}")
        return self.page

    def problems(self) -> list[str]:
        """Everything that is wrong with the page as it stands: complaints, sideways scrolling, accessibility."""
        said = [*self.complaints]
        if (wide := self.page.evaluate("document.documentElement.scrollWidth")) > self.page.viewport_size["width"]:  # type: ignore[index]
            said.append(f"scrolls sideways: {wide} px wide")
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE)
        for found in self.page.evaluate(VIOLATIONS):
            said += [f"{found['id']}: {node['target']} {node['failureSummary']}" for node in found["nodes"]]
        self.complaints.clear()  # axe itself offends against the policy; that is not the page's fault
        return said

    def _listen(self) -> None:
        self.page.on("console", lambda said: self.complaints.append(said.text) if said.type in {"error", "warning"} else None)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("response", lambda got: self.complaints.append(f"{got.status} {got.url}") if got.status >= 400 else None)


@pytest.fixture(scope="module")
def browser_path() -> str | None:
    """The browser to start: the same engine without a window and what belongs to one takes a third less time."""
    return installed("chromium-headless-shell", *WHOLE_BROWSERS)


def installed(*names: str) -> str | None:
    """The first of these browsers that there is, or the one that somebody chose."""
    return os.environ.get("EMPORION_BROWSER") or next(filter(None, map(shutil.which, names)), None)


@pytest.fixture(scope="module")
def chromium(browser_path: str | None) -> Iterator[Browser]:
    """A browser for the tests of one module; without Chromium they are skipped."""
    if browser_path is None:
        pytest.skip("Chromium is not installed")
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # the driver's loop runs in this thread; the tables are not touched from it
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
        yield browser
        browser.close()
    os.environ.pop("DJANGO_ALLOW_ASYNC_UNSAFE")
    if before is not None:
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = before


@pytest.fixture
def screen(chromium: Browser, live_server: Any) -> Iterator[Callable[..., Screen]]:
    """`screen(width=PHONE, theme="dark", person=alice_person)` opens a tab, signed in when a person is given."""
    opened: list[BrowserContext] = []

    def make(
        *, width: int = WIDE, theme: str = "light", person: Person | None = None, scripts: bool = True, zone: str | None = None
    ) -> Screen:
        context = chromium.new_context(
            viewport={"width": width, "height": 900},
            color_scheme=theme,  # type: ignore[arg-type]
            reduced_motion="reduce",
            java_script_enabled=scripts,
            timezone_id=zone,
        )
        opened.append(context)
        if person:
            session = client_of(person).cookies["sessionid"].value
            context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
        context.set_default_timeout(PATIENCE_MS)
        one = Screen(page=context.new_page(), base=live_server.url)
        one._listen()
        return one

    yield make
    for context in opened:
        context.close()
