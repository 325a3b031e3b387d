"""The gateway: `/gateway/<api>/…`. A key of ours comes in, the provider's own bytes go out, and every call is accounted for.

It never takes its callers down: what fails on our side (no room for events, a broken snapshot) costs figures, not calls, but for
the one promise that a hard budget is; docs/decisions/0013.
"""

import asyncio
import random
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import structlog

from emporion.edge.gateway import answers, asking, heads, opening, refusals, relaying
from emporion.edge.gateway.answers import Answers, Kept
from emporion.edge.gateway.book import Book
from emporion.edge.gateway.budgets import Ledger
from emporion.edge.gateway.calling import GONE, Begun, Caller, Whole
from emporion.edge.gateway.desk import Desk
from emporion.edge.gateway.metering import SAID_NOTHING
from emporion.edge.gateway.opening import Closed
from emporion.edge.gateway.outcomes import CAN_SUCCEED_ELSEWHERE, Verdict
from emporion.edge.gateway.pool import Pool
from emporion.edge.gateway.refusals import Refusal
from emporion.edge.gateway.relaying import BrokenOff
from emporion.edge.gateway.steering import Refused, Steering
from emporion.edge.gateway.types import Call, Leg, Stop
from emporion.edge.transport import BodyTooLarge, ClientGone, Exchange
from emporion.edge.types import Answer, EdgeSettings
from emporion.gateway.routing.types import Outcome, Protocol, Upstream
from emporion.kernel.ids import new_id
from emporion.plumbing.addresses import allowances
from emporion.store import Spool
from emporion.store.journal import Journal

log = structlog.get_logger(__name__)

PREFIX = asking.PREFIX
LARGEST_IN_FLIGHT = 1024**3  # of what all calls ask; past it the process would be ended by its system, with everybody's calls
_READERS = 2
_SYNC_SECONDS = 5.0  # each time, whoever writes there next waits for the disk
_WATCH_AFTER_SECONDS = 0.05  # most answers of a cache or a fast API are there sooner, and nobody hangs up so soon


