"""CSV: each row becomes one block that carries the names of its columns, so that a row can be found and understood alone."""

import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import takewhile

from emporion.agents.knowledge.builder import DocumentBuilder
from emporion.agents.knowledge.errors import Empty, TooLarge, Unreadable
from emporion.agents.knowledge.types import BlockKind

from . import Progress
from .detection import decode

_MAX_ROWS = 50_000
_MAX_FIELD = 200_000
_DELIMITERS = ",;\t|"
_LOOKED_AT = 20_000  # characters


def read_csv(content: bytes, builder: DocumentBuilder, report: Progress) -> None:
    """One block a row, `column: value` on each line; `row` counts from 1 without the header."""
    text = decode(content)
    csv.field_size_limit(_MAX_FIELD)
    try:
        delimiter = max(_DELIMITERS, key=lambda one: _fit(text[:_LOOKED_AT], one))
        rows = list(_rows(text, delimiter))
    except csv.Error as error:
        raise Unreadable("A row of the table cannot be read.") from error
    if not rows:
        raise Empty
    if len(rows) > _MAX_ROWS:
        raise TooLarge(f"The table has more than {_MAX_ROWS} rows.", limit=_MAX_ROWS, size=len(rows))
    titles, rows = _split_titles(rows)
    for title in titles:
        builder.add(" ".join(title.split()))
    header, body = _split_header(rows)
    for number, row in enumerate(body, start=1):
        builder.add(row_text(header, row), BlockKind.ROW, row=number)
        if number % 200 == 0 or number == len(body):
            report(number, len(body))


def _rows(text: str, delimiter: str) -> Iterator[list[str]]:
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True)
    return (row for row in rows if any(cell.strip() for cell in row))


def _fit(text: str, delimiter: str) -> tuple[float, int]:
    """How well a delimiter parts these lines: the share of rows of the commonest length, then how long these are.

    Commas stand in prices and in prose, too, so that what counts is how even the rows become.
    """
    lengths = Counter(len(row) for row in _rows(text, delimiter))
    (commonest, count), *_ = lengths.most_common(1) or [(1, 0)]
    return (count / lengths.total(), commonest) if commonest > 1 else (0.0, 0)


def _split_titles(rows: list[list[str]]) -> tuple[list[str], list[list[str]]]:
    """What stands alone above a table, as its title does, and the rows."""
    alone = list(takewhile(lambda row: sum(bool(cell.strip()) for cell in row) == 1, rows))
    if len(alone) == len(rows):
        return [], rows
    return [cell for row in alone for cell in row if cell.strip()], rows[len(alone) :]


def _split_header(rows: list[list[str]]) -> tuple[list[str], list[list[str]]]:
    first = [" ".join(cell.replace("_", " ").split()) for cell in rows[0]]
    named = all(cell and not cell.replace(".", "").replace(",", "").isdigit() and len(cell) < 60 for cell in first)
    if len(rows) > 1 and named and len(set(first)) == len(first):
        return first, rows[1:]
    return [], rows


def row_text(header: Sequence[str], row: Sequence[str]) -> str:
    """The row as lines of `column: value`; columns without a name keep their value alone, empty cells are left out."""
    lines = []
    for place, cell in enumerate(row):
        value = " ".join(cell.split())
        name = header[place] if place < len(header) else ""
        if value:
            lines.append(f"{name}: {value}" if name else value)
    return "\n".join(lines)
