"""CSV: each row becomes one block that carries the names of its columns, so that a row can be found and understood alone."""

import csv
import io
from collections.abc import Sequence

from emporion.agents.knowledge.builder import DocumentBuilder
from emporion.agents.knowledge.errors import Empty, TooLarge, Unreadable
from emporion.agents.knowledge.types import BlockKind

from . import Progress
from .detection import decode

_MAX_ROWS = 50_000
_MAX_FIELD = 200_000


def read_csv(content: bytes, builder: DocumentBuilder, report: Progress) -> None:
    """One block a row, `column: value` on each line; `row` counts from 1 without the header."""
    text = decode(content)
    try:
        dialect: csv.Dialect | type[csv.Dialect] = csv.Sniffer().sniff(text[:20_000], delimiters=",;\t|")
    except csv.Error:
        dialect = csv.excel
    csv.field_size_limit(_MAX_FIELD)
    try:
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), dialect) if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise Unreadable("A row of the table cannot be read.") from error
    if not rows:
        raise Empty
    if len(rows) > _MAX_ROWS:
        raise TooLarge(f"The table has more than {_MAX_ROWS} rows.", limit=_MAX_ROWS, size=len(rows))
    header, body = _split_header(rows)
    for number, row in enumerate(body, start=1):
        builder.add(row_text(header, row), BlockKind.ROW, row=number)
        if number % 200 == 0 or number == len(body):
            report(number, len(body))


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
