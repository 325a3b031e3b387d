"""Which headers pass through the gateway, in both directions: whatever is between a caller and an API, and nothing of ours."""

from collections.abc import Iterable, Mapping, Sequence

from emporion.edge.gateway.book import Way
from emporion.edge.transport import Header

KEY_HEADERS = (b"x-api-key", b"api-key", b"x-goog-api-key")
_HOP = frozenset(
    {
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
        b"http2-settings",
    }
)
# Of the caller: what opens our door, what names it, and what its body was when it came.
_KEPT_FROM_UPSTREAM = (
    _HOP
    | {b"host", b"content-length", b"expect", b"authorization", b"cookie", b"forwarded", b"x-real-ip", b"via"}
    | set(KEY_HEADERS)
)
# What differs from one request to the next, or from one client to the next, and asks for nothing else.
_SAYS_NOTHING = frozenset(
    {
        b"user-agent",
        b"accept-encoding",
        b"cache-control",
        b"pragma",
        b"date",
        b"traceparent",
        b"tracestate",
        b"baggage",
        b"x-request-id",
        b"x-client-request-id",
        b"idempotency-key",
        b"x-idempotency-key",
    }
)
_OUR_PREFIXES = (b"x-emporion-", b"x-forwarded-")
# Of an upstream: it must not speak to browsers in the name of this host.
_KEPT_FROM_CALLER = _HOP | {
    b"content-length",
    b"set-cookie",
    b"strict-transport-security",
    b"alt-svc",
    b"clear-site-data",
    b"public-key-pins",
    b"service-worker-allowed",
}


def key_in(headers: Mapping[bytes, bytes]) -> bytes:
    """The key that a request brings, in whichever way its SDK sends keys; empty where it brings none."""
    told = headers.get(b"authorization", b"")
    if told[:7].lower() == b"bearer ":
        return told[7:].strip()
    for name in KEY_HEADERS:
        if found := headers.get(name):
            return found.strip()
    return b""


def request_head(method: str, path: bytes, way: Way, sent: Iterable[Header], size: int) -> bytes:
    """The head of the request to an upstream: what the caller sent, without what is ours, with what opens the upstream."""
    lines = [b"%s %s HTTP/1.1\r\nhost: %s\r\n" % (method.encode(), path, way.host)]
    sent = list(sent)
    named = _named_by_connection(sent)
    for name, value in sent:
        if name in _KEPT_FROM_UPSTREAM or name in way.own_names or name in named or name.startswith(_OUR_PREFIXES):
            continue
        lines.append(b"%s: %s\r\n" % (name, value))
    lines.extend([b"%s: %s\r\n" % header for header in way.headers])
    if size or method not in {"GET", "HEAD", "OPTIONS", "DELETE"}:
        lines.append(b"content-length: %d\r\n" % size)
    lines.append(b"\r\n")
    return b"".join(lines)


def telling(sent: Iterable[Header]) -> list[Header]:
    """The headers of a request that may change its answer: those that reach the upstream and do not just name the request."""
    return [
        (name, value)
        for name, value in sent
        if name not in _KEPT_FROM_UPSTREAM
        and name not in _SAYS_NOTHING
        and not name.startswith((*_OUR_PREFIXES, b"x-stainless-"))
    ]


def without_encoding(sent: Sequence[Header]) -> list[Header]:
    """The caller's headers, asking for an answer that can be read on its way."""
    return [*(header for header in sent if header[0] != b"accept-encoding"), (b"accept-encoding", b"identity")]


def answer_headers(received: Sequence[Header], call_id: str) -> list[Header]:
    """What the caller gets of an upstream's headers, with the call's name in our records."""
    named = _named_by_connection(received)
    kept = [header for header in received if header[0] not in _KEPT_FROM_CALLER and header[0] not in named]
    kept.append((b"x-emporion-call", call_id.encode()))
    return kept


def _named_by_connection(headers: Iterable[Header]) -> frozenset[bytes]:
    for name, value in headers:
        if name == b"connection" and value.lower() not in {b"keep-alive", b"close"}:
            return frozenset(part.strip().lower() for part in value.split(b","))
    return frozenset()
