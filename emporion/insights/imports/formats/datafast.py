"""Reads visitors as DataFast's API tells of them: the answers of `/api/v1/visitors/{id}`, one a line or in a list.

DataFast has no export. Each visitor names the pages seen and the goals reached with their moments; where they came from is told
once, and so belongs to the first page alone.
"""

from collections.abc import Iterator
from datetime import datetime
from itertools import chain

import msgspec

from emporion.insights.imports.formats.umami import goal_name, known, moment
from emporion.insights.imports.types import Hit, LeftOut, Reason

LARGEST_LIST = 200 * 1024 * 1024


class _Named(msgspec.Struct):
    name: str | None = None


class _Typed(msgspec.Struct):
    type: str | None = None


class _Viewport(msgspec.Struct):
    width: float | None = None
    height: float | None = None


class _Identity(msgspec.Struct, rename="camel"):
    country_code: str | None = None
    region: str | None = None
    city: str | None = None
    browser: _Named | None = None
    os: _Named | None = None
    device: _Typed | None = None
    viewport: _Viewport | None = None


class _Seen(msgspec.Struct):
    timestamp: str
    url: str = ""


class _Goal(msgspec.Struct):
    timestamp: str
    name: str = ""


class _Activity(msgspec.Struct, rename="camel"):
    visited_pages: list[_Seen] = []
    completed_goals: list[_Goal] = []


class _Acquisition(msgspec.Struct):
    referrer: str | None = None


class _Visitor(msgspec.Struct, rename="camel"):
    activity: _Activity
    visitor_id: str = ""
    identity: _Identity = msgspec.field(default_factory=_Identity)
    acquisition: _Acquisition = msgspec.field(default_factory=_Acquisition)


class _Answer(msgspec.Struct):
    """An answer as it came, in the envelope that all answers have."""

    data: _Visitor


_visitor = msgspec.json.Decoder(_Visitor)
_answer = msgspec.json.Decoder(_Answer)
_list = msgspec.json.Decoder(list[msgspec.Raw])


def read(lines: Iterator[str], *, domain: str) -> Iterator[Hit | LeftOut]:
    """What each visitor did, in order, or a reason for a visitor that cannot be read."""
    first = next(lines, "")
    for number, text in enumerate(_texts(first, lines)):
        visitor = _visitor_in(text)
        if visitor is None:
            yield LeftOut(reason=Reason.UNREADABLE, excerpt=text[:80].decode("utf-8", "replace"))
        else:
            yield from _hits(visitor, visitor.visitor_id or f"visitor {number}", domain)


def _texts(first: str, lines: Iterator[str]) -> Iterator[bytes]:
    """One visitor each: the lines, or the members of a list that may go over many lines."""
    if not first.lstrip().startswith("["):
        yield from (text.encode() for text in chain([first], lines) if text.strip())
        return
    whole, size = [first], len(first)
    for text in lines:
        whole.append(text)
        size += len(text)
        if size > LARGEST_LIST:
            yield b"a list of more than 200 MB; put one visitor on each line"
            return
    try:
        yield from (bytes(one) for one in _list.decode("\n".join(whole)))
    except (msgspec.MsgspecError, RecursionError):
        yield whole[0].encode()


def _visitor_in(text: bytes) -> _Visitor | None:
    for decoder in (_answer, _visitor):
        try:
            found = decoder.decode(text)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            continue
        return found.data if isinstance(found, _Answer) else found
    return None


def _hits(visitor: _Visitor, name: str, domain: str) -> Iterator[Hit | LeftOut]:
    identity = visitor.identity
    told = known(
        (identity.browser and identity.browser.name) or "",
        (identity.os and identity.os.name) or "",
        (identity.device and identity.device.type) or "",
        (_screen(identity.viewport), ""),
        (identity.country_code or "", identity.region or "", identity.city or ""),
    )
    pages = [(moment(page.timestamp), page.url) for page in visitor.activity.visited_pages]
    seen = sorted((at, _href(url, domain)) for at, url in pages if at is not None)
    yield from (LeftOut(reason=Reason.UNREADABLE, excerpt=url[:120]) for at, url in pages if at is None)
    referrer = _absolute(visitor.acquisition.referrer or "")
    for number, (at, href) in enumerate(seen):
        yield Hit(at=at, href=href, referrer="" if number else referrer, visitor=name, known=told)
    for goal in visitor.activity.completed_goals:
        reached_at, called = moment(goal.timestamp), goal_name(goal.name)
        if reached_at is None or not called:
            yield LeftOut(reason=Reason.NAME if reached_at else Reason.UNREADABLE, excerpt=goal.name[:80])
        else:
            href = _page_at(seen, reached_at, domain)
            yield Hit(at=reached_at, kind="goal", name=called, href=href, visitor=name, known=told)


def _screen(viewport: _Viewport | None) -> str:
    return f"{viewport.width:.0f}x{viewport.height:.0f}" if viewport and viewport.width and viewport.height else ""


def _page_at(seen: list[tuple[datetime, str]], at: datetime, domain: str) -> str:
    """The page on which a goal was reached: the last one seen before it."""
    return next((href for when, href in reversed(seen) if when <= at), seen[0][1] if seen else f"https://{domain}/")


def _href(url: str, domain: str) -> str:
    return f"https://{domain}{url}" if url.startswith("/") else _absolute(url) or f"https://{domain}/"


def _absolute(url: str) -> str:
    return url if not url or "://" in url else f"https://{url}"
