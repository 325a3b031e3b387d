"""The streaming detector on the Numenta Anomaly Benchmark, with a scorer of our own that is proven on published results.

The corpus is not ours and not in this repository: give the folder of a copy of numenta/NAB in `EMPORION_NAB`. The benchmark's
threshold is chosen on its own corpus, and its labels are disputed (Wu and Keogh, arXiv 2009.13807): it says that a detector is
not worse than others, not how it does on somebody's traffic.
"""

import json
import os
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from bench.harness import Figure
from bench.nab_scoring import PROFILES, Series, corpus, published, score
from emporion.nexus.alerts.streaming import Detector

TITLE = "Anomaly detection on the Numenta Anomaly Benchmark"
PROVEN_ON = ("numenta", "contextOSE", "knncad", "windowedGaussian")
PEERS = "Numenta HTM 70.1, CAD OSE 69.9, Skyline (earthgecko) 58.2, KNN-CAD 58.0, Twitter ADVec 47.1, windowed Gaussian 39.6"
WORDS = {"standard": "standard", "reward_low_FP_rate": "few false alarms", "reward_low_FN_rate": "few misses"}


def measure() -> list[Figure]:
    """The proof of the scorer, then the detector's scores and its speed; nothing without the corpus."""
    folder = Path(os.environ.get("EMPORION_NAB", ""))
    if not (folder / "labels" / "combined_windows.json").is_file():
        print("not measured: EMPORION_NAB does not name a copy of numenta/NAB")
        return []
    series = list(corpus(folder))
    started = time.perf_counter()
    scores = {one.name: scored(one) for one in series}
    points = sum(len(one.values) for one in series)
    speed = (time.perf_counter() - started) / points * 1000
    return [_proof(folder, series), *_own(series, scores), _speed(speed, points)]


def scored(series: Series) -> np.ndarray:
    """What the product's detector says of each value of a file, in one pass."""
    steps = [(later - sooner).total_seconds() for sooner, later in zip(series.times[:50], series.times[1:51], strict=True)]
    detector = Detector(per_day=max(1, round(86_400 / max(float(np.median(steps)), 1.0))), memory=5000)
    return np.array([detector.observe(float(value)) for value in series.values])


def _proof(folder: Path, series: Sequence[Series]) -> Figure:
    final = json.loads((folder / "results" / "final_results.json").read_text())
    apart = [
        abs(score(series, published(folder, name), profile).normalized - final[name][profile])
        for name in PROVEN_ON
        for profile in PROFILES
    ]
    return Figure(
        name="our scorer against published final scores, largest difference",
        value=round(max(apart), 3),
        unit="points",
        due=0.1,
        at_least=False,
        compared_with="final_results.json of numenta/NAB",
        conditions=f"committed results of {', '.join(PROVEN_ON)}; three profiles each",
    )


def _own(series: Sequence[Series], scores: dict[str, np.ndarray]) -> list[Figure]:
    found = []
    for profile, due in (("standard", 60.0), ("reward_low_FP_rate", 46.2), ("reward_low_FN_rate", 63.8)):
        best = score(series, scores, profile)
        found.append(
            Figure(
                name=f"score, {WORDS[profile]}",
                value=round(best.normalized, 1),
                unit="of 100",
                due=due,
                at_least=True,
                compared_with=PEERS if profile == "standard" else "Skyline (earthgecko)",
                conditions=f"58 files; {best.found} of {best.windows} windows found, {best.false_positives} rows outside",
            )
        )
    return found


def _speed(milliseconds: float, points: int) -> Figure:
    return Figure(
        name="time for one value",
        value=round(milliseconds, 3),
        unit="ms",
        due=1.0,
        at_least=False,
        compared_with="what is promised",
        conditions=f"{points:,} values, one core",
    )
