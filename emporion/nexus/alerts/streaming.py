"""How unusual the next value of a series is, from what came before it alone; bounded memory, one pass, no training.

Four distances are looked at: from the middle of the last day's values, from the value before, of the last hour's mean from the
day's, and from what stood at this time yesterday, the day before and a week ago. Each is compared with its own past: how far it
is past its 98th percentile, in units of how far such excesses usually are (peaks over a threshold, Siffer et al. 2017). The
largest counts. A fault speaks once: within `QUIET` values only what is still more unusual counts.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

WINDOW = 288  # values; a day of five minutes
MEAN_OF = 12
DAYS = (1, 2, 7)
SLACK = 3  # values to both sides of the same time of another day
QUANTILE = 0.98
LEAST_EXCESS = 0.05  # of the percentile: a series that hardly varies is not unusual for varying a little
WARM, WARM_SEASON = 50, 400
QUIET = 100
EVERY = 20  # values between two looks at the percentile

Numbers = npt.NDArray[np.float32]


class Past:
    """The last values of something, in order, in an array that never grows."""

    __slots__ = ("_end", "_kept", "_room")

    def __init__(self, size: int, values: Sequence[float] | Numbers = ()) -> None:
        self._kept, self._end = size, min(len(values), size)
        self._room = np.zeros(2 * size, dtype=np.float32)
        if self._end:
            self._room[: self._end] = values[-size:]

    @property
    def values(self) -> Numbers:
        """What is remembered, oldest first."""
        return self._room[max(0, self._end - self._kept) : self._end]

    def add(self, value: float) -> None:
        """Remembers one more and, when full, forgets the oldest."""
        if self._end == len(self._room):
            self._room[: self._kept] = self._room[-self._kept :]
            self._end = self._kept
        self._room[self._end] = value
        self._end += 1


class Tail:
    """How far a distance is beyond its own past."""

    __slots__ = ("_age", "_level", "_scale", "_warm", "past")

    def __init__(self, size: int, warm: int, past: Sequence[float] | Numbers = ()) -> None:
        self.past, self._warm, self._age = Past(size, past), warm, EVERY
        self._level = self._scale = 0.0

    def excess(self, distance: float) -> float:
        """Units of a usual excess beyond the percentile, 0 below it and while too little is known; then it is remembered."""
        known = self.past.values
        beyond = 0.0
        if len(known) >= self._warm:
            if self._age >= EVERY:
                self._look(known)
            self._age += 1
            beyond = max(0.0, (distance - self._level) / self._scale)
        self.past.add(distance)
        return beyond

    def _look(self, known: Numbers) -> None:
        self._level, self._age = float(np.quantile(known, QUANTILE)), 0
        excesses = known[known > self._level]
        usual = float(excesses.mean()) - self._level if len(excesses) else 0.0
        self._scale = max(usual, LEAST_EXCESS * self._level, 1e-9)


class Detector:
    """Takes the values of one series, `per_day` of them a day, and says of each how unusual it is."""

    __slots__ = ("_per_day", "_scores", "_tails", "_values", "memory")

    def __init__(self, *, per_day: int, memory: int = 2016, kept: Sequence[Numbers] = ()) -> None:
        self._per_day, self.memory = per_day, memory
        values, scores, *pasts = kept or [np.zeros(0, dtype=np.float32)] * 6
        self._values = Past(max(WINDOW + 1, max(DAYS) * per_day + SLACK + 1), values)
        self._scores = Past(QUIET, scores)
        warm = (WARM, WARM, WARM, WARM_SEASON)
        self._tails = [Tail(memory, least, past) for least, past in zip(warm, pasts, strict=True)]

    def observe(self, value: float) -> float:
        """How unusual the value is: 0 is usual, from about 4 it is worth a look; it is then part of the past."""
        known = self._values.values
        if not len(known):
            self._values.add(value)
            return 0.0
        score = max(tail.excess(one) for tail, one in zip(self._tails, self._distances(known, value), strict=True))
        recent = self._scores.values
        is_more = not len(recent) or score > float(recent.max())
        self._scores.add(score)
        self._values.add(value)
        return score if is_more else 0.0

    def skip(self) -> None:
        """A time without a value: what was known goes on, so that the same time of another day stays where it is."""
        known = self._values.values
        if len(known):
            self._values.add(float(known[-1]))

    def kept(self) -> tuple[Numbers, ...]:
        """What another detector needs to go on from here."""
        return (self._values.values, self._scores.values, *(tail.past.values for tail in self._tails))

    def _distances(self, known: Numbers, value: float) -> tuple[float, float, float, float]:
        day = known[-WINDOW:]
        hour = float(known[-(MEAN_OF - 1) :].sum()) + value
        mean = hour / min(MEAN_OF, len(known) + 1)
        return (
            abs(value - float(np.median(day))),
            abs(value - float(known[-1])),
            abs(mean - float(day.mean())),
            self._from_other_days(known, value),
        )

    def _from_other_days(self, known: Numbers, value: float) -> float:
        now, nearest = len(known), float("inf")
        for days in DAYS:
            then = now - days * self._per_day
            around = known[max(0, then - SLACK) : max(0, then + SLACK + 1)]
            if len(around):
                nearest = min(nearest, float(np.abs(around - value).min()))
        return 0.0 if nearest == float("inf") else nearest
