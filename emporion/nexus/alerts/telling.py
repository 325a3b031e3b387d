"""How a problem stands in words and in urgency, and who has to be told of it: once, and again only when it gets worse."""

from collections.abc import Sequence
from datetime import datetime

from emporion.nexus.alerts import wording
from emporion.nexus.alerts.actions import facts
from emporion.nexus.alerts.events import ProblemGrew, ProblemOpened
from emporion.nexus.alerts.models import Alert, Problem, Silence
from emporion.nexus.alerts.queries import alert_view, impact_of
from emporion.nexus.alerts.types import AlertState, ProblemState, Severity
from emporion.nexus.apis.types import Felt, Impact
from emporion.plumbing.actions import publish

MANY_CUSTOMERS, MANY_SHARE, HALF = 100, 0.1, 0.5


def describe(problem: Problem, alerts: Sequence[Alert], impact: Impact | None, now: datetime) -> None:
    """Brings a problem's severity, words, impact and priority up to date with its alerts."""
    views = [alert_view(one) for one in alerts if one.state == AlertState.FIRING] or [alert_view(one) for one in alerts]
    worst = min((one.severity for one in views), key=lambda one: one.rank)
    problem.severity = min(worst, Severity(problem.severity), key=lambda one: one.rank)
    if impact is not None:
        problem.impact, problem.impact_at = _kept(impact), now
    impact = impact or impact_of(problem)
    best = wording.most_telling(views)
    words = wording.of_problem(wording.Words(title=best.title, sentence=best.sentence), impact)
    problem.title, problem.sentence = words.title[:200], words.sentence[:500]
    problem.said = next(one.said for one in alerts if one.pk == best.id)
    problem.priority = priority(Severity(problem.severity), impact)
    problem.last_seen_at = max([problem.last_seen_at, *(one.last_seen_at for one in alerts)])
    if problem.api_id is None:
        problem.api_id = next((one.api_id for one in alerts if one.api_id), None)
    problem.save()


def priority(severity: Severity, impact: Impact | None) -> int:
    """1 to 4: whether somebody is called, and how many people, calls and how much money it reaches."""
    if severity is Severity.INFO:
        return 4
    is_felt = is_wide = False
    if impact is not None:
        share = impact.customers / impact.active_customers if impact.active_customers else 0.0
        failing = impact.failed_calls / impact.calls if impact.calls else 0.0
        is_felt = impact.customers > 0 or failing >= HALF
        is_wide = impact.customers >= MANY_CUSTOMERS or (share >= MANY_SHARE and impact.customers > 1) or failing >= HALF
    if severity is Severity.PAGE:
        return 1 if is_wide else 2
    return 3 if is_felt or is_wide else 4


def tell(problem: Problem, alerts: Sequence[Alert], silences: Sequence[Silence], now: datetime) -> None:
    """Tells of a problem that nobody was told of, or that is worse than when it was told; nothing while it is silenced."""
    is_quiet = any(one.problem_id == problem.pk for one in silences)
    loud = [one for one in alerts if one.state == AlertState.FIRING and not _is_kept_quiet(one, silences)]
    if problem.state == ProblemState.RESOLVED or is_quiet or not loud:
        return
    worst = min((Severity(one.severity) for one in loud), key=lambda one: one.rank)
    if problem.told and worst.rank >= Severity(problem.told).rank:
        return
    event = ProblemGrew if problem.told else ProblemOpened
    problem.told = worst
    problem.save(update_fields=["told"])
    publish(event(**facts(problem, now)), now=now)


def _is_kept_quiet(alert: Alert, silences: Sequence[Silence]) -> bool:
    """Whether a silence that still holds covers an alert; what was silenced speaks when that is over."""
    return any(
        one.problem_id is None and one.api_id in {None, alert.api_id} and one.rule_id in {None, alert.rule_id} for one in silences
    )


def _kept(impact: Impact) -> dict[str, object]:
    return {
        "calls": impact.calls,
        "failed_calls": impact.failed_calls,
        "customers": impact.customers,
        "active_customers": impact.active_customers,
        "cost_picos_per_minute": impact.cost_picos_per_minute,
        "features": [_row(one) for one in impact.features[:10]],
        "top_customers": [_row(one) for one in impact.top_customers[:10]],
    }


def _row(felt: Felt) -> list[object]:
    return [felt.name, felt.customers, felt.failed_calls]
