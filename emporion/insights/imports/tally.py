"""Counts what a pass over files finds, in bounded memory, so that people see it before anything is stored."""

import csv
import io
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta

import msgspec

from emporion.insights.imports.rules import harmless
from emporion.insights.imports.types import DayTotal, LeftOut, Reason, Sample, Total
from emporion.store.schemas import SiteEvent

MOST_VISITORS = 1_000_000
MOST_LISTED = 1_000  # of one reason
EXAMPLES = 3
SAMPLES = 10
_GAP = timedelta(minutes=30)
_MOST_ADDRESSES = 3


class Tally:
    """What was found so far."""

    def __init__(self) -> None:
        self.rows = self.taken = self.covered = self.pageviews = self.goals = self.visits = 0
        self.daily_visitors = 0  # of totals: who came on two days is in both
        self.first_at: datetime | None = None
        self.last_at: datetime | None = None
        self.days: Counter[str] = Counter()
        self.covered_days: Counter[str] = Counter()
        self.left: Counter[str] = Counter()
        self.samples: list[Sample] = []
        self.addresses: set[str] = set()
        self._listed: dict[str, list[tuple[str, int, str]]] = {}
        self._seen: dict[int, datetime] = {}

    @property
    def visitors(self) -> int:
        """How many there are, as far as they are told apart."""
        return len(self._seen) + self.daily_visitors

    @property
    def is_at_least(self) -> bool:
        """Whether there are more visitors than are told apart."""
        return len(self._seen) >= MOST_VISITORS

    def leave(self, out: LeftOut, file: str, row: int) -> None:
        """A row is left out."""
        self.left[out.reason] += 1
        if out.reason == Reason.COVERED:
            self.covered += 1
            self.covered_days[out.detail[:10]] += 1
        listed = self._listed.setdefault(out.reason, [])
        if len(listed) < MOST_LISTED:
            said = f"{out.excerpt} ({out.detail})" if out.detail and out.excerpt else out.excerpt or out.detail
            listed.append((file, row, said[:240]))

    def take(self, event: SiteEvent) -> None:
        """A row would count."""
        at = event.occurred_at
        self.taken += 1
        self.pageviews += event.kind == "pageview"
        self.goals += event.kind == "goal"
        self.days[at.date().isoformat()] += 1
        self.first_at = at if self.first_at is None or at < self.first_at else self.first_at
        self.last_at = at if self.last_at is None or at > self.last_at else self.last_at
        self._visit(event.visitor_id.int, at)
        if len(self.samples) < SAMPLES:
            self.samples.append(sample_of(event))

    def add(self, total: DayTotal) -> None:
        """A row of totals would count; only those of whole days say how many there were."""
        self.taken += 1
        if len(self.samples) < SAMPLES:
            self.samples.append(_sample_of_total(total))
        if total.dimension is Total.GOAL:
            self.goals += total.pageviews
        if total.dimension is not Total.DAY:
            return
        noon = datetime.combine(total.day, time(12), UTC)
        self.pageviews += total.pageviews
        self.visits += total.visits
        self.daily_visitors += total.visitors
        self.days[total.day.isoformat()] += total.pageviews
        self.first_at = noon if self.first_at is None or noon < self.first_at else self.first_at
        self.last_at = noon if self.last_at is None or noon > self.last_at else self.last_at

    def _visit(self, visitor: int, at: datetime) -> None:
        last = self._seen.get(visitor)
        if last is None and len(self._seen) >= MOST_VISITORS:
            return
        if last is None or at - last >= _GAP:
            self.visits += 1
        self._seen[visitor] = at

    def saw_address(self, address: str) -> None:
        """Whether all rows come from one address matters: a log behind a proxy has the proxy's."""
        if address and len(self.addresses) < _MOST_ADDRESSES:
            self.addresses.add(address)

    def reasons(self) -> dict[str, object]:
        """How many rows were left out by reason, with examples."""
        return {
            reason: {"count": count, "examples": [text for _, _, text in self._listed.get(reason, [])[:EXAMPLES]]}
            for reason, count in self.left.most_common()
        }

    def listed(self) -> str:
        """The rows that were left out as CSV: of each reason the first thousand."""
        out = io.StringIO()
        writer = csv.writer(out)
        writer.writerow(("file", "row", "reason", "what"))
        writer.writerows(self._cells())
        return out.getvalue()

    def _cells(self) -> Iterator[tuple[str, int, str, str]]:
        for reason, rows in self._listed.items():
            for file, row, text in rows:
                yield harmless(file), row, reason, harmless(text)


def sample_of(event: SiteEvent) -> Sample:
    """A row as a page shows it."""
    place = ", ".join(part for part in (event.city, event.country) if part)
    return Sample(
        at=event.occurred_at,
        kind=event.kind,
        what=event.path if event.kind == "pageview" else event.name,
        source=event.source,
        place=place,
        device=event.device,
        browser=event.browser,
    )


def _sample_of_total(total: DayTotal) -> Sample:
    """A row of totals: the columns hold its counts."""
    return Sample(
        at=datetime.combine(total.day, time(), UTC),
        kind=total.dimension,
        what=total.value,
        source=str(total.visitors),
        place=str(total.visits),
        device=str(total.pageviews),
        browser="",
    )


def samples_out(samples: list[Sample]) -> list[object]:
    """Rows as JSON keeps them."""
    return [msgspec.to_builtins(one) for one in samples]


def samples_in(kept: list[object]) -> tuple[Sample, ...]:
    """Rows as they were kept."""
    return msgspec.convert(kept, tuple[Sample, ...])
