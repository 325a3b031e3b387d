"""A product to take pictures of: fresh, running, with a browser before it, on a network of its own that nothing else is on."""

import base64
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Locator, Page, ViewportSize, expect, sync_playwright

from bench.installation import installed
from tools.pictures.demo_shop import ADDRESS, Shop

ROOT = Path(__file__).resolve().parents[2]
BROWSER = os.environ.get("EMPORION_BROWSER", "/usr/bin/chromium")
PATIENCE_MS = 120_000
# A picture has half as many pixels again as its page, so that it is sharp when it is enlarged.
SHARPNESS = 1.5
QUALITY = 72
DESK, PHONE = ViewportSize(width=1120, height=700), ViewportSize(width=390, height=720)
_INSIDE = "EMPORION_PICTURES_INSIDE"
# Only the demo shop is known by name there, and port 80 may be used.
_NETWORK = 'ip link set lo up; mount --bind "$1" /etc/hosts; shift; exec "$@"'


def go_inside() -> None:
    """Start this command again where the demo shop has an address; nothing of the machine is changed by it."""
    if os.environ.get(_INSIDE):
        return
    with tempfile.NamedTemporaryFile("w", suffix=".hosts", encoding="ascii") as hosts:
        hosts.write(f"127.0.0.1 localhost {ADDRESS}\n")
        hosts.flush()
        again = [sys.executable, "-m", "tools.pictures", *sys.argv[1:]]
        own = ["unshare", "--map-root-user", "--mount", "--net", "sh", "-c", _NETWORK, "sh", hosts.name]
        sys.exit(subprocess.run([*own, *again], cwd=ROOT, env=os.environ | {_INSIDE: "1"}, check=False).returncode)


@dataclass(frozen=True)
class Studio:
    """Where pictures are taken: the address of the product, its browser, and the demo shop's website."""

    url: str
    browser: Browser
    shop: Shop

    def window(self, size: ViewportSize = DESK) -> Page:
        """A page of a visitor whom nobody knows."""
        return self._context(size).new_page()

    @cached_property
    def buyer(self) -> Page:
        """The page of somebody with an account, the same one for all pictures."""
        return self.window()

    def _context(self, size: ViewportSize) -> BrowserContext:
        made = self.browser.new_context(
            viewport=size,
            reduced_motion="reduce",
            color_scheme="light",
            locale="en-US",
            timezone_id="Europe/Amsterdam",
        )
        made.set_default_timeout(PATIENCE_MS)
        return made


@contextmanager
def opened() -> Iterator[Studio]:
    """A fresh product that may read the demo shop, behind a proxy so that visitors have addresses of their own."""
    with installed() as product, Shop().serving() as shop, sync_playwright() as driver:
        product.settings |= {"EMPORION_OUTBOUND_ALLOW": f"{ADDRESS},127.0.0.1", "EMPORION_TRUSTED_PROXIES": "127.0.0.1"}
        product.start()
        browser = driver.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        expect.set_options(timeout=PATIENCE_MS)
        yield Studio(url=product.url, browser=browser, shop=shop)
        browser.close()


def until(holds: Callable[[], bool], *, seconds: float = 180, pause: float = 0.5) -> None:
    """Wait for something that another process does."""
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            raise TimeoutError
        time.sleep(pause)


def keep(page: Page, file: Path, *around: Locator, below: int = 0) -> None:
    """The window as a picture, or no more than these things, with so much of what is below them."""
    page.evaluate("document.activeElement?.blur(); scrollTo(0, 0)")
    page.mouse.move(0, 0)
    page.evaluate("document.fonts.ready")
    clip = _around(around) if around else _window(page)
    take(page, file, clip | {"height": clip["height"] + below})


def take(page: Page, file: Path, clip: dict[str, float]) -> None:
    """A part of the page as it stands, as PNG at its own size or as WebP with more pixels, by the file's name."""
    is_webp = file.suffix == ".webp"
    coding = {"format": "webp", "quality": QUALITY} if is_webp else {"format": "png"}
    how = {**coding, "clip": clip | {"scale": SHARPNESS if is_webp else 1}, "captureBeyondViewport": True}
    taken = page.context.new_cdp_session(page).send("Page.captureScreenshot", how)
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(base64.b64decode(taken["data"]))
    sys.stdout.write(f"{file.relative_to(ROOT)}  {file.stat().st_size / 1000:.0f} kB\n")
    sys.stdout.flush()


def _window(page: Page) -> dict[str, float]:
    size = page.viewport_size or DESK
    return {"x": 0, "y": 0, "width": size["width"], "height": size["height"]}


def _around(things: Iterable[Locator]) -> dict[str, float]:
    """The rectangle that holds them all."""
    boxes = [box for found in things for one in found.all() if (box := one.bounding_box()) is not None]
    left, upper = min(box["x"] for box in boxes), min(box["y"] for box in boxes)
    right, lower = max(box["x"] + box["width"] for box in boxes), max(box["y"] + box["height"] for box in boxes)
    return {"x": left, "y": upper, "width": right - left, "height": lower - upper}


def asset(slug: str, name: str) -> Path:
    """Where a picture of an offering is kept."""
    return ROOT / "catalogue" / slug / "assets" / f"{name}.webp"
