"""How sure we may be that a passage answers: a logistic model of its signals, with a line for each case of language.

Decision trees fit better and hold worse on documents unlike those that they were fitted to. `decision.json` comes from
`tools/calibrate_answers.py`, which measures on sets of documents that it has left out, for what must be decided are questions
about documents that nobody here has read.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from .signals import Signals

THRESHOLD = 0.45  # where sets that were not fitted to gain most: higher refuses more of both, lower answers more of both
FAR_OUT = 4.0  # deviations from the middle beyond which a signal says no more
_FIRST_BONUS = 0.2  # a later passage must be that much surer than what the search put first
_DECISION = Path(__file__).with_name("decision.json")


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A fitted decision: what each signal is measured by, and the line of each case of language."""

    names: tuple[str, ...]
    middle: tuple[float, ...]
    spread: tuple[float, ...]
    lines: Mapping[str, tuple[float, ...]]  # by case: the bias and a coefficient for each signal

    def log_odds(self, signals: Signals) -> float:
        """How likely a passage with such signals answers."""
        row = [signals[name] for name in self.names]
        bias, *line = self.lines[case_of(signals)]
        even = ((one - middle) / spread for one, middle, spread in zip(row, self.middle, self.spread, strict=True))
        return bias + sum(one * max(-FAR_OUT, min(FAR_OUT, value)) for one, value in zip(line, even, strict=True))

    def sure(self, signals: Signals) -> float:
        """The probability that such a passage answers."""
        return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, self.log_odds(signals)))))


CASES = ("alone", "across", "english", "other")


def case_of(signals: Signals) -> str:
    """Which line counts: a passage alone stands out from nothing, words tell less across languages, MiniLM reads English."""
    if not signals["passages"]:
        return "alone"
    return "across" if signals["across_languages"] else "english" if signals["english"] else "other"


def chosen(sure: Sequence[float]) -> int:
    """The place of the passage to answer from, of several in the order of the search."""
    return max(range(len(sure)), key=lambda place: sure[place] + _FIRST_BONUS * (place == 0))


@lru_cache(maxsize=1)
def fitted() -> Decision:
    """The decision that this release ships."""
    stored = json.loads(_DECISION.read_text("utf-8"))
    return decision_from(stored)


def decision_from(stored: dict[str, object]) -> Decision:
    """A decision from its stored form."""
    lines: dict[str, list[float]] = stored["lines"]  # type: ignore[assignment]  # our own file
    return Decision(
        names=tuple(stored["names"]),  # type: ignore[arg-type]  # our own file
        middle=tuple(stored["middle"]),  # type: ignore[arg-type]  # our own file
        spread=tuple(stored["spread"]),  # type: ignore[arg-type]  # our own file
        lines={case: tuple(line) for case, line in lines.items()},
    )
