"""What a rule would have done in the last two weeks, and which limits history suggests; read from what is stored."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from emporion.gateway.routing.queries import apis_of
from emporion.nexus.alerts import suggesting
from emporion.nexus.alerts.memory import Memory
from emporion.nexus.alerts.models import Alert
from emporion.nexus.alerts.replaying import Episode, replay, stride_of
from emporion.nexus.alerts.ruling import rules_of
from emporion.nexus.alerts.suggesting import NOISE_MINUTES, Noise, Suggestion
from emporion.nexus.alerts.types import Kind, RuleSpec, RuleView, Severity
from emporion.nexus.apis import figures
from emporion.nexus.apis.queries import watches_of
from emporion.nexus.apis.types import Scope
from emporion.plumbing.types import Actor, Permission

LOOK_BACK = timedelta(days=14)
MOST_APIS = 5  # whose two weeks are replayed while a page waits
MOST_SUGGESTED = 6
MOST_ALERTS = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """One time that a rule would have spoken, and of which API."""

    api_name: str
    episode: Episode

    @property
    def lasted(self) -> int:
        """Minutes, 0 where it would still speak."""
        ends = self.episode.ended_at
        return int((ends - self.episode.started_at) / timedelta(minutes=1)) if ends else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class BackTest:
    """When a rule would have spoken in the last 14 days; `left_out` is how many APIs were not looked at."""

    since: datetime
    until: datetime
    alarms: tuple[Alarm, ...]
    calls: int
    left_out: int = 0

    @property
    def days(self) -> list[int]:
        """How many alarms began on each day, oldest first."""
        length = (self.until - self.since).days
        counts = [0] * length
        for alarm in self.alarms:
            counts[min(length - 1, (alarm.episode.started_at - self.since).days)] += 1
        return counts


def back_test(actor: Actor, project_id: UUID, spec: RuleSpec, now: datetime) -> BackTest:
    """Replays a rule over the stored minutes of the APIs that it would watch."""
    actor.require(Permission.VIEW, project_id)
    since = now - LOOK_BACK
    watches = watches_of(actor, project_id)
    apis = [one for one in apis_of(actor, project_id) if spec.api_id in {None, one.id}]
    alarms: list[Alarm] = []
    calls = 0
    for api in apis[:MOST_APIS]:
        scope = Scope(project_id=project_id, api_id=api.id, model=spec.model, feature=spec.feature, team=spec.team)
        minutes = figures.minutes(actor, scope, since, now)
        first = next((index for index, one in enumerate(minutes) if one.calls), len(minutes))
        calls += sum(one.calls for one in minutes)
        if spec.kind is Kind.QUOTA:
            continue
        found = replay(spec, minutes[first:], objective=watches[api.id].target, stride=stride_of(spec))
        alarms += [Alarm(api_name=api.name, episode=one) for one in found]
    return BackTest(
        since=since,
        until=now,
        alarms=tuple(sorted(alarms, key=lambda one: one.episode.started_at, reverse=True)),
        calls=calls,
        left_out=max(0, len(apis) - MOST_APIS),
    )


def suggestions(actor: Actor, project_id: UUID, now: datetime) -> list[Suggestion]:
    """Rules to add and limits to raise, from four weeks of hours and two weeks of alerts; noisy rules first."""
    actor.require(Permission.VIEW, project_id)
    rules = rules_of(actor, project_id)
    noise = _noise(actor, project_id, now)
    found = [one for rule in rules if rule.id in noise and (one := suggesting.from_noise(noise[rule.id].of(rule)))]
    memory = Memory(actor.organisation, project_id, now)
    specs = [rule.spec for rule in rules if rule.is_enabled]
    for api in apis_of(actor, project_id):
        hours = memory.hours(api.id)
        if hours is not None:
            found += suggesting.from_hours(api.id, api.name, hours, specs)
    return found[:MOST_SUGGESTED]


@dataclass(slots=True, kw_only=True)
class _Count:
    times: int = 0
    short: int = 0
    highest: float = 0.0

    def of(self, rule: RuleView) -> Noise:
        """What was counted, of a rule."""
        return Noise(rule=rule, times=self.times, short=self.short, highest=self.highest)


def _noise(actor: Actor, project_id: UUID, now: datetime) -> Mapping[UUID, _Count]:
    """How often each rule spoke, how often it was soon over, and its highest figure."""
    rows = Alert.objects.filter(organisation_id=actor.organisation, project_id=project_id, started_at__gte=now - LOOK_BACK)
    found: dict[UUID, _Count] = {}
    spoke = rows.exclude(rule=None).exclude(severity=Severity.INFO).values_list("rule", "started_at", "resolved_at", "value")
    for rule_id, started_at, resolved_at, value in spoke[:MOST_ALERTS]:
        one = found.setdefault(rule_id, _Count())
        one.times += 1
        one.short += bool(resolved_at and resolved_at - started_at <= timedelta(minutes=NOISE_MINUTES))
        one.highest = max(one.highest, value or 0.0)
    return found
