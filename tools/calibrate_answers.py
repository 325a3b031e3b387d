"""Fits the decision to answer on labelled questions and prints what it does on sets of documents that it has not seen.

Prevents: thresholds set by feeling, which either refuse what the documents say or answer what they do not.
Run: `python -m tools.calibrate_answers [FILE.json...]`; it writes emporion/agents/knowledge/decision.json. The files, if any,
hold more questions in the format of SQuAD (about paragraphs of articles, in any language) and are weighed less than ours.
"""

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from emporion.agents.knowledge import confidence
from emporion.agents.knowledge.asking import asked_in
from emporion.agents.knowledge.chunking import chunk
from emporion.agents.knowledge.encoder import shared_encoder
from emporion.agents.knowledge.parsing import parse
from emporion.agents.knowledge.retrieval import PassageIndex, embed_passages, rows_of
from emporion.agents.knowledge.signals import Signals, signals_of
from emporion.agents.knowledge.types import PassageRow
from tests.knowledge_sets import Labelled, collections, corpus, index_of, labelled, paragraphs
from tools.lines import fit_lines

MADE_SHARE = 0.4  # of its weight, for a question that was made unanswerable by taking its document away
SMALL_WEIGHT = 0.5  # of questions about the small collections: many, and more of them hard than people ask
PARAGRAPH_WEIGHT = 0.3
SQUAD_WEIGHT = 0.15
BENT = [
    "cosine",
    "across",
    "sentence",
    "coverage",
    "whole",
    "window",
    "in_sentence",
    "margin",
    "margin_across",
    "missing",
    "gone",
]
LARGE = {"handbook", "flask", "paragraphs"}  # each is left out by itself, the others some at a time
FOLDS = 5
SQUAD_QUESTIONS = 160  # of each file


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """A question that was judged: the signals of its first passages and which of them are right; none where nothing answers."""

    source: str
    is_held_out: bool
    weight: float
    is_answerable: bool
    signals: list[Signals]
    right: list[bool]
    is_made: bool = False


def observe(files: Sequence[str]) -> Iterator[Observed]:
    """Every labelled question as it is, and each answerable one where its documents have been taken away."""
    for one in labelled():
        held = one.half == "held-out" and one.corpus in {"handbook", "flask"}
        yield from _with_and_without(one, corpus(one.corpus), held_out=held)
    for index, asked in collections().values():
        for one in asked:
            yield from _with_and_without(one, index, weight=SMALL_WEIGHT)
    every = paragraphs()
    for one in every:
        held = one.half == "held-out"
        alike = index_of(*(other for other in every if other.language == one.language))
        for index in (index_of(one), alike):
            for question in one.answered:
                yield from _judged("paragraphs", question, index, frozenset({one.id}), weight=PARAGRAPH_WEIGHT, held_out=held)
            for question in one.refused:
                yield from _judged("paragraphs", question, index, frozenset(), weight=PARAGRAPH_WEIGHT, held_out=held)
    for file in files:
        yield from _of_squad(Path(file))


def _with_and_without(
    one: Labelled, index: PassageIndex, *, weight: float = 1.0, held_out: bool = False
) -> Iterator[Observed]:  # fmt: skip
    """A question as it is, and one that is answered again where the documents that answer it have been taken away."""
    yield from _judged(one.corpus, one.question, index, one.files, weight=weight, held_out=held_out)
    if one.files and not held_out:
        left = PassageIndex([row for row in index.rows if row.document_id not in one.files], shared_encoder())
        for observed in _judged(one.corpus, one.question, left, frozenset(), weight=MADE_SHARE * weight):
            yield replace(observed, is_made=True)


def _judged(
    source: str, question: str, index: PassageIndex, files: frozenset[str], *, weight: float, held_out: bool = False
) -> Iterator[Observed]:  # fmt: skip
    found = index.search(asked_in(question).whole)
    if found.hits and found.query.groups:  # else nothing but small words
        signals = signals_of(found, index)
        right = [hit.passage.document_id in files for hit in found.hits[: len(signals)]]
        yield Observed(
            source=source, is_held_out=held_out, weight=weight, is_answerable=bool(files), signals=signals,
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
        yield from _judged(path.stem, question, PassageIndex(rows, shared_encoder()), files, weight=SQUAD_WEIGHT)


def _rows(name: str, text: str) -> list[PassageRow]:
    document = parse(text.encode(), name=f"{name}.txt")
    passages = chunk(document)
    return rows_of(document, passages, embed_passages(document.title, passages, shared_encoder()), document_id=name)


def fitted(rows: Sequence[Observed]) -> dict[str, object]:
    """The decision in its stored form."""
    names = list(rows[0].signals[0])
    inputs = np.array([[signals[name] for name in names] for row in rows for signals in row.signals])
    right = np.array([float(one) for row in rows for one in row.right])
    weight = np.array([row.weight for row in rows for _ in row.signals])
    cases = [confidence.case_of(signals) for row in rows for signals in row.signals]
    lines = fit_lines(inputs, right, weight, cases, [names.index(name) for name in BENT])
    return {
        "names": names,
        "middle": lines.middle.tolist(),
        "spread": lines.spread.tolist(),
        "lines": {case: line.tolist() for case, line in lines.by_case.items()},
    }


def report(name: str, rows: Sequence[Observed], stored: dict[str, object]) -> None:
    """What a decision does with some questions."""
    decision = confidence.decision_from(stored)
    answerable = sum(row.is_answerable for row in rows)
    said = right = refused = 0
    for row in rows:
        sure = [decision.sure(signals) for signals in row.signals]
        best = confidence.chosen(sure)
        is_said = sure[best] >= confidence.THRESHOLD
        said += row.is_answerable and is_said
        right += row.is_answerable and is_said and row.right[best]
        refused += not row.is_answerable and not is_said
    print(
        f"{name}: answerable {answerable}, answered {said}, of them right {right}; "
        f"unanswerable {len(rows) - answerable}, refused {refused}"
    )


def main() -> None:
    """Fits without each set in turn to say what it does there, then on all for the release."""
    rows = list(observe(sys.argv[1:]))
    used = [row for row in rows if not row.is_held_out]
    names = sorted({row.source for row in rows} - LARGE)
    for fold in (*({one} for one in sorted(LARGE)), *(set(names[first::FOLDS]) for first in range(FOLDS))):
        stored = fitted([row for row in used if row.source not in fold])
        for source in sorted(fold):
            report(f"{source}, unseen", [row for row in rows if row.source == source and not row.is_made], stored)
    stored = fitted(used)
    for source in ("handbook", "flask", "paragraphs"):
        report(f"{source}, held out", [row for row in rows if row.source == source and row.is_held_out], stored)
    Path(confidence.__file__).with_name("decision.json").write_text(json.dumps(stored, separators=(",", ":")), "utf-8")


if __name__ == "__main__":
    main()
