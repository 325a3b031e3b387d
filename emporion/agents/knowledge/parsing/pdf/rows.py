"""Finds the tables of a page of a PDF: cells in drawn grids, or rows of aligned columns. All else stays lines in their order."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from .columns import Cell, Columns, Edges, Row
from .grids import Area, Grid
from .spans import Span

_LEADING = 1.5  # of the size; lines of one cell are no further apart
_ABOVE = 3.0  # of the size; so far above its row may begin what is centred beside it
_CELL_LINES = 12
_LONGEST_CELL = 25  # lines; grids with longer ones hold the parts of a page, not of a table
_ROW_CELLS = 30
_ROW_GAP = 5.0  # of the size; rows further apart are of two tables
_CLEARANCE = 0.2
_HEAD_ROWS = 3
_FEW_BANDS = 3  # head, body and sum: where no more lines are drawn, they do not part row from row
_NAME = 60


@dataclass(slots=True)
class Table:
    """The texts of rows, one for each column and empty where there is none; `columns` are their left and right edges.

    The names of the columns are empty where no row holds them; guessed are those that no bold type sets off. Unnamed are the
    places of cells, by row and column, that reach over the columns of several names. Letters are counted by size and weight.
    """

    names: list[str]
    rows: list[list[str]]
    columns: Edges
    guessed: bool = False
    unnamed: set[tuple[int, int]] = field(default_factory=set)
    letters: Counter[tuple[float, bool]] = field(default_factory=Counter)


def tables_of(spans: Sequence[Span]) -> Iterator[Span | Table]:
    """The spans of a page in their order, those of a table as one."""
    drawn, inside = _drawn(spans)
    between: list[Span] = []
    for span in spans:
        if id(span) in drawn:
            yield from _aligned(between)
            between.clear()
            yield from drawn[id(span)]
        elif id(span) not in inside:
            between.append(span)
    yield from _aligned(between)


def _aligned(spans: Sequence[Span]) -> Iterator[Span | Table]:
    held = Columns()
    for row in _rows(spans):
        if held.rows and not (_near(held.rows[-1], row) and not _begins(held.rows, row) and held.take(row)):
            yield from _closed(held)
            held = Columns()
        if held.rows and held.rows[-1] is row:
            continue
        if len(row.cells) > 1:
            held.take(row)
        else:
            yield from row.spans
    yield from _closed(held)


def _begins(rows: Sequence[Row], row: Row) -> bool:
    """True for the names of the columns of another table."""
    figures = any(_has_digit(cell.text) for cell in row.cells)
    return rows[0].bold and row.bold and not rows[-1].bold and len(row.cells) > 1 and not figures


def _closed(held: Columns) -> Iterator[Span | Table]:
    """A table where two rows or more have cells side by side; rows of one cell at its end are text again."""
    wide = [place for place, row in enumerate(held.rows) if len(row.cells) > 1]
    end = wide[-1] + 1 if len(wide) > 1 else 0
    if end:
        held.settle(held.rows[:end])
        held.spread(held.rows[: _bold_rows(held.rows[:end], len(held.edges))])
        yield _table(held.rows[:end], held.edges)
    for row in held.rows[end:]:
        yield from row.spans


def _table(rows: Sequence[Row], columns: Edges) -> Table:
    table = _named(rows, columns)
    for span in (span for row in rows for span in row.spans):
        table.letters[round(span.size, 1), span.bold] += len(span.text)
    return table


def _named(rows: Sequence[Row], columns: Edges) -> Table:
    texts = [_placed(row, len(columns)) for row in rows]
    bold = _bold_rows(rows, len(columns))
    if bold:
        cells = ((place, cell) for place, row in enumerate(rows[bold:]) for cell in row.cells)
        unnamed = {(place, cell.first) for place, cell in cells if 0 < cell.first < cell.last}
        return Table(_names(rows[:bold], len(columns)), texts[bold:], columns, unnamed=unnamed)
    if _is_named(texts):
        return Table(texts[0], texts[1:], columns, guessed=True)
    return Table([], texts, columns)


def _placed(row: Row, columns: int) -> list[str]:
    texts = [""] * columns
    for cell in row.cells:
        texts[cell.first] = f"{texts[cell.first]} {cell.text}".strip()
    return texts


def _bold_rows(rows: Sequence[Row], columns: int) -> int:
    """How many rows at the top name the columns: those in bold type, until each column has a name."""
    found = 0
    for row in rows[:_HEAD_ROWS]:
        if not row.bold or len(row.cells) < 2:
            break
        found += 1
        if len(row.cells) == columns:
            break
    return found if any(not row.bold for row in rows[found:]) else 0


def _names(rows: Sequence[Row], columns: int) -> list[str]:
    names: list[list[str]] = [[] for _ in range(columns)]
    for cell in (cell for row in rows for cell in row.cells):
        for name in names[cell.first : cell.last + 1]:
            if cell.text not in name:
                name.append(cell.text)
    return [" ".join(name) for name in names]


def _is_named(texts: Sequence[Sequence[str]]) -> bool:
    """True where the first row is in words and a column below it in figures, in each row."""
    first, *below = texts
    named = all(text and len(text) <= _NAME and not _has_digit(text) for text in first[1:])
    if len(first) < 3 or len(below) < 2 or not named or len(set(first)) < len(first) or _has_digit(first[0]):
        return False
    return any(all(_has_digit(row[place]) for row in below) for place in range(1, len(first)))


def _has_digit(text: str) -> bool:
    return any(letter.isdigit() for letter in text)


def _drawn(spans: Sequence[Span]) -> tuple[dict[int, list[Span | Table]], set[int]]:
    """What each grid of a page holds, by the id of its first span, and the ids of all spans in grids."""
    grids: dict[Grid, list[Span]] = defaultdict(list)
    for span in spans:
        if span.area is not None:
            grids[span.area.grid].append(span)
    found: dict[int, list[Span | Table]] = {}
    inside: set[int] = set()
    for grid, held in grids.items():
        items = _in_grid(grid, held)
        if items:
            found[id(held[0])] = items
            inside |= {id(span) for span in held}
    return found, inside


def _in_grid(grid: Grid, spans: Sequence[Span]) -> list[Span | Table]:
    """The table that a grid holds, and before it what stands alone above its names; nothing where it is no table."""
    columns = grid.columns
    bands = _bands(spans, columns, leftward=grid.leftward)
    if len(bands) <= _FEW_BANDS:
        order = {id(span): place for place, span in enumerate(spans)}
        rows = [row for band in bands for row in _parted(band, columns, order)]
    else:
        rows = bands
    lead = next((place for place, row in enumerate(rows) if len(row.cells) > 1), len(rows))
    longest = max(len({round(span.y) for span in cell.spans}) for row in rows for cell in row.cells)
    if sum(len(row.cells) > 1 for row in rows) < 2 or longest > _LONGEST_CELL:
        return []
    return [*(span for row in rows[:lead] for span in row.spans), _table(*_without_empty(rows[lead:], columns))]


def _without_empty(rows: list[Row], columns: Edges) -> tuple[list[Row], Edges]:
    """The same without the columns in which nothing begins, such as the narrow ones that only part others."""
    used = sorted({cell.first for row in rows for cell in row.cells})
    for cell in {id(cell): cell for row in rows for cell in row.cells}.values():
        covered = [place for place, column in enumerate(used) if cell.first <= column <= cell.last]
        cell.first, cell.last = covered[0], covered[-1]
    return rows, [columns[column] for column in used]


def _bands(spans: Sequence[Span], columns: Edges, *, leftward: bool) -> list[Row]:
    """The rows between the lines of a grid; a cell that reaches over several stands in each."""
    cells: dict[tuple[int, int, int], Cell] = {}
    areas: dict[tuple[int, int, int], Area] = {}
    for span in sorted(spans, key=lambda span: (-round(span.y / max(span.size, 1) * 2), span.x)):
        area = span.area
        if area is None:
            continue
        first, last = (len(columns) - 1 - area.last, len(columns) - 1 - area.first) if leftward else (area.first, area.last)
        if area.loose:
            over = [place for place, (left, right) in enumerate(columns) if span.x < right and span.right > left]
            first, last = over[0], over[-1]
        key = area.top, area.bottom, first
        cell = cells.setdefault(key, Cell([], span.x, span.right, first, last))
        cell.spans.append(span)
        cell.left, cell.right, cell.last = min(cell.left, span.x), max(cell.right, span.right), max(cell.last, last)
        areas[key] = area
    bands: dict[int, list[Cell]] = defaultdict(list)
    for key, cell in cells.items():
        for band in range(key[0], key[1] + 1):
            bands[band].append(cell)
    found = []
    for _, held in sorted(bands.items()):
        tops, bottoms = [span.y + span.size for cell in held for span in cell.spans], [cell.spans[-1].y for cell in held]
        found.append(Row(sorted(held, key=lambda cell: cell.first), max(tops), min(bottoms)))
    return found


def _parted(band: Row, columns: Edges, order: Mapping[int, int]) -> list[Row]:
    """The rows that stand between two lines of a grid where these do not part them, as the order of the file tells."""
    rows = list(_rows(sorted(band.spans, key=lambda span: order[id(span)])))
    wide = sum(len(row.cells) > 1 for row in rows)
    if wide < _FEW_BANDS or 2 * wide < len(rows):
        return [band]
    held = Columns(edges=columns)
    held.settle(rows)
    return rows


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
    if beside and span.x >= cell.right + _CLEARANCE * size and len(row.cells) < _ROW_CELLS:
        row.cells.append(_cell(span))
        return True
    return False


def _near(above: Row, below: Row) -> bool:
    return below.top < above.top and above.bottom - below.top <= _ROW_GAP * above.size
