"""What the page of one API shows, gathered: its figures over a period, what failed, what is left, and what happened."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from emporion.gateway.routing.types import ApiView
from emporion.nexus.apis import figures, rules
from emporion.nexus.apis.asking import soon
from emporion.nexus.apis.types import FailedCall, Figures, Scope, Slice, Standing
from emporion.nexus.overview import charts, wording
from emporion.nexus.overview.addresses import address
from emporion.nexus.overview.changes import Change, changes
from emporion.nexus.overview.charts import Axis
from emporion.nexus.overview.drawing import Drawn
from emporion.plumbing.types import Actor
from emporion.ui.types import Option
from emporion.ui.wording import number, percent, picos

# What a period is called, how long it is, and its step: some sixty of them, so that a chart stays readable on a phone.
PERIODS = {
    "1h": (lazy("1 hour"), timedelta(hours=1), timedelta(minutes=1)),
    "24h": (lazy("24 hours"), timedelta(hours=24), timedelta(minutes=30)),
    "7d": (lazy("7 days"), timedelta(days=7), timedelta(hours=3)),
    "30d": (lazy("30 days"), timedelta(days=30), timedelta(hours=12)),
}
USUAL_PERIOD = "24h"
EVERY = "all"  # of the outcomes: those that count as calls, well or not
NARROWED = ("model", "feature", "team", "customer")
LISTED, ON_PAGE = 50, 10
TIMED = timedelta(hours=24)  # how long a period may be for each model and feature to have its times


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the address asks for; every link of the page is this with something changed."""

    path: str
    period: str = USUAL_PERIOD
    outcome: str = ""
    before: str = ""
    narrowed: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, path: str, query: QueryDict) -> "Asked":
        """The question of an address; what it does not know is left out."""
        period = query.get("period", "")
        outcome = query.get("outcome", "")
        narrowed = tuple((name, query.get(name, "")[:200]) for name in NARROWED if query.get(name))
        return cls(
            path=path,
            period=period if period in PERIODS else USUAL_PERIOD,
            outcome=outcome if outcome in {*wording.OUTCOMES, EVERY} else "",
            before=query.get("before", "")[:40],
            narrowed=narrowed,
        )

    def scope(self, api: ApiView) -> Scope:
        """The calls that are asked for."""
        return Scope(project_id=api.project_id, api_id=api.id, **dict(self.narrowed))

    @property
    def wanted(self) -> tuple[str, ...]:
        """The outcomes that are listed; none stands for every failure."""
        if self.outcome == EVERY:
            return tuple(name for name in wording.OUTCOMES if name not in rules.UNMADE)
        return (self.outcome,) if self.outcome else ()

    def since(self, now: datetime) -> datetime:
        """When the period begins: with a step of its chart."""
        _name, length, step = PERIODS[self.period]
        return rules.floor(now - length, step)

    def url(self, path: str = "", **changes: str) -> str:
        """The address with something changed; an empty value leaves it out."""
        kept = {"period": self.period, "outcome": self.outcome, **dict(self.narrowed)} | changes
        if kept["period"] == USUAL_PERIOD:
            del kept["period"]
        asked = urlencode({name: value for name, value in kept.items() if value})
        return f"{path or self.path}?{asked}" if asked else path or self.path


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """One figure of the period."""

    name: str
    value: str
    note: str = ""
    is_bad: bool = False
    url: str = ""
    note_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A model or a feature in its table."""

    name: str
    url: str
    calls: str
    rate: str
    p95: str
    cost: str
    share: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A failed call in its list."""

    url: str
    at: datetime
    outcome: str
    status: int
    detail: str
    model: str
    feature: str
    customer: str
    took: str
    is_theirs: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Chip:
    """Something that the page is narrowed to, and the address without it."""

    name: str
    value: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiPage:
    """The page of an API."""

    periods: tuple[Option, ...]
    chips: tuple[Chip, ...]
    tiles: tuple[Tile, ...]
    charts: tuple[Drawn, ...]
    models: tuple[Line, ...]
    features: tuple[Line, ...]
    calls: tuple[Call, ...]
    calls_url: str
    happened: tuple[Change, ...]
    is_empty: bool


