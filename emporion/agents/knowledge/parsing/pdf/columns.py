"""Says in which column each cell of a table without drawn lines stands: cells side by side keep their order from row to row."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from .spans import Span

HYPHEN = re.compile(r"(\w)[-\u2010]\n(?=[a-zà-ÿ])")
_COLUMNS = 30
_AHEAD = 3  # rows at the top of a table may have fewer cells than those below, as a head of two lines has
_NEAR, _FAR = 2.0, 6.0  # of the size; so far may a cell stand from its column, where its row is as long as the others
_NEVER = 1e6


@dataclass(slots=True)
class Cell:
    """Lines of text below each other between two edges; `first` and `last` are the columns it covers."""

    spans: list[Span]
    left: float
    right: float
    first: int = 0
    last: int = 0

    @property
    def text(self) -> str:
        """Its lines as one."""
        return HYPHEN.sub(r"\1", "\n".join(span.text for span in self.spans)).replace("\n", " ")

    @property
    def bold(self) -> bool:
        """True where all of it is."""
        return all(span.bold for span in self.spans)

    @property
    def middle(self) -> float:
        """Halfway between its edges."""
        return (self.left + self.right) / 2


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
    def bold(self) -> bool:
        """True where all of it is."""
        return all(cell.bold for cell in self.cells)

    @property
    def spans(self) -> list[Span]:
        """What its cells are made of, in the order of the file."""
        return [span for cell in self.cells for span in cell.spans]


Edges = list[list[float]]


@dataclass(slots=True)
class Columns:
    """Rows that share their columns, and the left and right edges of these."""

    rows: list[Row] = field(default_factory=list)
    edges: Edges = field(default_factory=list)

    def take(self, row: Row) -> bool:
        """Widens the columns by a row, or leaves them and says no."""
        edges = self._with(row)
        if edges is None or len(edges) > _COLUMNS:
            return False
        self.edges = edges
        self.rows.append(row)
        return True

    def _with(self, row: Row) -> Edges | None:
        if not self.rows:
            return _own(row)
        if len(row.cells) == 1:
            return self.edges if self._continued(row.cells[0]) else None
        named = self.rows[0].bold and not row.bold and len(self.rows[0].cells) == len(self.edges)
        if named and len(row.cells) > len(self.edges):
            row.cells = self._together(row.cells)
        named = named and len(row.cells) <= len(self.edges)
        edges = _fitted(self.edges, row, named=named)
        if edges is None and len(row.cells) > len(self.edges) and len(self.rows) <= _AHEAD:
            edges = _own(row)
            for above in self.rows:
                edges = _fitted(edges, above, named=False) if edges is not None else None
        return edges

    def _together(self, cells: Sequence[Cell]) -> list[Cell]:
        """The same, those that stand under one name as one."""
        found = list(cells[:1])
        for cell in cells[1:]:
            last = found[-1]
            if len(_overlapped(self.edges, last)) == 1 and _overlapped(self.edges, last) == _overlapped(self.edges, cell):
                found[-1] = Cell([*last.spans, *cell.spans], last.left, cell.right)
            else:
                found.append(cell)
        return found

    def _continued(self, cell: Cell) -> bool:
        """True for a cell alone that begins where a column does and keeps to it."""
        begins = any(abs(left - cell.left) < 2 for left, _ in self.edges)
        return begins and len(cell.spans) == 1 and len(_overlapped(self.edges, cell)) == 1

    def settle(self, rows: Iterable[Row]) -> None:
        """Says of each cell which columns it covers."""
        for row in rows:
            for cell in row.cells:
                over = _overlapped(self.edges, cell)
                if not over:
                    gaps = [_gap(edge, cell) for edge in self.edges]
                    over = [gaps.index(min(gaps))]
                cell.first, cell.last = over[0], over[-1]

    def spread(self, names: Sequence[Row]) -> None:
        """Lets each name that stands over several columns, in their middle or where the first begins, cover them all."""
        for row in names:
            self._spread_around(row)
        for row, below in pairwise(names):
            self._spread_on(row, below)

    def _spread_on(self, row: Row, below: Row) -> None:
        named = {place for cell in below.cells for place in range(cell.first, cell.last + 1)}
        ends = [*(cell.first - 1 for cell in row.cells[1:]), len(self.edges) - 1]
        pairs = zip(row.cells, ends, strict=True)
        wide = [(cell, end) for cell, end in pairs if end > cell.last and named >= set(range(cell.first, end + 1))]
        if len({end - cell.first for cell, end in wide}) == 1:  # of unlike widths some column may have no name above its own
            for cell, end in wide:
                cell.last = end

    def _spread_around(self, row: Row) -> None:
        for place, cell in enumerate(row.cells):
            lowest = row.cells[place - 1].last + 1 if place else 0
            highest = row.cells[place + 1].first - 1 if place + 1 < len(row.cells) else len(self.edges) - 1
            ends = [(first, last) for first in range(lowest, cell.first + 1) for last in range(cell.last, highest + 1)]
            best = min((self._off(cell, first, last), first, last) for first, last in [(cell.first, cell.last), *ends])
            if best[0] < self._off(cell, cell.first, cell.last) - cell.spans[0].size:
                _, cell.first, cell.last = best

    def _off(self, cell: Cell, first: int, last: int) -> float:
        return abs((self.edges[first][0] + self.edges[last][1]) / 2 - cell.middle)


def _own(row: Row) -> Edges:
    return [[cell.left, cell.right] for cell in row.cells]


def _gap(edge: Sequence[float], cell: Cell) -> float:
    return max(edge[0] - cell.right, cell.left - edge[1], 0.0)


def _overlapped(edges: Edges, cell: Cell) -> list[int]:
    return [place for place, (left, right) in enumerate(edges) if cell.left < right and cell.right > left]


def _fitted(edges: Edges, row: Row, *, named: bool) -> Edges | None:
    """The columns with a row, None where it does not fit: each cell stands in one column, in a new one, or covers several.

    A row below `named` columns has no new ones, however far from the middle of their names its cells begin.
    """
    reached = [_overlapped(edges, cell) for cell in row.cells]
    every = [place for places in reached for place in places]
    if len(set(every)) < len(every):
        return None
    covered = {place for places in reached if len(places) > 1 for place in places}
    free = [place for place in range(len(edges)) if place not in covered]
    cells = [cell for cell, places in zip(row.cells, reached, strict=True) if len(places) < 2]
    limit = _NEVER if named else row.size * (_FAR if len(row.cells) == len(edges) else _NEAR)
    found = [list(edge) for edge in edges]
    for cell, place in zip(cells, _paired([edges[place] for place in free], cells, limit), strict=True):
        if place is None:
            found.append([cell.left, cell.right])
        else:
            edge = found[free[place]]
            edge[:] = [min(edge[0], cell.left), max(edge[1], cell.right)]
    found.sort()
    return found if all(one[1] <= other[0] for one, other in pairwise(found)) else None


def _paired(edges: Edges, cells: Sequence[Cell], limit: float) -> list[int | None]:
    """The column of each cell, in order, so that the gaps are smallest; None where all are further than the limit."""
    places = [_overlapped(edges, cell) for cell in cells]
    if all(len(place) == 1 for place in places):
        return [place[0] for place in places]
    width = len(edges) + 1
    costs = [[0.0] * width]
    for cell, over in zip(cells, places, strict=True):
        alone = 2 * _NEVER if over else limit
        line = [costs[-1][0] + alone]
        for place, edge in enumerate(edges):
            line.append(min(line[-1], costs[-1][place + 1] + alone, costs[-1][place] + _gap(edge, cell)))
        costs.append(line)
    found: list[int | None] = [None] * len(cells)
    nth, place = len(cells), len(edges)
    while nth and place:
        if costs[nth][place] == costs[nth][place - 1]:
            place -= 1
        elif costs[nth][place] == costs[nth - 1][place - 1] + _gap(edges[place - 1], cells[nth - 1]):
            nth, place = nth - 1, place - 1
            found[nth] = place
        else:
            nth -= 1
    return found
