"""Fits the decision to answer on one half of our labelled questions and prints what it does on the other.

Prevents: thresholds set by feeling, which either refuse what the documents say or answer what they do not.
Run: `python -m tools.calibrate_answers`, then copy the two models into emporion/agents/knowledge/confidence.py.
"""

import numpy as np

from emporion.agents.knowledge import confidence
from emporion.agents.knowledge.answers import judge
from tests.knowledge_sets import Labelled, corpora, labelled


def observe() -> list[tuple[Labelled, tuple[float, ...], bool, bool]]:
    """Each question with its signals, whether it was foreign and whether the best passage is of the right file."""
    rows = []
    indexes = corpora()
    for one in labelled():
        judged = judge(one.question, index=indexes[one.corpus])
        if judged.signals is None:  # nothing but small words
            continue
        right = judged.found.hits[0].passage.document_id in one.files
        rows.append((one, judged.signals.values(), judged.found.query.foreign, right))
    return rows


def fit(inputs: np.ndarray, right: np.ndarray, *, ridge: float) -> confidence.Model:
    """A logistic regression by Newton's method, balanced so that answering and refusing weigh the same."""
    mean, spread = inputs.mean(0), inputs.std(0) + 1e-6
    x = np.hstack([np.ones((len(inputs), 1)), (inputs - mean) / spread])
    weight = np.where(right, 0.5 / max(right.mean(), 0.01), 0.5 / max(1 - right.mean(), 0.01))
    beta = np.zeros(x.shape[1])
    penalty = ridge * np.eye(len(beta))
    penalty[0, 0] = 0
    for _ in range(40):
        p = 1 / (1 + np.exp(-x @ beta))
        gradient = x.T @ (weight * (p - right)) + penalty @ beta
        hessian = x.T @ (x * (weight * p * (1 - p))[:, None]) + penalty
        beta -= np.linalg.solve(hessian, gradient)
    coefficients = beta[1:] / spread
    return confidence.Model(
        bias=round(float(beta[0] - coefficients @ mean), 3), coefficients=tuple(round(float(c), 3) for c in coefficients)
    )


def main() -> None:
    """Fits, prints the models and the outcome on both halves."""
    rows = observe()
    for foreign in (False, True):
        for half in ("calibration", "held-out"):
            chosen = [row for row in rows if row[2] is foreign and row[0].half == half]
            if half == "calibration":
                model = fit(
                    np.array([row[1] for row in chosen]), np.array([row[3] for row in chosen]), ridge=3.0 if foreign else 6.0
                )
                print("FOREIGN" if foreign else "NATIVE", model)
            judged = [
                (
                    one,
                    model.probability(confidence.Signals(**dict(zip(confidence.Signals.__slots__, values, strict=True)))),
                    right,
                )
                for one, values, _, right in chosen
            ]
            possible = [row for row in judged if row[0].files]
            absent = [row for row in judged if not row[0].files]
            said = [row for row in possible if row[1] >= confidence.THRESHOLD]
            print(
                f"  {half}: answerable {len(possible)}, answered {len(said)}, of them right {sum(row[2] for row in said)}; unanswerable {len(absent)}, refused {sum(row[1] < confidence.THRESHOLD for row in absent)}"  # noqa: E501
            )
            for one, p, right in judged:
                if (p >= confidence.THRESHOLD) != bool(one.files):
                    print(f"     {p:.2f} {'right' if right else '-----'} {one.corpus} {one.question}")


if __name__ == "__main__":
    main()
