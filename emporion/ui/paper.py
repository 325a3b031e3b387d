"""Puts HTML on paper: PDF with our own fonts. Whatever the HTML says, nothing is read or fetched for it.

WeasyPrint takes two seconds to import and needs Pango from the system: it is imported when the first paper is printed.
"""

import atexit
import threading
from base64 import b64encode
from functools import cache
from pathlib import Path
from typing import Any, cast

from django.contrib.staticfiles import finders

from emporion.ui.errors import PaperUnavailable

FACES = "ui/paper.css"
FONTS = ("inter-latin-ext", "inter-latin", "inter-greek", "inter-cyrillic", "inter-vietnamese")

_pen = threading.Lock()  # the fonts are shared, and what draws with them is made for one thread


def on_paper(html: str, *, style: str, base_url: str | None = None) -> bytes:
    """The HTML as a PDF, in a style sheet among the static files; relative links lead to `base_url`.

    `PaperUnavailable` where the system lacks what draws text.
    """
    try:
        from weasyprint import HTML  # noqa: PLC0415 - takes two seconds to load
    except OSError as error:
        raise PaperUnavailable(why=str(error)[:200]) from error
    with _pen:
        sheets = [_sheet(FACES), _sheet(style)]
        drawn: bytes = HTML(string=html, base_url=base_url, url_fetcher=_only_data()).write_pdf(
            stylesheets=sheets, font_config=_fonts()
        )
    return drawn


def style_of(name: str) -> str:
    """The text of a style sheet among the static files."""
    return Path(cast("str", finders.find(name))).read_text()


@cache
def _sheet(name: str) -> Any:
    from weasyprint import CSS  # noqa: PLC0415 - takes two seconds to load

    style = style_of(name)
    for font in FONTS if name == FACES else ():
        held = Path(cast("str", finders.find(f"ui/vendor/{font}.woff2"))).read_bytes()
        style = style.replace(f"{font}.woff2", f"data:font/woff2;base64,{b64encode(held).decode()}")
    return CSS(string=style, url_fetcher=_only_data(), font_config=_fonts())


@cache
def _fonts() -> Any:
    from weasyprint.text.fonts import FontConfiguration  # noqa: PLC0415 - takes two seconds to load

    atexit.register(_forget)
    return FontConfiguration()


def _forget() -> None:
    """Lets the fonts go while there is still a program that can take their files away."""
    _sheet.cache_clear()
    _fonts.cache_clear()


@cache
def _only_data() -> Any:
    from weasyprint.urls import URLFetcher  # noqa: PLC0415 - takes two seconds to load

    return URLFetcher(allowed_protocols={"data"})
