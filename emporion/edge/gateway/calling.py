"""Makes a call to one API: a connection, the request, the beginning of the answer; again where that can help and harms nobody."""

import asyncio
import random
import time
import zlib
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from emporion.edge.gateway import asking, heads, outcomes
from emporion.edge.gateway.limits_seen import limits_seen
from emporion.edge.gateway.outcomes import UNCURED, Verdict
from emporion.edge.gateway.pool import Pool
from emporion.edge.gateway.retrying import Breaker, Failed, may_repeat, wait_seconds
from emporion.edge.gateway.types import Leg
from emporion.edge.gateway.wire import Connection, CutShort, Head, Hung, NoConnection, NotHttp, UpstreamFault
from emporion.gateway.pricing import usage
from emporion.gateway.pricing.streams import StreamReader
from emporion.gateway.pricing.types import Answer
from emporion.gateway.routing.types import Outcome, Protocol

HELD_BYTES = 8 * 1024 * 1024  # a model's answer is read whole up to here, a refusal as well
AT_ONCE = 65_536
PACKED = frozenset({b"gzip", b"deflate", b"x-gzip"})
_SSE = b"text/event-stream"
_OK = Verdict(outcome=Outcome.OK)
GONE = Verdict(outcome=Outcome.CLIENT_GONE, code="client_gone", message="The caller hung up.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """All of an answer, with what it says of itself."""

    head: Head
    body: bytes
    answer: Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """An answer that has begun well; the rest still comes."""

    head: Head
    piece: bytes


Result = Whole | Begun | None


class Caller:
    """Calls upstreams for one process, and knows which of them are down and what each does not understand."""

    def __init__(self, pool: Pool, readers: Executor, *, chance: random.Random | None = None) -> None:
        self._pool = pool
        self._readers = readers
        self._chance = chance or random.Random()  # noqa: S311 - spreads retries, guards nothing
        self._breakers: dict[UUID, Breaker] = {}
        self._without_usage: set[UUID] = set()

    def breaker(self, api_id: UUID) -> Breaker:
        """What is known of an API's being down."""
        if (found := self._breakers.get(api_id)) is None:
            found = self._breakers[api_id] = Breaker()
        return found

    async def call(self, leg: Leg) -> Result:
        """The answer, or None where there is none; the leg's verdict says how it went, and what connection is still open."""
        breaker = self.breaker(leg.stop.upstream.api_id)
        if not breaker.admits(time.monotonic()):
            leg.verdict = Verdict(
                outcome=breaker.last, code="circuit_open", message="The API failed every time; it is left alone."
            )
            return None
        exchange = leg.call.exchange
        repeatable = may_repeat(leg.stop.upstream.protocol, exchange.method, exchange.headers)
        while True:
            leg.attempts += 1
            result = await self._attempt(leg, repeatable=repeatable)
            if leg.call.is_gone:
                leg.verdict = GONE
                return result
            breaker.note(leg.verdict.outcome, time.monotonic())
            if isinstance(result, Begun):
                return result
            self.done(leg)
            wait = self._wait(leg, result, repeatable=repeatable)
            if wait is None or not breaker.admits(time.monotonic()):
                return result
            await asyncio.sleep(wait)

    def done(self, leg: Leg) -> None:
        """Gives the leg's connection back, or ends it where its answer was not read to the end."""
        connection, leg.connection, leg.call.connection = leg.connection, None, None
        if connection is not None:
            self._pool.give_back(leg.way.where, connection)

    def _wait(self, leg: Leg, result: Result, *, repeatable: bool) -> float | None:
        if leg.verdict.outcome is Outcome.OK or leg.verdict.code in UNCURED:
            return None
        if leg.adds_usage and leg.status in {400, 422} and isinstance(result, Whole) and b"stream_options" in result.body:
            # This server does not know what we asked it for; its caller did not ask, so nobody misses it.
            self._without_usage.add(leg.stop.upstream.api_id)
            leg.adds_usage, leg.body = False, leg.call.body
            return 0.0
        failed = Failed(
            outcome=leg.verdict.outcome,
            status=leg.status,
            was_sent=leg.was_sent,
            retry_after_ms=leg.limits.retry_after_ms,
        )
        return wait_seconds(failed, attempt=leg.attempts, repeatable=repeatable, chance=self._chance.random())

    async def _attempt(self, leg: Leg, *, repeatable: bool) -> Result:
        leg.head, leg.reader, leg.was_sent, leg.response_bytes = None, None, False, 0
        leg.sent_at = leg.sent_at or time.monotonic()
        seconds = leg.stop.upstream.timeout_seconds
        try:
            async with asyncio.timeout(seconds):
                head = await self._sent(leg, repeatable=repeatable)
            return await self._read(leg, head)
        except TimeoutError:
            self._give_up(leg)
            leg.verdict = of_fault(Hung("no answer in time"))
        except UpstreamFault as fault:
            self._give_up(leg)
            leg.verdict = of_fault(fault)
        return None

    async def _sent(self, leg: Leg, *, repeatable: bool) -> Head:
        """Sends the request and waits for the beginning of its answer; on another connection where a kept one had died."""
        data = self._request(leg)
        is_head = leg.call.exchange.method == "HEAD"
        kept = self._pool.take(leg.way.where)
        if kept is not None:
            try:
                return await self._begun(leg, kept, data, is_head=is_head)
            except CutShort as fault:
                self._give_up(leg)
                if fault.had_begun or not repeatable or leg.call.is_gone:
                    raise
        return await self._begun(leg, await self._pool.connect(leg.way.where), data, is_head=is_head)

    async def _begun(self, leg: Leg, connection: Connection, data: bytes, *, is_head: bool) -> Head:
        leg.connection = leg.call.connection = connection
        leg.was_sent = True
        connection.send(data, is_head=is_head)
        leg.head = await connection.head()
        leg.last_at = time.monotonic()
        leg.limits = limits_seen(leg.head.headers, datetime.now(UTC))
        return leg.head

    def _request(self, leg: Leg) -> bytes:
        call, way = leg.call, leg.way
        path = way.base_path + call.target.path
        if call.exchange.query:
            path += b"?" + call.exchange.query
        if leg.adds_usage and way.upstream.api_id in self._without_usage:
            leg.adds_usage, leg.body = False, call.body
        sent = call.exchange.raw_headers
        if way.upstream.protocol is not Protocol.HTTP:
            sent = heads.without_encoding(sent)
        return heads.request_head(call.exchange.method, path, way, sent, len(leg.body)) + leg.body

    def _give_up(self, leg: Leg) -> None:
        connection, leg.connection, leg.call.connection = leg.connection, None, None
        if connection is not None:
            connection.close()

    async def _read(self, leg: Leg, head: Head) -> Result:
        kind = head.get(b"content-type")
        is_model = leg.stop.upstream.protocol is not Protocol.HTTP
        if head.status < 400 and (not is_model or kind.startswith(_SSE) or b"ndjson" in kind):
            return await self._first(leg, head, is_stream=is_model and kind.startswith(_SSE))
        body = await _collected(leg)
        if len(body) > HELD_BYTES:
            leg.verdict = _OK
            return Begun(head=head, piece=body)
        if len(body) <= AT_ONCE and head.get(b"content-encoding").lower() not in PACKED:
            return self._judged(leg, head, body)
        # Nobody else waits while this one is unpacked and read.
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._judged, leg, head, body)

    async def _first(self, leg: Leg, head: Head, *, is_stream: bool) -> Result:
        """An answer that passes through: its first bytes decide whether it has begun well."""
        if is_stream:
            leg.reader = StreamReader(provider=leg.stop.upstream.provider, operation=leg.call.operation)
        piece = await next_piece(leg)
        if leg.reader is not None:
            leg.reader.feed(piece, _clock(leg))
            if failed := _failed_at_once(leg, piece):
                leg.verdict = failed
                return await self._rest_of_failure(leg, head, piece)
        leg.verdict = _OK
        if leg.reader is None and leg.connection is not None and leg.connection.is_done:
            rest = await next_piece(leg)
            return Whole(head=head, body=piece + rest, answer=Answer(usage=usage.NOTHING))
        return Begun(head=head, piece=piece)

    async def _rest_of_failure(self, leg: Leg, head: Head, piece: bytes) -> Whole:
        rest = await _collected(leg)
        assert leg.reader is not None
        leg.reader.feed(rest, _clock(leg))
        return Whole(head=head, body=piece + rest, answer=leg.reader.answer())

    def _judged(self, leg: Leg, head: Head, body: bytes) -> Whole:
        upstream, operation = leg.stop.upstream, leg.call.operation
        plain = decoded(body, head.get(b"content-encoding"))
        if plain is None and head.status < 400:
            leg.verdict = _OK  # as one that is too large as it comes
            return Whole(head=head, body=body, answer=Answer(usage=usage.NOTHING))
        plain = plain or b""
        if head.status >= 400:
            leg.verdict = outcomes.of_refusal(head.status, plain, upstream.protocol)
            return Whole(head=head, body=body, answer=Answer(usage=usage.NOTHING))
        if b"json" not in head.get(b"content-type") and operation not in asking.GENERATING:
            leg.verdict = _OK  # sound, a file: nothing to read in it
            return Whole(head=head, body=body, answer=Answer(usage=usage.NOTHING))
        answer = usage.read(provider=upstream.provider, operation=operation, response=plain)
        is_question = operation in asking.GENERATING and leg.call.exchange.method == "POST"
        leg.verdict = outcomes.of_answer(
            plain,
            upstream.protocol,
            is_json=not answer.is_malformed,
            has_content=answer.has_content or not is_question or answer.finish_reason in outcomes.MAY_SAY_NOTHING,
            fault=outcomes.Fault(code=answer.error_code, message=answer.error_message),
        )
        if leg.verdict.outcome is Outcome.OK and leg.connection is not None and not leg.connection.is_done:
            leg.verdict = Verdict(
                outcome=Outcome.MALFORMED, code="false_length", message="The answer is shorter than its length."
            )
        return Whole(head=head, body=body, answer=answer)


