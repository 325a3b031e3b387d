"""Where the documents tell what everybody asks a firm (`contacts`): the sentences to quote, of a table of hours its rows."""

from collections.abc import Sequence

from .contacts import Fact, Told, best_told, names_days
from .periods import Months, months_of
from .quoting import QUOTE_WORDS, cited
from .retrieval import PassageIndex
from .table_rows import TableRow, places_of, rows_in
from .types import Citation, PassageRow

_MOST_ROWS = 21  # of a table of hours: three seasons with seven days
_MOSTLY = 0.75


def places_told(facts: Sequence[Fact], months: Months, index: PassageIndex) -> tuple[Citation, ...]:
    """The places that tell all of some facts; hours those of some months, where there are such. Nothing where one is not told."""
    places: dict[tuple[str, int], Citation] = {}
    for fact in facts:
        best = best_told(fact, index.told())
        found = [] if best is None else _telling(fact, best, months, index)
        if not found:
            return ()
        places |= {(place.passage_id, place.start): place for place in found}
    return tuple(places.values())


def _telling(fact: Fact, best: Told, months: Months, index: PassageIndex) -> list[Citation]:
    """The sentences that tell a fact; of a table of hours all rows, or those of the months that are asked about."""
    row = index.rows[best.place]
    if fact is not Fact.HOURS:
        return [cited(row, *_around(row.text, best.spans[fact]))]
    table = _table_of_hours(row, best, index)
    if table:
        return [*places_of(_of_months(table, months))]
    spans = tuple(sorted({*best.spans[fact], *best.days}))  # "Monday closed" holds no hours and is one of them
    of_months = tuple(span for span in spans if months & months_of(row.text[slice(*span)], row.language))
    return [cited(row, *_around(row.text, of_months or spans))] if of_months or not months else []


def _table_of_hours(row: PassageRow, best: Told, index: PassageIndex) -> list[TableRow]:
    """The rows of a table that are about days or opening, and those that have nothing where these have hours: "by appointment".

    Where nearly all are about days the others are, too; a table of many things may tell hours in a few rows.
    """
    beside = [one for one in index.rows if one.document_id == row.document_id and one.row is not None]
    rows = [found for one in (beside if row.row is not None else [row]) for found in rows_in(one)]
    of_days = [one for one in rows if names_days(one.text, one.language)]
    if row.row is None and not any(one.start <= start < one.end for one in of_days for start, _ in best.spans[Fact.HOURS]):
        return []
    columns = [{name for name, _ in one.cells} for one in of_days]
    is_all = len(of_days) > _MOSTLY * len(rows)
    chosen = [row for row in rows if is_all or row in of_days or any({name for name, _ in row.cells} < one for one in columns)]
    return chosen if 1 < len(chosen) <= _MOST_ROWS else []


def _of_months(table: list[TableRow], months: Months) -> list[TableRow]:
    """The rows of some months; all where none is, for then what is asked about is none of its seasons; none without seasons."""
    if not months:
        return table
    told = [months_of(one.text, one.language) for one in table]
    return [row for row, one in zip(table, told, strict=True) if one & months] or (table if any(told) else [])


def _around(text: str, spans: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """From the first of some sentences to the last, as far as they make a short paragraph."""
    start, end = spans[0]
    for _, other in spans[1:]:
        if len(text[start:other].split()) <= QUOTE_WORDS:
            end = other
    return start, end