def api_page(actor: Actor, api: ApiView, standing: Standing, asked: Asked, now: datetime) -> ApiPage:
    """Everything at once: while one question reads, another counts."""
    scope, since = asked.scope(api), asked.since(now)
    step = PERIODS[asked.period][2]
    total = soon(figures.figures, actor, scope, since, now, is_open=True)
    points = soon(figures.series, actor, scope, since, now, step)
    is_timed = PERIODS[asked.period][1] <= TIMED
    by_model = soon(figures.by_value, actor, scope, since, now, "model", is_timed=is_timed)
    by_feature = soon(figures.by_value, actor, scope, since, now, "feature", is_timed=is_timed)
    failed = soon(figures.failed_calls, actor, scope, since, now, ON_PAGE)
    happened = changes(actor, api.project_id, since, now, api.id)
    shown = total.result()
    return ApiPage(
        periods=periods(asked),
        chips=tuple(Chip(name=str(_NAMES[name]), value=value, url=asked.url(**{name: ""})) for name, value in asked.narrowed),
        tiles=tiles(shown, standing, asked, address("nexus_overview:calls", api.id)),
        charts=charts.charts(points.result(), Axis(since=since, until=now, changes=happened)),
        models=_lines(by_model.result(), asked, "model", shown.calls),
        features=_lines(by_feature.result(), asked, "feature", shown.calls),
        calls=listed(failed.result()),
        calls_url=asked.url(address("nexus_overview:calls", api.id)),
        happened=happened,
        is_empty=not sum(shown.outcomes.values()),
    )


def periods(asked: Asked) -> tuple[Option, ...]:
    """The switch of periods."""
    return tuple(
        Option(label=str(spec[0]), url=asked.url(period=key), current=key == asked.period, value=key)
        for key, spec in PERIODS.items()
    )


_NAMES = {"model": lazy("Model"), "feature": lazy("Feature"), "team": lazy("Team"), "customer": lazy("Customer")}


def tiles(total: Figures, standing: Standing, asked: Asked, calls: str) -> tuple[Tile, ...]:
    """The figures of the period; what counts calls leads to them."""
    failed = asked.url(calls, outcome="")
    usual = standing.usual.p95_ms if standing.usual else None
    allowed = 1 - standing.watch.target
    found = [
        Tile(
            name=_("Calls"),
            value=number(total.calls),
            note=_("%(n)s failed") % {"n": number(total.failures)},
            url=asked.url(calls, outcome=EVERY),
            note_url=failed,
        ),
        Tile(
            name=_("Error rate"),
            value=wording.rate(total.failure_rate),
            note=_("target %(share)s") % {"share": wording.target(standing.watch.target)},
            is_bad=total.failure_rate > allowed,
            url=failed,
        ),
        Tile(
            name=_("p95"),
            value=wording.seconds(total.p95_ms),
            note=_("usual %(time)s") % {"time": wording.seconds(usual)} if usual else "",
        ),
        Tile(name=_("Cost"), value=picos(total.cost_picos), note=_each(total)),
    ]
    if total.first_token_p95_ms is not None:
        found.insert(3, Tile(name=_("First token"), value=wording.seconds(total.first_token_p95_ms), note=_("p95")))
    if total.input_tokens or total.output_tokens:
        words = _("%(n)s written") % {"n": charts.short(total.output_tokens)}
        found.append(Tile(name=_("Tokens read"), value=charts.short(total.input_tokens), note=words))
    return tuple(found)


def _each(total: Figures) -> str:
    return _("%(amount)s a call") % {"amount": picos(total.cost_picos // total.calls)} if total.calls else ""


def _lines(slices: list[Slice], asked: Asked, name: str, calls: int) -> tuple[Line, ...]:
    if not any(one.value for one in slices):
        return ()
    return tuple(
        Line(
            name=one.value or _("Not said"),
            url=asked.url(**{name: one.value}) if one.value else "",
            calls=number(one.figures.calls),
            rate=wording.rate(one.figures.failure_rate),
            p95=wording.seconds(one.figures.p95_ms),
            cost=picos(one.figures.cost_picos),
            share=percent(one.figures.calls / calls if calls else 0.0),
        )
        for one in slices[:8]
    )


def listed(found: list[FailedCall]) -> tuple[Call, ...]:
    """Failed calls as their list shows them."""
    return tuple(
        Call(
            url=address("nexus_overview:call", one.event_id),
            at=one.at,
            outcome=wording.outcome(one.outcome),
            status=one.status,
            detail=one.error_message or one.error_code,
            model=one.model,
            feature=one.feature,
            customer=one.customer,
            took=wording.seconds(one.duration_ms),
            is_theirs=one.outcome in _THEIRS,
        )
        for one in found
    )


_THEIRS = frozenset({"provider_error", "overloaded", "timeout", "unreachable", "cut_short", "empty", "malformed"})


def outcomes(chosen: str) -> tuple[Option, ...]:
    """The choices of the filter of outcomes: all failures, or one kind, also those that are no failures."""
    return (
        Option(label=_("All failures"), value="", current=not chosen),
        Option(label=_("All calls"), value=EVERY, current=chosen == EVERY),
        *(
            Option(label=str(label), value=name, current=name == chosen)
            for name, label in wording.OUTCOMES.items()
            if name != "ok"
        ),
    )
