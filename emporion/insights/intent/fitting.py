"""Learns from a website's past how likely a visit is to end in a purchase: a logistic regression, then what its ratings came to.

The oldest three fifths of the visits teach the weights. What a rating MEANS is counted on the next fifth: of so many visits rated
alike so many bought, and that share is what people are shown. The newest fifth only checks the shown shares, and what it finds
is shown, too. Neighbouring bands whose shares are out of order are joined (isotonic regression by pooling adjacent violators).
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from emporion.insights.intent.rules import RATING_DIGITS, band_of, marks_of
from emporion.insights.intent.types import FEWEST_BUYERS, FEWEST_VISITS, Band, Example, Fitted

Matrix = npt.NDArray[np.float64]
# How large the bands of ratings are, as shares of all visits from the top: finer there, because buyers are few and stand there.
_SIZES = (0.01, 0.01, 0.03, 0.05, 0.1, 0.1, 0.2)
_TEACH, _COUNT = 0.6, 0.8
_MOST_MARKS = 60
_SMALLEST = 30  # visits in a band: a share of fewer says little
_RAREST = 20  # a mark seen less often says nothing
_RIDGE = 3.0  # pulls every weight to nothing, as strongly as three visits would
_ROUNDS = 25
_STILL = 1e-6


def fit(examples: Sequence[Example]) -> Fitted | None:
    """How visits are rated, out of past ones in any order; `None` when there are too few of them or of buyers."""
    if len(examples) < FEWEST_VISITS or sum(one.has_bought for one in examples) < FEWEST_BUYERS:
        return None
    ordered = sorted(examples, key=lambda one: one.at)
    first, second = int(len(ordered) * _TEACH), int(len(ordered) * _COUNT)
    taught, counted, checked = ordered[:first], ordered[first:second], ordered[second:]
    names = _names(taught)
    weights = _weights(_matrix(taught, names), _bought(taught))
    bands = _bands(_ratings(counted, names, weights), _bought(counted))
    found = Fitted(base=float(weights[0]), weights=dict(zip(names, weights[1:].tolist(), strict=True)), bands=bands, error=0.0)
    return _checked(found, _ratings(checked, names, weights), _bought(checked))


def _names(examples: Sequence[Example]) -> tuple[str, ...]:
    """The marks that are common enough to learn from, and not common to all."""
    counts = Counter(mark for one in examples for mark in marks_of(one.seen))
    usable = [(mark, times) for mark, times in counts.items() if _RAREST <= times <= len(examples) - _RAREST]
    return tuple(mark for mark, _times in sorted(usable, key=lambda one: (-one[1], one[0]))[:_MOST_MARKS])


def _matrix(examples: Sequence[Example], names: Sequence[str]) -> Matrix:
    """A row a visit: 1 for the base, then 1 for each mark that it has."""
    places = {name: place for place, name in enumerate(names, start=1)}
    found = np.zeros((len(examples), len(names) + 1))
    found[:, 0] = 1.0
    for row, one in enumerate(examples):
        found[row, [places[mark] for mark in marks_of(one.seen) if mark in places]] = 1.0
    return found


def _ratings(examples: Sequence[Example], names: Sequence[str], weights: Matrix) -> Matrix:
    """Rounded as a single visit's is, because sums in another order differ in the last place and bands begin at a rating."""
    return np.round(_matrix(examples, names) @ weights, RATING_DIGITS)


def _bought(examples: Sequence[Example]) -> Matrix:
    return np.array([one.has_bought for one in examples], dtype=np.float64)


def _weights(marks: Matrix, bought: Matrix) -> Matrix:
    """Newton's method on the ridge-penalised likelihood; the base is not penalised."""
    ridge = np.full(marks.shape[1], _RIDGE)
    ridge[0] = 1e-6
    weights = np.zeros(marks.shape[1])
    average = min(max(float(bought.mean()), 1e-6), 1 - 1e-6)
    weights[0] = np.log(average / (1 - average))
    for _round in range(_ROUNDS):
        chance = 1 / (1 + np.exp(-np.clip(marks @ weights, -30, 30)))
        slope = marks.T @ (bought - chance) - ridge * weights
        bend = (marks * (chance * (1 - chance))[:, None]).T @ marks + np.diag(ridge)
        step = np.linalg.solve(bend, slope)
        weights += step
        if float(np.abs(step).max()) < _STILL:
            break
    return weights


def _bands(ratings: Matrix, bought: Matrix) -> tuple[Band, ...]:
    """What the ratings came to; a band whose share is not above that of the band below is joined with it."""
    order = np.argsort(ratings, kind="stable")
    ratings, bought = ratings[order], bought[order]
    starts = _starts(ratings)
    found: list[Band] = []
    for start, end in zip(starts, [*starts[1:], len(ratings)], strict=True):
        band = Band(
            least=float(ratings[start]),
            visits=end - start,
            buyers=int(bought[start:end].sum()),
            rank=round(100 * start / len(ratings)),
        )
        while found and band.buyers * found[-1].visits <= found[-1].buyers * band.visits:
            lower = found.pop()
            band = Band(least=lower.least, visits=lower.visits + band.visits, buyers=lower.buyers + band.buyers, rank=lower.rank)
        found.append(band)
    return tuple(found)


def _starts(ratings: Matrix) -> list[int]:
    """Where bands begin among ascending ratings, from the top down; visits of one rating stay together."""
    found, end = [], len(ratings)
    for size in _SIZES:
        if end <= _SMALLEST:
            break
        start = max(0, end - max(_SMALLEST, int(size * len(ratings))))
        end = int(np.searchsorted(ratings, ratings[start]))
        found.append(end)
    return sorted({0, *found} - {start for start in found if 0 < start < _SMALLEST})


def _checked(fitted: Fitted, ratings: Matrix, bought: Matrix) -> Fitted:
    """The bands with what happened to later visits, and how far the shown shares were off, weighted by visits."""
    visits: Counter[float] = Counter()
    buyers: Counter[float] = Counter()
    for rating, has_bought in zip(ratings.tolist(), bought.tolist(), strict=True):
        least = band_of(fitted, rating).least
        visits[least] += 1
        buyers[least] += int(has_bought)
    bands = tuple(replace(band, checked_visits=visits[band.least], checked_buyers=buyers[band.least]) for band in fitted.bands)
    off = sum(abs(band.share * band.checked_visits - band.checked_buyers) for band in bands)
    return replace(fitted, bands=bands, error=off / max(len(ratings), 1))
