"""The rows of the tables in a passage: a passage of its own in a file of rows, else a line "column: value; column: value"."""

import re
from collections.abc import Iterator, Sequence
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

    def cited(self) -> Citation:
        """The row as a place to quote."""
        return cited(self.passage, self.start, self.end)


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
