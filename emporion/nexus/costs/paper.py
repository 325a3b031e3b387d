"""Puts the cost report on paper: PDF with our own fonts; nothing is fetched from anywhere.

WeasyPrint takes two seconds to import and needs Pango from the system: it is imported when the first report is printed.
"""

from base64 import b64encode
from pathlib import Path
from typing import Any, cast

from django.contrib.staticfiles import finders
from django.template.loader import render_to_string

from emporion.nexus.costs.errors import PaperUnavailable

STYLE = "nexus_costs/paper.css"
FONTS = {"inter-latin": "ui/vendor/inter-latin.woff2", "inter-latin-ext": "ui/vendor/inter-latin-ext.woff2"}


def report_pdf(context: dict[str, Any]) -> bytes:
    """The report as a PDF; `PaperUnavailable` where the system lacks what draws text."""
    try:
        from weasyprint import CSS, HTML  # noqa: PLC0415 - takes two seconds to load
        from weasyprint.text.fonts import FontConfiguration  # noqa: PLC0415 - as above
        from weasyprint.urls import URLFetcher  # noqa: PLC0415 - as above
    except OSError as error:
        raise PaperUnavailable(why=str(error)[:200]) from error
    fonts, style = FontConfiguration(), _file(STYLE).read_text()
    only_data = URLFetcher(allowed_protocols={"data"})  # whatever a name in a report says, nothing is read or fetched for it
    for name, path in FONTS.items():
        style = style.replace(f"{name}.woff2", f"data:font/woff2;base64,{b64encode(_file(path).read_bytes()).decode()}")
    sheet = CSS(string=style, url_fetcher=only_data, font_config=fonts)
    html = render_to_string("nexus_costs/paper.html", context)
    drawn: bytes = HTML(string=html, url_fetcher=only_data).write_pdf(stylesheets=[sheet], font_config=fonts)
    return drawn


def _file(name: str) -> Path:
    return Path(cast("str", finders.find(name)))
