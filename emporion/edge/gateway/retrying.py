"""Whether a call that failed is made again, and after how long; and when an upstream is left alone for a while. No I/O.

A call is made again only while nothing of an answer went to the client, where it can succeed, and where making it twice does no
harm: a model that is asked twice costs twice, an order that is placed twice is a fault.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from emporion.edge.gateway.outcomes import CAN_SUCCEED_AGAIN
from emporion.gateway.routing.types import THEIRS, Outcome, Protocol

MOST_ATTEMPTS = 3
LONGEST_WAIT_SECONDS = 4.0  # a caller who has to wait longer is better told so
_BASE_SECONDS = 0.2
_SAFE = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})
_REPEATABLE_HEADERS = (b"idempotency-key", b"x-idempotency-key")
_NOT_ACCEPTED = frozenset({429, 503})  # the upstream says that it did nothing


def may_repeat(protocol: Protocol, method: str, headers: Mapping[bytes, bytes]) -> bool:
    """Whether the same request may reach the upstream twice without harm."""
    if protocol is not Protocol.HTTP or method in _SAFE:
        return True
    return any(name in headers for name in _REPEATABLE_HEADERS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """One attempt that failed: how, with which status, whether it was sent at all, and what the upstream asked for."""

    outcome: Outcome
    status: int = 0
    was_sent: bool = True
    retry_after_ms: int = -1


def wait_seconds(failed: Failed, *, attempt: int, repeatable: bool, chance: float) -> float | None:
    """How long to wait before the next attempt; None where there should be none. `chance` in 0..1 spreads those who wait."""
    if attempt >= MOST_ATTEMPTS or failed.outcome not in CAN_SUCCEED_AGAIN:
        return None
    if failed.was_sent and not repeatable and failed.status not in _NOT_ACCEPTED:
        return None
    if failed.outcome is Outcome.TIMEOUT and failed.status == 0:
        return None  # the caller has waited as long as the owner allows
    if failed.retry_after_ms >= 0:
        asked = failed.retry_after_ms / 1_000
        return None if asked > LONGEST_WAIT_SECONDS else asked + _BASE_SECONDS * chance
    if failed.outcome is Outcome.UNREACHABLE and not failed.was_sent and attempt == 1:
        return 0.05 * chance
    longest: float = min(LONGEST_WAIT_SECONDS, _BASE_SECONDS * 2**attempt)
    return longest * (0.5 + chance / 2)


FAILURES_TO_OPEN = 10
FIRST_PAUSE_SECONDS = 2.0
LONGEST_PAUSE_SECONDS = 30.0


class Breaker:
    """Spares an upstream that fails every time, and its callers the waiting: one call in a while asks whether it is back."""

    __slots__ = ("_failures", "_last", "_open_until", "_pause", "_probing_until")

    def __init__(self) -> None:
        self._failures = 0
        self._pause = FIRST_PAUSE_SECONDS
        self._open_until = 0.0
        self._probing_until = 0.0
        self._last = Outcome.PROVIDER_ERROR

    def admits(self, now: float) -> bool:
        """Whether a call may go out now; while the breaker is open, one at a time may ask."""
        if self._failures < FAILURES_TO_OPEN:
            return True
        if now < self._open_until or now < self._probing_until:
            return False
        self._probing_until = now + self._pause
        return True

    @property
    def last(self) -> Outcome:
        """How the last call failed."""
        return self._last

    def seconds_left(self, now: float) -> float:
        """When the next call may ask."""
        return max(0.0, max(self._open_until, self._probing_until) - now)

    def note(self, outcome: Outcome, now: float) -> None:
        """How a call ended; only what the provider has to mend counts, and any answer closes the breaker."""
        if outcome in {Outcome.CLIENT_GONE, Outcome.LIMITED, Outcome.BUDGET_SPENT}:
            return
        if outcome not in THEIRS:
            self._failures, self._pause, self._open_until, self._probing_until = 0, FIRST_PAUSE_SECONDS, 0.0, 0.0
            return
        self._failures += 1
        self._last = outcome
        if self._failures == FAILURES_TO_OPEN:
            self._open_until = now + self._pause
        elif self._failures > FAILURES_TO_OPEN:
            self._pause = min(LONGEST_PAUSE_SECONDS, self._pause * 2)
            self._open_until = now + self._pause
        self._probing_until = 0.0
