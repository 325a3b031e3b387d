"""The same dashboard at a hundred million events. They take half an hour to make; `EMPORION_BENCH_STORE_LARGE` keeps them."""

import os
import tempfile
from dataclasses import replace
from pathlib import Path

from bench.bench_dashboard import conditions, due, measured, weight
from bench.harness import Figure

TITLE = "Dashboard of a website among a hundred million events"
EVENTS = 100_000_000
UMAMI = 21_500  # milliseconds of five calls at ten million


def measure() -> list[Figure]:
    """The slowest twentieth of the pages, and what a filter costs, which reads visits."""
    with tempfile.TemporaryDirectory() as made:
        found = measured(Path(os.environ.get("EMPORION_BENCH_STORE_LARGE", made)), EVENTS)
    how, small = conditions(found, EVENTS)
    peer = "no requirement; five calls of Umami at 10 million"
    return [
        due("whole page, large website, p95", found["large"], 1_500, how),
        due("whole page, large website, median", found["large_median"], 1_500, how),
        due("whole page, small website, p95", found["small"], 1_500, small),
        due("switch of the model (tiles, line, sources), p95", found["model"], 1_500, how),
        replace(due("whole page with a filter by country, p95", found["filtered"], UMAMI, how), compared_with=peer),
        replace(due("all other breakdowns one after the other, p95", found["others"], UMAMI, how), compared_with=peer),
        weight(found, how),
    ]
