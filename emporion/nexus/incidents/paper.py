"""Reports as HTML and on paper: only what Markdown knows, nothing fetched from anywhere."""

from collections.abc import Iterable
from functools import cache

import nh3
from django.conf import settings
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from markdown_it import MarkdownIt

from emporion.nexus.incidents.drafting import plain
from emporion.nexus.incidents.types import ActionItemView
from emporion.ui.paper import on_paper


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
    html = render_to_string("nexus_incidents/paper.html", {"code": code, "html": html_of(markdown)})
    return on_paper(html, style="nexus_incidents/paper.css", base_url=f"{settings.SITE_URL}/")
