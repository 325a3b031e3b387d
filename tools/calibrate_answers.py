"""Fits the decision to answer on labelled questions and prints what it does on sets of documents that it has not seen.

Prevents: thresholds set by feeling, which either refuse what the documents say or answer what they do not.
Run: `python -m tools.calibrate_answers [FOLDER | FILE.json ...]`; it writes emporion/agents/knowledge/decision.json.
A folder holds documents that may not be kept here, under `docs`, and what is asked of them in `questions.toml`. A file holds
questions in the format of SQuAD (about paragraphs of articles, in any language), which are weighed less than ours.
"""

import json
import math
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from emporion.agents.knowledge import confidence
from emporion.agents.knowledge.answers import evidence_of
from emporion.agents.knowledge.chunking import chunk
from emporion.agents.knowledge.encoder import shared_encoder
from emporion.agents.knowledge.parsing import parse
from emporion.agents.knowledge.retrieval import PassageIndex, embed_passages, rows_of
from emporion.agents.knowledge.signals import Signals
from emporion.agents.knowledge.types import PassageRow
from tests.knowledge_sets import SOURCES, Labelled, collections, corpus, folder_set, index_of, labelled, paragraphs
from tools.boosting import Shape, fit

SEEDS = 3
SHAPE = Shape(trees=110)
MADE_WEIGHT = 0.4  # of a question that was made unanswerable by taking its document away
OTHER_WEIGHT = 0.15  # of questions about single paragraphs and of SQuAD's: many, and less like what agents are asked
FOLDS = 7  # of the small collections, to measure each on a decision fitted without it
SQUAD_QUESTIONS = 160  # of each file


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """A question that was judged: what its first passages show and which of them are right; none where nothing answers."""

    source: str
    is_held_out: bool
    weight: float
    is_answerable: bool
    signals: list[Signals]
    overall: float
    right: list[bool]


def observe(files: Sequence[str]) -> Iterator[Observed]:
    """Every labelled question as it is, and each answerable one where its documents have been taken away."""
    for one in labelled():
        yield from _with_and_without(one, corpus(one.corpus))
    for index, asked in collections().values():
        for one in asked:
            yield from _with_and_without(one, index)
    every = paragraphs()
    for one in every:
        held = one.half == "held-out"
        alike = index_of(*(other for other in every if other.language == one.language))
        for index in (index_of(one), alike):
            for question in one.answered:
                yield from _judged("paragraphs", question, index, frozenset({one.id}), weight=OTHER_WEIGHT, held_out=held)
            for question in one.refused:
                yield from _judged("paragraphs", question, index, frozenset(), weight=OTHER_WEIGHT, held_out=held)
    for path in map(Path, files):
        yield from _of_folder(path) if path.is_dir() else _of_squad(path)


def _of_folder(path: Path) -> Iterator[Observed]:
    index, asked = folder_set(path)
    for one in asked:
        yield from _judged(one.corpus, one.question, index, one.files)


def _with_and_without(one: Labelled, index: PassageIndex) -> Iterator[Observed]:
    held = one.half == "held-out" and one.corpus in {"handbook", "flask"}
    yield from _judged(one.corpus, one.question, index, one.files, held_out=held)
    if one.files and not held:
        left = [row for row in index.rows if row.document_id not in one.files]
        yield from _judged(one.corpus, one.question, PassageIndex(left, shared_encoder()), frozenset(), weight=MADE_WEIGHT)


def _judged(
    source: str, question: str, index: PassageIndex, files: frozenset[str], *, weight: float = 1.0, held_out: bool = False
) -> Iterator[Observed]:  # fmt: skip
    found = index.search(question)
    if found.hits and found.query.groups:  # else nothing but small words
        _, signals, overall = evidence_of(found, index)
        right = [hit.passage.document_id in files for hit in found.hits[: len(signals)]]
        yield Observed(
            source=source, is_held_out=held_out, weight=weight, is_answerable=bool(files), signals=signals, overall=overall,
            right=right,
        )  # fmt: skip


