"""The labelled questions and what they are asked of: real corpora, small collections in many languages and single paragraphs."""

import os
import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path

from emporion.agents.knowledge import core
from emporion.agents.knowledge.chunking import chunk, embedding_text
from emporion.agents.knowledge.encoder import shared_encoder
from emporion.agents.knowledge.parsing import parse
from emporion.agents.knowledge.retrieval import PassageIndex, rows_of

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "emporion.config.settings")  # says where the encoder keeps its weights
HERE = Path(__file__).parent
DATA = Path(os.environ.get("EMPORION_TEST_DATA", HERE.parent.parent / "shared" / "data"))
FILE_SETS = sorted(path for path in (HERE / "knowledge_files").iterdir())
CATALOGUE = HERE.parent / "catalogue"
SOURCES = {"handbook": (DATA / "handbook", "*.md"), "flask": (DATA / "flask-docs/docs", "**/*.rst")} | {
    path.stem: (CATALOGUE / path.stem / "knowledge", "*.md")
    for path in sorted((HERE / "knowledge_questions").glob("*.toml"))
    if (CATALOGUE / path.stem).is_dir()
}
_LETTER = r"[^\W\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]"  # of writing that parts words
_FOLDERS = {
    "calibration": "knowledge_documents", "held-out": "knowledge_held_out",
    "scripts": "knowledge_held_out_scripts", "more": "knowledge_held_out_more", "farther": "knowledge_held_out_farther",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """A question, the documents that answer it (none: it must be refused) and the half that it belongs to.

    In the files it is written `[question, documents, phrases]`, the last two "a|b" where there are several. A quote holds the
    answer when one of the phrases stands in it; they are the shortest words of those documents that tell it, and may be left out.
    """

    corpus: str
    kind: str
    half: str
    question: str
    files: frozenset[str]
    phrases: tuple[str, ...] = ()

    def is_told_by(self, text: str) -> bool:
        """Whether a text holds the answer."""
        return any(stands_in(phrase, text) for phrase in self.phrases)


def stands_in(phrase: str, text: str) -> bool:
    """Whether a phrase stands in a text as whole words, whatever their case, the space between them and the marks about them.

    Writing without spaces, and Korean with its endings, does not tell where a word ends.
    """
    before = rf"(?<!{_LETTER})" if _is_letter(phrase[0]) else ""
    after = rf"(?!{_LETTER})" if _is_letter(phrase[-1]) else ""
    return re.search(before + re.escape(_bare(phrase)) + after, _bare(text)) is not None


def _is_letter(character: str) -> bool:
    return character.isalnum() and re.match(_LETTER, character) is not None


def _bare(text: str) -> str:
    return " ".join(re.sub(r"[*`]", "", text).split()).casefold()


def labelled() -> list[Labelled]:
    """All questions of tests/knowledge_questions: for calibration or held out as their table says, else alternately."""
    found = []
    for path in sorted((HERE / "knowledge_questions").glob("*.toml")):
        for kind, items in tomllib.loads(path.read_text("utf-8")).items():
            for place, item in enumerate(items):
                is_held = (place % 2 or kind.endswith("_held_out")) and not kind.endswith("_calibration")
                found.append(_labelled(item, corpus=path.stem, kind=kind, half="held-out" if is_held else "calibration"))
    return found


def _labelled(item: Sequence[str], *, corpus: str, kind: str, half: str) -> Labelled:
    question, files, phrases = *item, *[""] * (3 - len(item))
    return Labelled(
        corpus=corpus, kind=kind, half=half, question=question, files=frozenset(filter(None, files.split("|"))),
        phrases=tuple(filter(None, phrases.split("|"))),
    )  # fmt: skip


@lru_cache
def corpus(name: str, *, first: int = 0, every: int = 1) -> PassageIndex:
    """One set of documents parsed, cut, encoded and indexed as the product does it.

    From the `first` on only each so many of them are taken, for a test that need not encode all.
    """
    return indexed(_documents(name)[first::every])


def texts(name: str) -> dict[str, str]:
    """What each document of a set says in its passages; nothing is encoded."""
    return _said_by(_documents(name))


def _said_by(documents: Iterable[tuple[str, str, bytes]]) -> dict[str, str]:
    cut = ((document_id, chunk(parse(content, name=file))) for document_id, file, content in documents)
    return {document_id: "\n".join(one.text for one in passages) for document_id, passages in cut}


def _written(raw: dict[str, dict[str, str]]) -> list[tuple[str, str, bytes]]:
    """The documents of a collection as files."""
    return [(name, f"{name}.md", text.strip().encode()) for name, text in raw["documents"].items()]


def _documents(name: str) -> list[tuple[str, str, bytes]]:
    folder, pattern = SOURCES[name]
    paths = sorted(folder.glob(pattern))
    return [(str(path.relative_to(folder).with_suffix("")), path.name, path.read_bytes()) for path in paths]


def indexed(documents: Iterable[tuple[str, str, bytes]]) -> PassageIndex:
    """What an agent that has read some documents searches in, each told by its id, its file's name and its content.

    All are encoded together, by what the product calls: what another test has read is not encoded again (tests/vectors.py).
    """
    read = [(document_id, parse(content, name=name)) for document_id, name, content in documents]
    cut = [(document_id, document, chunk(document)) for document_id, document in read]
    texts = [embedding_text(document.title, one.heading_path, one.text) for _, document, passages in cut for one in passages]
    made = iter(core.embed(texts))
    rows = [
        row
        for document_id, document, passages in cut
        for row in rows_of(document, passages, list(islice(made, len(passages))), document_id=document_id)
    ]
    return PassageIndex(rows, shared_encoder())


@lru_cache
def collections(half: str = "calibration", *, every: int = 1) -> dict[str, tuple[PassageIndex, list[Labelled]]]:
    """The small collections with their questions: those that the decision is fitted with, or those that it never sees.

    `scripts` are of the latter, in Arabic, Chinese, Japanese, Korean and Thai, `more` in eight further languages of Europe, and
    `farther` in eight that no encoder reads.

    `every` takes only each so many of them, for a test that need not encode all.
    """
    found = {}
    folder = HERE / _FOLDERS[half]
    for path in sorted(folder.glob("*.toml"))[::every]:
        raw = tomllib.loads(path.read_text("utf-8"))
        found[path.stem] = indexed(_written(raw)), _asked(raw["questions"], path.stem, half)
    return found


def collection_texts(half: str) -> list[tuple[dict[str, str], list[Labelled]]]:
    """What each document of each of these collections says in its passages, with the questions; nothing is encoded."""
    read = [(path, tomllib.loads(path.read_text("utf-8"))) for path in sorted((HERE / _FOLDERS[half]).glob("*.toml"))]
    return [(_said_by(_written(raw)), _asked(raw["questions"], path.stem, half)) for path, raw in read]


def folder_set(folder: Path) -> tuple[PassageIndex, list[Labelled]]:
    """A set of real files: those under `docs`, asked as its `questions.toml` says."""
    files, asked = _in_folder(folder)
    return indexed(files), asked


def folder_texts(folder: Path) -> tuple[dict[str, str], list[Labelled]]:
    """What each file of such a set says in its passages, with the questions; nothing is encoded."""
    files, asked = _in_folder(folder)
    return _said_by(files), asked


def _in_folder(folder: Path) -> tuple[list[tuple[str, str, bytes]], list[Labelled]]:
    raw = tomllib.loads((folder / "questions.toml").read_text("utf-8"))
    paths = sorted(path for path in (folder / "docs").rglob("*") if path.is_file())
    return [(path.stem, path.name, path.read_bytes()) for path in paths], _asked(raw["questions"], folder.name, "calibration")


def _asked(questions: dict[str, list[list[str]]], source: str, half: str) -> list[Labelled]:
    return [_labelled(item, corpus=source, kind=kind, half=half) for kind, items in questions.items() for item in items]


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """One paragraph as all that an agent has read, with questions that it answers and others."""

    id: str
    language: str
    half: str
    text: str
    answered: tuple[str, ...]
    refused: tuple[str, ...]


def paragraphs() -> list[Paragraph]:
    """Those of tests/knowledge_paragraphs.toml, in each language alternately for calibration and held out."""
    seen: Counter[str] = Counter()
    found = []
    for place, raw in enumerate(tomllib.loads((HERE / "knowledge_paragraphs.toml").read_text("utf-8"))["paragraphs"]):
        half = "held-out" if seen[raw["language"]] % 2 else "calibration"
        seen[raw["language"]] += 1
        found.append(
            Paragraph(
                id=str(place),
                language=raw["language"],
                half=half,
                text=raw["text"],
                answered=tuple(raw["answered"]),
                refused=tuple(raw["refused"]),
            )
        )
    return found


@lru_cache
def index_of(*chosen: Paragraph) -> PassageIndex:
    """An agent that has read these paragraphs, each as a document of its own."""
    return indexed((one.id, f"{one.id}.txt", one.text.encode()) for one in chosen)


def corpora() -> dict[str, PassageIndex]:
    """Every corpus by name."""
    return {name: corpus(name) for name in SOURCES}
