"""Reading an address of a page: its host and path, what a campaign wrote behind it, and nothing that may be private."""

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote_plus

from emporion.edge.collect.payload import clean

_ADDRESS = re.compile(
    r"(?:([a-zA-Z][a-zA-Z0-9+.-]*):)?(?://(?:[^/?#@]*@)?(\[[0-9a-fA-F:.]+\]|[^/?#:]*)(?::\d*)?)?([^?#]*)(?:\?([^#]*))?(?:#(.*))?",
    re.DOTALL,
)
_CAMPAIGN = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content")
# The short forms that people put behind a link; the first that is there names the source.
_SHORT_SOURCE = ("ref", "source", "via")
CLICK_IDS = ("gclid", "wbraid", "gbraid", "msclkid", "fbclid", "li_fat_id", "ttclid", "twclid", "gclsrc")
_ASKED = frozenset((*_CAMPAIGN, *_SHORT_SOURCE, *CLICK_IDS))
_LONGEST_PATH = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """What the address says of the link that was followed; `click_id` names the kind, the id itself is not kept."""

    source: str = ""
    medium: str = ""
    name: str = ""
    term: str = ""
    content: str = ""
    click_id: str = ""


NO_CAMPAIGN = Campaign()


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Where a visitor is; the path of a page that routes by `#/` has the route in it."""

    scheme: str
    host: str
    path: str
    campaign: Campaign = NO_CAMPAIGN


@lru_cache(maxsize=8_192)
def page_of(href: str) -> Page | None:
    """The page at an address, or None when it is no address of one."""
    found = _ADDRESS.fullmatch(href)
    if found is None:
        return None
    scheme, host, path, query, fragment = found.groups()
    if not scheme or host is None:
        return None
    path = clean(_readable(path), _LONGEST_PATH) or "/"
    if fragment and fragment[0] in "/!":
        path = f"{path}#{clean(_readable(fragment), _LONGEST_PATH)}"[:_LONGEST_PATH]
    return Page(scheme=scheme.lower(), host=ascii_host(host), path=path, campaign=_campaign(query) if query else NO_CAMPAIGN)


def ascii_host(host: str) -> str:
    """A host as it is compared: lower-case, without the last dot, an umlaut in its ASCII form."""
    host = clean(host, 253).lower().rstrip(".").strip("[]")
    if host.isascii():
        return host
    try:
        return host.encode("idna").decode()
    except UnicodeError:
        return host


def _readable(text: str) -> str:
    return unquote_plus(text.replace("+", "%2B")) if "%" in text else text


def _campaign(query: str) -> Campaign:
    found: dict[str, str] = {}
    for pair in query[:4_096].split("&"):
        key, _, value = pair.partition("=")
        key = key.lower()
        if value and key in _ASKED and key not in found:
            found[key] = clean(unquote_plus(value), 200)
    if not found:
        return NO_CAMPAIGN
    source = found.get("utm_source") or next((found[key] for key in _SHORT_SOURCE if key in found), "")
    return Campaign(
        source=source,
        medium=found.get("utm_medium", ""),
        name=found.get("utm_campaign", ""),
        term=found.get("utm_term", ""),
        content=found.get("utm_content", ""),
        click_id=next((kind for kind in CLICK_IDS if kind in found), ""),
    )
