"""CSV: each row becomes one block that carries the names of its columns, so that a row can be found and understood alone."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from itertools import takewhile

from emporion.agents.knowledge.builder import DocumentBuilder
from emporion.agents.knowledge.errors import Empty, TooLarge, Unreadable
from emporion.agents.knowledge.types import BlockKind

from . import Progress
from .detection import decode

_MAX_ROWS = 50_000
_MAX_FIELD = 200_000
_LOOKED_AT = 20_000  # characters
_EVEN = 0.6  # of the rows
_NO_DELIMITER = "\x1f"
_DECIMAL = re.compile(r"(?<=\d),(?=\d)")


def read_csv(content: bytes, builder: DocumentBuilder, report: Progress) -> None:
    """One block a row, `column: value` on each line; `row` counts from 1 without the header."""
    text = decode(content)
    csv.field_size_limit(_MAX_FIELD)
    try:
        rows = list(_rows(text, _delimiter_of(text[:_LOOKED_AT])))
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


def _delimiter_of(text: str) -> str:
    """What parts these lines most evenly. Commas stand in prices and in prose, too; what parts nothing leaves one column."""
    bare = _DECIMAL.sub("·", text)
    for tried in (";\t|", ","), (",", ""):
        fits = {one: _fit(text, one) for one in tried[0]} | {one: _fit(bare, one) for one in tried[1]}
        best = max(fits, key=fits.__getitem__)
        if fits[best][0] >= _EVEN:
            return best
    return _NO_DELIMITER


def _fit(text: str, delimiter: str) -> tuple[float, int]:
    """The share of rows that have two cells or more and none more than the first such row, then how many that has."""
    lengths = [len(row) for row in _rows(text, delimiter)]
    first = next((length for length in lengths if length > 1), 0)
    return sum(1 < length <= first for length in lengths) / (len(lengths) or 1), first


def _split_titles(rows: list[list[str]]) -> tuple[list[str], list[list[str]]]:
    """What stands alone above a table, as its title does, and the rows."""
    alone = list(takewhile(lambda row: sum(bool(cell.strip()) for cell in row) == 1, rows))
    if len(alone) == len(rows) or len(alone) > max(1, len(rows) // 4):
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