def of_fault(fault: UpstreamFault) -> Verdict:
    """The verdict on an answer that did not come, or not whole."""
    if isinstance(fault, NoConnection):
        kind = fault.reason.partition(":")[0]
        return Verdict(outcome=Outcome.UNREACHABLE, code=kind, message=fault.reason)
    if isinstance(fault, Hung):
        return Verdict(outcome=Outcome.TIMEOUT, code="stalled" if fault.had_begun else "no_answer", message=fault.reason)
    if isinstance(fault, NotHttp):
        return Verdict(outcome=Outcome.MALFORMED, code="not_http", message=fault.reason)
    if not fault.had_begun:
        return Verdict(outcome=Outcome.UNREACHABLE, code="closed", message=fault.reason)
    return Verdict(outcome=Outcome.CUT_SHORT, code="cut_short", message=fault.reason)


async def next_piece(leg: Leg) -> bytes:
    """The next bytes of the answer, empty at its end; UpstreamFault, also when nothing comes for too long."""
    connection = leg.connection
    if connection is None:
        return b""
    if connection.has_piece:
        piece = await connection.piece()
    else:
        try:
            async with asyncio.timeout(leg.stop.upstream.timeout_seconds):
                piece = await connection.piece()
        except TimeoutError as error:
            raise Hung("the answer stopped coming", had_begun=True) from error
    leg.last_at = time.monotonic()
    leg.response_bytes += len(piece)
    return piece


