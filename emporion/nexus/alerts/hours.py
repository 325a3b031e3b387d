"""Four weeks of a series by the hour: what is usual at this hour of the week, and the long window of the error budget.

The middle and the spread are the median and the median absolute deviation, which a past outage does not move. The same hour of
the week is asked first, then the same hour of the day, then the last day; with less than a day nothing is usual yet.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self

import numpy as np
import numpy.typing as npt

from emporion.nexus.apis.types import Minute

KEPT = 672  # hours: four weeks
HOUR = timedelta(hours=1)
CALLS, FAILURES, THROTTLED, P95, COST, FIRST_TOKEN = range(6)
COLUMNS = 6
LEAST_SAMPLES = 6
FOR_SIGMA = 1.4826  # a median absolute deviation as a standard deviation of a normal distribution
LEAST_SPREAD = 0.05  # of the middle
PICOS = 10.0**12


@dataclass(frozen=True, slots=True, kw_only=True)
class Usual:
    """What a figure is at this hour in ordinary times; `least` is the smallest of the samples, `most` the second largest."""

    middle: float
    spread: float
    least: float
    most: float
    samples: int
    basis: str

    def distance(self, value: float) -> float:
        """How many spreads above the middle a value is."""
        return (value - self.middle) / self.spread if self.spread else 0.0


class Hours:
    """The hours up to `end`, oldest first; an hour that was not seen is NaN."""

    __slots__ = ("end", "table")

    def __init__(self, end: datetime, table: npt.NDArray[np.float32] | None = None) -> None:
        self.end = end
        self.table = np.full((KEPT, COLUMNS), np.nan, dtype=np.float32) if table is None else table

    @classmethod
    def load(cls, end: datetime, raw: bytes) -> Self:
        """From what `dump` gave."""
        return cls(end, np.frombuffer(raw, dtype=np.float32).reshape(KEPT, COLUMNS).copy())

    def dump(self) -> bytes:
        """As bytes, always as many."""
        return self.table.tobytes()

    def take(self, minutes: Sequence[Minute], until: datetime) -> None:
        """Goes on to the hour `until`, with the minutes of the hours since `end`; others are left out.

        Before the first call of all nothing is known: an API that is new was not silent for four weeks.
        """
        hours = int((until - self.end) / HOUR)
        if hours <= 0:
            return
        if not self.known:
            first = next((index for index, one in enumerate(minutes) if one.calls), len(minutes))
            minutes = minutes[first:]
        shift = min(hours, KEPT)
        self.table = np.roll(self.table, -shift, axis=0)
        self.table[KEPT - shift :] = np.nan
        self.end = until
        by_hour: dict[int, list[Minute]] = {}
        for minute in minutes:
            by_hour.setdefault(int((until - minute.at - timedelta(microseconds=1)) / HOUR), []).append(minute)
        for back, group in by_hour.items():
            if 0 <= back < shift:
                self.table[KEPT - 1 - back] = _of(group)

    def usual(self, column: int, now: datetime) -> Usual | None:
        """What a figure is at this time in ordinary times, `None` while too little is known."""
        row = KEPT + int((floor_hour(now) - self.end) / HOUR)  # of the hour that runs
        near = (-1, 0, 1)
        choices = (
            ("this hour of the week", [row - 168 * week + step for week in range(1, 5) for step in near]),
            ("this hour of the day", [row - 24 * day + step for day in range(1, 15) for step in near]),
            ("the last day", [row - step for step in range(1, 25)]),
        )
        for basis, rows in choices:
            found = self.table[[one for one in rows if 0 <= one < KEPT], column]
            known = found[~np.isnan(found)].astype(np.float64)
            enough = LEAST_SAMPLES if basis != "the last day" else 20
            if len(known) >= enough:
                return _usual(known, basis)
        return None

    def budget(self, hours: int) -> tuple[int, int]:
        """The calls and failures of the last full hours."""
        last = np.nan_to_num(self.table[-hours:])
        return int(last[:, CALLS].sum()), int(last[:, FAILURES].sum())

    @property
    def known(self) -> int:
        """How many hours were seen."""
        return int((~np.isnan(self.table[:, CALLS])).sum())

    def failure_share(self) -> float:
        """The share of failures in an ordinary hour: the median of the hours that had calls."""
        calls = self.table[:, CALLS]
        rows = calls > 0
        return float(np.median(self.table[rows, FAILURES] / calls[rows])) if rows.any() else 0.0


def floor_hour(moment: datetime) -> datetime:
    """When the hour began."""
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _of(minutes: Sequence[Minute]) -> list[float]:
    """The figures of one hour."""
    return [
        sum(one.calls for one in minutes),
        sum(one.failures for one in minutes),
        sum(one.throttled for one in minutes),
        middle([(one.p95_ms, one.calls) for one in minutes]),
        sum(one.cost_picos for one in minutes) / PICOS,
        middle([(one.first_token_p95_ms, one.calls) for one in minutes]),
    ]


def middle(values: Sequence[tuple[float | None, int]]) -> float:
    """The median of the values that are there, each as heavy as its calls, NaN of none: a minute of one call says little."""
    known = sorted((value, max(1, calls)) for value, calls in values if value is not None)
    half, passed = sum(calls for _, calls in known) / 2, 0
    for value, calls in known:
        passed += calls
        if passed >= half:
            return value
    return float("nan")


def _usual(known: npt.NDArray[np.float64], basis: str) -> Usual:
    center = float(np.median(known))
    spread = float(np.median(np.abs(known - center))) * FOR_SIGMA
    return Usual(
        middle=center,
        spread=max(spread, LEAST_SPREAD * abs(center), 1e-9),
        least=float(known.min()),
        most=float(np.sort(known)[-2]),  # not the largest, which may have been a fault
        samples=len(known),
        basis=basis,
    )
