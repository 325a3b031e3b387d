"""Charts drawn on the server: numbers in, geometry out, so that they are there without a script and stand still on refresh.

Places along the chart are in per cent of its width; lines and bars in a box of 1000 by 100 that is stretched to the chart.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

WIDTH, HEIGHT = 1000, 100
Tone = Literal["s1", "s2", "s3", "s4", "s5", "grey", "bad", "warn", "good"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line in a chart, with the area below it where that is drawn."""

    name: str
    tone: str
    path: str
    area: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A part of a stacked bar."""

    x: str
    y: str
    width: str
    height: str
    tone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """A word at an axis; `place` in per cent from the left or from the top, `anchor` where the word stands to it."""

    place: str
    text: str
    anchor: str = "middle"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Something that happened, as a line through the chart."""

    place: str
    text: str
    kind: str
    anchor: str = "middle"


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """A stretch of time that is tinted: a provider's incident."""

    place: str
    width: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A chart, ready for its template; `table` is the same in numbers, already written."""

    id: str
    title: str
    sub: str
    names: tuple[tuple[str, str], ...]
    lines: tuple[Line, ...] = ()
    blocks: tuple[Block, ...] = ()
    marks: tuple[Mark, ...] = ()
    bands: tuple[Band, ...] = ()
    across: tuple[Tick, ...] = ()
    up: tuple[Tick, ...] = ()
    target: Tick | None = None
    last: Tick | None = None
    table: tuple[tuple[str, tuple[str, ...]], ...] = ()
    is_empty: bool = False


Values = Sequence[float | None]


def scale_of(series: Sequence[Values], *, least: float = 0.0) -> float:
    """The value at the top of a chart: a round number a little above the highest."""
    highest = max((value for values in series for value in values if value is not None), default=0.0)
    return round_up(max(highest, least))


def round_up(value: float) -> float:
    """The next of 1, 2, 2.5, 5 times a power of ten."""
    if value <= 0:
        return 1.0
    power = 10.0 ** len(str(int(value))) / 10 if value >= 1 else 1.0
    while value < power:
        power /= 10
    for step in (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10):
        if step * power >= value * 0.999:
            return step * power
    return 10 * power


def path(values: Values, top: float, *, is_area: bool = False) -> str:
    """A line through the values that are there; a gap where one is not. An area goes back along the bottom."""
    count = max(1, len(values) - 1)
    parts, run = [], []
    for at, value in enumerate((*values, None)):
        if value is not None:
            run.append(f"{at * WIDTH / count:.1f} {HEIGHT - min(value / top, 1.0) * HEIGHT:.2f}")
            continue
        if run:
            line = "M" + "L".join(run)
            first, last = run[0].split()[0], run[-1].split()[0]
            parts.append(f"{line}L{last} {HEIGHT}L{first} {HEIGHT}Z" if is_area else line if len(run) > 1 else f"{line}h3")
        run = []
    return "".join(parts)


def stacked(series: Sequence[tuple[str, Sequence[float]]], top: float) -> tuple[Block, ...]:
    """Bars whose parts stand on each other; `series` is (tone, values), lowest first."""
    count = max((len(values) for _, values in series), default=0)
    if not count:
        return ()
    step, found = WIDTH / count, []
    for at in range(count):
        foot = float(HEIGHT)
        for tone, values in series:
            tall = min(values[at] / top, 1.0) * HEIGHT
            if tall > 0:
                tall = max(tall, 0.8)
                foot -= tall
                found.append(
                    Block(
                        x=f"{at * step + step * 0.1:.1f}",
                        y=f"{foot:.2f}",
                        width=f"{step * 0.8:.1f}",
                        height=f"{tall:.2f}",
                        tone=tone,
                    )
                )
    return tuple(found)


def place(share: float) -> str:
    """A share of the width as an SVG length."""
    return f"{min(max(share, 0.0), 1.0) * 100:.2f}%"


def anchor(share: float) -> str:
    """Where a word stands to its place, so that it stays inside."""
    return "start" if share < 0.2 else "end" if share > 0.8 else "middle"


LETTER = 2.1  # how much of a chart's width a letter takes where the chart is narrow, in per cent


def spaced(marks: Sequence[Mark]) -> tuple[Mark, ...]:
    """The marks with their words left away where those would lie on each other; deploys are said before notes."""
    taken: list[tuple[float, float]] = []
    found: dict[int, Mark] = {}
    for at in sorted(range(len(marks)), key=lambda at: (marks[at].kind == "note", -at)):
        mark = marks[at]
        first, last = _extent(mark)
        is_free = all(last < other_first or first > other_last for other_first, other_last in taken)
        if is_free and mark.text:
            taken.append((first, last))
        found[at] = mark if is_free else Mark(place=mark.place, text="", kind=mark.kind)
    return tuple(found[at] for at in range(len(marks)))


def _extent(mark: Mark) -> tuple[float, float]:
    at, width = float(mark.place.rstrip("%")), len(mark.text) * LETTER
    first = {"start": at, "middle": at - width / 2, "end": at - width}[mark.anchor]
    return first, first + width
