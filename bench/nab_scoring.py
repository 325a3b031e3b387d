"""The scoring of the Numenta Anomaly Benchmark, made anew: which detections earn, which cost, and the best threshold.

The method is that of Lavin and Ahmad, "Evaluating Real-Time Anomaly Detection Algorithms" (arXiv 1510.03336): in each labelled
window the earliest detection earns up to 1, a window without one costs, a detection outside costs the more the further it is
behind a window; the first 15 percent of a file (of at most 5,000 rows) do not count. The corpus is never part of this repository.
"""

import csv
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np

PROBATION = 0.15
PROFILES: Mapping[str, tuple[float, float]] = {  # what a false positive and what a missed window cost
    "standard": (0.11, 1.0),
    "reward_low_FP_rate": (0.22, 1.0),
    "reward_low_FN_rate": (0.11, 2.0),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """A file of the corpus with its labelled windows as pairs of row numbers, both ends included."""

    name: str
    times: Sequence[datetime]
    values: np.ndarray
    windows: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """What a detector earns at its best threshold: `normalized` is 0 for silence and 100 for perfection."""

    normalized: float
    threshold: float
    found: int
    windows: int
    false_positives: int


def corpus(folder: Path) -> Iterator[Series]:
    """The labelled files of a copy of the benchmark's repository, in their order."""
    labels = json.loads((folder / "labels" / "combined_windows.json").read_text())
    for name in sorted(labels):
        rows = _rows(folder / "data" / name)
        times = [_time(row["timestamp"]) for row in rows]
        at = {moment: index for index, moment in reversed(list(enumerate(times)))}
        windows = tuple((at[_time(start)], at[_time(end)]) for start, end in labels[name])
        values = np.array([float(row["value"]) for row in rows])
        yield Series(name=name, times=times, values=values, windows=windows)


def published(folder: Path, detector: str) -> dict[str, np.ndarray]:
    """The anomaly scores that the benchmark's repository holds of a detector, by file."""
    labels = json.loads((folder / "labels" / "combined_windows.json").read_text())
    found = {}
    for name in labels:
        kind, file = name.split("/")
        rows = _rows(folder / "results" / detector / kind / f"{detector}_{file}")
        found[name] = np.array([float(row["anomaly_score"]) for row in rows])
    return found


def score(series: Sequence[Series], scores: Mapping[str, np.ndarray], profile: str = "standard") -> Score:
    """The best score over all thresholds, one threshold for the whole corpus."""
    wrong, missed = PROFILES[profile]
    points = [point for one in series for point in _points(one, scores[one.name], wrong)]
    points.sort(key=lambda point: -point[0])
    windows = {window for _, _, window in points if window}
    total = -missed * len(windows)
    best = Score(normalized=0.0, threshold=math.inf, found=0, windows=len(windows), false_positives=0)
    # Windows that lie in the part that does not count are in the perfect score all the same, as in the original.
    perfect, silent = float(sum(len(one.windows) for one in series)), total
    earned: dict[str, float] = {}
    false_positives = 0
    for index, (mark, worth, window) in enumerate(points):
        if not window:
            total, false_positives = total + worth, false_positives + 1
        elif window not in earned:
            total, earned[window] = total + missed + worth, worth
        elif worth > earned[window]:
            total, earned[window] = total + worth - earned[window], worth
        is_last_of_mark = index + 1 == len(points) or points[index + 1][0] != mark
        normalized = 100 * (total - silent) / (perfect - silent)
        if is_last_of_mark and normalized > best.normalized:
            best = Score(
                normalized=normalized,
                threshold=mark,
                found=len(earned),
                windows=len(windows),
                false_positives=false_positives,
            )
    return best


def _points(series: Series, scores: np.ndarray, wrong: float) -> Iterator[tuple[float, float, str]]:
    """Each row that counts: its anomaly score, what a detection there is worth, and the window that it is in."""
    rows = len(series.values)
    first = min(math.floor(PROBATION * rows), PROBATION * 5000)
    starts = dict(series.windows)
    start = end = None
    behind: tuple[int, int] | None = None
    for index in range(rows):
        if index in starts:
            start, end = index, starts[index]
        if start is not None and end is not None:
            width = end - start + 1
            worth = _sigmoid(-(end - index + 1) / width) / _sigmoid(-1.0)
        elif behind is None:
            worth = -wrong
        else:
            worth = wrong * _sigmoid((index - behind[0]) / behind[1])
        if index >= first:
            yield float(scores[index]), worth, f"{series.name}|{start}" if start is not None else ""
        if index == end and start is not None:
            behind, start, end = (index, index - start), None, None


def _sigmoid(position: float) -> float:
    """From almost 1 at a window's left edge over 0 at its right one to -1 far behind it."""
    return -1.0 if position > 3.0 else 2 / (1 + math.exp(5 * position)) - 1


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text.split(".", maxsplit=1)[0])
