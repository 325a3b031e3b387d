"""Reads the logs of web servers: combined and common (nginx, Apache, with or without the host in front), and Caddy's JSON.

A line that asked for a page and got it is a page view. Files of pages, forms that were sent, redirects and errors are none.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from typing import Annotated

import msgspec

from emporion.insights.imports.types import Hit, Known, LeftOut, Reason

_QUOTED = r'"((?:[^"\\]|\\.)*)"'
_REST = rf" \S+ \S+ \[([^\]]{{20,40}})\] {_QUOTED} (\d{{3}}) \S+(?: {_QUOTED} {_QUOTED})?"
_PLAIN = re.compile(rf"(\S+){_REST}")
_WITH_HOST = re.compile(rf"([\w.-]+)(?::\d+)? (\S+){_REST}")
_STAMP = re.compile(r"(\d\d)/([A-Z][a-z]{2})/(\d{4}):(\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)")
_NAMES = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec"
_MONTHS = {name: number for number, name in enumerate(_NAMES.split(), 1)}
_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|(.))")
# An address anywhere in a line that could not be read: it must not reach a page or a list.
_ADDRESS = re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}\b|(?<![\w.])[0-9a-fA-F]{0,4}(?::[0-9a-fA-F]{0,4}){2,7}(?![\w.])")
_FILES = """
css js mjs map json xml txt rss atom png jpg jpeg gif webp avif svg ico bmp tif tiff woff woff2 ttf otf eot mp3 mp4 m4a m4v
webm ogg wav mov avi pdf zip gz tgz bz2 xz 7z rar dmg exe msi apk deb rpm iso csv xls xlsx doc docx ppt pptx wasm webmanifest
manifest env yml yaml sql bak log ini
"""
FILES = frozenset(_FILES.split())
_NO_PAGES = tuple(
    f"/{name}/" for name in ("api", "_next", "static", "assets", "wp-json", "wp-content", "wp-includes", "cdn-cgi", ".well-known")
)


class _Headers(msgspec.Struct):
    agents: Annotated[list[str], msgspec.Meta(max_length=10)] = msgspec.field(name="User-Agent", default_factory=list)
    referrers: Annotated[list[str], msgspec.Meta(max_length=10)] = msgspec.field(name="Referer", default_factory=list)


class _Request(msgspec.Struct):
    method: str
    uri: str
    remote_ip: str = ""
    client_ip: str = ""
    remote_addr: str = ""
    host: str = ""
    headers: _Headers = msgspec.field(default_factory=_Headers)


class _Caddy(msgspec.Struct):
    ts: float | str
    request: _Request
    status: int = 0


class _Line(msgspec.Struct):
    """What a line says, in whichever form; `target` is what was asked for, as it was written."""

    address: str
    at: datetime
    method: str
    target: str
    status: int
    referrer: str
    user_agent: str | None
    host: str = ""


_caddy = msgspec.json.Decoder(_Caddy)


def read(lines: Iterator[str], *, domain: str) -> Iterator[Hit | LeftOut]:
    """A hit or a reason for each line that is not blank."""
    for text in lines:
        if text:
            line = _line(text)
            yield _hit(line, domain) if line else LeftOut(reason=Reason.UNREADABLE, excerpt=without_addresses(text))


def without_addresses(text: str) -> str:
    """The beginning of a line for people to look at; whoever asked stays unnamed."""
    return _ADDRESS.sub("…", text[:200])


def _line(text: str) -> _Line | None:
    if text.startswith("{"):
        return _of_caddy(text)
    found, host = _PLAIN.match(text), ""
    if found is not None:
        address, stamp, request, status, referrer, agent = found.groups()
    elif (found := _WITH_HOST.match(text)) is not None:
        host, address, stamp, request, status, referrer, agent = found.groups()
    else:
        return None
    at = moment(stamp)
    if at is None:
        return None
    method, _, rest = request.partition(" ")
    target = rest.rpartition(" ")[0] if rest.rpartition(" ")[2].startswith("HTTP/") else rest
    return _Line(
        address=address,
        at=at,
        method=method,
        target=_plain(target),
        status=int(status),
        referrer=_plain(referrer or ""),
        user_agent=None if agent is None else _plain(agent),
        host=host,
    )


def _of_caddy(text: str) -> _Line | None:
    try:
        said = _caddy.decode(text)
        at = datetime.fromtimestamp(said.ts, UTC) if isinstance(said.ts, float) else _iso(said.ts)
    except (msgspec.MsgspecError, ValueError, OverflowError, OSError):
        return None
    request, headers = said.request, said.request.headers
    if at is None or not said.status:
        return None
    return _Line(
        address=request.client_ip or request.remote_ip or request.remote_addr.rpartition(":")[0].strip("[]"),
        at=at,
        method=request.method,
        target=request.uri,
        status=said.status,
        referrer=headers.referrers[0] if headers.referrers else "",
        user_agent=headers.agents[0] if headers.agents else "",
        host=request.host.partition(":")[0],
    )


def _iso(text: str) -> datetime | None:
    found = datetime.fromisoformat(text[:40])
    return found.astimezone(UTC) if found.tzinfo else None


def _plain(text: str) -> str:
    """What a server wrote between quotes, as it was; a dash is nothing."""
    if text == "-":
        return ""
    if "\\" not in text:
        return text
    return _ESCAPE.sub(lambda found: chr(int(found[1], 16)) if found[1] else found[2], text)


@lru_cache(maxsize=1_024)
def moment(stamp: str) -> datetime | None:
    """`10/Oct/2025:13:55:36 +0200`, in UTC."""
    found = _STAMP.fullmatch(stamp)
    if found is None or found[2] not in _MONTHS:
        return None
    day, month, year, hour, minute, second, sign, hours, minutes = found.groups()
    offset = timedelta(hours=int(hours), minutes=int(minutes)) * (1 if sign == "+" else -1)
    try:
        zone = timezone(offset)
        # A minute that has 61 seconds is written at times; no clock of ours knows one.
        at = datetime(int(year), _MONTHS[month], int(day), int(hour), int(minute), min(int(second), 59), tzinfo=zone)
        return at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _hit(line: _Line, domain: str) -> Hit | LeftOut:
    if line.method != "GET":
        return LeftOut(reason=Reason.METHOD, excerpt=_said(line))
    if not (200 <= line.status < 300 or line.status == 304):
        return LeftOut(reason=Reason.STATUS, excerpt=_said(line))
    path = line.target.partition("?")[0]
    if not is_page(path):
        return LeftOut(reason=Reason.NOT_A_PAGE, excerpt=_said(line))
    host = line.host or domain
    href = line.target if line.target.startswith(("http://", "https://")) else f"https://{host}{line.target}"
    # The common format has no browsers: nobody can be told from a robot by it, and nobody is taken for one.
    known = Known() if line.user_agent is None else None
    agent = line.user_agent or ""
    return Hit(at=line.at, href=href, referrer=line.referrer, address=line.address, user_agent=agent, known=known)


@lru_cache(maxsize=16_384)
def is_page(path: str) -> bool:
    """Whether what was asked for looks like a page that a person reads."""
    if not path.startswith(("/", "http")) or path.startswith(_NO_PAGES):
        return False
    name = path.rpartition("/")[2]
    return name.rpartition(".")[2].lower() not in FILES if "." in name else True


def _said(line: _Line) -> str:
    path = without_addresses(line.target.partition("?")[0])
    return f"{line.method[:10]} {path} {line.status}"
