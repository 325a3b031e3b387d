"""How well passages are found on the Cranfield collection, by words, by vectors and by both; how fast among ten thousand."""

import math
import os
import random
import re
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from bench.harness import Figure
from bench.installation import load, percentile
from emporion.agents.knowledge.answers import Guidance, answer
from emporion.agents.knowledge.encoder import ACROSS, MEANING, from_bytes, shared_encoder, to_bytes
from emporion.agents.knowledge.retrieval import NATIVE, PassageIndex, Weights
from emporion.agents.knowledge.types import PassageRow
from tests.knowledge_sets import corpora, labelled

TITLE = "Retrieval"

DATA = Path(os.environ.get("EMPORION_TEST_DATA", Path(__file__).parents[2] / "shared" / "data")) / "cranfield"
CONDITIONS = "Cranfield, 1,400 abstracts, 225 questions, one question at a time, warm"
MANY = 10_000
WAYS = (
    ("full text alone", Weights(text=1, meaning=0, across=0), 0.377),
    ("vectors alone", Weights(text=0, meaning=1, across=0), 0.377),
    ("hybrid", NATIVE, 0.43),
)


def measure() -> list[Figure]:
    """nDCG@10, R@10 and the 95th percentile of the time of a question, for each way of searching; then the times among many."""
    index = _index()
    index.warm()
    questions = re.findall(r"<title>\s*(.*?)\s*</title>", (DATA / "cran.qry.xml").read_text(), re.DOTALL)
    relevant: dict[int, set[str]] = {}
    for line in (DATA / "cranqrel.trec.txt").read_text().splitlines():
        question, _, document, grade = line.split()
        if int(grade) > 0:
            relevant.setdefault(int(question), set()).add(document)
    figures = []
    for name, weights, due in WAYS:
        gains, recalls, times = [], [], []
        for number, question in enumerate(questions, start=1):
            # A question asked before would come from memory; a mark that no word holds makes each a new one.
            started = time.perf_counter()
            hits = index.search(f"{question} {'.' * (1 + WAYS.index((name, weights, due)))}", limit=10, weights=weights).hits
            times.append((time.perf_counter() - started) * 1000)
            good = [hit.passage.id in relevant[number] for hit in hits]
            ideal = sum(1 / math.log2(rank + 2) for rank in range(min(10, len(relevant[number]))))
            gains.append(sum(found / math.log2(rank + 2) for rank, found in enumerate(good)) / ideal)
            recalls.append(sum(good) / len(relevant[number]))
        slow = statistics.quantiles(times, n=20)[-1]
        figures += [
            _figure(f"nDCG@10, {name}", statistics.mean(gains), "", due, True, "SQLite FTS5 0.377; hybrid is due 0.43"),
            _figure(f"R@10, {name}", statistics.mean(recalls), "", 0.391, True, "SQLite FTS5 0.391"),
            _figure(f"p95 of a question, {name}", slow, "ms", 50, False, "due, encoding included"),
        ]
    return figures + _among_many(index, questions)


def _among_many(cranfield: PassageIndex, asked: Sequence[str]) -> list[Figure]:
    """A handbook, the documentation of a program and the abstracts, varied until they are ten thousand passages."""
    started = time.perf_counter()
    index = PassageIndex(_many([*cranfield.rows, *(row for one in corpora().values() for row in one.rows)]), shared_encoder())
    built = time.perf_counter() - started
    index.warm()
    questions = [*asked, *(one.question for one in labelled())]
    random.Random(1).shuffle(questions)
    for question in questions[:20]:
        answer(question, index=index, guidance=Guidance())
    half = len(questions) // 2
    conditions = f"{MANY:,} passages, every question new, encoding included, warm, built in {built:.1f} s, {load()}"
    found = _times(index.search, questions[20:half])
    answered = _times(lambda question: answer(question, index=index, guidance=Guidance()), questions[half:])
    return [
        Figure(
            name=f"p95 of {name} among {MANY:,}",
            value=round(percentile(times, 0.95), 2),
            unit="ms",
            due=50,
            at_least=False,
            compared_with="our promise",
            conditions=f"{conditions}; median {percentile(times, 0.5):.0f} ms, {len(times)} questions",
        )
        for name, times in (("a search", found), ("a whole answer", answered))
    ]


def _times(ask: Callable[[str], object], questions: Sequence[str]) -> list[float]:
    times = []
    for question in questions:
        started = time.perf_counter()
        ask(question)
        times.append((time.perf_counter() - started) * 1000)
    return times


def _many(rows: Sequence[PassageRow]) -> list[PassageRow]:
    """The rows and variants of them: a part of the words from elsewhere, some long words new, vectors moved a little."""
    chance, noise = random.Random(5), np.random.default_rng(5)
    texts = [row.text.split(" ") for row in rows]
    many = list(rows)
    while len(many) < MANY:
        row = rows[len(many) % len(rows)]
        number = len(many) // len(rows)
        elsewhere = chance.choice(texts)
        words = [_varied(word, elsewhere, number, chance) for word in row.text.split(" ")]
        vector = from_bytes([row.embedding])[0]
        for part in (MEANING, ACROSS):
            vector[part] += noise.normal(0, 0.3 / math.sqrt(vector[part].size), vector[part].size)
            vector[part] /= np.linalg.norm(vector[part])
        many.append(replace(row, id=f"{row.id}/{number}", text=" ".join(words), embedding=to_bytes(vector)))
    return many


def _varied(word: str, elsewhere: Sequence[str], number: int, chance: random.Random) -> str:
    drawn = chance.random()
    if drawn < 0.15:
        return chance.choice(elsewhere)
    is_new = drawn < 0.17 and word.isalpha() and len(word) > 6
    return f"{word}{'abcdefghij'[number]}" if is_new else word


def _figure(name: str, value: float, unit: str, due: float, at_least: bool, compared_with: str) -> Figure:
    return Figure(
        name=name,
        value=round(value, 4),
        unit=unit,
        due=due,
        at_least=at_least,
        compared_with=compared_with,
        conditions=CONDITIONS,
    )


def _index() -> PassageIndex:
    text = (DATA / "cran.all.1400.xml").read_text()
    documents = re.findall(r"<docno>(\d+)</docno>\s*<title>(.*?)</title>.*?<text>(.*?)</text>", text, re.DOTALL)
    vectors = shared_encoder().encode_passages([f"{title}\n{body.removeprefix(title)}" for _, title, body in documents])
    return PassageIndex(
        [
            PassageRow(
                id=number, document_id=number, document_title=" ".join(title.split()), text=body, heading_path=(), start=0, end=len(body),  # noqa: E501
                embedding=to_bytes(vector),
            )
            for (number, title, body), vector in zip(documents, vectors, strict=True)
        ],
        shared_encoder(),
    )  # fmt: skip
