"""Reads tables that are written as CSV: the header says what it is, and each row is handed on by the names of its columns."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from emporion.insights.imports.types import LeftOut, Reason

_LONGEST_CELL = 16 * 1024
csv.field_size_limit(1024 * 1024)


@dataclass(frozen=True, slots=True, kw_only=True)
class CsvTable:
    """A table with its columns, lower-case, and its rows."""

    columns: tuple[str, ...]
    rows: Iterator[Sequence[str] | LeftOut]

    def has(self, *names: str) -> bool:
        """Whether all of these columns are there."""
        return set(names) <= set(self.columns)

    def places(self) -> Mapping[str, int]:
        """Where each column stands."""
        return {name: place for place, name in enumerate(self.columns)}


def table_of(lines: Iterator[str]) -> CsvTable | None:
    """The table in a text, split by commas, semicolons or tabs; nothing where its first line is no header."""
    first = next(lines, "")
    delimiter = max(",;\t", key=first.count)
    columns = tuple(name.strip().lower() for name in next(csv.reader([first], delimiter=delimiter), []))
    if not columns or len(columns) < 2:
        return None
    return CsvTable(columns=columns, rows=_rows(lines, delimiter, len(columns)))


def _rows(lines: Iterator[str], delimiter: str, width: int) -> Iterator[Sequence[str] | LeftOut]:
    # Each line has lost its end, and a cell may go on over several: the reader wants the ends back to know.
    reader = csv.reader((f"{line}\n" for line in lines), delimiter=delimiter)
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield LeftOut(reason=Reason.UNREADABLE, detail=str(error)[:100])
            continue
        if not row:
            continue
        if len(row) != width or any(len(cell) > _LONGEST_CELL for cell in row):
            yield LeftOut(reason=Reason.UNREADABLE, detail=f"{len(row)} / {width}", excerpt=delimiter.join(row)[:120])
        else:
            yield row