def _of_squad(path: Path) -> Iterator[Observed]:
    """Questions about the paragraphs of one article: every other one asked of the article without the paragraph that answers."""
    chance = np.random.default_rng(0)
    articles = json.loads(path.read_text("utf-8"))["data"]
    asked = [
        (article, place, qa["question"])
        for article in articles
        for place, paragraph in enumerate(article["paragraphs"])
        for qa in paragraph["qas"]
    ]
    for number, chosen in enumerate(chance.permutation(len(asked))[:SQUAD_QUESTIONS]):
        article, place, question = asked[int(chosen)]
        rows = [row for other, one in enumerate(article["paragraphs"]) if number % 2 == 0 or other != place
                for row in _rows(str(other), one["context"])]  # fmt: skip
        files = frozenset() if number % 2 else frozenset({str(place)})
        yield from _judged(path.stem, question, PassageIndex(rows, shared_encoder()), files, weight=OTHER_WEIGHT)


def _rows(name: str, text: str) -> list[PassageRow]:
    document = parse(text.encode(), name=f"{name}.txt")
    passages = chunk(document)
    return rows_of(document, passages, embed_passages(document.title, passages, shared_encoder()), document_id=name)


def fitted(rows: Sequence[Observed]) -> dict[str, object]:
    """The decision in its stored form, the mean of several fits that differ by chance alone."""
    names = list(rows[0].signals[0])
    inputs = np.array([[signals[name] for name in names] for row in rows for signals in row.signals])
    right = np.array([float(one) for row in rows for one in row.right])
    weight = np.array([row.weight for row in rows for _ in row.signals])
    bias, trees = 0.0, []
    for seed in range(SEEDS):
        start, grown = fit(inputs, right, weight, SHAPE, seed=seed)
        bias += start / SEEDS
        trees += [[_shared(node) for node in tree] for tree in grown]
    return {"names": names, "bias": round(bias, 5), "trees": trees}


def _shared(node: list[float]) -> list[float]:
    """A node as one of several fits adds it."""
    column, value, left, right = node
    return [column, round(value / SEEDS, 6) if column < 0 else value, left, right]


def report(name: str, rows: Sequence[Observed], stored: dict[str, object]) -> None:
    """What a decision does with some questions."""
    decision = confidence.decision_from(stored)
    answerable = [row for row in rows if row.is_answerable]
    said = {id(row): _said(row, decision) for row in rows}
    answered = [said[id(row)] for row in answerable if said[id(row)] is not None]
    refused = [row for row in rows if not row.is_answerable and said[id(row)] is None]
    print(
        f"{name}: answerable {len(answerable)}, answered {len(answered)}, of them right {sum(map(bool, answered))}; "
        f"unanswerable {len(rows) - len(answerable)}, refused {len(refused)}"
    )


def _said(row: Observed, decision: confidence.Decision) -> bool | None:
    """Whether a question is answered from the right document; None where it is refused."""
    sure = [confidence.weighed(decision.log_odds(one), row.overall) for one in row.signals]
    enough = confidence.threshold_among(round(math.exp(10 * row.signals[0]["passages"])))
    place = confidence.surest(sure, enough=enough)
    return row.right[place] if sure[place] >= enough else None


def main() -> None:
    """Fits without each set in turn to say what it does there, then on all for the release."""
    rows = list(observe(sys.argv[1:]))
    used = [row for row in rows if not row.is_held_out]
    small = sorted(
        {row.source for row in rows}
        - {*SOURCES, "paragraphs"}
        - {Path(file).stem for file in sys.argv[1:] if Path(file).is_file()}
    )
    for unseen in [{source} for source in SOURCES] + [set(small[fold::FOLDS]) for fold in range(FOLDS)]:
        left_out = [row for row in rows if row.source in unseen and row.weight == 1.0]
        report(f"{', '.join(sorted(unseen))}, unseen", left_out, fitted([row for row in used if row.source not in unseen]))
    stored = fitted(used)
    for source in ("handbook", "flask", "paragraphs"):
        report(f"{source}, held out", [row for row in rows if row.source == source and row.is_held_out], stored)
    Path(confidence.__file__).with_name("decision.json").write_text(json.dumps(stored, separators=(",", ":")), "utf-8")


if __name__ == "__main__":
    main()
