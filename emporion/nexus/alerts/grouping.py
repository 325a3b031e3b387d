"""Which alerts are one fault: by what they are about, when they came, how alike their labels are, and what depends on what. Pure.

Order matters: the surest sign first. Two alerts of different providers are never one fault because their labels look alike, and
money is never one fault with failures. What is about the whole organisation is seen by fewer people, so it stays apart.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from emporion.nexus.alerts.types import Kind, Observation

SAME_API = timedelta(minutes=30)
SAME_PROVIDER = timedelta(minutes=10)
DEPENDENT = timedelta(minutes=10)
ALIKE, ALIKE_WITHIN = 0.5, timedelta(minutes=5)
# Labels that say which alert it is and not what it is about, or that almost every alert shares.
TELLING_NOTHING = frozenset(
    {"alertname", "severity", "rule", "kind", "metric", "instance", "pod", "replica", "env", "environment", "apis"}
)
REMEMBERED = 20  # sets of labels of a problem
NAMING = ("feature", "model", "agent", "widget", "service", "team", "customer", "job")


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """Who depends on what: the provider of each API, and the names (models, features, customers) whose calls go to it."""

    provider_of: Mapping[UUID, str] = field(default_factory=dict)
    dependents_of: Mapping[UUID, frozenset[str]] = field(default_factory=dict)
    name_of: Mapping[UUID, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """An open problem as grouping sees it; `labels` are the different sets that its last alerts carry."""

    problem_id: UUID
    api_ids: frozenset[UUID]
    providers: frozenset[str]
    labels: tuple[frozenset[tuple[str, str]], ...]
    opened_at: datetime
    last_seen_at: datetime
    is_about_money: bool = False
    is_whole: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Belonging:
    """The problem that an alert belongs to, and why, in words."""

    problem_id: UUID
    why: str


def is_about_money(kind: Kind, metric: str = "") -> bool:
    """Whether an alert is about what calls cost, which is another fault than that they fail."""
    return kind is Kind.BUDGET or metric == "cost_per_hour"


def belonging(observation: Observation, groups: Sequence[Group], graph: Graph) -> Belonging | None:
    """The open problem that an alert is part of, if any."""
    money = is_about_money(observation.kind, observation.labels.get("metric", ""))
    fitting = [one for one in groups if one.is_about_money == money and one.is_whole == observation.is_whole]
    open_groups = sorted(fitting, key=lambda one: one.opened_at)
    for sign in (_same_api, _same_provider, _dependent, _alike):
        for group in open_groups:
            if why := sign(observation, group, graph):
                return Belonging(problem_id=group.problem_id, why=why)
    return None


def bridged(observation: Observation, groups: Iterable[Group], graph: Graph) -> list[Group]:
    """The problems that an alert shows to be one: a provider's own word names the APIs that are broken together."""
    if observation.kind is not Kind.PROVIDER:
        return []
    named = _apis(observation)
    near = [
        one
        for one in groups
        if one.api_ids & named and not one.is_about_money and abs(one.last_seen_at - observation.started_at) <= SAME_API
    ]
    return sorted(near, key=lambda one: one.opened_at)


def provider_of(observation: Observation, graph: Graph) -> str:
    """Whose fault it would be."""
    if observation.api_id and observation.api_id in graph.provider_of:
        return graph.provider_of[observation.api_id]
    return observation.labels.get("provider", "").lower()


def _apis(observation: Observation) -> frozenset[UUID]:
    named = frozenset(UUID(one) for one in observation.labels.get("apis", "").split() if one)
    return named | ({observation.api_id} if observation.api_id else frozenset())


def _same_api(observation: Observation, group: Group, graph: Graph) -> str:
    shared = _apis(observation) & group.api_ids
    if not shared or observation.started_at - group.last_seen_at > SAME_API:
        return ""
    return f"same API, {_within(observation, group)}"


def _same_provider(observation: Observation, group: Group, graph: Graph) -> str:
    provider = provider_of(observation, graph)
    if not provider or provider not in group.providers or observation.started_at - group.last_seen_at > SAME_PROVIDER:
        return ""
    return f"same provider, {_within(observation, group)}"


def _dependent(observation: Observation, group: Group, graph: Graph) -> str:
    """What one of them names calls the API that the other is about."""
    if observation.started_at - group.last_seen_at > DEPENDENT:
        return ""
    own = _apis(observation) or _apis_of(provider_of(observation, graph), graph)
    theirs = group.api_ids | _all_apis(group.providers, graph)
    if own and theirs:
        return ""  # both say what they are about, and it is not the same
    names = _named(observation.labels.items())
    meant = (own or _meant(names, graph)) & (theirs or _meant_by_all(group, graph))
    if not meant:
        return ""
    api_id = min(meant)
    who = next((name for name in names if name in graph.dependents_of.get(api_id, ())), "what it names")
    return f"{who} depends on {graph.name_of.get(api_id, 'this API')}, {_within(observation, group)}"


def _meant(names: Iterable[str], graph: Graph) -> frozenset[UUID]:
    """The APIs on which everything depends that is named: two names leave fewer than one."""
    found: frozenset[UUID] = frozenset()
    for name in names:
        if on := frozenset(api_id for api_id, known in graph.dependents_of.items() if name in known):
            found = (found & on) or on
    return found


def _meant_by_all(group: Group, graph: Graph) -> frozenset[UUID]:
    found: frozenset[UUID] = frozenset()
    for labels in group.labels:
        found |= _meant(_named(labels), graph)
    return found


def _named(pairs: Iterable[tuple[str, str]]) -> list[str]:
    """The features, models and the like that labels name."""
    return [value for name, value in pairs if name in NAMING and value]


def _apis_of(provider: str, graph: Graph) -> frozenset[UUID]:
    return frozenset(api_id for api_id, name in graph.provider_of.items() if provider and name == provider)


def _all_apis(providers: Iterable[str], graph: Graph) -> frozenset[UUID]:
    return frozenset(api_id for name in providers for api_id in _apis_of(name, graph))


def _alike(observation: Observation, group: Group, graph: Graph) -> str:
    """Its labels are mostly those of the problem, and it came with it."""
    if observation.started_at - group.last_seen_at > ALIKE_WITHIN:
        return ""
    if (observation.api_id and group.api_ids) or (provider_of(observation, graph) and group.providers):
        return ""  # both say what they are about, and it is not the same
    own = telling(observation.labels)
    shared = max((own & other for other in group.labels if _is_alike(own, other)), key=len, default=frozenset())
    return f"same {', '.join(sorted(name for name, _ in shared))}, {_within(observation, group)}" if shared else ""


def _is_alike(own: frozenset[tuple[str, str]], other: frozenset[tuple[str, str]]) -> bool:
    """Whether at least two labels, and half of all that either has, are the same (Jaccard)."""
    shared = len(own & other)
    return shared >= 2 and shared >= ALIKE * len(own | other)


def telling(labels: Mapping[str, str]) -> frozenset[tuple[str, str]]:
    """The labels that say what an alert is about."""
    return frozenset((name, value) for name, value in labels.items() if name not in TELLING_NOTHING and value)


def _within(observation: Observation, group: Group) -> str:
    apart = max(1, round(abs((observation.started_at - group.opened_at).total_seconds()) / 60))
    return "same minute" if apart == 1 else f"same {apart} minutes"
