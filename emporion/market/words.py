"""Markdown that strangers wrote, made safe for our pages."""

from functools import lru_cache

import nh3
from markdown_it import MarkdownIt

_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table")
_TAGS = {
    "p",
    "br",
    "strong",
    "em",
    "code",
    "pre",
    "ul",
    "ol",
    "li",
    "a",
    "blockquote",
    "h3",
    "h4",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
    "hr",
}


@lru_cache(maxsize=2048)
def safe_html(markdown: str) -> str:
    """Markdown as HTML with nothing in it but words, lists, tables and links to the web; headings step down under ours."""
    html = _MARKDOWN.render(markdown)
    for level, ours in (("1", "3"), ("2", "3"), ("5", "4"), ("6", "4")):
        html = html.replace(f"<h{level}>", f"<h{ours}>").replace(f"</h{level}>", f"</h{ours}>")
    return nh3.clean(
        html,
        tags=_TAGS,
        attributes={"a": {"href"}, "ol": {"start"}},
        url_schemes={"https", "http", "mailto"},
        link_rel="noopener nofollow",
    )


def plain_text(markdown: str) -> str:
    """The words of Markdown alone, for search."""
    return " ".join(nh3.clean(_MARKDOWN.render(markdown), tags=set()).split())