class Gateway:
    """The gateway of one process, on the spool that everything in it shares; for one event loop."""

    def __init__(self, settings: EdgeSettings, spool: Spool, *, chance: random.Random | None = None) -> None:
        self.book = Book(settings.gateway_snapshot, secret=settings.secret)
        self.ledger = Ledger(settings.budgets)
        self.journal = Journal(spool)
        self._pool = Pool(allowed=allowances(settings.outbound_allow))
        self.readers = ThreadPoolExecutor(_READERS, thread_name_prefix="gateway-reads")  # of large and of packed answers
        self._caller = Caller(self._pool, self.readers, chance=chance)
        self._desk = Desk(book=self.book, ledger=self.ledger, journal=self.journal, waits_for_disk=settings.waits_for_disk)
        self._steering = Steering(book=self.book, desk=self._desk, chance=chance)
        self._answers = Answers()
        self._synced_at = time.monotonic()
        self._held = 0  # bytes of what is asked by all calls under way

    def figures(self) -> Mapping[str, int]:
        """What was done since the start, for monitors."""
        tally = self._desk.tally
        return {"snapshot": self.book.number, "calls": tally.calls, "refused": tally.refused, "unmetered": tally.unmetered}

    def look(self) -> None:
        """Takes a newer snapshot, and brings what is spent to the disk; for a thread that may wait."""
        self.book.refresh()
        if time.monotonic() - self._synced_at > _SYNC_SECONDS:
            self._synced_at = time.monotonic()
            self.ledger.sync()

    def close(self) -> None:
        """Ends idle connections and brings to the disk what is not there yet."""
        self._pool.close()
        self.readers.shutdown(wait=False)
        self.journal.close()
        self.ledger.close()

    async def handle(self, exchange: Exchange) -> None:
        """Answers one call."""
        try:
            call, upstream = opening.opened(exchange, self.book)
        except Closed as closed:
            await exchange.answer(refusals.answer_of(closed.refusal, closed.protocol))
            return
        held = _announced(exchange)
        if self._held + held > LARGEST_IN_FLIGHT:
            await exchange.answer(refusals.answer_of(refusals.FULL, upstream.protocol))
            return
        self._held += held
        try:
            call.body = await exchange.body(asking.LARGEST_BODY)
            self._held += len(call.body) - held
            held = len(call.body)
            await self._handle(call, upstream)
        except BodyTooLarge:
            await exchange.answer(refusals.answer_of(refusals.TOO_LARGE, upstream.protocol))
        except ClientGone:
            return
        finally:
            self._held -= held

    async def _handle(self, call: Call, upstream: Upstream) -> None:
        exchange = call.exchange
        if upstream.protocol is not Protocol.HTTP:
            call.asked = asking.read(call.body, exchange.headers)
        watch = asyncio.get_running_loop().call_later(_WATCH_AFTER_SECONDS, _watch, call)
        try:
            await self._go(call, upstream)
        except BrokenOff:
            await exchange.break_off()
        finally:
            watch.cancel()
            if call.gone is not None:
                call.gone.cancel()

    async def _go(self, call: Call, upstream: Upstream) -> None:
        if (refusal := self._desk.limited(call, upstream.protocol)) is not None:
            await self._refuse(call, refusal, upstream)
            return
        planned = await self._steering.plan(call, upstream)
        if isinstance(planned, Refused):
            await self._refuse(call, planned.refusal, upstream)
            return
        key = self._cache_key(call, upstream)
        if key is not None and (kept := self._answers.find(key)) is not None:
            await self._give_kept(call, planned[0], kept)
            return
        for number, stop in enumerate(planned):
            if await self._try(call, stop, is_last=number == len(planned) - 1, cache_key=key):
                return

    async def _try(self, call: Call, stop: Stop, *, is_last: bool, cache_key: bytes | None) -> bool:
        """Makes the call to one API; whether its caller has an answer now."""
        leg = self._leg(call, stop)
        if isinstance(leg, Refusal):
            await self._refuse(call, leg, stop.upstream)
            return True
        leg.cache = "miss" if cache_key is not None else ""
        if (refusal := self._desk.reserve(leg)) is not None:
            await self._refuse(call, refusal, stop.upstream)
            return True
        try:
            result = await self._caller.call(leg)
            outcome = leg.verdict.outcome
            if outcome in CAN_SUCCEED_ELSEWHERE and not is_last and not isinstance(result, Begun):
                await self._desk.close(leg, result.answer if isinstance(result, Whole) else SAID_NOTHING)
                return False
            await self._give(leg, result, cache_key)
        finally:
            self._caller.done(leg)
            if not leg.is_over:  # whatever went wrong, nothing stays reserved and the call is on record
                leg.verdict = GONE if call.is_gone else Verdict(outcome=Outcome.CLIENT_GONE, code="gateway_stopped")
                await self._desk.close(leg, leg.reader.answer() if leg.reader else SAID_NOTHING)
        return True

    async def _give(self, leg: Leg, result: Whole | Begun | None, cache_key: bytes | None) -> None:
        call = leg.call
        if isinstance(result, Begun):
            await relaying.pass_through(leg, result, self._desk, self._caller)
        elif isinstance(result, Whole):
            await relaying.give_whole(leg, result, self._desk)
            if cache_key is not None and leg.verdict.outcome is Outcome.OK and result.head.status == 200:
                self._keep(leg, result, cache_key)
        else:
            await self._desk.close(leg, leg.reader.answer() if leg.reader else SAID_NOTHING)
            if not call.is_gone:
                wait = self._caller.breaker(leg.stop.upstream.api_id).seconds_left(time.monotonic())
                refusal = refusals.of_silence(leg.verdict, leg.stop.upstream.slug, wait)
                await call.exchange.answer(refusals.answer_of(refusal, leg.stop.upstream.protocol))

    def _leg(self, call: Call, stop: Stop) -> Leg | Refusal:
        upstream = stop.upstream
        if upstream.is_paused:
            return refusals.PAUSED
        way = self.book.way(upstream)
        if way is None:
            return refusals.MISCONFIGURED
        asks = call.asked.stream and call.operation == "chat" and upstream.protocol is Protocol.OPENAI
        adds_usage = asks and not call.asked.wants_usage
        try:
            body = call.body if stop.model == call.asked.model else asking.with_model(call.body, stop.model) or b""
            body = asking.with_usage(body) if adds_usage else body
        except asking.TooManyNames:
            return refusals.TOO_MANY_NAMES
        return Leg(
            call=call,
            stop=stop,
            way=way,
            call_id=new_id(),
            body=body,
            began=time.monotonic() if stop.routed_from.int else call.began,
            adds_usage=adds_usage,
        )

    async def _refuse(self, call: Call, refusal: Refusal, upstream: Upstream) -> None:
        await self._desk.refused(call, refusal, upstream)
        await call.exchange.answer(refusals.answer_of(refusal, upstream.protocol))

    def _cache_key(self, call: Call, upstream: Upstream) -> bytes | None:
        """What names the question, where answers are kept and its caller does not ask for a fresh one."""
        if self.book.cache(upstream.api_id, call.feature) is None or call.asked.stream:
            return None
        if b"no-cache" in call.exchange.headers.get(b"cache-control", b"") or call.exchange.method not in {"POST", "GET"}:
            return None
        path = call.exchange.method.encode() + b" " + call.target.path + b"?" + call.exchange.query
        return answers.key_of(upstream.api_id, call.feature, path, heads.telling(call.exchange.raw_headers), call.body)

    def _keep(self, leg: Leg, whole: Whole, key: bytes) -> None:
        policy = self.book.cache(leg.stop.routed_from if leg.stop.routed_from.int else leg.stop.upstream.api_id, leg.call.feature)
        told = whole.head.get(b"cache-control").lower()
        if policy is not None and b"no-store" not in told and b"private" not in told:
            headers = tuple(heads.answer_headers(whole.head.headers, ""))[:-1]
            kept = Kept(status=whole.head.status, headers=headers, body=whole.body, until=time.monotonic() + policy.seconds)
            self._answers.keep(key, kept)

    async def _give_kept(self, call: Call, stop: Stop, kept: Kept) -> None:
        leg = self._leg(call, stop)
        if isinstance(leg, Refusal):
            await self._refuse(call, leg, stop.upstream)
            return
        leg.cache, leg.response_bytes, leg.attempts = "hit", len(kept.body), 0
        leg.kept_status = kept.status
        await self._desk.close(leg, SAID_NOTHING)
        headers = (*kept.headers, (b"x-emporion-call", str(leg.call_id).encode()), (b"x-emporion-cache", b"hit"))
        await call.exchange.answer(Answer(status=kept.status, headers=headers, body=kept.body))


def _announced(exchange: Exchange) -> int:
    """How much a request may bring: as it says, or all that it may where it does not."""
    told = exchange.headers.get(b"content-length", b"")
    if told:
        return min(int(told), asking.LARGEST_BODY) if told.isdigit() and len(told) < 16 else 0  # wrong ones are refused unread
    return asking.LARGEST_BODY if b"transfer-encoding" in exchange.headers else 0


def _watch(call: Call) -> None:
    """Learns from now on when the client hangs up, and then ends what is done for it."""
    call.gone = call.exchange.gone()
    call.gone.add_done_callback(lambda gone: None if gone.cancelled() else _left(call))


def _left(call: Call) -> None:
    call.is_gone = True
    if call.connection is not None:
        call.connection.close()
