"""Every address that a person gives is fetched through here: public networks only, pinned to the address that was checked.

Prevents server-side request forgery, also by redirects, by names that resolve to private addresses, and by names that change
their address between the check and the connection.
"""

import socket
import ssl
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import certifi
import httpx
from django.conf import settings

from emporion.kernel.addresses import joined, parts_of
from emporion.plumbing.addresses import allowances, choose, place_of
from emporion.plumbing.deadlines import Line, deadline
from emporion.plumbing.errors import AddressUnreachable, AnswerTooLarge

AGENT = "EmporionBot/1.0"
MAX_BYTES = 25 * 1024 * 1024
MAX_REDIRECTS = 5
UNPACKED_AT_ONCE = 256 * 1024
REDIRECTS = frozenset({301, 302, 303, 307, 308})
# What a server, or an address that it redirects to, can make of an exchange; ValueError covers names that no header can hold.
UNUSABLE = (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL, zlib.error, OSError, ValueError)
TLS = ssl.create_default_context(cafile=certifi.where())


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What an address answered: the final `url` after redirects, the `status`, lower-case `headers` and the `body`."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What to send; `seconds` bounds the whole exchange of one hop.

    `also` are hosts that may be called beside the public ones and those of the operator: whoever sets it answers for it.
    """

    url: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    seconds: float = 15.0
    max_bytes: int = MAX_BYTES
    also: frozenset[str] = frozenset()


def fetch(request: Request) -> Fetched:
    """Fetch a public address, following redirects that stay public.

    Raises `AddressRefused` before anything is sent, `AddressUnreachable` when nothing usable answers, `AnswerTooLarge`.
    """
    current = request
    for _ in range(MAX_REDIRECTS + 1):
        answer = _hop(current)
        location = answer.headers.get("location")
        if answer.status not in REDIRECTS or not location:
            return answer
        same_method = answer.status in {307, 308}
        current = Request(
            url=joined(answer.url, location),
            method=current.method if same_method else "GET",
            headers=current.headers if _same_origin(answer.url, joined(answer.url, location)) else {},
            body=current.body if same_method else None,
            seconds=request.seconds,
            max_bytes=request.max_bytes,
            also=request.also,
        )
    raise AddressUnreachable("This address redirects in a circle.", url=request.url)


def check(url: str, *, also: frozenset[str] = frozenset()) -> str:
    """The address that the name of a URL resolves to, if every one of its addresses is public; else `AddressRefused`."""
    try:
        place = place_of(url)
        found = socket.getaddrinfo(place.host, place.port, type=socket.SOCK_STREAM)
    except (OSError, ValueError, UnicodeError) as error:
        raise AddressUnreachable("This name is not known.", url=url) from error
    addresses = [str(entry[4][0]) for entry in found]
    return choose(place, addresses, allowed=allowances(settings.ENVIRONMENT.outbound_allow) | also)


def _same_origin(first: str, second: str) -> bool:
    return parts_of(first)[:2] == parts_of(second)[:2]


def _hop(request: Request) -> Fetched:
    url, headers, extensions = pinned(request, check(request.url, also=request.also))
    line = Line()
    told = {**extensions, "trace": line.note}
    try:
        with (
            deadline(line, request.seconds),
            httpx.Client(verify=TLS, timeout=request.seconds, trust_env=False) as client,
            client.stream(request.method, url, headers=headers, content=request.body, extensions=told) as response,
        ):
            body = _read(response, request.max_bytes)
            if line.is_over:  # an answer without a marked end would pass for whole
                raise httpx.ReadTimeout("no whole answer in time")
    except UNUSABLE as error:
        raise AddressUnreachable(url=request.url, reason="ReadTimeout" if line.is_over else type(error).__name__) from error
    return Fetched(
        url=request.url,
        status=response.status_code,
        headers={name.lower(): value for name, value in response.headers.items()},
        body=body,
    )


def pinned(request: Request, address: str) -> tuple[str, dict[str, str], dict[str, str]]:
    """The URL, headers and extensions with which a request goes to the one address that was checked, under its own name."""
    parts = parts_of(request.url)
    host = f"[{address}]" if ":" in address else address
    url = parts._replace(netloc=f"{host}:{parts.port}" if parts.port else host, fragment="").geturl()
    headers = {"User-Agent": AGENT, "Accept-Encoding": "gzip", **request.headers, "Host": parts.netloc}
    return url, headers, {"sni_hostname": parts.hostname or ""}


def _read(response: httpx.Response, limit: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    for part in unpacked(response):
        size += len(part)
        if size > limit:
            raise AnswerTooLarge(limit_bytes=limit)
        parts.append(part)
    return b"".join(parts)


def unpacked(response: httpx.Response) -> Iterator[bytes]:
    """The body in bounded pieces, so that a few bytes that unpack to gigabytes are given up in time.

    What is packed twice, or otherwise than was asked for, comes as it is.
    """
    if response.headers.get("content-encoding", "").strip().lower() not in {"gzip", "x-gzip", "deflate"}:
        yield from response.iter_raw()
        return
    unpacker = zlib.decompressobj(wbits=47)
    for piece in response.iter_raw():
        packed = piece
        while packed and not unpacker.eof:
            yield unpacker.decompress(packed, UNPACKED_AT_ONCE)
            packed = unpacker.unconsumed_tail
    yield unpacker.flush()
