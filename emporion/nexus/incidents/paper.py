"""Reports as HTML and on paper: only what Markdown knows, nothing fetched from anywhere.

WeasyPrint takes two seconds to import and needs Pango from the system: it is imported when the first report is printed.
"""

from base64 import b64encode
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import cast

import nh3
from django.conf import settings
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from markdown_it import MarkdownIt

from emporion.nexus.incidents.drafting import plain
from emporion.nexus.incidents.errors import PaperUnavailable
from emporion.nexus.incidents.types import ActionItemView

STYLE = "nexus_incidents/paper.css"
FONTS = {"inter-latin": "ui/vendor/inter-latin.woff2", "inter-latin-ext": "ui/vendor/inter-latin-ext.woff2"}


@cache
def _markdown() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False, "breaks": True}).enable("table")


def html_of(markdown: str) -> SafeString:
    """Markdown as HTML that is safe to show: no markup of the writer's own, no scripts, no images from elsewhere."""
    tags = nh3.ALLOWED_TAGS - {"img", "picture", "video", "audio"}
    schemes = {"http", "https", "mailto"}
    clean = nh3.clean(_markdown().render(markdown), tags=tags, link_rel="noopener noreferrer nofollow", url_schemes=schemes)
    framed = clean.replace("<table>", '<div class="scroll" tabindex="0"><table class="table">')
    framed = framed.replace("</table>", "</table></div>")
    return mark_safe(framed)  # noqa: S308 - cleaned above


def with_items(markdown: str, items: Iterable[ActionItemView]) -> str:
    """The report with what is to be done behind it."""
    lines = [
        f"- [{'x' if item.is_done else ' '}] {plain(item.text)}"
        + (f", {plain(item.owner_name)}" if item.owner_name else "")
        + (f", {item.due_on}" if item.due_on else "")
        for item in items
    ]
    return f"{markdown}\n## {_('To do')}\n\n" + "\n".join(lines) + "\n" if lines else markdown


def report_pdf(code: str, markdown: str) -> bytes:
    """The report as a PDF, with links that lead to this installation; `PaperUnavailable` where the system cannot draw text."""
    try:
        from weasyprint import CSS, HTML  # noqa: PLC0415 - takes two seconds to load
        from weasyprint.text.fonts import FontConfiguration  # noqa: PLC0415 - as above
        from weasyprint.urls import URLFetcher  # noqa: PLC0415 - as above
    except OSError as error:
        raise PaperUnavailable(why=str(error)[:200]) from error
    html = render_to_string("nexus_incidents/paper.html", {"code": code, "html": html_of(markdown)})
    style, fonts = _file(STYLE).read_text(), FontConfiguration()
    only_data = URLFetcher(allowed_protocols={"data"})  # whatever a report says, nothing is read or fetched for it
    for name, path in FONTS.items():
        style = style.replace(f"{name}.woff2", f"data:font/woff2;base64,{b64encode(_file(path).read_bytes()).decode()}")
    sheet = CSS(string=style, url_fetcher=only_data, font_config=fonts)
    drawn: bytes = HTML(string=html, base_url=f"{settings.SITE_URL}/", url_fetcher=only_data).write_pdf(
        stylesheets=[sheet], font_config=fonts
    )
    return drawn


def _file(name: str) -> Path:
    return Path(cast("str", finders.find(name)))
