"""Decides, without I/O, what can be done about a cause: through the gateway where it can act, else by a person.

What is expected of a diversion comes from the other API's own figures of the last hour; nothing is promised that was not
measured.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from emporion.nexus.diagnosis.types import Candidate, Cause, CauseKind, Expected, Facts, Suggestion, Verb

LEAST_CALLS = 5
MOST_FAILURES = 0.05
FULL = 0.95
MOST_SUGGESTIONS = 4
# Sending calls elsewhere helps against these; against what is ours it would only fail elsewhere.
LED_AWAY = frozenset(
    {
        CauseKind.PROVIDER_DOWN,
        CauseKind.PROVIDER_SLOW,
        CauseKind.CUT_SHORT,
        CauseKind.EMPTY_ANSWERS,
        CauseKind.ONE_MODEL,
        CauseKind.ONE_REGION,
        CauseKind.THROTTLED,
        CauseKind.QUOTA_EXHAUSTED,
        CauseKind.KEY_REFUSED,
    }
)
BY_A_PERSON = {
    CauseKind.KEY_REFUSED: Verb.ROTATE_KEY,
    CauseKind.QUOTA_EXHAUSTED: Verb.RAISE_QUOTA,
    CauseKind.THROTTLED: Verb.RAISE_QUOTA,
    CauseKind.OUR_DEPLOY: Verb.ROLL_BACK,
    CauseKind.OUR_NETWORK: Verb.CHECK_NETWORK,
    CauseKind.OUR_LIMITS: Verb.RAISE_BUDGET,
    CauseKind.OUR_ROUTE: Verb.WITHDRAW_ROUTE,
    CauseKind.PROVIDER_DOWN: Verb.ASK_PROVIDER,
    CauseKind.CUT_SHORT: Verb.ASK_PROVIDER,
    CauseKind.EMPTY_ANSWERS: Verb.ASK_PROVIDER,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How an API is used now: what a suggestion starts from."""

    calls_per_minute: float
    good_per_minute: float
    failure_rate: float
    p95_ms: float | None
    cost_picos_per_call: int


def suggestions(facts: Facts, causes: Sequence[Cause], candidates: Sequence[Candidate], pace: Pace) -> tuple[Suggestion, ...]:
    """What can be done about the first causes, best first; nothing where nothing is wrong."""
    found: list[Suggestion] = []
    for cause in causes[:2]:
        if cause is not causes[0] and cause.share_percent < 15:
            continue
        if cause.kind in LED_AWAY:
            found += _diversions(facts, cause, candidates, pace)
        found += _relief(facts, cause, pace)
        if (verb := BY_A_PERSON.get(cause.kind)) is not None:
            found.append(Suggestion(verb=verb, api_id=facts.api_id, api_name=facts.api_name, subject=cause.subject))
    unique = {(one.verb, one.to_api_id): one for one in reversed(found)}
    ordered = [one for one in found if unique.get((one.verb, one.to_api_id)) is one]
    return tuple(ordered[:MOST_SUGGESTIONS])


def _diversions(facts: Facts, cause: Cause, candidates: Sequence[Candidate], pace: Pace) -> list[Suggestion]:
    able = [one for one in candidates if _is_able(one, pace)]
    if not able:
        return []
    best = min(able, key=lambda one: (round(one.failure_rate, 2), _used_with(one, pace) or 0.5, one.p95_ms or 0.0))
    model = cause.subject if cause.kind is CauseKind.ONE_MODEL else ""
    return [
        Suggestion(
            verb=Verb.DIVERT,
            api_id=facts.api_id,
            api_name=facts.api_name,
            to_api_id=best.api_id,
            to_api_name=best.name,
            model=model,
            to_model=best.model,
            percent=_percent(best, pace),
            expected=_expected(best, pace),
            can_try_first=True,
        )
    ]


def _relief(facts: Facts, cause: Cause, pace: Pace) -> list[Suggestion]:
    """Fewer calls help where there are too many of them."""
    if cause.kind is CauseKind.THROTTLED and pace.good_per_minute >= 1:
        through = max(1, int(pace.good_per_minute * 0.95))
        return [Suggestion(verb=Verb.SLOW, api_id=facts.api_id, api_name=facts.api_name, per_minute=through)]
    if cause.kind is CauseKind.PROVIDER_SLOW:
        return [Suggestion(verb=Verb.SHED, api_id=facts.api_id, api_name=facts.api_name, percent=30)]
    return []


def _is_able(one: Candidate, pace: Pace) -> bool:
    used = one.limit_share
    return (
        one.calls >= LEAST_CALLS
        and one.failure_rate <= min(MOST_FAILURES, pace.failure_rate / 2)
        and (used is None or used < 0.9)
    )


def _used_with(one: Candidate, pace: Pace, share: float = 1.0) -> float | None:
    """How much of the other's limit is used when it takes this share of the calls, too."""
    if one.limit_share is None:
        return None
    if not one.limit_per_minute:
        return one.limit_share
    return one.limit_share + share * pace.calls_per_minute / one.limit_per_minute


def _percent(one: Candidate, pace: Pace) -> int:
    """As much as fits under the other's limit, in tens; all of it where nothing is known of a limit."""
    whole = _used_with(one, pace)
    if whole is None or whole <= FULL or one.limit_share is None or not one.limit_per_minute or not pace.calls_per_minute:
        return 100
    fits = (FULL - one.limit_share) * one.limit_per_minute / pace.calls_per_minute
    return max(10, min(100, int(fits * 10) * 10))


def _expected(one: Candidate, pace: Pace) -> Expected:
    percent = _percent(one, pace)
    share = percent / 100
    hourly = pace.calls_per_minute * 60
    moved, stays = hourly * share, hourly * (1 - share)
    before_cost = int(hourly * pace.cost_picos_per_call)
    after_cost = int(stays * pace.cost_picos_per_call + moved * one.cost_picos_per_call)
    used = _used_with(one, pace, share)
    return Expected(
        error_rate=(pace.failure_rate, share * one.failure_rate + (1 - share) * pace.failure_rate),
        p95_ms=(pace.p95_ms, one.p95_ms) if pace.p95_ms is not None and one.p95_ms is not None else None,
        cost_picos_per_hour=(before_cost, after_cost) if before_cost or after_cost else None,
        limit_share=(one.limit_share, min(1.0, used)) if one.limit_share is not None and used is not None else None,
    )
