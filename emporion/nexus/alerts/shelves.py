"""What the pages of rules and maintenance windows show, made ready so that the templates only print it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from emporion.nexus.alerts.backtesting import BackTest
from emporion.nexus.alerts.forms import initial_of
from emporion.nexus.alerts.pages import TONES, severity_words
from emporion.nexus.alerts.suggesting import Suggestion
from emporion.nexus.alerts.types import Kind, RuleOrigin, RuleSpec, RuleView, Severity, SilenceView
from emporion.nexus.alerts.wording import measured, of_rule
from emporion.ui.types import Chart, Series

SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleRow:
    """A rule as a line of a list; `note` says why it is at rest where it is."""

    rule: RuleView
    tone: str
    severity: str
    origin: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """The rules of one API, or those of every API."""

    name: str
    rows: tuple[RuleRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A suggestion as a line with the link that takes it."""

    title: str
    why: str
    url: str
    button: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tested:
    """What a back-test found, in words and day by day."""

    verdict: str
    advice: str
    chart: Chart
    lines: tuple[tuple[datetime, str, str], ...]
    more: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A maintenance window as a line."""

    silence: SilenceView
    about: str
    is_now: bool


def by_api(rules: Sequence[RuleView], names: Mapping[UUID, str]) -> list[Shelf]:
    """The rules, those of every API first, then API by API."""
    groups: dict[str, list[RuleRow]] = {}
    for rule in sorted(rules, key=lambda one: (one.spec.api_id is not None, _of(one.spec.api_id, names).lower())):
        groups.setdefault(_of(rule.spec.api_id, names), []).append(_row(rule))
    return [Shelf(name=name, rows=tuple(rows)) for name, rows in groups.items()]


def offer(found: Suggestion, names: Mapping[UUID, str]) -> Offer:
    """A suggestion with the form that it fills in."""
    spec = found.spec
    asked = {name: value for name, value in initial_of(spec).items() if value not in {None, ""}}
    limit = measured(spec.metric, spec.threshold)
    if found.rule_id is not None:
        title = _("Raise the limit of “%(name)s” to %(limit)s") % {"name": spec.name, "limit": limit}
        url = reverse("nexus_alerts:rule", args=[found.rule_id])
        asked = {"threshold": asked["threshold"]}
    else:
        title = _("Watch %(name)s for more than %(limit)s") % {"name": _of(spec.api_id, names), "limit": limit}
        url, asked = reverse("nexus_alerts:new-rule"), {**asked, "suggested": "1"}
    return Offer(title=title, why=f"{found.why} {of_rule(spec)}", url=f"{url}?{urlencode(asked)}", button=_("Test it"))


def tested(found: BackTest | None, spec: RuleSpec | None) -> Tested | None:
    """What a back-test says; nothing where none was made."""
    if found is None or spec is None:
        return None
    count = len(found.alarms)
    times = ngettext("%(count)s time", "%(count)s times", count) % {"count": count}
    verdict = _("This would have alerted %(times)s in the last 14 days.") % {"times": times}
    if spec.kind is Kind.QUOTA:
        verdict = _("What was left of a quota is not kept, so this cannot be tried on the past.")
    elif not found.calls:
        verdict = _("There were no calls in the last 14 days to try it on.")
    lines = tuple((one.episode.started_at, one.api_name, _lasted(one.lasted)) for one in found.alarms[:SHOWN])
    return Tested(verdict=verdict, advice=_advice(count), chart=_chart(found), lines=lines, more=max(0, count - SHOWN))


def _chart(found: BackTest) -> Chart:
    """How many alarms each day would have had."""
    labels = [f"{found.since + timedelta(days=number):%d %b}" for number in range(len(found.days))]
    series = Series(label=_("Alerts a day"), values=list(found.days), tone="s1")
    return Chart(id="tested", title=_("Alerts a day"), labels=labels, series=(series,), kind="bar", x_title=_("Day"))


def window(silence: SilenceView, names: Mapping[UUID, str], now: datetime) -> Window:
    """A window with what it is about."""
    return Window(silence=silence, about=_of(silence.api_id, names), is_now=silence.starts_at <= now)


def _advice(count: int) -> str:
    if count > 28:
        return _("More than two a day is noise: choose a higher limit or a longer time.")
    return _("That is often. Look at the times below before you let it wake somebody.") if count > 6 else ""


def _lasted(minutes: int) -> str:
    return ngettext("%(count)s minute", "%(count)s minutes", minutes) % {"count": minutes} if minutes else _("until now")


def _of(api_id: UUID | None, names: Mapping[UUID, str]) -> str:
    return names.get(api_id, _("An API that is gone")) if api_id else _("Every API")


def _row(rule: RuleView) -> RuleRow:
    origins = {RuleOrigin.DEFAULT: _("by default"), RuleOrigin.SUGGESTION: _("suggested from history")}
    is_at_rest = rule.spec.kind is Kind.THRESHOLD and not rule.spec.threshold
    return RuleRow(
        rule=rule,
        tone=TONES[rule.spec.severity] if rule.spec.severity is not Severity.INFO else "",
        severity=severity_words(rule.spec.severity),
        origin=origins.get(rule.origin, rule.created_by),
        note=_("While it allows none, this is at rest.") if is_at_rest else "",
    )
