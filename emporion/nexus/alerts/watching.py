"""One look at a project: reads the figures of its APIs, judges every rule and hands what was found to be gathered.

All questions are asked before the one transaction. What is slow is bounded: few APIs learn their past in one look, the figures
of single models or features and all times are read once a minute, impact is counted for the worst problems only.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from emporion.gateway.routing import queries as routing
from emporion.gateway.routing.types import ApiView
from emporion.nexus.alerts import saying
from emporion.nexus.alerts.gathering import Ground, fingerprint, gather
from emporion.nexus.alerts.grouping import Graph
from emporion.nexus.alerts.holding import Change, Held, step
from emporion.nexus.alerts.hours import Hours, floor_hour, middle
from emporion.nexus.alerts.judging import JUDGED, LONGEST_STRETCH, Evidence, Finding, Judgement, judge
from emporion.nexus.alerts.memory import Memory, Noted
from emporion.nexus.alerts.models import Alert, AlertRule, Problem
from emporion.nexus.alerts.ruling import spec_of
from emporion.nexus.alerts.streaming import Detector
from emporion.nexus.alerts.types import Kind, Metric, Observation, RuleSpec
from emporion.nexus.apis import figures
from emporion.nexus.apis.calls import quota
from emporion.nexus.apis.queries import watches_of
from emporion.nexus.apis.standing import NOTICED_WITHIN
from emporion.nexus.apis.types import Impact, Minute, Moment, QuotaView, Scope, Watch
from emporion.plumbing.types import Actor

LOOK_BACK = timedelta(hours=6, minutes=1)
LEARNS_FROM = timedelta(days=14)
LATE = timedelta(minutes=2)  # calls that are still under way, or in the spool
MINUTE = timedelta(minutes=1)
STREAMED = (Metric.P95_MS, Metric.COST_PER_HOUR)
BUCKET = 5
LEARN_AT_ONCE = 2
MOST_IMPACTS = 10
MOST_DEPENDENTS = 100
# What needs the figures of full minutes, which are read once a minute.
ONCE_A_MINUTE = frozenset({Metric.P95_MS, Metric.FIRST_TOKEN_MS, Metric.COST_PER_HOUR})


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """Whose APIs are looked at."""

    organisation_id: UUID
    project_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class _Subject:
    """A rule and the series that it looks at."""

    rule: AlertRule
    spec: RuleSpec
    api: ApiView

    @property
    def key(self) -> str:
        return f"{self.rule.pk}:{self.api.id}"

    @property
    def name(self) -> str:
        """What an alert is about, in words."""
        scope = [one for one in (self.spec.model, self.spec.feature, self.spec.team) if one]
        return f"{self.api.name} ({', '.join(scope)})" if scope else self.api.name


def watch(project: Project, *, now: datetime) -> None:
    """Looks at a project once."""
    _Look(project, now).run()


class _Look:
    """What is read and found in one look."""

    def __init__(self, project: Project, now: datetime) -> None:
        self.project, self.now = project, now
        self.actor = Actor.system(project.organisation_id)
        self.memory = Memory(project.organisation_id, project.project_id, now)
        self.noted = self.memory.noted()
        before = self.memory.seen_until("noted")
        self.is_new_minute = before is None or int(before.timestamp()) // 60 != int(now.timestamp()) // 60
        self.apis = {one.id: one for one in routing.apis_of(self.actor, project.project_id) if not one.is_paused}
        self.moments: Mapping[UUID, list[Moment]] = {}
        self.learnt: dict[UUID, Hours] = {}
        self.streams: list[tuple[str, UUID, Detector]] = []

    def run(self) -> None:
        """Reads, judges, gathers."""
        series = self._series()
        self.moments = figures.moments_by_api(self.actor, self.project.project_id, self.now - LONGEST_STRETCH, self.now)
        watches = watches_of(self.actor, self.project.project_id)
        hours = {api_id: self._hours(api_id) for api_id in self.apis}
        if self.is_new_minute:
            self._stream(series)
            self._map()
        found: list[Observation] = []
        over: list[str] = []
        for subject in self._subjects(watches):
            evidence = self._evidence(subject, series, hours[subject.api.id], watches)
            if evidence is None:
                continue
            self._take(subject, judge(subject.spec, evidence), found, over)
        ground = self._ground({one.api_id for one in found if one.api_id})
        with transaction.atomic():
            gather(ground, found, over=[*over, *self._orphans(), *self._expired()], now=self.now)
            self._keep()

    def _series(self) -> Mapping[UUID, list[Minute]]:
        """The last hours of each API, minute by minute; with their times once a minute."""
        since = self.now - LOOK_BACK
        counted = figures.minutes_by_api(self.actor, self.project.project_id, since, self.now)
        empty = [] if len(counted) == len(self.apis) else _empty(since, self.now)
        found = {api_id: counted.get(api_id, empty) for api_id in self.apis}
        if not self.is_new_minute:
            return found
        recent = self.now - timedelta(minutes=32)
        for api_id in counted.keys() & self.apis.keys():
            timed = figures.minutes(self.actor, self._scope(api_id), recent, self.now)
            found[api_id] = [*(one for one in found[api_id] if one.at < timed[0].at), *timed] if timed else found[api_id]
        return found

    def _hours(self, api_id: UUID) -> Hours:
        """The four weeks of an API, brought up to the last full hour."""
        full = floor_hour(self.now - LATE)
        hours = self.memory.hours(api_id)
        if hours is None and len(self.learnt) >= LEARN_AT_ONCE:
            return Hours(full)
        if hours is None or hours.end < full:
            hours = Hours(full - LEARNS_FROM) if hours is None else Hours(hours.end, hours.table)
            hours.take(figures.minutes(self.actor, self._scope(api_id), max(hours.end, full - LEARNS_FROM), full), full)
            self.learnt[api_id] = hours
        return hours

    def _stream(self, series: Mapping[UUID, list[Minute]]) -> None:
        """Shows each stream its next five minutes, when they are over."""
        for api_id, minutes in series.items():
            for metric in STREAMED:
                key = f"{api_id}:{metric}"
                seen = self.memory.seen_until(f"stream:{key}")
                if seen is not None and self.now - seen < BUCKET * MINUTE - MINUTE / 2:
                    continue
                value = _value(metric, minutes[-BUCKET - 1 : -1])
                stream = self.memory.stream(key)
                if value is None:
                    stream.skip()
                self.noted.unusual[key] = 0.0 if value is None else stream.observe(value)
                self.streams.append((key, api_id, stream))

    def _map(self) -> None:
        """Looks up now and then which models and features call each API."""
        mapped = self.noted.mapped_at
        if mapped is not None and self.now - mapped < timedelta(minutes=10):
            return
        for api_id in self.apis:
            names: dict[str, None] = {}
            for dimension in ("feature", "model"):
                values = figures.by_value(self.actor, self._scope(api_id), self.now - timedelta(hours=24), self.now, dimension)
                names |= dict.fromkeys(one.value for one in values[:MOST_DEPENDENTS] if one.value)
            self.noted.dependents[str(api_id)] = list(names)
        self.noted.mapped_at = self.now

    def _subjects(self, watches: Mapping[UUID, Watch]) -> Iterator[_Subject]:
        """Each rule with each API that it looks at now."""
        rules = AlertRule.objects.of(self.actor).filter(project_id=self.project.project_id, is_enabled=True)
        for rule in rules:
            spec = spec_of(rule)
            if spec.kind not in JUDGED or (not self.is_new_minute and _is_slow(spec)):
                continue
            for api in [self.apis[rule.api_id]] if rule.api_id in self.apis else () if rule.api_id else self.apis.values():
                if spec.metric is Metric.P95_MS and spec.kind is Kind.THRESHOLD and not spec.threshold:
                    limit = watches[api.id].latency_ms if api.id in watches else 0
                    if not limit:
                        continue
                    spec = replace(spec, threshold=float(limit))
                yield _Subject(rule=rule, spec=spec, api=api)

    def _evidence(
        self, subject: _Subject, series: Mapping[UUID, list[Minute]], hours: Hours, watches: Mapping[UUID, Watch]
    ) -> Evidence | None:
        api_id, spec = subject.api.id, subject.spec
        minutes: Sequence[Minute] = series[api_id]
        moments: Sequence[Moment] = self.moments.get(api_id, ())
        if spec.model or spec.feature or spec.team:
            scope = replace(self._scope(api_id), model=spec.model, feature=spec.feature, team=spec.team)
            minutes, hours = figures.minutes(self.actor, scope, self.now - LOOK_BACK, self.now), Hours(hours.end)
            moments = ()  # of the whole API; a part of it is looked at once a minute
        target = watches[api_id].target if api_id in watches else 0.99
        evidence = Evidence(
            now=self.now,
            minutes=minutes,
            moments=moments,
            hours=hours,
            objective=spec.objective or target,
            unusual={metric: self.noted.unusual.get(f"{api_id}:{metric}", 0.0) for metric in STREAMED},
        )
        return _with_quota(evidence, quota(self.actor, api_id, self.now)) if spec.kind is Kind.QUOTA else evidence

    def _take(self, subject: _Subject, found: Judgement, observations: list[Observation], over: list[str]) -> None:
        """Remembers what was found of a rule, and what it means for its alert."""
        held, change = step(self.noted.held.get(subject.key, Held()), found.finding, self.now)
        if held.is_idle:
            self.noted.held.pop(subject.key, None)
        else:
            self.noted.held[subject.key] = held
        if change is Change.ENDS:
            over.append(fingerprint(subject.spec.kind, subject.key))
        elif change is Change.BEGINS or (change is Change.GOES_ON and found.finding is Finding.FIRES):
            observations.append(_observation(subject, found, is_new=change is Change.BEGINS, now=self.now))

    def _orphans(self) -> list[str]:
        """Alerts of rules and APIs that are not looked at any more."""
        rules = set(AlertRule.objects.of(self.actor).filter(is_enabled=True).values_list("pk", flat=True))
        firing = Alert.objects.firing(self.project.project_id).filter(kind__in=JUDGED)
        gone = [one for one in firing if one.rule_id not in rules or (one.api_id and one.api_id not in self.apis)]
        for alert in gone:
            self.noted.held.pop(f"{alert.rule_id}:{alert.api_id}", None)
        return [one.fingerprint for one in gone]

    def _expired(self) -> list[str]:
        """Alerts that nobody takes back: what was told once a day ago, and what its sender forgot."""
        old = Alert.objects.firing(self.project.project_id).filter(last_seen_at__lt=self.now - timedelta(hours=24))
        return list(old.filter(kind__in=[Kind.BUDGET, Kind.EXTERNAL]).values_list("fingerprint", flat=True))

    def _ground(self, failing: set[UUID]) -> Ground:
        rows = Problem.objects.of(self.actor).filter(project_id=self.project.project_id).unresolved()
        since: dict[UUID, datetime] = dict.fromkeys(failing, self.now)
        for api_id, opened_at in rows.exclude(api_id=None).values_list("api_id", "opened_at"):
            if api_id is not None:
                since[api_id] = min(opened_at, since.get(api_id, opened_at))
        impacts: dict[UUID, Impact] = {}
        if failing - {one for one, at in since.items() if at < self.now} or self.is_new_minute:
            for api_id in sorted(since, key=lambda one: since[one], reverse=True)[:MOST_IMPACTS]:
                start = max(since[api_id] - NOTICED_WITHIN, self.now - timedelta(hours=24))
                impacts[api_id] = figures.impact(self.actor, self._scope(api_id), start, self.now)
        return Ground(
            organisation_id=self.project.organisation_id,
            project_id=self.project.project_id,
            graph=graph_of(self.apis.values(), self.noted),
            impacts=impacts,
        )

    def _keep(self) -> None:
        self.memory.keep_noted(self.noted)
        for api_id, hours in self.learnt.items():
            self.memory.keep_hours(api_id, hours)
        for key, api_id, stream in self.streams:
            self.memory.keep_stream(key, api_id, stream)

    def _scope(self, api_id: UUID) -> Scope:
        return Scope(project_id=self.project.project_id, api_id=api_id)


def graph_of(apis: Iterable[ApiView], noted: Noted) -> Graph:
    """Who depends on what in a project, as it was last looked up."""
    known = list(apis)
    return Graph(
        provider_of={one.id: one.provider.lower() for one in known if one.provider},
        dependents_of={one.id: frozenset(noted.dependents.get(str(one.id), ())) for one in known},
        name_of={one.id: one.name for one in known},
    )


def _is_slow(spec: RuleSpec) -> bool:
    return bool(spec.model or spec.feature or spec.team) or spec.metric in ONCE_A_MINUTE or spec.kind is Kind.QUOTA


def _empty(since: datetime, now: datetime) -> list[Minute]:
    first = since.replace(second=0, microsecond=0)
    return [Minute(at=first + number * MINUTE) for number in range(int((now - first) / MINUTE) + 1)]


def _value(metric: Metric, minutes: Sequence[Minute]) -> float | None:
    if metric is Metric.COST_PER_HOUR:
        return sum(one.cost_picos for one in minutes) / 10.0**12
    value = middle([(one.p95_ms, one.calls) for one in minutes])
    return None if value != value else value  # noqa: PLR0124 - not a number is unlike itself


def _with_quota(evidence: Evidence, found: QuotaView) -> Evidence:
    tightest = found.tightest
    if tightest is None or tightest.limit <= 0:
        return evidence
    return replace(evidence, quota_left=tightest.left / tightest.limit, quota_ends_at=tightest.runs_out_at)


def _observation(subject: _Subject, found: Judgement, *, is_new: bool, now: datetime) -> Observation:
    noticed = saying.said(subject.spec, found, subject.name)
    words = saying.said_in_words(noticed)
    labels = {
        "api": subject.api.name,
        "provider": subject.api.provider.lower(),
        "kind": subject.spec.kind.value,
        "metric": subject.spec.metric.value,
        "model": subject.spec.model,
        "feature": subject.spec.feature,
        "team": subject.spec.team,
    }
    return Observation(
        kind=subject.spec.kind,
        key=subject.key,
        severity=found.severity or subject.spec.severity,
        title=words.title,
        sentence=words.sentence,
        api_id=subject.api.id,
        rule_id=subject.rule.pk,
        labels={name: value for name, value in labels.items() if value},
        value=found.value,
        threshold=found.threshold,
        started_at=now,
        is_new=is_new,
        said=noticed,
    )
