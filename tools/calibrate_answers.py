"""Fits the decisions to answer on one half of our labelled questions and prints what they do on the other.

Prevents: thresholds set by feeling, which either refuse what the documents say or answer what they do not.
Run: `python -m tools.calibrate_answers`, then copy the three models into emporion/agents/knowledge/confidence.py.
"""

from dataclasses import dataclass

import numpy as np

from emporion.agents.knowledge import confidence
from emporion.agents.knowledge.answers import judge
from emporion.agents.knowledge.retrieval import PassageIndex
from tests.knowledge_sets import corpus, index_of, labelled, paragraphs


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """A question that was judged: by which model, from which signals, and whether the best passage was a right one."""

    model: str
    half: str
    question: str
    is_answerable: bool
    is_right: bool
    signals: confidence.Signals


def observe() -> list[Observed]:
    """Every labelled question: of the two corpora, of each paragraph alone, and of the paragraphs of a language together."""
    rows: list[Observed] = []
    for one in labelled():
        rows += _judged(one.question, corpus(one.corpus), one.half, one.files)
    every = paragraphs()
    for one in every:
        others = tuple(other for other in every if other.language == one.language)
        for index in (index_of(one), index_of(*others)):
            for question in one.answered:
                rows += _judged(question, index, one.half, frozenset({one.id}))
            for question in one.refused:
                rows += _judged(question, index, one.half, frozenset())
        # The hardest to refuse: what is asked of another paragraph in the same language.
        for other in others:
            if other is not one and other.half == one.half:
                rows += [
                    row for question in other.answered[::3] for row in _judged(question, index_of(one), one.half, frozenset())
                ]
    return rows


def _judged(question: str, index: PassageIndex, half: str, files: frozenset[str]) -> list[Observed]:
    judged = judge(question, index=index)
    if judged.signals is None:  # nothing but small words
        return []
    models = {id(confidence.NATIVE): "NATIVE", id(confidence.NOT_ENGLISH): "NOT_ENGLISH", id(confidence.FOREIGN): "FOREIGN"}
    return [
        Observed(
            model=models[id(confidence.model_for(judged.found))],
            half=half,
            question=question,
            is_answerable=bool(files),
            is_right=judged.found.hits[0].passage.document_id in files,
            signals=judged.signals,
        )
    ]


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
    for name, ridge in (("NATIVE", 6.0), ("NOT_ENGLISH", 4.0), ("FOREIGN", 3.0)):
        chosen = [row for row in rows if row.model == name and row.half == "calibration"]
        model = fit(np.array([row.signals.values() for row in chosen]), np.array([row.is_right for row in chosen]), ridge=ridge)
        print(name, model)
        for kind, tried in (("fitted", model), ("in use", getattr(confidence, name))):
            for half in ("calibration", "held-out"):
                report(f"{kind}, {half}", [row for row in rows if row.model == name and row.half == half], tried)


def report(name: str, rows: list[Observed], model: confidence.Model) -> None:
    """What a model does with some questions, and where it errs."""
    judged = [(row, model.probability(row.signals)) for row in rows]
    said = [row for row, sure in judged if row.is_answerable and sure >= confidence.THRESHOLD]
    absent = [sure for row, sure in judged if not row.is_answerable]
    refused = sum(sure < confidence.THRESHOLD for sure in absent)
    right = sum(row.is_right for row in said)
    print(
        f"  {name}: answerable {len(rows) - len(absent)}, answered {len(said)}, of them right {right}; "
        f"unanswerable {len(absent)}, refused {refused}"
    )
    for row, sure in judged:
        if (sure >= confidence.THRESHOLD) != row.is_answerable:
            print(f"     {sure:.2f} {'right' if row.is_right else '-----'} {row.question}")


if __name__ == "__main__":
    main()
