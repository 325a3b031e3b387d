"""Hears which lines are drawn on a page of a PDF and finds the grids they make: drawn cells need not be guessed."""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

_STROKES = {b"S", b"s", b"B", b"B*", b"b", b"b*"}
_FILLS = {b"f", b"F", b"f*"}
_ENDS = _STROKES | _FILLS | {b"n"}
_CURVES = {b"c", b"v", b"y"}
PATHS = {b"re", b"m", b"l", b"h"} | _CURVES | _ENDS
_THIN = 3.0  # points; a filled rectangle no thicker is a line
_SHORT = 4.0  # points; what is shorter is a dot or a corner
_SAME = 2.5  # points; lines no further apart are one
_BEYOND = 6.0  # points; so far lines stand out where a table has no frame
_MOST_LINES = 20_000  # of a page; more is a drawing
_MOST_MERGED = 500
_MOST_CELLS = 6000

_Cell = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Stroke:
    """A line that is level or upright: where it stands, and from where to where it goes."""

    at: float
    low: float
    high: float


@dataclass(slots=True)
class Drawing:
    """The level and the upright lines of a page, from the operators that draw them."""

    level: list[Stroke] = field(default_factory=list)
    upright: list[Stroke] = field(default_factory=list)
    _paths: list[list[tuple[float, float]]] = field(default_factory=list)
    _heard: int = 0

    def hear(self, operator: bytes, operands: Any, cm: Sequence[float]) -> None:
        """One of the operators of paths, with the matrix that holds for it."""
        if self._heard > _MOST_LINES:
            return
        self._heard += 1
        if operator in _ENDS:
            for path in self._paths if operator != b"n" else ():
                self._paint(path, stroked=operator in _STROKES)
            self._paths.clear()
            return
        numbers = [float(one) for one in operands if isinstance(one, int | float)]
        places = [_seen(*pair, cm) for pair in zip(numbers[::2], numbers[1::2], strict=False)]
        if operator == b"re" and len(numbers) == 4:
            x, y, wide, high = numbers
            corners = ((x, y), (x + wide, y), (x + wide, y + high), (x, y + high), (x, y))
            self._paths.append([_seen(*corner, cm) for corner in corners])
        elif operator == b"l" and places and self._paths:
            self._paths[-1] += places
        elif operator == b"h" and self._paths and self._paths[-1]:
            self._paths[-1].append(self._paths[-1][0])
        elif (operator == b"m" or operator in _CURVES) and places:
            self._paths.append(places[-1:])

    def _paint(self, path: Sequence[tuple[float, float]], *, stroked: bool) -> None:
        left, right = min(x for x, _ in path), max(x for x, _ in path)
        low, high = min(y for _, y in path), max(y for _, y in path)
        if min(right - left, high - low) <= _THIN:
            self._add((left, low), (right, high))
        elif stroked:
            for one, other in pairwise(path):
                self._add(one, other)

    def _add(self, one: tuple[float, float], other: tuple[float, float]) -> None:
        (left, right), (low, high) = sorted((one[0], other[0])), sorted((one[1], other[1]))
        if high - low <= _THIN and right - left >= _SHORT:
            self.level.append(Stroke((low + high) / 2, left, right))
        elif right - left <= _THIN and high - low >= _SHORT:
            self.upright.append(Stroke((left + right) / 2, low, high))

    def turned(self, angle: int) -> "Drawing":
        """The same as seen by who reads along `angle`, which counts steps of 15 degrees; askew there are no lines."""
        match angle % 24:
            case 0:
                return self
            case 6:
                return Drawing(level=_moved(self.upright, -1, 1), upright=_moved(self.level, 1, -1))
            case 12:
                return Drawing(level=_moved(self.level, -1, -1), upright=_moved(self.upright, -1, -1))
            case 18:
                return Drawing(level=_moved(self.upright, 1, -1), upright=_moved(self.level, -1, 1))
            case _:
                return Drawing()


def _seen(x: float, y: float, cm: Sequence[float]) -> tuple[float, float]:
    return x * cm[0] + y * cm[2] + cm[4], x * cm[1] + y * cm[3] + cm[5]


def _moved(lines: Sequence[Stroke], across: int, along: int) -> list[Stroke]:
    """The same lines where one axis or both point the other way."""
    return [Stroke(across * one.at, *sorted((along * one.low, along * one.high))) for one in lines]


@dataclass(frozen=True, slots=True)
class Area:
    """A cell of a grid: its rows and columns, both counted from 0 and with the last one.

    A row without upright lines is loose: where its cells end is told by their text.
    """

    grid: "Grid"
    top: int
    bottom: int
    first: int
    last: int
    loose: bool


