"""Makes the websites where there are none, looks at their dashboards, and says how long it took. `looks.py EVENTS LOOKS`."""

import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import cycle
from pathlib import Path
from zoneinfo import ZoneInfo

import django

django.setup()

from bench import visits  # noqa: E402 -- after Django is set up
from emporion.insights.reports import periods, queries, rules  # noqa: E402 -- after Django is set up
from emporion.insights.reports.adding import Adder  # noqa: E402 -- after Django is set up
from emporion.insights.reports.types import (  # noqa: E402 -- after Django is set up
    Comparison,
    Dimension,
    Filter,
    Page,
    ReportQuery,
)
from emporion.insights.sites.types import AttributionModel  # noqa: E402 -- after Django is set up

NOW = visits.END - timedelta(hours=3)
DAY = timedelta(days=1)
ZONE = ZoneInfo("Europe/Berlin")


def query_of(site: int, days_ago: int = 0) -> ReportQuery:
    """Thirty days that end some days ago and the thirty before; each look another one, so that nothing answers from memory."""
    until = periods.local_day(NOW, ZONE) - DAY * days_ago + DAY
    period = periods.days(until - 30 * DAY, until, ZONE)
    compared = rules.compared_with(period, Comparison.PREVIOUS, now=NOW)
    return ReportQuery(site_id=visits.site(site), currency="EUR", period=period, compared=compared)


def times(look: Callable[[int], object], looks: int) -> list[float]:
    """Milliseconds, sorted; the first look warms the disk's cache and does not count."""
    look(0)
    took = []
    for number in range(looks):
        began = time.perf_counter()
        look(number)
        took.append((time.perf_counter() - began) * 1000)
    return sorted(took)


def p95(took: list[float]) -> float:
    return took[min(len(took) - 1, int(len(took) * 0.95))]


def page(site: int) -> Callable[[int], object]:
    return lambda number: queries._dashboard(query_of(site, number % 4), NOW)  # noqa: SLF001 -- without the database's part


def row_by_row(number: int) -> object:
    return queries._dashboard(query_of(0, number % 4), NOW, rows_compare=True)  # noqa: SLF001 -- without the database's part


def filtered(number: int) -> object:
    country = Filter(dimension=Dimension.COUNTRY, values=(("US", "DE", "GB", "FR")[number % 4],))
    return queries._dashboard(query_of(0, number % 4).also(country), NOW)  # noqa: SLF001 -- without the database's part


def other_breakdowns(number: int) -> object:
    rest = [one for one in Dimension if one not in queries.FIRST_DIMENSIONS]
    return [queries._breakdown(query_of(0, number % 4), one, Page()) for one in rest]  # noqa: SLF001 -- without the database's part


def switch() -> Callable[[int], object]:
    models = cycle(AttributionModel)

    def look(number: int) -> object:
        query = replace(query_of(0, number % 4), model=next(models))
        return queries._overview(query, NOW), queries._breakdown(query, Dimension.SOURCE, Page())  # noqa: SLF001 -- without the database's part

    return look


def weigh() -> dict[str, float]:
    store = queries.event_store()
    events = store.value("SELECT count() FROM site_events", as_=int)
    size = store.value(
        "SELECT sum(bytes_on_disk) FROM system.parts"
        " WHERE active AND database = currentDatabase() AND startsWith(table, 'site_')",
        as_=int,
    )
    resident = int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return {"bytes": size / events, "megabytes": resident / 1e6}


def add_up(store: queries.EventStore) -> tuple[int, float]:
    """The days of the large websites, as the job does it, today's not: how many there were, and seconds for each."""
    adder, began, days = Adder(quiet_seconds=0), time.perf_counter(), 0
    for busy in adder.busy(store, now=NOW):
        while added := adder.add_up(store, busy, ZONE, now=NOW):
            days += added
    return days, (time.perf_counter() - began) / max(days, 1)


def events_of(site: int) -> int:
    sql = "SELECT count() FROM site_events WHERE site_id = {site:UUID}"
    return queries.event_store().value(sql, {"site": visits.site(site)}, as_=int)


def main() -> None:
    wanted, looks = map(int, sys.argv[1:])
    store = queries.event_store()
    if store.value("SELECT count() FROM site_events", as_=int) == 0:
        visits.fill(store, wanted)
        visits.pay(store)
    days, seconds_a_day = add_up(store)
    small = min(range(1, visits.SITES), key=lambda number: abs(events_of(number) - 50_000))
    large = times(page(0), looks)
    found = {
        "large_events": events_of(0),
        "small_events": events_of(small),
        "large": p95(large),
        "large_median": statistics.median(large),
        "small": p95(times(page(small), looks)),
        "model": p95(times(switch(), looks)),
        "compared": p95(times(row_by_row, looks)),
        "filtered": p95(times(filtered, looks)),
        "days": days,
        "seconds_a_day": seconds_a_day,
        "others": p95(times(other_breakdowns, max(4, looks // 8))),
        **weigh(),
    }
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
