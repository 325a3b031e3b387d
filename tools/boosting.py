"""Fits small decision trees one upon the other, in numpy alone: enough for a few thousand rows and no dependency for one tool."""

from dataclasses import dataclass, field

import numpy as np

_BINS = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """How large the trees are and how carefully they learn."""

    trees: int = 120
    depth: int = 3
    rate: float = 0.06
    ridge: float = 10.0
    least_bend: float = 2.0
    share: float = 0.3  # of the columns that a split may use


@dataclass(slots=True, kw_only=True)
class _Tree:
    """A tree that grows: binned columns with their edges, the slope and bend of the loss, and what it adds to each row."""

    binned: np.ndarray
    edges: list[np.ndarray]
    slope: np.ndarray
    bend: np.ndarray
    shape: Shape
    chance: np.random.Generator
    added: np.ndarray
    nodes: list[list[float]] = field(default_factory=list)

    def grow(self, rows: np.ndarray, depth: int) -> int:
        """Adds the node for some rows and those below it, and returns its place."""
        place = len(self.nodes)
        split = self._split(rows) if depth else None
        if split is None:
            value = float(-self.shape.rate * self.slope[rows].sum() / (self.bend[rows].sum() + self.shape.ridge))
            self.added[rows] = value
            self.nodes.append([-1, round(value, 5), 0, 0])
            return place
        column, cut = split
        self.nodes.append([column, float(self.edges[column][cut]), 0, 0])
        below = self.binned[rows, column] <= cut
        self.nodes[place][2] = self.grow(rows[below], depth - 1)
        self.nodes[place][3] = self.grow(rows[~below], depth - 1)
        return place

    def _split(self, rows: np.ndarray) -> tuple[int, int] | None:
        """The column and bin that part the rows best; None where no split is worth it."""
        columns, ridge = self.binned.shape[1], self.shape.ridge
        best, chosen = 1e-6, None
        slope, bend = self.slope[rows], self.bend[rows]
        whole = slope.sum() ** 2 / (bend.sum() + ridge)
        for column in self.chance.choice(columns, max(1, int(columns * self.shape.share)), replace=False):
            bins = self.binned[rows, column]
            slopes, bends = (np.cumsum(np.bincount(bins, one, _BINS))[:-1] for one in (slope, bend))
            other = bend.sum() - bends
            gain = slopes**2 / (bends + ridge) + (slope.sum() - slopes) ** 2 / (other + ridge) - whole
            gain[(bends < self.shape.least_bend) | (other < self.shape.least_bend)] = 0
            gain[len(self.edges[column]) :] = 0
            if gain.max() > best:
                best, chosen = float(gain.max()), (int(column), int(gain.argmax()))
        return chosen


def fit(
    inputs: np.ndarray, right: np.ndarray, weight: np.ndarray, shape: Shape, *, seed: int = 0
) -> tuple[float, list[list[list[float]]]]:
    """The bias and the trees of a logistic model; a node is [column or -1, threshold or value, left, right]."""
    chance = np.random.default_rng(seed)
    edges = [np.unique(np.quantile(column, np.linspace(0, 1, _BINS + 1)[1:-1]).round(5)) for column in inputs.T]
    binned = np.stack([np.searchsorted(edge, column, side="left") for edge, column in zip(edges, inputs.T, strict=True)], axis=1)
    share = float((weight * right).sum() / weight.sum())
    bias = float(np.log(share / (1 - share)))
    odds = np.full(len(right), bias)
    trees = []
    for _ in range(shape.trees):
        sure = 1 / (1 + np.exp(-odds))
        tree = _Tree(
            binned=binned,
            edges=edges,
            slope=weight * (sure - right),
            bend=weight * sure * (1 - sure),
            shape=shape,
            chance=chance,
            added=np.zeros(len(right)),
        )
        tree.grow(np.arange(len(right)), shape.depth)
        odds += tree.added
        trees.append(tree.nodes)
    return bias, trees
