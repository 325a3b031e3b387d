"""What OTLP clients are answered: in the type that they sent, with what was refused and why, or with a status of RPC."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import msgspec

from emporion.edge.signals.bodies import JSON, PROTOBUF, Unfit
from emporion.edge.signals.reading import Signal
from emporion.edge.types import Answer

_REJECTED: Final[Mapping[Signal, str]] = {
    Signal.TRACES: "rejectedSpans",
    Signal.METRICS: "rejectedDataPoints",
    Signal.LOGS: "rejectedLogRecords",
}
# google.rpc.Code, by HTTP status
_CODES: Final[Mapping[int, int]] = {400: 3, 401: 16, 404: 5, 405: 12, 413: 11, 415: 3, 429: 8, 503: 14}
_MOST_REASONS: Final = 5
_encode = msgspec.json.Encoder().encode


@dataclass(slots=True, kw_only=True)
class Tally:
    """What became of a request's items; reasons are told with how many fell under each."""

    accepted: int = 0
    reasons: dict[str, int] = field(default_factory=dict)

    def refuse(self, reason: str, count: int = 1) -> None:
        """Counts items that are not taken in."""
        if reason not in self.reasons and len(self.reasons) >= _MOST_REASONS:
            reason = "for other reasons"
        self.reasons[reason] = self.reasons.get(reason, 0) + count

    @property
    def rejected(self) -> int:
        """How many were not taken in."""
        return sum(self.reasons.values())

    @property
    def message(self) -> str:
        """Why, in words."""
        return "; ".join(f"{count}: {reason}" for reason, count in self.reasons.items())


def taken(signal: Signal, tally: Tally, media_type: str) -> Answer:
    """All is on the disk, except what is told as rejected; the client does not send that again."""
    if media_type == JSON:
        partial = {_REJECTED[signal]: str(tally.rejected), "errorMessage": tally.message}
        return _answer(200, media_type, _encode({"partialSuccess": partial} if tally.rejected else {}))
    body = _field(1, _number(1, tally.rejected) + _field(2, tally.message.encode())) if tally.rejected else b""
    return _answer(200, media_type, body)


def refused(unfit: Unfit, media_type: str) -> Answer:
    """Nothing was taken in; with `retry-after` the same request may be sent again."""
    headers: tuple[tuple[bytes, bytes], ...] = ()
    if unfit.retry_seconds:
        headers = ((b"retry-after", str(unfit.retry_seconds).encode()),)
    if unfit.status == 401:
        headers = ((b"www-authenticate", b'Bearer realm="Emporion"'),)
    if unfit.status == 405:
        headers = ((b"allow", b"POST"),)
    code = _CODES.get(unfit.status, 2)
    if media_type == PROTOBUF:
        return _answer(unfit.status, media_type, _number(1, code) + _field(2, unfit.message.encode()), *headers)
    return _answer(unfit.status, JSON, _encode({"code": code, "message": unfit.message}), *headers)


def _answer(status: int, media_type: str, body: bytes, *headers: tuple[bytes, bytes]) -> Answer:
    told = ((b"content-type", media_type.encode()), (b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff"))
    return Answer(status=status, headers=(*told, *headers), body=body)


# The two wire types that these small messages need, so that answering needs no generated code of google.rpc.


def _varint(number: int) -> bytes:
    written = bytearray()
    while number > 0x7F:
        written.append(number & 0x7F | 0x80)
        number >>= 7
    written.append(number)
    return bytes(written)


def _number(field_number: int, value: int) -> bytes:
    return _varint(field_number << 3) + _varint(value)


def _field(field_number: int, value: bytes) -> bytes:
    return _varint(field_number << 3 | 2) + _varint(len(value)) + value
