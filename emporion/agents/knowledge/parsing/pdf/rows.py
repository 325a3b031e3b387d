"""Finds the tables of a page of a PDF: rows of cells whose columns are aligned. All else stays lines in the order of the file."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from .spans import Span

_LEADING = 1.5  # of the size; lines of one cell are no further apart
_ABOVE = 3.0  # of the size; so far above its row may begin what is centred beside it
_CELL_LINES = 12
_COLUMNS = 30
_ROW_GAP = 5.0  # of the size; rows further apart are of two tables
_CLEARANCE = 0.2


@dataclass(slots=True)
class Cell:
    """Lines of text below each other between two edges."""

    spans: list[Span]
    left: float
    right: float

    @property
    def text(self) -> str:
        """Its lines as one."""
        return " ".join(span.text for span in self.spans)

    @property
    def bold(self) -> bool:
        """True where all of it is."""
        return all(span.bold for span in self.spans)


@dataclass(slots=True)
class Row:
    """Cells side by side; one alone is what text is made of as well."""

    cells: list[Cell]
    top: float
    bottom: float

    @property
    def size(self) -> float:
        """How large its first words are set."""
        return self.cells[0].spans[0].size

    @property
    def spans(self) -> list[Span]:
        """What its cells are made of, in the order of the file."""
        return [span for cell in self.cells for span in cell.spans]


@dataclass(slots=True)
class Table:
    """Rows that share their columns; `columns` are the left and right edges from left to right."""

    rows: list[Row]
    columns: list[list[float]] = field(default_factory=list)

    def placed(self, row: Row) -> list[str]:
        """The text of a row's cells, one for each column, empty where it has none."""
        texts = [""] * len(self.columns)
        for cell in row.cells:
            texts[_overlapped(self.columns, cell)[0]] = cell.text
        return texts

    @property
    def headed(self) -> bool:
        """True where the first row alone is bold, which sets it off as the names of the columns."""
        first, *others = self.rows
        below = (cell for row in others for cell in row.cells)
        return len(first.cells) > 1 and all(cell.bold for cell in first.cells) and not all(cell.bold for cell in below)


def tables_of(spans: Sequence[Span]) -> Iterator[Span | Table]:
    """The spans of a page in their order, those of a table as one."""
    held: list[Row] = []
    columns: list[list[float]] = []
    for row in _rows(spans):
        if held and not (_near(held[-1], row) and _fits(columns, row, single=_single(row))):
            yield from _closed(held, columns)
            held, columns = [], []
        if held or len(row.cells) > 1:
            if not held:
                _fits(columns, row, single=False)
            held.append(row)
        else:
            yield from row.spans
    yield from _closed(held, columns)


def _closed(rows: list[Row], columns: list[list[float]]) -> Iterator[Span | Table]:
    """A table where two rows or more have cells side by side; rows of one cell at its end are text again."""
    wide = [place for place, row in enumerate(rows) if len(row.cells) > 1]
    end = wide[-1] + 1 if len(wide) > 1 else 0
    if end:
        yield Table(rows[:end], sorted(columns))
    for row in rows[end:]:
        yield from row.spans


def _rows(spans: Sequence[Span]) -> Iterator[Row]:
    row: Row | None = None
    for span in spans:
        if row is not None and not span.turned and _joins(row, span):
            row.top, row.bottom = max(row.top, span.y + span.size), min(row.bottom, span.y)
            continue
        if row is not None:
            yield row
        row = Row([_cell(span)], span.y + span.size, span.y)
    if row is not None:
        yield row


def _cell(span: Span) -> Cell:
    return Cell([span], span.x, span.right)


def _joins(row: Row, span: Span) -> bool:
    """Puts a span into the last cell, or beside it, where it belongs there."""
    cell, last = row.cells[-1], row.cells[-1].spans[-1]
    size = max(last.size, span.size)
    below = 0 < last.y - span.y <= _LEADING * size and abs(last.size - span.size) < 0.1 * size and last.bold == span.bold
    if below and span.x < cell.right and span.right > cell.left and len(cell.spans) < _CELL_LINES:
        cell.spans.append(span)
        cell.left, cell.right = min(cell.left, span.x), max(cell.right, span.right)
        return True
    beside = row.bottom - 0.5 * size <= span.y <= row.top - span.size + _ABOVE * size
    if beside and span.x >= cell.right + _CLEARANCE * size and len(row.cells) < _COLUMNS:
        row.cells.append(_cell(span))
        return True
    return False


def _near(above: Row, below: Row) -> bool:
    return below.top < above.top and above.bottom - below.top <= _ROW_GAP * above.size


def _single(row: Row) -> bool:
    return len(row.cells) == 1 and len(row.cells[0].spans) == 1


def _overlapped(columns: Sequence[Sequence[float]], cell: Cell) -> list[int]:
    return [place for place, (left, right) in enumerate(columns) if cell.left < right and cell.right > left]


def _fits(columns: list[list[float]], row: Row, *, single: bool) -> bool:
    """Widens the columns by a row, or leaves them and says no: each cell stands in one column or in a new one.

    A row of one cell must begin where a column does.
    """
    if len(row.cells) == 1 and not (single and any(abs(left - row.cells[0].left) < 2 for left, _ in columns)):
        return False
    places = [_overlapped(columns, cell) for cell in row.cells]
    known = [place[0] for place in places if place]
    if any(len(place) > 1 for place in places) or len(set(known)) < len(known):
        return False
    if len(columns) + len(places) - len(known) > _COLUMNS:
        return False
    for cell, place in zip(row.cells, places, strict=True):
        if place:
            left, right = columns[place[0]]
            columns[place[0]][:] = [min(left, cell.left), max(right, cell.right)]
        else:
            columns.append([cell.left, cell.right])
    return True
