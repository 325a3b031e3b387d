"""How soon a fault in replayed traffic is noticed, and how often nothing at all is, with the default rules of every API."""

from collections.abc import Sequence
from random import Random
from uuid import UUID

from bench.detection_world import (
    DATA,
    Fault,
    Trial,
    arrivals,
    false_outages,
    outage,
    past_of,
    quarter,
    seconds_to_alert,
    silence,
    slow,
)
from bench.detection_world import week_of_minutes as weeks_of
from bench.harness import Figure
from emporion.nexus.alerts.defaults import default_rules
from emporion.nexus.alerts.replaying import replay, stride_of
from emporion.nexus.alerts.types import Kind, Metric, RuleSpec, Severity

TITLE = "Detection: time to the first alert, and false alarms"
TRIALS = 100
WEEKS = 4
MADE = "real arrivals (Azure 2023), fault at a random second, timed from its first call, a look every 15 s, figures 3 s old"
CLEAN = (
    "weeks made from the traces' rates and roughness with a daily and weekly rhythm, 0.2% failures in bursts, those of a minute"
    " right after each other; outages looked for every 15 s, the rest every minute or five"
)


def measure() -> list[Figure]:
    """Faults first, then quiet weeks; nothing without the traces."""
    if not DATA.is_dir():
        print(f"not measured: the traces are not at {DATA}")
        return []
    specs = [spec for _, spec in default_rules(UUID(int=1), "API")]
    talk, code, few = arrivals("conv"), arrivals("code"), arrivals("conv", every=30)
    pages = [one for one in specs if one.severity is Severity.PAGE]
    slowness = [one for one in specs if one.metric is Metric.P95_MS and one.kind is Kind.ANOMALY]
    found = []
    took = sorted(_trials(talk, outage, pages, 1))
    found.append(_figure("total outage, steady calls, 95th percentile", took, 60.0, MADE))
    took = sorted(_trials(code, outage, pages, 2))
    bursts = f"calls in bursts, with up to 3.6 minutes without any; {MADE}"
    found.append(_figure("total outage, calls in bursts, 95th percentile", took, 60.0, bursts))
    for name, fault, rules, due in (
        ("25% errors", quarter, pages, 300.0),
        ("no traffic", silence, pages, 600.0),
        ("three times slower", slow, slowness, 900.0),
    ):
        took = sorted(_trials(talk, fault, rules, 1) + _trials(code, fault, rules, 2))
        found.append(_figure(f"{name}, 95th percentile", took, due, MADE))
    took = sorted(_trials(few, outage, pages, 3))
    found.append(_figure("total outage at 11 calls a minute, 95th percentile", took, 60.0, "one call in 30 of the same trace"))
    return [*found, *_quiet(specs)]


def _trials(calls: Sequence, fault: Fault, rules: Sequence[RuleSpec], seed: int) -> list[float]:
    past = past_of(weeks_of(calls, 4, seed))
    dice = Random(seed)
    return [
        seconds_to_alert(Trial(calls=calls, fault=fault, begins=900 + dice.random() * 900, past=past, seed=number), rules)
        for number in range(TRIALS)
    ]


def _figure(name: str, took: list[float], due: float, conditions: str) -> Figure:
    value = took[min(len(took) - 1, int(0.95 * len(took)))]
    return Figure(
        name=name,
        value=round(value, 1),
        unit="s",
        due=due,
        at_least=False,
        compared_with="what is promised; the providers' own median from investigating to identified is 23 to 31 minutes",
        conditions=f"{len(took)} trials, at most {took[-1]:.0f} s, {conditions}",
    )


def _quiet(specs: Sequence[RuleSpec]) -> list[Figure]:
    """Alarms of weeks in which nothing is wrong, per week and API."""
    counts = dict.fromkeys(Severity, 0)
    apis = (("conv", 1), ("conv", 30), ("conv", 300), ("code", 1))
    for seed, (name, every) in enumerate(apis):
        minutes = weeks_of(arrivals(name, every=every), WEEKS, 100 + seed)
        for spec in specs:
            if spec.kind is Kind.OUTAGE:
                counts[spec.severity] += false_outages(spec, minutes, seed)
                continue
            for episode in replay(spec, minutes, stride=stride_of(spec)):
                counts[episode.severity] += 1
    length = WEEKS * len(apis)
    return [
        Figure(
            name=f"false {word} a week and API",
            value=round(counts[severity] / length, 3),
            unit="",
            due=due,
            at_least=False,
            compared_with="what is promised",
            conditions=f"{len(apis)} APIs of 1 to 320 calls a minute, {WEEKS} weeks each, all default rules: {CLEAN}",
        )
        for word, severity, due in (("pages", Severity.PAGE, 1.0), ("tickets", Severity.TICKET, 2.0))
    ]
