"""Geometry of the small server-drawn charts: numbers in, SVG attributes out. No I/O, no templates."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

Number = int | float | Decimal
WARN_AT = Decimal(80)


@dataclass(frozen=True, slots=True, kw_only=True)
class Meter:
    """A meter in per cent of its track; `percent` is the true share and may pass 100."""

    percent: int
    used: str
    expected: str
    tone: str
    is_over_tick: bool


def share(part: Number, whole: Number) -> Decimal:
    """How much of the whole a part is, in per cent; nothing of nothing is 0, something of nothing is 100."""
    if not whole:
        return Decimal(100) if part else Decimal(0)
    return Decimal(str(part)) * 100 / Decimal(str(whole))


def _width(percent: Decimal) -> str:
    return f"{min(max(percent, Decimal(0)), Decimal(100)):.1f}".removesuffix(".0")


def meter(used: Number, limit: Number, expected: Number | None = None) -> Meter:
    """The bars of a meter: used, expected by the end of the period, amber from 80 %, red when full."""
    percent = share(used, limit)
    tone = "bad" if percent >= 100 else "warn" if percent >= WARN_AT else ""
    return Meter(
        percent=int(percent),
        used=_width(percent),
        expected="" if expected is None else _width(share(expected, limit)),
        tone=tone,
        is_over_tick=percent > WARN_AT,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Spark:
    """A spark line in a box of 84 × 30: the line, the area below it, and its last point."""

    line: str
    area: str
    end_x: str
    end_y: str


def spark(values: Sequence[Number], *, width: int = 84, height: int = 30) -> Spark | None:
    """The points of a spark line; fewer than two values draw nothing."""
    if len(values) < 2:
        return None
    heights = [float(value) for value in values]
    low, high = min(heights), max(heights)
    span = (high - low) or 1.0
    room = height - 7
    points = [(at * width / (len(values) - 1), 4 + room * (1 - (value - low) / span)) for at, value in enumerate(heights)]
    line = "M" + " ".join(f"{x:.1f} {y:.1f}" for x, y in points)
    return Spark(
        line=line, area=f"{line} L{width} {height} L0 {height}Z", end_x=f"{points[-1][0]:.1f}", end_y=f"{points[-1][1]:.1f}"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One bar of a small bar drawing."""

    x: int
    y: str
    height: str


def bars(values: Sequence[Number], *, height: int = 22) -> list[Bar]:
    """Bars of 3 with a gap of 1; a zero keeps a foot of 2 so that the hour is seen."""
    high = float(max(values, default=0)) or 1.0
    heights = [max(2.0, height * float(value) / high) for value in values]
    return [Bar(x=at * 4, y=f"{height - tall:.1f}", height=f"{tall:.1f}") for at, tall in enumerate(heights)]
