"""Brings an answer to its caller: whole, or piece by piece as it comes; the event is written before the last byte goes out."""

from emporion.edge.gateway import metering, outcomes
from emporion.edge.gateway.calling import GONE, Begun, Caller, Whole, next_piece, of_fault
from emporion.edge.gateway.desk import Desk
from emporion.edge.gateway.heads import answer_headers
from emporion.edge.gateway.outcomes import Verdict
from emporion.edge.gateway.streaming import UsageRemover
from emporion.edge.gateway.types import Leg
from emporion.edge.gateway.wire import Head, UpstreamFault
from emporion.edge.transport import Header
from emporion.edge.types import Answer
from emporion.gateway.pricing.streams import DONE
from emporion.gateway.routing.types import Outcome

_KEPT_OF_STREAM = 262_144


class BrokenOff(Exception):
    """The upstream died in the middle of an answer that is on its way: nothing can be said now, but its caller must see it."""


async def give_whole(leg: Leg, whole: Whole, desk: Desk) -> None:
    """Writes the event, then sends all of the answer."""
    leg.answer = whole.body
    await desk.close(leg, whole.answer)
    await leg.call.exchange.answer(Answer(status=whole.head.status, headers=tuple(_headers(leg, whole.head)), body=whole.body))


async def pass_through(leg: Leg, begun: Begun, desk: Desk, caller: Caller) -> None:
    """Sends pieces as they come; BrokenOff when they stop coming before the end."""
    exchange = leg.call.exchange
    headers = _headers(leg, begun.head)
    if begun.head.length >= 0 and not leg.adds_usage:
        headers.append((b"content-length", b"%d" % begun.head.length))
    remover = UsageRemover() if leg.adds_usage else None
    await exchange.begin(begun.head.status, headers)
    piece = begun.piece
    try:
        while piece and not leg.call.is_gone:
            await _forward(leg, piece, remover, desk)
            piece = await next_piece(leg)
            if piece and leg.reader is not None:
                leg.reader.feed(piece, round(leg.last_at * 1_000_000))
    except UpstreamFault as fault:
        leg.verdict = GONE if leg.call.is_gone else of_fault(fault)
        await _close(leg, desk)
        if not leg.call.is_gone:
            raise BrokenOff from fault
        return
    if leg.call.is_gone:
        leg.verdict = GONE
    elif leg.verdict.outcome is Outcome.OK:
        leg.verdict = _of_stream(leg)
    caller.done(leg)
    await _close(leg, desk)
    if not leg.call.is_gone:
        await exchange.end(remover.rest() if remover is not None else b"")


async def _forward(leg: Leg, piece: bytes, remover: UsageRemover | None, desk: Desk) -> None:
    if leg.stop.upstream.body_days and len(leg.answer) < _KEPT_OF_STREAM:
        leg.answer += piece
    if not leg.is_over and _is_last(leg, piece):
        leg.verdict = _of_stream(leg)
        await _close(leg, desk)
    out = piece if remover is None else remover.pass_on(piece)
    if out:
        await leg.call.exchange.send(out)


def _is_last(leg: Leg, piece: bytes) -> bool:
    """Whether the caller may take the answer for whole with these bytes."""
    if leg.reader is None:
        return leg.head is not None and leg.head.length >= 0 and leg.response_bytes >= leg.head.length
    return leg.reader.is_complete and (leg.call.operation not in {"chat", "completions"} or DONE in piece)


def _of_stream(leg: Leg) -> Verdict:
    """The verdict on a stream that came to its end."""
    if leg.reader is None:
        return leg.verdict
    answer = leg.reader.answer()
    if answer.error_code or answer.error_message:
        return outcomes.of_fault_inside(outcomes.Fault(code=answer.error_code, message=answer.error_message))
    if not answer.is_complete:
        code = "half_a_frame" if answer.is_malformed else "no_end"
        outcome = Outcome.MALFORMED if answer.is_malformed else Outcome.CUT_SHORT
        return Verdict(outcome=outcome, code=code, message="The stream ended without its last event.")
    if not answer.has_content and answer.finish_reason not in outcomes.MAY_SAY_NOTHING:
        return Verdict(outcome=Outcome.EMPTY, code="no_content", message="The stream says nothing.")
    if answer.is_malformed:
        return Verdict(outcome=Outcome.MALFORMED, code="bad_frame", message="An event of the stream cannot be read.")
    return Verdict(outcome=Outcome.OK)


async def _close(leg: Leg, desk: Desk) -> None:
    await desk.close(leg, leg.reader.answer() if leg.reader is not None else metering.SAID_NOTHING)


def _headers(leg: Leg, head: Head) -> list[Header]:
    headers = answer_headers(head.headers, str(leg.call_id))
    if leg.stop.route_id.int:
        headers.append((b"x-emporion-api", leg.stop.upstream.slug.encode()))
    if leg.cache:
        headers.append((b"x-emporion-cache", leg.cache.encode()))
    return headers
