"""The documentation of this very version, rendered from the Markdown that ships with it."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import nh3
from django.conf import settings
from django.utils.text import slugify
from markdown_it import MarkdownIt

from emporion.kernel.errors import NotFound

# The order in which people need them; developers' pages and decisions stay in the repository.
SECTIONS = (
    ("buyers", "For buyers"),
    ("insights", "Insights"),
    ("nexus", "Nexus"),
    ("sellers", "For sellers"),
    ("operators", "For operators"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page of the documentation; `html` is sanitised."""

    slug: str
    title: str
    section: str
    html: str


@cache
def pages() -> tuple[Page, ...]:
    """All pages, in the order of their sections and titles."""
    found: list[Page] = []
    for folder, section in SECTIONS:
        paths = sorted((Path(settings.DOCS_DIR) / folder).glob("*.md"))
        found += [_read(path, folder, section) for path in paths]
    found.append(_read(Path(settings.DOCS_DIR) / "benchmarks.md", "", "Measured"))
    return tuple(found)


def page(slug: str) -> Page:
    """The page with an address like `operators/configuration`; `NotFound` otherwise."""
    for one in pages():
        if one.slug == slug:
            return one
    raise NotFound("There is no such page.", next_step="Look through the list of all pages.")


def _read(path: Path, folder: str, section: str) -> Page:
    text = path.read_text(encoding="utf-8")
    first, _, rest = text.partition("\n")
    clean = nh3.clean(_render(rest), attributes={"a": {"href"}, "h2": {"id"}, "h3": {"id"}, "ol": {"start"}}, link_rel=None)
    framed = clean.replace("<table>", '<div class="scroll" tabindex="0"><table>').replace("</table>", "</table></div>")
    return Page(slug=f"{folder}/{path.stem}".lstrip("/"), title=first.lstrip("# "), section=section, html=framed)


def _render(text: str) -> str:
    """Markdown as HTML whose headings can be linked to and whose links lead to pages, not files."""
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = parser.parse(text)
    for at, token in enumerate(tokens):
        if token.type == "heading_open":
            token.attrSet("id", slugify(tokens[at + 1].content))
        for child in token.children or ():
            if child.type == "link_open":
                child.attrSet("href", _address(str(child.attrGet("href"))))
    return str(parser.renderer.render(tokens, parser.options, {}))


def _address(target: str) -> str:
    path, mark, heading = target.partition("#")
    if "://" in path or not path.endswith(".md"):
        return target
    path = path.removesuffix(".md").replace("../", "/docs/", 1)
    return f"{path}{mark}{heading}"
