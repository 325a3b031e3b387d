"""How likely people are to buy, as a page shows it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from emporion.insights.intent import rules
from emporion.insights.intent.types import Band, Estimate, Likelihood, Mark, ToldView
from emporion.insights.intent.wording import LABELS, said

MOST_MARKS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkLine:
    """One thing that counts, in words; `odds` is written with its sign of multiplication."""

    words: str
    odds: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rating:
    """What a website's past says, from the likeliest band down."""

    bands: tuple[Band, ...]
    raising: tuple[MarkLine, ...]
    lowering: tuple[MarkLine, ...]
    checked: int
    error: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Chance:
    """How likely one visitor is to buy, in a line, and why."""

    likelihood: Likelihood
    reasons: tuple[MarkLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldLine:
    """A visitor of whom people were told."""

    told: ToldView
    label: str


def rating(estimate: Estimate | None) -> Rating | None:
    """The bands and marks of an estimate; `None` while there is none."""
    fitted = estimate.fitted if estimate else None
    if fitted is None:
        return None
    return Rating(
        bands=tuple(reversed(fitted.bands)),
        raising=lines(rules.strongest(fitted, is_raising=True, most=MOST_MARKS)),
        lowering=lines(rules.strongest(fitted, is_raising=False, most=MOST_MARKS)),
        checked=sum(band.checked_visits for band in fitted.bands),
        error=fitted.error,
    )


def chance(likelihood: Likelihood | None) -> Chance | None:
    """What is said of one visitor."""
    return Chance(likelihood=likelihood, reasons=lines(likelihood.marks)) if likelihood else None


def lines(marks: Iterable[Mark]) -> tuple[MarkLine, ...]:
    """Marks in words."""
    return tuple(MarkLine(words=said(mark), odds=_times(mark.odds)) for mark in marks)


def told(rows: Sequence[ToldView]) -> tuple[ToldLine, ...]:
    """Those of whom people were told."""
    return tuple(ToldLine(told=row, label=str(LABELS[row.occasion])) for row in rows)


def _times(odds: float) -> str:
    return f"×{odds:.1f}" if odds >= 0.1 else f"×{odds:.2f}"