@dataclass(slots=True, eq=False)
class Grid:
    """Columns between `xs`, from left to right, rows between `ys`, from below; lines may be left out between merged cells."""

    xs: list[float]
    ys: list[float]
    leftward: bool = False
    _areas: dict[tuple[int, int], Area] = field(default_factory=dict)

    @property
    def columns(self) -> list[list[float]]:
        """Left and right of each column, in the order in which they are read."""
        if self.leftward:
            return [[-right, -left] for left, right in pairwise(self.xs)][::-1]
        return [[left, right] for left, right in pairwise(self.xs)]

    def area(self, x: float, y: float) -> Area | None:
        """The cell at a place of the page, None outside."""
        return self._areas.get((bisect_right(self.ys, y) - 1, bisect_right(self.xs, x) - 1))

    def divide(self, level: Sequence[Stroke], upright: Sequence[Stroke]) -> None:
        """Finds the cells: neighbours between which no line is drawn are one."""
        rows, columns = len(self.ys) - 1, len(self.xs) - 1
        walls, floors = _by_place(upright, self.xs), _by_place(level, self.ys)
        held: dict[_Cell, _Cell] = {}
        loose = set()
        for row in range(rows):
            middle = (self.ys[row] + self.ys[row + 1]) / 2
            walled = [_covers(walls[wall], middle) for wall in range(1, columns)]
            if not any(walled):
                loose.add(row)
            for column in range(columns):
                beside = column and (row in loose or not walled[column - 1])
                held[row, column] = held[row, column - 1] if beside else (row, column)
        for row in range(1, rows):
            for column in range(columns):
                centre = (self.xs[column] + self.xs[column + 1]) / 2
                if not loose & {row, row - 1} and not _covers(floors[row], centre):
                    held[_root(held, (row, column))] = _root(held, (row - 1, column))
        together: dict[_Cell, list[_Cell]] = defaultdict(list)
        for cell in held:
            together[_root(held, cell)].append(cell)
        for cells in together.values():
            low, high = min(row for row, _ in cells), max(row for row, _ in cells)
            first, last = min(column for _, column in cells), max(column for _, column in cells)
            area = Area(self, rows - 1 - high, rows - 1 - low, first, last, low in loose)
            self._areas |= dict.fromkeys(cells, area)


def _by_place(lines: Iterable[Stroke], places: Sequence[float]) -> list[list[Stroke]]:
    found: list[list[Stroke]] = [[] for _ in places]
    for line in lines:
        near = min(range(len(places)), key=lambda place: abs(places[place] - line.at))
        found[near].append(line)
    return found


def _covers(lines: Iterable[Stroke], middle: float) -> bool:
    return any(line.low <= middle <= line.high for line in lines)


def _root(held: dict[_Cell, _Cell], cell: _Cell) -> _Cell:
    while held[cell] != cell:
        cell = held[cell]
    return cell


def grids_of(drawing: Drawing) -> list[Grid]:
    """The grids of a page: level and upright lines that hold together, at least two columns wide."""
    level, upright = _merged(drawing.level), _merged(drawing.upright)
    if not level or not upright or len(level) + len(upright) > _MOST_MERGED:
        return []
    found = []
    for floors, walls in _held_together(level, upright):
        xs, ys = _with_ends(walls, floors), _with_ends(floors, walls)
        if len(xs) > 2 and len(ys) > 2 and len(xs) * len(ys) <= _MOST_CELLS:
            grid = Grid(xs, ys)
            grid.divide(floors, walls)
            found.append(grid)
    return found


def _merged(lines: Sequence[Stroke]) -> list[Stroke]:
    """Pieces of one line as one, lines that are drawn double as well."""
    groups: list[list[Stroke]] = []
    for line in sorted(lines, key=lambda line: line.at):
        if groups and line.at - groups[-1][0].at <= _SAME:
            groups[-1].append(line)
        else:
            groups.append([line])
    found: list[Stroke] = []
    for group in groups:
        at, held = sum(line.at for line in group) / len(group), None
        for line in sorted(group, key=lambda line: line.low):
            if held is not None and line.low <= held.high + _THIN:
                held = found[-1] = Stroke(at, held.low, max(held.high, line.high))
            else:
                held = Stroke(at, line.low, line.high)
                found.append(held)
    return found


def _with_ends(lines: Sequence[Stroke], crossing: Sequence[Stroke]) -> list[float]:
    """Where the lines stand, and the frame that a table without one has where the lines across end."""
    found = sorted({line.at for line in lines})
    low, high = min(line.low for line in crossing), max(line.high for line in crossing)
    return [*([low] if low < found[0] - _BEYOND else []), *found, *([high] if high > found[-1] + _BEYOND else [])]


def _held_together(level: list[Stroke], upright: list[Stroke]) -> Iterator[tuple[list[Stroke], list[Stroke]]]:
    """The lines that touch each other; what touches fewer than two others is no part of a grid."""
    touching = [
        (across, up)
        for across in level
        for up in upright
        if across.low - _SAME <= up.at <= across.high + _SAME and up.low - _SAME <= across.at <= up.high + _SAME
    ]
    before = -1
    while before != len(touching):
        before = len(touching)
        times = Counter(id(line) for pair in touching for line in pair)
        touching = [pair for pair in touching if all(times[id(line)] > 1 for line in pair)]
    groups: dict[int, dict[int, Stroke]] = {}
    for pair in touching:
        one, other = (groups.setdefault(id(line), {id(line): line}) for line in pair)
        if one is not other:
            one |= other
            groups |= dict.fromkeys(other, one)
    sides = {id(line) for line in level}
    for group in {id(group): group for group in groups.values()}.values():
        yield [line for at, line in group.items() if at in sides], [line for at, line in group.items() if at not in sides]
