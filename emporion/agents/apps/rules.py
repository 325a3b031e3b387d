"""Decides without I/O: what searching looks in, how Markdown is shown, and how a board stands as a whole."""

import re
import unicodedata
from collections.abc import Iterable
from functools import cache

import nh3
from markdown_it import MarkdownIt

from emporion.agents.apps.types import ServiceState

WORST = (ServiceState.DOWN, ServiceState.DEGRADED, ServiceState.MAINTENANCE, ServiceState.OK)
EXCERPT = 160
_POINT = re.compile(r"^\s*[-+*]\s+", re.MULTILINE)


def folded(text: str) -> str:
    """The text in lower case and without accents, so that `cafe` finds `Café`."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


@cache
def _markdown() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False, "breaks": True}).enable("table").enable("strikethrough")


def html_of(markdown: str) -> str:
    """Markdown as HTML that is safe to show: no markup of the writer's own, no scripts, no images from elsewhere."""
    schemes = {"http", "https", "mailto"}
    tags = nh3.ALLOWED_TAGS - {"img", "picture", "video", "audio"}
    return nh3.clean(_markdown().render(markdown), tags=tags, link_rel="noopener noreferrer nofollow", url_schemes=schemes)


def excerpt(markdown: str) -> str:
    """The first words, without the signs of Markdown; a dot parts the points of a list."""
    plain = _POINT.sub("· ", markdown)
    words = " ".join(plain.replace("#", " ").replace("*", "").replace("`", "").replace("|", " ").replace("---", " ").split())
    words = words.removeprefix("· ")
    return words if len(words) <= EXCERPT else words[:EXCERPT].rsplit(" ", 1)[0] + "…"


def overall(states: Iterable[ServiceState]) -> ServiceState:
    """The worst of the states."""
    present = set(states)
    return next((state for state in WORST if state in present), ServiceState.OK)
