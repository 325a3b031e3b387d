"""The labelled questions and the two corpora that they are asked of; tests and benchmarks share them."""

import os
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from emporion.agents.knowledge.chunking import chunk
from emporion.agents.knowledge.encoder import shared_encoder
from emporion.agents.knowledge.parsing import parse
from emporion.agents.knowledge.retrieval import PassageIndex, embed_passages, rows_of
from emporion.agents.knowledge.types import PassageRow

HERE = Path(__file__).parent
DATA = Path(os.environ.get("EMPORION_TEST_DATA", HERE.parent.parent / "shared" / "data"))
SOURCES = {"handbook": ("handbook", "*.md"), "flask": ("flask-docs/docs", "**/*.rst")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """A question, the documents that answer it (none: it must be refused) and the half that it belongs to."""

    corpus: str
    kind: str
    half: str
    question: str
    files: frozenset[str]


def labelled() -> list[Labelled]:
    """All questions of tests/knowledge_questions, alternately for calibration and held out."""
    found = []
    for path in sorted((HERE / "knowledge_questions").glob("*.toml")):
        for kind, items in tomllib.loads(path.read_text("utf-8")).items():
            for place, (question, files) in enumerate(items):
                half = "held-out" if place % 2 else "calibration"
                found.append(
                    Labelled(
                        corpus=path.stem, kind=kind, half=half, question=question, files=frozenset(filter(None, files.split("|")))
                    )
                )
    return found


@lru_cache
def corpus(name: str) -> PassageIndex:
    """One data set parsed, cut, encoded and indexed as the product does it."""
    folder, pattern = SOURCES[name]
    rows: list[PassageRow] = []
    for path in sorted((DATA / folder).glob(pattern)):
        document = parse(path.read_bytes(), name=path.name)
        passages = chunk(document)
        embeddings = embed_passages(document.title, passages, shared_encoder())
        rows += rows_of(document, passages, embeddings, document_id=str(path.relative_to(DATA / folder).with_suffix("")))
    return PassageIndex(rows, shared_encoder())


def corpora() -> dict[str, PassageIndex]:
    """Every corpus by name."""
    return {name: corpus(name) for name in SOURCES}
