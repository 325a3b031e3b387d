"""Whose call it is, of which API, and whom it is counted for; or why nobody may make it."""

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import unquote_to_bytes

from emporion.edge.gateway import asking, heads, paths, refusals
from emporion.edge.gateway.book import Book
from emporion.edge.gateway.refusals import Refusal
from emporion.edge.gateway.types import Call
from emporion.edge.transport import Exchange
from emporion.gateway.routing.types import KeyGrant, Protocol, Upstream

_LONGEST_TAG = 60
_LONGEST_NAME = 200


class Closed(Exception):
    """The door stays closed; `refusal` says why, in the dialect of `protocol`."""

    def __init__(self, refusal: Refusal, protocol: Protocol) -> None:
        super().__init__(refusal.code)
        self.refusal = refusal
        self.protocol = protocol


def opened(exchange: Exchange, book: Book) -> tuple[Call, Upstream]:
    """The call and the API that it names; Closed."""
    began, now = time.monotonic(), datetime.now(UTC)
    target = asking.target_of(exchange.raw_path)
    name = target.name if target is not None else ""
    dialect = refusals.dialect_of(name, exchange.headers)
    if target is None:
        raise Closed(refusals.NO_ADDRESS, dialect)
    if paths.climbs(target.path):
        raise Closed(refusals.CLIMBS, dialect)
    grant = _grant(exchange, book, dialect, now)
    upstream = book.upstream(grant.project_id, name)
    if upstream is None:
        raise Closed(refusals.no_api(name), dialect)
    if (grant.api_ids and upstream.api_id not in grant.api_ids) or (upstream.is_for_agents and grant.agent_id is None):
        raise Closed(refusals.not_for_this_key(name), upstream.protocol)
    headers = exchange.headers
    call = Call(
        exchange=exchange,
        target=target,
        grant=grant,
        began=began,
        began_at=now,
        operation=asking.operation_of(target.path, upstream.protocol),
        # What a key is bound to holds: its holder could otherwise spend another team's budget.
        team=grant.team or _tag(headers, b"x-emporion-team"),
        feature=grant.feature or _tag(headers, b"x-emporion-feature"),
        environment=grant.environment or _tag(headers, b"x-emporion-environment"),
        customer=_tag(headers, b"x-emporion-customer", longest=_LONGEST_NAME),
        trace_id=_trace(headers),
    )
    return call, upstream


def _grant(exchange: Exchange, book: Book, dialect: Protocol, now: datetime) -> KeyGrant:
    if not book.number:
        raise Closed(refusals.NOT_READY, dialect)
    grant = book.grant(heads.key_in(exchange.headers))
    if grant is None:
        raise Closed(refusals.NO_KEY, dialect)
    if grant.expires_at is not None and grant.expires_at <= now:
        raise Closed(refusals.KEY_EXPIRED, dialect)
    return grant


def _tag(headers: Mapping[bytes, bytes], name: bytes, longest: int = _LONGEST_TAG) -> str:
    value = headers.get(name)
    if not value:
        return ""
    text = unquote_to_bytes(value).decode("utf-8", "replace").strip()  # SDKs send ASCII alone
    return "".join(sign for sign in text if sign.isprintable())[:longest]


def _trace(headers: Mapping[bytes, bytes]) -> str:
    """The trace that a call belongs to: `traceparent` as W3C has it, or whatever name the caller gives."""
    parent = headers.get(b"traceparent", b"").split(b"-")
    if len(parent) >= 4 and len(parent[1]) == 32:
        return parent[1].decode("latin-1")
    return _tag(headers, b"x-emporion-trace", longest=_LONGEST_NAME)
