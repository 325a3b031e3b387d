"""Reads Plausible's export: one CSV for each dimension, a row for each day and value, with sums and nothing that joins them.

The header says which file it is, so that neither its name nor the version that wrote it matters. What is split more finely than
it is shown here (versions of browsers, cities, referrers) is summed up; visitors of a sum may then count twice, visits never do.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from emporion.insights.imports.formats.tables import CsvTable, table_of
from emporion.insights.imports.types import DayTotal, LeftOut, Reason, Total

# By the column that tells a file apart, the first that is there; what a row counts as its visits is named differently at times.
_BY_COLUMN: Mapping[str, Total] = {
    "entry_page": Total.ENTRY,
    "exit_page": Total.EXIT,
    "page": Total.PAGE,
    "country": Total.COUNTRY,
    "device": Total.DEVICE,
    "browser": Total.BROWSER,
    "operating_system": Total.SYSTEM,
    "source": Total.SOURCE,
    "name": Total.GOAL,
}
_VISITS = ("visits", "entrances", "exits")
_VIEWS = ("pageviews", "events")
_WHOLE = ("visitors", "pageviews", "visits")
_DIRECT = "Direct / None"
_LARGEST = 2**40


@dataclass(frozen=True, slots=True, kw_only=True)
class _Columns:
    """Where a file keeps what."""

    day: int
    kind: Total
    value: int | None
    visitors: int
    visits: int | None
    views: int | None
    bounces: int | None
    duration: int | None
    campaign: int | None


def read(lines: Iterator[str]) -> Iterator[DayTotal | LeftOut] | None:
    """A total or a reason for each row; nothing where the text is no part of an export."""
    table = table_of(lines)
    columns = _columns(table) if table is not None else None
    return _totals(table, columns) if table is not None and columns is not None else None


def _columns(table: CsvTable) -> _Columns | None:
    if not table.has("date", "visitors"):
        return None
    column = next((name for name in _BY_COLUMN if name in table.columns), "")
    if not column and not table.has(*_WHOLE):
        return None
    places = table.places()
    return _Columns(
        day=places["date"],
        kind=_BY_COLUMN[column] if column else Total.DAY,
        value=places[column] if column else None,
        visitors=places["visitors"],
        visits=next((places[name] for name in _VISITS if name in places), None),
        views=next((places[name] for name in _VIEWS if name in places), None),
        bounces=places.get("bounces"),
        duration=places.get("visit_duration"),
        campaign=places.get("utm_campaign"),
    )


def _totals(table: CsvTable, columns: _Columns) -> Iterator[DayTotal | LeftOut]:
    for row in table.rows:
        if isinstance(row, LeftOut):
            yield row
            continue
        try:
            total = _total(row, columns)
        except ValueError:
            yield LeftOut(reason=Reason.UNREADABLE, excerpt=",".join(row)[:120])
            continue
        yield total
        if columns.campaign is not None and row[columns.campaign]:
            yield _of_campaign(total, row[columns.campaign])


def _total(row: Sequence[str], columns: _Columns) -> DayTotal:
    value = "" if columns.value is None else row[columns.value].strip()[:1_000]
    if columns.kind is Total.SOURCE:
        value = value if value and value != _DIRECT else "Direct"
    return DayTotal(
        day=date.fromisoformat(row[columns.day]),
        dimension=columns.kind,
        value=value,
        visitors=_number(row, columns.visitors),
        visits=_number(row, columns.visits),
        pageviews=_number(row, columns.views),
        bounces=_number(row, columns.bounces),
        duration_seconds=_number(row, columns.duration),
    )


def _of_campaign(total: DayTotal, name: str) -> DayTotal:
    return DayTotal(
        day=total.day,
        dimension=Total.CAMPAIGN,
        value=name.strip()[:1_000],
        visitors=total.visitors,
        visits=total.visits,
        pageviews=total.pageviews,
        bounces=total.bounces,
        duration_seconds=total.duration_seconds,
    )


def _number(row: Sequence[str], place: int | None) -> int:
    """A count; a negative or absurd one is a row that cannot be read."""
    number = int(row[place] or 0) if place is not None else 0
    if not 0 <= number < _LARGEST:
        raise ValueError
    return number
