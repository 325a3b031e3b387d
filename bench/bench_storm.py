"""Whether 200 alerts of one fault become one problem while another fault stays apart, and how long one alert takes."""

import importlib
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from itertools import combinations

from bench.harness import Figure
from bench.storm_world import storm
from emporion.kernel.ids import new_id

TITLE = "A storm of 200 alerts"
RUNS = int(os.environ.get("EMPORION_BENCH_RUNS", "100"))

_GROUP = """
import os
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "emporion.config.settings")
import django
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from bench.bench_storm import grouped
grouped({runs})
"""


def measure() -> list[Figure]:
    """All runs in a database of their own, each alert in a transaction of its own, as they arrive."""
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, "EMPORION_HOME": home, "EMPORION_SECRET_KEY": "bench", "EMPORION_DEBUG": "0"}
        script = _GROUP.format(runs=RUNS)
        done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    whole, wrong, pairs, took, told = (float(text) for text in done.stdout.split()[-5:])
    made = f"{RUNS} seeded runs: 200 alerts of one provider in 3 minutes, 5 to 20 of another that begins meanwhile"
    return [
        _figure("runs in which the storm is one problem", whole, "%", 95, made, at_least=True),
        _figure("alerts that are in the other fault's problem", wrong, "%", 2, made),
        _figure("pairs grouped as they belong, F1", pairs, "", 0.9, made, at_least=True),
        _figure("one alert, from noticed to grouped", took, "ms", 36, f"median; {made}; SQLite"),
        _figure("most times that somebody is told of the storm", told, "", 3, "opened once, then only when it gets more urgent"),
    ]


def _figure(name: str, value: float, unit: str, due: float, conditions: str, *, at_least: bool = False) -> Figure:
    compared = "100,000 alerts an hour" if unit == "ms" else "what is promised"
    return Figure(name=name, value=value, unit=unit, due=due, at_least=at_least, compared_with=compared, conditions=conditions)


def grouped(runs: int) -> None:
    """Groups every run and prints what came out: whole storms, wrong alerts, F1 of pairs, milliseconds, most notices."""
    whole = wrong = alerts = 0
    right = joined = belonging = 0
    took: list[float] = []
    most_told = 0
    for seed in range(runs):
        faults, notices = _run(seed, took)
        most_told = max(most_told, notices)
        problems = {name: Counter(fault for fault, problem in faults if problem == name) for _, name in faults}
        storm = {problem for fault, problem in faults if fault == 0}
        whole += len(storm) == 1
        wrong += sum(sum(counts.values()) - max(counts.values()) for counts in problems.values())
        alerts += len(faults)
        for (fault, problem), (other_fault, other_problem) in combinations(faults, 2):
            is_one, is_joined = fault == other_fault, problem == other_problem
            right, joined, belonging = right + (is_one and is_joined), joined + is_joined, belonging + is_one
    precision, recall = right / joined, right / belonging
    f1 = 2 * precision * recall / (precision + recall)
    print(
        round(100 * whole / runs, 1),
        round(100 * wrong / alerts, 2),
        round(f1, 3),
        round(sorted(took)[len(took) // 2] * 1000, 1),
        most_told,
    )


def _run(seed: int, took: list[float]) -> tuple[list[tuple[int, str]], int]:
    """One storm: for each alert the fault that it is of and the problem that it is in, and how often the storm was told."""
    gathering = importlib.import_module("emporion.nexus.alerts.gathering")  # needs the database that only the child has
    alerts = importlib.import_module("emporion.nexus.alerts.models").Alert
    made, project_id = storm(seed), new_id()
    ground = gathering.Ground(organisation_id=new_id(), project_id=project_id, graph=made.graph)
    for one in made.told:
        began = time.perf_counter()
        gathering.gather(ground, [one.observation], now=one.observation.started_at)
        took.append(time.perf_counter() - began)
    fault_of = {gathering.fingerprint(one.observation.kind, one.observation.key): one.fault for one in made.told}
    rows = alerts.objects.filter(project_id=project_id).values_list("fingerprint", "problem")
    return [(fault_of[mark], str(problem)) for mark, problem in rows], _notices(project_id)


def _notices(project_id: object) -> int:
    """How often people were told of the problem that was told most."""
    problems = importlib.import_module("emporion.nexus.alerts.models").Problem
    jobs = importlib.import_module("emporion.plumbing.models").Job
    names = ("nexus.alerts.ProblemOpened", "nexus.alerts.ProblemGrew")
    ids = [str(one) for one in problems.objects.filter(project_id=project_id).values_list("pk", flat=True)]
    told = set(jobs.objects.filter(name__in=names).values_list("name", "payload"))  # one job for each who listens
    return max((sum(one in payload for _, payload in told) for one in ids), default=0)
