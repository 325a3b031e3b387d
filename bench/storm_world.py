"""A storm of alerts of one fault, and another fault beside it, as other systems and our own rules would tell of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID

from emporion.nexus.alerts.grouping import Graph
from emporion.nexus.alerts.types import Kind, Observation, Severity

START = datetime(2026, 3, 3, 14, 2, tzinfo=UTC)
PROVIDERS = ("openai", "anthropic", "apollo", "stripe", "mistral")
FEATURES = ("Meeting summaries", "Ask Fieldnote", "Lead enrichment", "Invoices", "Translations", "Search", "Moderation")
SERVICES = ("web", "worker", "mailer", "search", "billing", "sync", "export")
NAMES = ("HighErrorRate", "LatencyHigh", "QueueGrowing", "RetriesDoubled", "SloBurn", "PodsRestart", "TimeoutsHigh")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An alert with the number of the fault that it is of, which nobody who groups may see."""

    observation: Observation
    fault: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Storm:
    """The alerts in the order in which they come, and what is known of who depends on what."""

    told: tuple[Told, ...]
    graph: Graph


def storm(seed: int, *, size: int = 200) -> Storm:
    """`size` alerts of a provider's fault within three minutes, and 5 to 20 of an unrelated one that begins meanwhile.

    Some name the API, some only the provider, some only a feature or model that calls it, some only labels like others have.
    """
    dice = Random(seed)
    broken, other = dice.sample(PROVIDERS, 2)
    apis = {name: (UUID(int=number * 10 + 1), UUID(int=number * 10 + 2)) for number, name in enumerate(PROVIDERS, 1)}
    features = dice.sample(FEATURES, 6)
    callers = {broken: features[:3], other: features[3:5]}
    shared = features[5]  # calls both, and says so of neither
    graph = Graph(
        provider_of={api: name for name, pair in apis.items() for api in pair},
        dependents_of={
            api: frozenset([*callers[name], shared, f"{name}-large"]) for name in (broken, other) for api in apis[name]
        },
        name_of={api: name.title() for name, pair in apis.items() for api in pair},
    )
    told = [*_fault(dice, 0, size, (broken, apis[broken], [*callers[broken], shared]))]
    target = (other, apis[other], [*callers[other], shared])
    told += _fault(dice, 1, dice.randrange(5, 21), target, delay=dice.randrange(20, 150))
    return Storm(told=tuple(sorted(told, key=lambda one: one.observation.started_at)), graph=graph)


Target = tuple[str, tuple[UUID, ...], list[str]]


def _fault(dice: Random, fault: int, count: int, target: Target, delay: int = 0) -> Iterator[Told]:
    provider, apis, features = target
    for number in range(count):
        at = START + timedelta(seconds=delay + (0 if number == 0 else dice.expovariate(1 / 50) % 180))
        labels, api_id = _labels(dice, provider, features), None
        way = dice.random()
        if way < 0.4:
            api_id = dice.choice(apis)
        elif way < 0.65:
            labels["provider"] = provider
        elif way < 0.8:
            labels["model"] = f"{provider}-large"
        yield Told(
            fault=fault,
            observation=Observation(
                kind=Kind.EXTERNAL,
                key=f"{fault}:{number}",
                severity=dice.choice(tuple(Severity)),
                title=f"{labels['alertname']} {labels['service']}",
                sentence="",
                api_id=api_id,
                labels=labels,
                started_at=at,
            ),
        )


def _labels(dice: Random, provider: str, features: list[str]) -> dict[str, str]:
    service = dice.choice(SERVICES)
    return {
        "alertname": dice.choice(NAMES),
        "service": service,
        "pod": f"{service}-{dice.randrange(10**6)}",
        "cluster": "eu-1",
        "feature": dice.choice(features),
    }
