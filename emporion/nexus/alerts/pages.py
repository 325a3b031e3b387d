"""What the pages of alerts show, made ready so that the templates only print it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from emporion.nexus.alerts import wording
from emporion.nexus.alerts.types import AlertState, AlertView, Kind, Metric, ProblemState, ProblemView, Severity
from emporion.nexus.apis import figures
from emporion.nexus.apis.types import Point, Scope
from emporion.plumbing.parsing import number_of
from emporion.plumbing.types import Actor
from emporion.ui.types import Chart, Option, Series

FIRST_SHOWN = 5
ICONS: Mapping[Severity, str] = {Severity.PAGE: "octagon-alert", Severity.TICKET: "triangle-alert", Severity.INFO: "info"}
TONES: Mapping[Severity, str] = {Severity.PAGE: "bad", Severity.TICKET: "warn", Severity.INFO: "soft"}
DAYS = (7, 30, 90)
BEFORE, AFTER, LONGEST_CHART = timedelta(minutes=40), timedelta(minutes=15), timedelta(hours=12)


def severity_words(severity: Severity) -> str:
    """What a severity means, for people."""
    return {Severity.PAGE: _("Wakes somebody"), Severity.TICKET: _("For this week"), Severity.INFO: _("For information")}[
        severity
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRow:
    """An alert as a line of a list."""

    alert: AlertView
    icon: str
    tone: str
    is_over: bool

    @property
    def again(self) -> str:
        """How often it was noticed, where more than once says something."""
        return _("noticed %(count)s times") % {"count": f"{self.alert.count:,}"} if self.alert.count > 1 else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemCard:
    """A problem as a card or a page shows it."""

    problem: ProblemView
    api_name: str
    icon: str
    tone: str
    state: str
    lasted: str
    felt: str
    felt_detail: str
    rows: tuple[AlertRow, ...]
    more: int
    why: str

    @property
    def url(self) -> str:
        """Its page."""
        return reverse("nexus_alerts:problem", args=[self.problem.id])

    @property
    def cost(self) -> str:
        """What the calls of its API cost in a minute."""
        return f"${self.problem.cost_picos_per_minute / 10**12:,.2f}"

    @property
    def grouped(self) -> str:
        """How many alerts are one problem."""
        count = self.problem.alert_count
        return ngettext("%(count)s alert", "%(count)s alerts in one group", count) % {"count": f"{count:,}"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What the address of the list asks for."""

    state: str
    api_id: UUID | None
    days: int

    def chosen(self, problems: Sequence[ProblemView]) -> list[ProblemView]:
        """The problems that fit."""
        fitting = [one for one in problems if self.api_id is None or self.api_id == one.api_id or self.api_id in one.api_ids]
        return [one for one in fitting if self.state == "all" or one.state is ProblemState.RESOLVED]

    def address(self, **changed: object) -> str:
        """The query of the same list with something changed."""
        asked = {"state": self.state, "api": self.api_id or "", "days": self.days, **changed}
        return "?" + "&".join(f"{name}={value}" for name, value in asked.items() if value)


def listing(state: str, api: str, days: str) -> Listing:
    """Reads an address; what makes no sense there is as if it were not said."""
    try:
        api_id = UUID(api) if api else None
    except ValueError:
        api_id = None
    length = number_of(days) if number_of(days) in DAYS else DAYS[1]
    return Listing(state="all" if state == "all" else "resolved", api_id=api_id, days=length)


def filters(asked: Listing, names: Mapping[UUID, str]) -> dict[str, list[Option]]:
    """The choices above the history."""
    states = ((_("Resolved"), "resolved"), (_("All"), "all"))
    return {
        "states": [Option(label=label, url=asked.address(state=key), current=asked.state == key) for label, key in states],
        "days": [
            Option(label=_("%(days)s days") % {"days": days}, url=asked.address(days=days), current=asked.days == days)
            for days in DAYS
        ],
        "apis": [
            Option(label=_("Every API"), value="", current=asked.api_id is None),
            *(Option(label=name, value=str(key), current=asked.api_id == key) for key, name in sorted(names.items(), key=_name)),
        ],
    }


def _name(item: tuple[UUID, str]) -> str:
    return item[1].lower()


def card(problem: ProblemView, names: Mapping[UUID, str], now: datetime, *, shown: int = FIRST_SHOWN) -> ProblemCard:
    """A problem made ready for a card; a page shows all its alerts."""
    alerts = sorted(problem.alerts, key=lambda one: (one.state is AlertState.RESOLVED, one.severity.rank, one.started_at))
    felt, detail = _felt(problem)
    ends = problem.resolved_at or now
    return ProblemCard(
        problem=problem,
        api_name=names.get(problem.api_id, "") if problem.api_id else "",
        icon="circle-check" if not problem.is_open else ICONS[problem.severity],
        tone="good" if not problem.is_open else TONES[problem.severity],
        state=_state(problem),
        lasted=wording.ago(ends - problem.opened_at),
        felt=felt,
        felt_detail=detail,
        rows=tuple(_row(one) for one in alerts[:shown]),
        more=max(0, len(alerts) - shown),
        why=", ".join(dict.fromkeys(one.split(",")[0] for one in problem.why)) if problem.why else "",
    )


