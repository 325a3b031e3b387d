"""Fits one line for each case of language at once: what a signal tells everywhere, and how much more or less in a case."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from emporion.agents.knowledge.confidence import CASES, FAR_OUT

_PLAIN = "other"  # the case that the others are told apart from
_RIDGE = 3.0
_STEPS = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """The middle and spread that signals are measured by, and the line of each case: its bias, then its coefficients."""

    middle: np.ndarray
    spread: np.ndarray
    by_case: dict[str, np.ndarray]

    def odds(self, inputs: np.ndarray, cases: Sequence[str]) -> np.ndarray:
        """The log-odds of rows, each of its case."""
        even = _even(inputs, self.middle, self.spread)
        lines = np.stack([self.by_case[case] for case in cases])
        return np.einsum("ij,ij->i", even, lines)


def fit_lines(
    inputs: np.ndarray, right: np.ndarray, weight: np.ndarray, cases: Sequence[str], bent: Sequence[int]
) -> Lines:  # fmt: skip
    """The lines by ridge regression; only the `bent` columns may tell more or less in one case than in another."""
    middle = np.average(inputs, axis=0, weights=weight)
    spread = np.sqrt(np.average((inputs - middle) ** 2, axis=0, weights=weight)) + 1e-6
    middle, spread = middle.round(5), spread.round(5).clip(1e-5)
    even = _even(inputs, middle, spread)
    names = [name for name in CASES if name != _PLAIN]
    own = [column + 1 for column in bent]
    apart = [even[:, own] * np.array([[one == name] for one in cases]) for name in names]
    columns = np.concatenate([even, *apart], axis=1)
    ridge = np.full(columns.shape[1], _RIDGE)
    ridge[0] = 0.0
    found = np.zeros(columns.shape[1])
    for _ in range(_STEPS):  # Newton's
        sure = 1 / (1 + np.exp(-columns @ found))
        bend = (columns * (weight * sure * (1 - sure))[:, None]).T @ columns + np.diag(ridge)
        found -= np.linalg.solve(bend, columns.T @ (weight * (sure - right)) + ridge * found)
    shared, each = found[: even.shape[1]], np.split(found[even.shape[1] :], len(names))
    by_case = {name: shared.copy() for name in (_PLAIN, *names)}
    for name, part in zip(names, each, strict=True):
        by_case[name][own] += part
    return Lines(middle=middle, spread=spread, by_case={name: line.round(5) for name, line in by_case.items()})


def _even(inputs: np.ndarray, middle: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """The inputs measured from the middle, with a column of ones for the bias first."""
    even = ((inputs - middle) / spread).clip(-FAR_OUT, FAR_OUT)
    return np.concatenate([np.ones((len(even), 1)), even], axis=1)
