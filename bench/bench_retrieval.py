"""How well and how fast passages are found on the Cranfield collection, by words, by vectors and by both."""

import math
import os
import re
import statistics
import time
from pathlib import Path

from bench.harness import Figure
from emporion.agents.knowledge.encoder import shared_encoder, to_bytes
from emporion.agents.knowledge.retrieval import NATIVE, PassageIndex, Weights
from emporion.agents.knowledge.types import PassageRow

TITLE = "Retrieval"

DATA = Path(os.environ.get("EMPORION_TEST_DATA", Path(__file__).parents[2] / "shared" / "data")) / "cranfield"
CONDITIONS = "Cranfield, 1,400 abstracts, 225 questions, one question at a time, warm"
WAYS = (
    ("full text alone", Weights(text=1, meaning=0, across=0), 0.377),
    ("vectors alone", Weights(text=0, meaning=1, across=0), 0.377),
    ("hybrid", NATIVE, 0.43),
)


def measure() -> list[Figure]:
    """nDCG@10, R@10 and the 95th percentile of the time of a question, for each way of searching."""
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
    return figures


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
