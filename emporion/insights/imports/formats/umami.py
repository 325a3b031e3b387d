"""Reads Umami's events: `website_event.csv` of its export, or the table of that name joined with `session`.

A row of type 1 is a page view, of type 2 an event that the website's owner named, which here is a goal. Times are UTC.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from functools import lru_cache

from emporion.insights.imports.formats.tables import CsvTable, table_of
from emporion.insights.imports.types import Hit, Known, LeftOut, Reason

REQUIRED = ("session_id", "url_path", "created_at")
_VIEW, _EVENT = "1", "2"
_NOT_A_NAME = re.compile(r"[^a-z0-9_:-]+")
# What Umami calls browsers, systems and devices, by the names that visits of today have.
_BROWSERS = {
    "chrome": "Chrome", "crios": "Chrome Mobile iOS", "chromium-webview": "Chrome Mobile WebView", "edge": "Edge",
    "edge-chromium": "Edge", "edge-ios": "Edge Mobile", "firefox": "Firefox", "fxios": "Firefox iOS", "safari": "Safari",
    "ios": "Mobile Safari", "ios-webview": "Mobile Safari UI/WKWebView", "samsung": "Samsung Internet", "opera": "Opera",
    "opera-mini": "Opera Mini", "facebook": "Facebook", "instagram": "Instagram", "android": "Android", "silk": "Amazon Silk",
    "yandexbrowser": "Yandex Browser", "ie": "IE", "brave": "Brave", "vivaldi": "Vivaldi", "duckduckgo": "DuckDuckGo Mobile",
}  # fmt: skip
_SYSTEMS = {
    "mac os": "Mac OS X", "ios": "iOS", "android os": "Android", "linux": "Linux", "chrome os": "Chrome OS",
    "windows 10": "Windows", "windows 11": "Windows", "windows 8.1": "Windows", "windows 8": "Windows", "windows 7": "Windows",
    "windows vista": "Windows", "windows xp": "Windows", "windows server 2003": "Windows",
}  # fmt: skip
_DEVICES = {"desktop": "desktop", "laptop": "desktop", "mobile": "mobile", "tablet": "tablet", "tv": "tv"}
_Row = Sequence[str]


def is_umami(table: CsvTable) -> bool:
    """Whether a table is Umami's events."""
    return table.has(*REQUIRED)


def read(lines: Iterator[str], *, domain: str) -> Iterator[Hit | LeftOut] | None:
    """A hit or a reason for each row; nothing where the text is another table of the export."""
    table = table_of(lines)
    return _hits(table, domain) if table is not None and is_umami(table) else None


def _hits(table: CsvTable, domain: str) -> Iterator[Hit | LeftOut]:
    places = table.places()

    def cell(row: _Row, name: str) -> str:
        place = places.get(name)
        return "" if place is None else _told(row[place])

    for row in table.rows:
        yield row if isinstance(row, LeftOut) else _hit(row, cell, domain)


def _hit(row: _Row, cell: Callable[[_Row, str], str], domain: str) -> Hit | LeftOut:
    at, session, path = moment(cell(row, "created_at")), cell(row, "session_id"), cell(row, "url_path")
    if at is None or not session or not path:
        return LeftOut(reason=Reason.UNREADABLE, excerpt=f"{path[:80]} {cell(row, 'created_at')[:40]}")
    kind = cell(row, "event_type") or (_EVENT if cell(row, "event_name") else _VIEW)
    if kind not in {_VIEW, _EVENT}:
        return LeftOut(reason=Reason.OTHER_KIND, detail=f"event_type {kind[:20]}", excerpt=path[:120])
    name = goal_name(cell(row, "event_name")) if kind == _EVENT else ""
    if kind == _EVENT and not name:
        return LeftOut(reason=Reason.NAME, excerpt=cell(row, "event_name")[:80])
    return Hit(
        at=at,
        kind="goal" if kind == _EVENT else "pageview",
        name=name,
        href=_href(row, cell, domain),
        referrer=_referrer(row, cell),
        visitor=session,
        known=_known(row, cell),
    )


def _href(row: _Row, cell: Callable[[_Row, str], str], domain: str) -> str:
    query = cell(row, "url_query").removeprefix("?")
    if "utm_" not in query:
        campaign = [f"{name}={cell(row, name)}" for name in _CAMPAIGN if cell(row, name)]
        query = "&".join([*filter(None, [query]), *campaign])
    host, path = cell(row, "hostname") or domain, cell(row, "url_path")
    return f"https://{host}{path if path.startswith('/') else f'/{path}'}{f'?{query}' if query else ''}"


_CAMPAIGN = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content", "gclid", "fbclid", "msclkid", "ttclid",
             "li_fat_id", "twclid")  # fmt: skip


def _referrer(row: _Row, cell: Callable[[_Row, str], str]) -> str:
    host = cell(row, "referrer_domain")
    return f"https://{host}{cell(row, 'referrer_path') or '/'}" if host else ""


def _known(row: _Row, cell: Callable[[_Row, str], str]) -> Known:
    region = cell(row, "region") or cell(row, "subdivision1")
    return known(
        cell(row, "browser"),
        cell(row, "os"),
        cell(row, "device"),
        (cell(row, "screen"), cell(row, "language")),
        (cell(row, "country"), region, cell(row, "city")),
    )


@lru_cache(maxsize=8_192)
def known(browser: str, system: str, device: str, habits: tuple[str, str], place: tuple[str, str, str]) -> Known:
    """What is known of a visitor, by the names that are in use here."""
    return Known(
        browser=_BROWSERS.get(browser.lower(), browser),
        system=_SYSTEMS.get(system.lower(), system),
        device=_DEVICES.get(device.lower(), ""),
        screen=habits[0],
        language=habits[1],
        country=place[0],
        region=place[1],
        city=place[2],
    )


@lru_cache(maxsize=4_096)
def goal_name(text: str) -> str:
    """An event's name as goals are named: lower-case, a line where there was a space or a sign."""
    return _NOT_A_NAME.sub("_", text.strip().lower()).strip("_")[:64]


@lru_cache(maxsize=1_024)
def moment(text: str) -> datetime | None:
    """`2024-05-01 12:30:00`, with or without fractions and zone; without one it is UTC."""
    try:
        at = datetime.fromisoformat(text.strip()[:40].removesuffix(" UTC"))
    except ValueError:
        return None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def _told(text: str) -> str:
    """A cell's text; the ways in which databases write nothing are nothing."""
    return "" if text in {"\\N", "NULL", "null"} else text.strip()