async def _collected(leg: Leg) -> bytes:
    """The whole body, or what has come when it is too large to be held; a whole object behind a false length is taken so."""
    pieces: list[bytes] = []
    size = 0
    try:
        while size <= HELD_BYTES and (piece := await next_piece(leg)):
            pieces.append(piece)
            size += len(piece)
    except CutShort:
        body = b"".join(pieces)
        if not body or usage.parsed(body) is None:
            raise
        return body
    return b"".join(pieces) if len(pieces) != 1 else pieces[0]


def _failed_at_once(leg: Leg, piece: bytes) -> Verdict | None:
    """What is wrong with a stream that says so before it says anything else, while it can still be asked for again."""
    assert leg.reader is not None
    if not piece:
        return Verdict(outcome=Outcome.EMPTY, code="empty_stream", message="The stream ended before it began.")
    if outcomes.is_markup(piece):
        return Verdict(outcome=Outcome.MALFORMED, code="html", message="The answer is a page, not a stream of events.")
    if b"error" in piece[:512] and piece.endswith(b"\n\n"):
        answer = leg.reader.answer()
        if (answer.error_code or answer.error_message) and not answer.has_content:
            return outcomes.of_fault_inside(outcomes.Fault(code=answer.error_code, message=answer.error_message))
    return None


def decoded(body: bytes, encoding: bytes) -> bytes | None:
    """A body to be read: unpacked where it came packed although it was not asked for like that; None where it never ends."""
    if encoding.lower() not in PACKED:
        return body
    try:
        unpacking = zlib.decompressobj(wbits=47)
        plain = unpacking.decompress(body, HELD_BYTES)
    except zlib.error:
        return body
    return None if unpacking.unconsumed_tail else plain


def _clock(leg: Leg) -> int:
    return round(leg.last_at * 1_000_000)