def _row(alert: AlertView) -> AlertRow:
    is_over = alert.state is AlertState.RESOLVED
    return AlertRow(
        alert=alert,
        icon="circle-check" if is_over else ICONS[alert.severity],
        tone="good" if is_over else TONES[alert.severity],
        is_over=is_over,
    )


def _state(problem: ProblemView) -> str:
    if problem.state is ProblemState.RESOLVED:
        return _("Resolved")
    if problem.state is ProblemState.ACKNOWLEDGED:
        return _("%(name)s has it") % {"name": problem.acknowledged_by or _("Somebody")}
    return _("Nobody has it yet")


def _felt(problem: ProblemView) -> tuple[str, str]:
    """How many feel it, and of how many."""
    if problem.customers:
        share = problem.customers / problem.active_customers if problem.active_customers else 0
        of = _("%(share)s of %(all)s active") % {"share": wording.percent(share), "all": f"{problem.active_customers:,}"}
        count = ngettext("%(count)s customer", "%(count)s customers", problem.customers)
        return count % {"count": f"{problem.customers:,}"}, of if problem.active_customers else ""
    if problem.failed_calls:
        calls = ngettext("%(count)s failed call", "%(count)s failed calls", problem.failed_calls)
        return calls % {"count": f"{problem.failed_calls:,}"}, _("no call names its customer")
    return _("Nobody yet"), _("no failed call was counted")


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The chart of a problem and, in words, what it shows."""

    title: str
    chart: Chart


def evidence(actor: Actor, problem: ProblemView, now: datetime) -> Evidence | None:
    """The figure that the problem is about, from before it began; nothing where it is about no API."""
    if problem.api_id is None:
        return None
    since = problem.opened_at - BEFORE
    until = min(now, (problem.resolved_at or now) + AFTER, since + LONGEST_CHART)
    step = timedelta(minutes=1 if until - since <= timedelta(hours=3) else 5)
    scope = Scope(project_id=problem.project_id, api_id=problem.api_id)
    points = figures.series(actor, scope, since, until, step)
    metric = _metric(problem)
    title, values, decimals = _course(metric, points, step)
    limit = _limit(problem, metric)
    lines = [Series(label=title, values=values, tone="s4")]
    if limit is not None:
        lines.append(Series(label=_("Limit"), values=[limit] * len(values), tone="grey", dashed=True))
    labels = [f"{point.at:%H:%M}" for point in points]
    chart = Chart(id="evidence", title=title, labels=labels, series=tuple(lines), x_title=_("Time (UTC)"), decimals=decimals)
    return Evidence(title=title, chart=chart)


def _metric(problem: ProblemView) -> Metric:
    """What the most telling alert measures."""
    if not problem.alerts:
        return Metric.FAILURE_RATE
    best = wording.most_telling(problem.alerts)
    if best.kind is Kind.SILENCE:
        return Metric.CALLS_PER_MINUTE
    name = best.labels.get("metric", "")
    return Metric(name) if name in set(Metric) else Metric.FAILURE_RATE


def _course(metric: Metric, points: Sequence[Point], step: timedelta) -> tuple[str, list[float | None], int]:
    minutes = step / timedelta(minutes=1)
    found = [point.figures for point in points]
    if metric is Metric.P95_MS:
        return _("p95, seconds"), [None if one.p95_ms is None else one.p95_ms / 1000 for one in found], 1
    if metric is Metric.FIRST_TOKEN_MS:
        first = [one.first_token_p95_ms for one in found]
        return _("First token, seconds"), [None if one is None else one / 1000 for one in first], 1
    if metric is Metric.COST_PER_HOUR:
        return _("Cost an hour, US$"), [one.cost_picos / 10.0**12 * 60 / minutes for one in found], 2
    if metric is Metric.CALLS_PER_MINUTE:
        return _("Calls a minute"), [one.calls / minutes for one in found], 0
    return _("Failed calls, percent"), [100 * one.failure_rate if one.calls else None for one in found], 1


def _limit(problem: ProblemView, metric: Metric) -> float | None:
    best = wording.most_telling(problem.alerts) if problem.alerts else None
    if best is None or best.threshold is None or best.kind not in {Kind.THRESHOLD, Kind.OUTAGE, Kind.ANOMALY}:
        return None
    if metric in {Metric.P95_MS, Metric.FIRST_TOKEN_MS}:
        return best.threshold / 1000
    return best.threshold * 100 if metric.is_share else best.threshold
