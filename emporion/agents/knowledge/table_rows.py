"""The rows of the tables in a passage: a passage of its own in a file of rows, else a line "column: value; column: value"."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from .quoting import cited
from .types import Citation, PassageRow

_LINE = re.compile(r"[^\n]+")
_CELL = re.compile(r"(?:(?P<name>[^\s:;.!?][^:;.!?]{0,39}):\s+)?(?P<value>\S.*)", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRow:
    """A row with where it stands in its passage, and its cells as (column, value); a column may have no name."""

    passage: PassageRow
    start: int
    end: int
    cells: tuple[tuple[str, str], ...]

    @property
    def text(self) -> str:
        """The row as it stands."""
        return self.passage.text[self.start : self.end]

    @property
    def language(self) -> str:
        """That of its passage."""
        return self.passage.language

    @property
    def table(self) -> str:
        """What tells its table from others."""
        return self.passage.document_id if self.passage.row is not None else self.passage.id


def places_of(rows: Iterable[TableRow]) -> tuple[Citation, ...]:
    """The places to quote for some rows in their order; lines that follow each other in a passage are one."""
    spans: list[tuple[PassageRow, int, int]] = []
    for row in rows:
        passage, start, end = spans[-1] if spans else (None, 0, 0)
        if passage is row.passage and not passage.text[end : row.start].strip():
            spans[-1] = (row.passage, start, row.end)
        else:
            spans.append((row.passage, row.start, row.end))
    return tuple(cited(*span) for span in spans)


def rows_in(passage: PassageRow) -> tuple[TableRow, ...]:
    """The rows that a passage is or holds, in their order."""
    return tuple(_rows_in(passage))


def _rows_in(passage: PassageRow) -> Iterator[TableRow]:
    if passage.row is not None:
        cells = _cells(passage.text.split("\n"))
        yield TableRow(passage=passage, start=0, end=len(passage.text), cells=cells)
        return
    for line in _LINE.finditer(passage.text):
        cells = _cells(line.group().split("; "))
        if len(cells) > 1 and any(name for name, _ in cells[1:]) and line.group().count("; ") + 1 == len(cells):
            yield TableRow(passage=passage, start=line.start(), end=line.end(), cells=cells)


def _cells(parts: Sequence[str]) -> tuple[tuple[str, str], ...]:
    found = (_CELL.fullmatch(part.strip()) for part in parts)
    return tuple((one["name"] or "", one["value"]) for one in found if one)
