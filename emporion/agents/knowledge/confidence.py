"""How sure we may be that a passage answers: small decision trees over its signals, weighed with the search as a whole.

`decision.json` comes from `tools/calibrate_answers.py`. It fits across sets of documents and measures on sets that it has not
seen, for what must be decided are questions about documents that nobody here has read.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from .signals import Signals

THRESHOLD = 0.46  # where sets that were not fitted to gain most: higher refuses more of both, lower answers more of both
AMONG_MANY = 0.06  # more where there is much to read: one of 200 passages looks like an answer more often than one of 50
FEW, MANY = 50, 200  # passages
CLOSEST = 0.22  # half of what is wrongly refused lies above it with its right place, and little that is about another subject
_DECISION = Path(__file__).with_name("decision.json")
_LEAF = -1
_WORDS = 0.7
_LEAD = 0.12  # of what the search puts first: by less the decision does not tell passages apart
_AS_SURE = 0.06  # of two passages of a section


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """A decision tree as parallel lists; at a leaf `feature` is -1 and `value` is what it adds to the log-odds."""

    feature: tuple[int, ...]
    value: tuple[float, ...]
    left: tuple[int, ...]
    right: tuple[int, ...]

    def of(self, row: list[float]) -> float:
        """The value of the leaf that a row falls into."""
        node = 0
        while self.feature[node] != _LEAF:
            node = self.left[node] if row[self.feature[node]] <= self.value[node] else self.right[node]
        return self.value[node]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A fitted decision: the log-odds are the bias and what each tree adds."""

    names: tuple[str, ...]
    bias: float
    trees: tuple[Tree, ...]

    def log_odds(self, signals: Signals) -> float:
        """How likely a passage with such signals answers."""
        row = [signals[name] for name in self.names]
        return self.bias + sum(tree.of(row) for tree in self.trees)


def weighed(words: float, overall: float) -> float:
    """The probability that a passage answers, from the log-odds of the trees and those of the search as a whole (`overall`).

    The trees tell better what is missing, the whole is surer of plain questions: neither alone is right as often.
    """
    return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, _WORDS * words + (1.0 - _WORDS) * overall))))


def threshold_among(passages: int) -> float:
    """How sure the surest of so many passages must be to be quoted."""
    share = math.log(max(passages, 1) / FEW) / math.log(MANY / FEW)
    return THRESHOLD + AMONG_MANY * max(0.0, min(1.0, share))


def surest(sure: Sequence[float], *, enough: float) -> int:
    """The place of the passage to answer from, given how sure each is, in the order of the search.

    The first keeps a small lead, but does not stand in the way of one that is sure `enough` when it is not.
    """
    place = max(range(len(sure)), key=lambda place: sure[place] + _LEAD * (place == 0))
    other = max(range(len(sure)), key=sure.__getitem__)
    return other if sure[place] < enough <= sure[other] else place


def is_as_sure(one: float, other: float) -> bool:
    """Whether one passage answers about as surely as another that may be surer."""
    return one >= other - _AS_SURE


@lru_cache(maxsize=1)
def fitted() -> Decision:
    """The decision that this release ships."""
    stored = json.loads(_DECISION.read_text("utf-8"))
    return decision_from(stored)


def decision_from(stored: dict[str, object]) -> Decision:
    """A decision from its stored form."""
    trees: list[list[list[float]]] = stored["trees"]  # type: ignore[assignment]  # our own file
    return Decision(
        names=tuple(stored["names"]),  # type: ignore[arg-type]  # our own file
        bias=float(stored["bias"]),  # type: ignore[arg-type]  # our own file
        trees=tuple(
            Tree(
                feature=tuple(int(node[0]) for node in tree),
                value=tuple(float(node[1]) for node in tree),
                left=tuple(int(node[2]) for node in tree),
                right=tuple(int(node[3]) for node in tree),
            )
            for tree in trees
        ),
    )
