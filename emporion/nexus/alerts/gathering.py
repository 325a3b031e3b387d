"""Makes problems of what was noticed: one alert for one thing, one problem for one fault, told once. One transaction a call."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import Q

from emporion.nexus.alerts import grouping, saying, telling
from emporion.nexus.alerts.actions import close, restart
from emporion.nexus.alerts.grouping import Graph, Group
from emporion.nexus.alerts.judging import JUDGED
from emporion.nexus.alerts.models import Alert, Problem, SeriesState, Silence, number_of_next
from emporion.nexus.alerts.saying import MOST_FIRING, STORM
from emporion.nexus.alerts.types import AlertState, Kind, Observation, ProblemState, Said, Severity
from emporion.nexus.apis.types import Impact

log = structlog.get_logger()
MOST_AT_ONCE = 500
AGAIN = ("last_seen_at", "count", "severity", "title", "sentence", "said", "value")
COMES_BACK = timedelta(minutes=15)
STAYS_CLOSED = timedelta(minutes=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """Whose alerts these are, and what is known around them when they are gathered."""

    organisation_id: UUID
    project_id: UUID
    graph: Graph = field(default_factory=Graph)
    impacts: Mapping[UUID, Impact] = field(default_factory=dict)


def fingerprint(kind: Kind, key: str) -> str:
    """What makes two observations the same thing."""
    return hashlib.sha256(f"{kind}|{key}".encode()).hexdigest()[:32]


def gather(ground: Ground, observations: Sequence[Observation], *, over: Iterable[str] = (), now: datetime) -> None:
    """Takes in what was noticed, ends the alerts whose fingerprints are `over`, and tells what has to be told.

    At most `MOST_AT_ONCE` observations a call and `MOST_FIRING` alerts a project are kept apart; a storm past that is one alert.
    """
    with transaction.atomic():
        _gate(ground, now)
        desk = _Desk(ground, now)
        for observation in _bounded(observations, now):
            desk.take(observation)
        desk.end(over)
        desk.settle()


def _gate(ground: Ground, now: datetime) -> None:
    """One at a time for a project: two workers that see half of a storm each would make two problems of it."""
    SeriesState.objects.get_or_create(
        project_id=ground.project_id,
        key="gate",
        defaults={"organisation_id": ground.organisation_id, "state": b"", "seen_until": now},
    )
    SeriesState.objects.select_for_update().get(project_id=ground.project_id, key="gate")


def _bounded(observations: Sequence[Observation], now: datetime) -> list[Observation]:
    kept = list({fingerprint(one.kind, one.key): one for one in observations}.values())
    if len(kept) <= MOST_AT_ONCE:
        return kept
    log.warning("alert_storm", observations=len(kept))
    return [*sorted(kept, key=lambda one: one.severity.rank)[:MOST_AT_ONCE], _storm(now)]


def _storm(now: datetime) -> Observation:
    noticed = Said(what=STORM)
    words = saying.said_in_words(noticed)
    return Observation(
        kind=Kind.EXTERNAL,
        key=STORM,
        severity=Severity.TICKET,
        title=words.title,
        sentence=words.sentence,
        started_at=now,
        said=noticed,
    )


class _Desk:
    """The open problems and alerts of a project while something is gathered."""

    def __init__(self, ground: Ground, now: datetime) -> None:
        self.ground, self.now = ground, now
        recent = Problem.objects.filter(project_id=ground.project_id, merged_into=None)
        self.problems = {one.pk: one for one in recent.exclude(state=ProblemState.RESOLVED)}
        self.members: dict[UUID, list[Alert]] = {one: [] for one in self.problems}
        self.firing: dict[str, Alert] = {}
        mine = Q(project_id=ground.project_id)
        for alert in Alert.objects.filter(mine & (Q(state=AlertState.FIRING) | Q(problem__in=list(self.problems)))):
            if alert.state == AlertState.FIRING:
                self.firing[alert.fingerprint] = alert
            if alert.problem_id in self.members:
                self.members[alert.problem_id].append(alert)
        self.silences = list(Silence.objects.at(now).filter(project_id=ground.project_id))
        self.touched: set[UUID] = set()
        self.groups: dict[UUID, Group] = {}
        self.seen_again: list[Alert] = []

    def take(self, observation: Observation) -> None:
        """Counts an alert that fires already, or begins one and finds its problem."""
        mark = fingerprint(observation.kind, observation.key)
        if mark in self.firing:
            self._again(self.firing[mark], observation)
            return
        if len(self.firing) >= MOST_FIRING and observation.key != STORM:
            self.take(_storm(self.now))
            return
        if not observation.is_new and self._was_closed(mark):
            return
        problem = self._comes_back(mark) or self._belongs(observation) or self._open(observation)
        alert = _alert(self.ground, observation, problem, mark)
        alert.is_silenced = any(_is_silent(one, alert) for one in self.silences)
        alert.save(force_insert=True)
        self.firing[mark] = alert
        self.members[problem.pk].append(alert)
        self.touched.add(problem.pk)
        self.groups.pop(problem.pk, None)

    def end(self, fingerprints: Iterable[str]) -> None:
        """Ends the alerts that are over, and the problems that have none left."""
        for mark in fingerprints:
            alert = self.firing.pop(mark, None)
            if alert is None:
                continue
            alert.state, alert.resolved_at = AlertState.RESOLVED, self.now
            alert.save(update_fields=["state", "resolved_at"])
            if alert.problem_id is not None:
                self.touched.add(alert.problem_id)

    def settle(self) -> None:
        """Writes down how each problem stands, closes what is over and tells what is new."""
        Alert.objects.bulk_update(self.seen_again, AGAIN)
        impacted = {one.pk for one in self.problems.values() if one.api_id in self.ground.impacts}
        for problem_id in self.touched | impacted:
            problem, alerts = self.problems.get(problem_id), self.members.get(problem_id, [])
            if problem is None or not alerts:
                continue
            impact = self.ground.impacts.get(problem.api_id) if problem.api_id else None
            telling.describe(problem, alerts, impact, self.now)
            if all(one.state == AlertState.RESOLVED for one in alerts):
                close(problem, by="", now=self.now)
        for problem_id in self.problems:
            telling.tell(self.problems[problem_id], self.members[problem_id], self.silences, self.now)

    def _again(self, alert: Alert, observation: Observation) -> None:
        alert.last_seen_at, alert.count, alert.value = self.now, alert.count + 1, observation.value
        if observation.severity.rank <= Severity(alert.severity).rank:
            if observation.severity != alert.severity and alert.problem_id is not None:
                self.touched.add(alert.problem_id)
            alert.severity, alert.title = observation.severity, observation.title[:200]
            alert.sentence, alert.said = observation.sentence[:500], saying.kept(observation.said)
        self.seen_again.append(alert)

    def _was_closed(self, mark: str) -> bool:
        """Whether a person closed the same thing a short while ago, and knows."""
        since = self.now - STAYS_CLOSED
        return Alert.objects.filter(project_id=self.ground.project_id, fingerprint=mark, resolved_at__gte=since).exists()

    def _comes_back(self, mark: str) -> Problem | None:
        """The problem that the same thing was part of minutes ago, opened again."""
        ended = Alert.objects.filter(
            project_id=self.ground.project_id, fingerprint=mark, resolved_at__gte=self.now - COMES_BACK
        ).select_related("problem")
        for alert in ended.order_by("-resolved_at")[:1]:
            problem = alert.problem
            if problem is None or problem.merged_into_id is not None:
                return None
            if problem.pk not in self.problems:
                restart(problem, now=self.now)
                problem.told = ""
                self.problems[problem.pk] = problem
                self.members[problem.pk] = list(problem.alerts.all())
            return self.problems[problem.pk]
        return None

    def _belongs(self, observation: Observation) -> Problem | None:
        for one in self.problems.values():
            if one.pk not in self.groups:
                self.groups[one.pk] = self._group(one)
        groups = [self.groups[one] for one in self.problems]
        bridged = grouping.bridged(observation, groups, self.ground.graph)
        for other in bridged[1:]:
            self._join(other.problem_id, bridged[0].problem_id, observation)
        found = grouping.belonging(observation, [one for one in groups if one.problem_id in self.problems], self.ground.graph)
        if found is None:
            return None
        problem = self.problems[found.problem_id]
        if found.why not in problem.why and len(problem.why) < 12:
            problem.why = [*problem.why, found.why]
        problem.last_seen_at = max(problem.last_seen_at, observation.started_at)
        return problem

    def _join(self, source_id: UUID, target_id: UUID, observation: Observation) -> None:
        source, target = self.problems.pop(source_id), self.problems[target_id]
        Alert.objects.filter(problem=source).update(problem=target)
        self.groups.pop(source_id, None)
        self.groups.pop(target_id, None)
        for alert in self.members.pop(source_id):
            alert.problem = target
            self.members[target_id].append(alert)
        source.merged_into, source.state, source.resolved_at = target, ProblemState.RESOLVED, self.now
        source.save()
        target.why = [*target.why, f"the provider names both APIs: {observation.title}"[:200]]
        self.touched.add(target_id)

    def _open(self, observation: Observation) -> Problem:
        problem = Problem(
            number=number_of_next(self.ground.project_id),
            organisation_id=self.ground.organisation_id,
            project_id=self.ground.project_id,
            api_id=observation.api_id,
            provider=grouping.provider_of(observation, self.ground.graph)[:60],
            is_whole=observation.is_whole,
            title=observation.title[:200],
            sentence=observation.sentence[:500],
            said=saying.kept(observation.said),
            severity=observation.severity,
            opened_at=min(observation.started_at, self.now),
            last_seen_at=self.now,
        )
        problem.save(force_insert=True)
        self.problems[problem.pk], self.members[problem.pk] = problem, []
        return problem

    def _group(self, problem: Problem) -> Group:
        alerts = self.members[problem.pk]
        labels = dict.fromkeys(grouping.telling(one.labels) for one in alerts[-grouping.REMEMBERED :])
        apis = {one.api_id for one in alerts} | {UUID(api) for one in alerts for api in one.labels.get("apis", "").split()}
        providers = {self.ground.graph.provider_of.get(api, "") for api in apis if api} | {problem.provider}
        return Group(
            problem_id=problem.pk,
            api_ids=frozenset(api for api in apis if api),
            providers=frozenset(one for one in providers if one),
            labels=tuple(one for one in labels if one),
            opened_at=problem.opened_at,
            last_seen_at=self._last_seen(problem, alerts),
            is_whole=problem.is_whole,
            is_about_money=bool(alerts)
            and all(grouping.is_about_money(Kind(one.kind), one.labels.get("metric", "")) for one in alerts),
        )

    def _last_seen(self, problem: Problem, alerts: Sequence[Alert]) -> datetime:
        """When a problem was last there: now, where a rule that is looked at all the time still says so."""
        is_there = any(one.state == AlertState.FIRING and one.kind in JUDGED for one in alerts)
        return self.now if is_there else max([problem.last_seen_at, *(one.last_seen_at for one in alerts)])


def _alert(ground: Ground, observation: Observation, problem: Problem, mark: str) -> Alert:
    return Alert(
        organisation_id=ground.organisation_id,
        project_id=ground.project_id,
        problem=problem,
        rule_id=observation.rule_id,
        api_id=observation.api_id,
        kind=observation.kind,
        severity=observation.severity,
        title=observation.title[:200],
        sentence=observation.sentence[:500],
        said=saying.kept(observation.said),
        fingerprint=mark,
        labels=dict(observation.labels),
        value=observation.value,
        threshold=observation.threshold,
        started_at=observation.started_at,
        last_seen_at=observation.started_at,
    )


def _is_silent(silence: Silence, alert: Alert) -> bool:
    """Whether a silence covers an alert: all that it names has to match."""
    named = ((silence.api_id, alert.api_id), (silence.rule_id, alert.rule_id), (silence.problem_id, alert.problem_id))
    return all(wanted is None or wanted == own for wanted, own in named)
