"""What arrives on the wire: the documented payload of the script and of the SDK, read once, with nothing believed yet."""

import re
from collections.abc import Mapping

import msgspec

LARGEST_BODY = 2 * 1024 * 1024
MOST_EVENTS = 1_000

# Besides C0 and C1 controls: marks that turn text around (a path that reads as another one), and what is no character at all.
_UNWANTED = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff0-\uffff\ud800-\udfff]")


def clean(text: str, limit: int) -> str:
    """The text without control characters and outer spaces, at most `limit` characters."""
    text = text[: limit * 2]
    if not text.isprintable():
        text = _UNWANTED.sub("", text)
    return text.strip()[:limit]


class Viewport(msgspec.Struct, kw_only=True):
    """The window's inner size."""

    width: float | None = None
    height: float | None = None


class RawEvent(msgspec.Struct, kw_only=True, rename="camel"):
    """One event as it was sent; fields that are not named here are passed over."""

    website_id: str
    type: str
    domain: str | None = None
    visitor_id: str | None = None
    session_id: str | None = None
    href: str | None = None
    referrer: str | None = None
    language: str | None = None
    timezone: str | None = None
    viewport: Viewport | None = None
    screen_width: float | None = None
    screen_height: float | None = None
    cookieless: bool | None = None
    ad_click_ids: dict[str, object] | None = None
    extra_data: dict[str, object] | None = None
    event_id: str | None = None
    timestamp: float | str | None = None
    bot: bool | None = None
    origin: str | None = None


class _Batch(msgspec.Struct):
    events: list[msgspec.Raw]


class Unreadable(Exception):
    """The body is no event and no list of events; the text says where it stops making sense."""


_one = msgspec.json.Decoder(RawEvent)
_many = msgspec.json.Decoder(list[RawEvent])
_pieces = msgspec.json.Decoder(list[msgspec.Raw])
_batch = msgspec.json.Decoder(_Batch)


def read(body: bytes) -> tuple[list[RawEvent | str], bool]:
    """The events of a body, in order, and whether they came as a list; an unreadable one among many is the text of its fault."""
    try:
        if body[:1] == b"[" or body.lstrip()[:1] == b"[":
            return _list(body), True
        if b'"events"' in body[:64]:
            return _each(_batch.decode(body).events), True
        return [_one.decode(body)], False
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Unreadable(str(error)[:200]) from error


def _list(body: bytes) -> list[RawEvent | str]:
    try:
        events = _many.decode(body)
    except msgspec.ValidationError:
        return _each(_pieces.decode(body))
    _limit(len(events))
    return [*events]


def _each(pieces: list[msgspec.Raw]) -> list[RawEvent | str]:
    _limit(len(pieces))
    found: list[RawEvent | str] = []
    for piece in pieces:
        try:
            found.append(_one.decode(piece))
        except msgspec.MsgspecError as error:
            found.append(str(error)[:200])
    return found


def _limit(count: int) -> None:
    if count > MOST_EVENTS:
        raise Unreadable(f"{count} events in one request; send at most {MOST_EVENTS}")
    if not count:
        raise Unreadable("the list holds no event")


def plain(value: object) -> str:
    """A parameter's value as text: what JSON calls true is `true`, a list or an object is its JSON."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)[:40]
    return msgspec.json.encode(value).decode()


def parameters(data: Mapping[str, object], *, most: int, without: frozenset[str] = frozenset()) -> dict[str, str]:
    """The first parameters, keys lower-case, each within its documented length; empty keys are left out."""
    found: dict[str, str] = {}
    for key, value in data.items():
        if key in without or len(found) >= most:
            continue
        if name := clean(key, 64).lower():
            found[name] = clean(plain(value), 255)
    return found
