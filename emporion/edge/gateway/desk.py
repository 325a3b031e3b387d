"""Where a call is allowed and accounted for: limits of its key, budgets before and after, the event, and what is kept of it."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog

from emporion.edge.gateway import asking, metering, refusals
from emporion.edge.gateway.book import Book
from emporion.edge.gateway.budgets import Held, Ledger, LedgerUnusable, Refused, period_end
from emporion.edge.gateway.pacing import Paces
from emporion.edge.gateway.refusals import Refusal
from emporion.edge.gateway.types import Call, Leg
from emporion.edge.transport import Header
from emporion.gateway.pricing import rules
from emporion.gateway.pricing.types import Answer, Priced, Usage
from emporion.gateway.routing.types import BudgetRule, Outcome, Protocol, Upstream
from emporion.kernel.errors import DomainError
from emporion.store.journal import Journal
from emporion.store.schemas import ApiCalled
from emporion.store.types import Event

log = structlog.get_logger(__name__)

_STEP = 256
_MOST_KNOWN = 10_000
MOST_BEHIND_SECONDS = 0.05  # a disk that does not keep up holds answers back, so that little is at stake


@dataclass(slots=True, kw_only=True)
class Tally:
    """What the gateway of this process did since it started."""

    calls: int = 0
    refused: int = 0
    unmetered: int = 0


class Desk:
    """Allows and accounts for the calls of one process."""

    def __init__(self, *, book: Book, ledger: Ledger, journal: Journal, waits_for_disk: bool) -> None:
        self._book = book
        self._ledger = ledger
        self._journal = journal
        self._waits_for_disk = waits_for_disk
        self._paces = Paces()
        self._worst_of = (0, 0)
        self._worst: dict[tuple[UUID, str, int, int], int] = {}
        self.tally = Tally()

    def limited(self, call: Call, protocol: Protocol) -> Refusal | None:
        """Whether the key has made its calls of this minute, or used its tokens; a call that goes on is counted."""
        grant, now = call.grant, time.monotonic()
        if grant.tokens_per_minute:
            tokens = self._paces.of("tokens", grant.key_id, grant.tokens_per_minute, now)
            if wait := tokens.wait_for(1, now):
                return _over("tokens", grant.tokens_per_minute, wait, protocol, call.began_at)
        if grant.requests_per_minute:
            requests = self._paces.of("requests", grant.key_id, grant.requests_per_minute, now)
            if wait := requests.wait_for(1, now):
                return _over("requests", grant.requests_per_minute, wait, protocol, call.began_at)
            requests.take(1, now)
        return None

    def pace(self, route_id: UUID, per_minute: int) -> float:
        """How long a call has to wait for its turn on a route that slows; its turn is taken."""
        now = time.monotonic()
        bucket = self._paces.of("route", route_id, max(1, per_minute), now)
        wait = bucket.wait_for(1, now)
        bucket.take(1, now)
        return wait

    def give_back_turn(self, route_id: UUID, per_minute: int) -> None:
        """The call did not want to wait so long."""
        self._paces.of("route", route_id, max(1, per_minute)).take(-1, time.monotonic())

    def reserve(self, leg: Leg) -> Refusal | None:
        """Sets aside what the call may cost at most, in every budget that it falls under."""
        api_id, now = leg.stop.upstream.api_id, leg.call.began_at
        budgets = self._book.budgets(leg.call.attribution(api_id))
        if not budgets:
            return None
        is_hard = any(budget.is_hard for budget in budgets)
        if is_hard and _is_riddle(leg.call):
            return refusals.UNREADABLE
        try:
            picos = self._worst_case(leg) if is_hard else 0
            held = self._ledger.reserve(budgets, picos, now)
        except LedgerUnusable as error:
            log.warning("gateway.budgets_unusable", problem=str(error))
            return refusals.UNCHECKED if is_hard else None
        if isinstance(held, Held):
            leg.held = held
            return None
        return _spent(held, now)

    async def close(self, leg: Leg, answer: Answer) -> None:
        """The call to this API is over, for better or worse: its cost is settled and its event is written; happens once."""
        if leg.is_over:
            return
        leg.is_over = True
        self.tally.calls += 1
        grant = leg.call.grant
        try:
            answer, cost = metering.priced(leg, answer, self._book.prices(grant.organisation_id), leg.call.began_at)
        except (ArithmeticError, ValueError) as error:  # the call is on record all the same, and nothing stays reserved
            log.warning("gateway.call_not_priced", problem=type(error).__name__, call=str(leg.call_id))
            cost = Priced()
        if leg.held is not None:
            self._ledger.settle(leg.held, cost.cost_picos)
            leg.held = None
        if grant.tokens_per_minute and answer.usage.is_known:
            used = answer.usage.input_tokens + answer.usage.output_tokens
            self._paces.of("tokens", grant.key_id, grant.tokens_per_minute).take(used, time.monotonic())
        events: list[Event] = [metering.event_of(leg, answer, cost, time.monotonic())]
        if leg.stop.upstream.body_days:
            events.append(metering.bodies_of(leg))
        await self._write(events)

    async def refused(self, call: Call, refusal: Refusal, upstream: Upstream) -> None:
        """Writes down a call that the gateway did not make."""
        self.tally.refused += 1
        await self._write([metering.event_of_refusal(call, refusal, upstream, time.monotonic())])

    async def _write(self, events: list[Event]) -> None:
        """The kernel has the events when this returns, the disk nearly. A call whose event cannot be kept goes on."""
        try:
            self._journal.append(events)
        except DomainError as error:
            self.tally.unmetered += 1
            called = events[0]
            outcome = called.outcome if isinstance(called, ApiCalled) else ""
            log.warning("gateway.call_not_recorded", problem=str(error), call=str(called.event_id), outcome=outcome)
            return
        if self._waits_for_disk or self._journal.behind_seconds > MOST_BEHIND_SECONDS:
            await self._journal.synced()

    def _worst_case(self, leg: Leg) -> int:
        """The most that a call may cost: every byte a token, and all that may be written; worked out once for calls alike."""
        counts: dict[str, int] = {"requests": 1}
        if leg.call.operation in asking.GENERATING:
            counts["input_tokens"] = -(-asking.most_input_tokens(leg.body) // _STEP) * _STEP
            if leg.call.operation != "embeddings":
                counts["output_tokens"] = leg.call.asked.most_output_tokens
        minute = int(leg.call.began_at.timestamp()) // 60
        if self._worst_of != (minute, self._book.number) or len(self._worst) > _MOST_KNOWN:
            self._worst_of, self._worst = (minute, self._book.number), {}
        key = (leg.stop.upstream.api_id, leg.stop.model, counts.get("input_tokens", 0), counts.get("output_tokens", 0))
        picos = self._worst.get(key)
        if picos is None:
            picos = self._worst[key] = self._price(leg, counts)
        return picos

    def _price(self, leg: Leg, counts: dict[str, int]) -> int:
        upstream = leg.stop.upstream
        found = rules.price(
            provider=upstream.provider or upstream.slug,
            model=leg.stop.model,
            usage=Usage(counts=counts),
            at=leg.call.began_at,
            overrides=self._book.prices(leg.call.grant.organisation_id),
        )
        return found.cost_picos


def _is_riddle(call: Call) -> bool:
    """Whether something is asked of a model that only the upstream can read, so that nobody knows what it may cost."""
    is_question = call.operation in asking.GENERATING and call.exchange.method == "POST"
    return is_question and bool(call.body) and call.asked is asking.NOTHING_ASKED


def _spent(refused: Refused, now: datetime) -> Refusal:
    budget = refused.budget
    if refused.is_passing:
        return Refusal(
            status=429,
            code="budget_in_use",
            title=f"Calls under way may use up the {_name_of(budget)}.",
            next_step="Try again in a moment, when they have ended.",
            outcome=Outcome.BUDGET_SPENT,
            retry_seconds=1,
        )
    ends = period_end(budget.period, now)
    when = f"It begins anew on {ends:%Y-%m-%d} at 00:00 UTC; until then, raise it" if ends else "Raise it"
    return Refusal(
        status=429,
        code="budget_spent",
        title=f"The {_name_of(budget)} is spent.",
        next_step=f"{when} on the page Gateway of your project.",
        outcome=Outcome.BUDGET_SPENT,
    )


def _name_of(budget: BudgetRule) -> str:
    return f"hard budget of this {budget.scope.value} ({budget.limit_picos / 10**12:,.2f} USD, {budget.period.value})"


def _over(kind: str, per_minute: int, wait: float, protocol: Protocol, now: datetime) -> Refusal:
    seconds = max(1, round(wait + 0.5))
    headers: list[Header] = [
        (b"ratelimit-policy", f'"{kind}";q={per_minute};w=60'.encode()),
        (b"ratelimit", f'"{kind}";r=0;t={seconds}'.encode()),
    ]
    if protocol is Protocol.OPENAI:
        told = ((f"limit-{kind}", str(per_minute)), (f"remaining-{kind}", "0"), (f"reset-{kind}", f"{seconds}s"))
        headers += [(f"x-ratelimit-{name}".encode(), value.encode()) for name, value in told]
    elif protocol is Protocol.ANTHROPIC:
        reset = (now + timedelta(seconds=seconds)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        told = ((f"{kind}-limit", str(per_minute)), (f"{kind}-remaining", "0"), (f"{kind}-reset", reset))
        headers += [(f"anthropic-ratelimit-{name}".encode(), value.encode()) for name, value in told]
    return Refusal(
        status=429,
        code="rate_limit_exceeded",
        title=f"This key of the gateway may use {per_minute} {kind} a minute.",
        next_step="Wait as long as Retry-After says, or raise the limit on the page Gateway of your project.",
        outcome=Outcome.LIMITED,
        retry_seconds=wait,
        headers=tuple(headers),
    )
