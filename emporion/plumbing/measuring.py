"""Asks an address once, through the outbound guard, and says how long each part of the answer took and until when its
certificate is valid. Redirects are not followed: who watches an address wants to know that it redirects.

Whatever the other side does, it is over at the deadline: the connection is shut from outside, so that headers that come a byte
at a time hold nobody up.
"""

import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx

from emporion.plumbing import outbound
from emporion.plumbing.deadlines import CONNECTED, SECURED, Line, deadline
from emporion.plumbing.errors import AddressUnreachable
from emporion.plumbing.outbound import Request

_ANSWERED = "http11.receive_response_headers.complete"
_STARTS = {"connection.connect_tcp.started", "connection.start_tls.started"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What an address answered; of a body that is longer than was asked for only the beginning (`is_cut`). Microseconds."""

    url: str
    address: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    is_cut: bool
    name_us: int
    connect_us: int
    tls_us: int
    first_byte_us: int
    total_us: int
    certificate_until: datetime | None


@dataclass(slots=True)
class _Watch:
    """The times of one exchange, and the connection to shut when its time is over."""

    began: float = field(default_factory=time.perf_counter)
    starts: dict[str, float] = field(default_factory=dict)
    took: dict[str, int] = field(default_factory=dict)
    line: Line = field(default_factory=Line)
    certificate: Mapping[str, object] | None = None

    def note(self, name: str, info: Mapping[str, object]) -> None:
        now = time.perf_counter()
        if name in _STARTS:
            self.starts[name.removesuffix(".started")] = now
        elif name in {CONNECTED, SECURED}:
            part = name.removesuffix(".complete")
            self.took[part] = int((now - self.starts.get(part, now)) * 1e6)
            self.line.note(name, info)
            if name == SECURED and self.line.stream is not None:
                secure = self.line.stream.get_extra_info("ssl_object")
                self.certificate = secure.getpeercert() if secure is not None else None
        elif name == _ANSWERED:
            self.took["answer"] = int((now - self.began) * 1e6)


def measure(request: Request) -> Measured:
    """The answer of a public address within `request.seconds`; AddressRefused, or AddressUnreachable with `reason` in words."""
    watch = _Watch()
    address = outbound.check(request.url)
    name_us = int((time.perf_counter() - watch.began) * 1e6)
    with _explained(request, watch), deadline(watch.line, request.seconds):
        status, headers, body, is_cut = _exchange(request, address, watch.note)
        if watch.line.is_over and not is_cut:  # an answer without a marked end would pass for whole
            raise httpx.ReadTimeout("no whole answer in time")
    total_us = int((time.perf_counter() - watch.began) * 1e6)
    return Measured(
        url=request.url,
        address=address,
        status=status,
        headers=headers,
        body=body,
        is_cut=is_cut,
        name_us=name_us,
        connect_us=watch.took.get("connection.connect_tcp", 0),
        tls_us=watch.took.get("connection.start_tls", 0),
        first_byte_us=watch.took.get("answer", total_us),
        total_us=total_us,
        certificate_until=_until(watch.certificate),
    )


def _exchange(
    request: Request, address: str, note: Callable[[str, Mapping[str, object]], None]
) -> tuple[int, dict[str, str], bytes, bool]:
    url, headers, extensions = outbound.pinned(request, address)
    with (
        httpx.Client(verify=outbound.TLS, timeout=request.seconds, trust_env=False) as client,
        client.stream(
            request.method, url, headers=headers, content=request.body, extensions={**extensions, "trace": note}
        ) as response,
    ):
        pieces, size = [], 0
        for piece in outbound.unpacked(response):
            pieces.append(piece)
            size += len(piece)
            if size > request.max_bytes:
                break
        told = {name.lower(): value for name, value in response.headers.items()}
        return response.status_code, told, b"".join(pieces)[: request.max_bytes], size > request.max_bytes


@contextmanager
def _explained(request: Request, watch: _Watch) -> Iterator[None]:
    """What the connection died of, in words."""
    try:
        yield
    except outbound.UNUSABLE as error:
        raise AddressUnreachable(url=request.url, reason=_reason(error, watch, request)) from error


def _reason(error: Exception, watch: _Watch, request: Request) -> str:
    said = str(error)
    if watch.line.is_over or isinstance(error, httpx.TimeoutException):
        return f"no whole answer within {request.seconds:g} s"
    if "CERTIFICATE_VERIFY_FAILED" in said:
        return f"the certificate is not valid: {said.partition('failed: ')[2].partition(' (_ssl')[0] or said}"[:200]
    if isinstance(error, ssl.SSLError) or "SSL" in said or "TLS" in said:
        return f"no secure connection: {said[:150]}"
    if isinstance(error, httpx.ConnectError):
        return "the connection was refused" if "refused" in said.lower() else f"no connection: {said[:150]}"
    if isinstance(error, httpx.RemoteProtocolError):
        return f"the answer is not whole, or no HTTP: {said[:150]}"
    return f"the connection broke: {said[:150] or type(error).__name__}"


def _until(certificate: Mapping[str, object] | None) -> datetime | None:
    ends = (certificate or {}).get("notAfter")
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(ends), UTC) if isinstance(ends, str) else None
