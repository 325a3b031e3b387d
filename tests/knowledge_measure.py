"""What a visitor gets for the labelled questions: which document is quoted, if any, and whether the quote holds the answer.

Run: `python -m tests.knowledge_measure` prints the shares for every set of documents that no decision was fitted with.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from emporion.agents.knowledge.answers import Guidance, answer
from emporion.agents.knowledge.retrieval import PassageIndex
from emporion.agents.knowledge.types import Answer
from tests.knowledge_sets import FILE_SETS, Labelled, collections, corpus, folder_set, labelled


@dataclass(frozen=True, slots=True, kw_only=True)
class Got:
    """A labelled question and what was said to it."""

    asked: Labelled
    said: Answer

    @property
    def file(self) -> str | None:
        """The document that it was answered from; None when it was refused."""
        return self.said.citations[0].document_id if self.said.answered else None

    @property
    def is_right(self) -> bool:
        """Whether it was answered from one of the right documents."""
        return self.file in self.asked.files

    @property
    def is_wrong(self) -> bool:
        """Whether it was answered from a document that does not answer it."""
        return self.said.answered and not self.is_right

    @property
    def is_near(self) -> bool:
        """Whether it was answered rightly, or refused with a right document as the closest place."""
        return self.is_right or (self.said.closest is not None and self.said.closest.document_id in self.asked.files)

    @property
    def is_held(self) -> bool:
        """Whether what was quoted as the answer holds it."""
        return self.said.answered and self.asked.is_told_by(self.said.text)

    @property
    def is_held_near(self) -> bool:
        """Whether what was quoted holds the answer, be it as the answer or as the closest place."""
        return self.is_held or (self.said.closest is not None and self.asked.is_told_by(self.said.closest.quote))


_answers: dict[tuple[PassageIndex, str], Answer] = {}


def said(questions: Sequence[str], index: PassageIndex) -> list[Answer]:
    """What a visitor gets for each of some questions, each of which is answered once however often it is asked for."""
    new = [question for question in dict.fromkeys(questions) if (index, question) not in _answers]
    if new:
        index.encoder.encode_queries(new)
    _answers.update({(index, question): answer(question, index=index, guidance=Guidance()) for question in new})
    return [_answers[index, question] for question in questions]


def got(asked: Sequence[Labelled], index: PassageIndex) -> list[Got]:
    """What a visitor gets for each of some labelled questions."""
    return [Got(asked=one, said=of) for one, of in zip(asked, said([one.question for one in asked], index), strict=True)]


def share(of: Sequence[Got], what: Callable[[Got], bool]) -> float:
    """The share of some questions for which something holds; 0 when there are none."""
    return sum(map(what, of)) / (len(of) or 1)


def held_out() -> Iterator[tuple[str, PassageIndex, list[Labelled]]]:
    """The sets by name: those of tests/knowledge_held_out, then the held-out questions about the handbook and Flask."""
    for name, (index, asked) in collections("held-out").items():
        yield name, index, asked
    for name in ("handbook", "flask"):
        yield name, corpus(name), [one for one in labelled() if one.corpus == name and one.half == "held-out"]


def _told(name: str, every: Sequence[Got]) -> str:
    answerable = [one for one in every if one.asked.files]
    marked = [one for one in answerable if one.asked.phrases]
    absent = [one for one in every if not one.asked.files]
    shares = (
        share(answerable, lambda one: one.is_right), share(answerable, lambda one: one.is_wrong),
        share(answerable, lambda one: one.is_near), share(marked, lambda one: one.is_held),
        share(marked, lambda one: one.is_held_near), share(absent, lambda one: not one.said.answered),
    )  # fmt: skip
    return f"{name:12}{len(every):6}" + "".join(f"{100 * one:10.1f}" for one in shares)


def main() -> None:
    """Print a line for each set, one for the collections together and one for all, then those in other languages."""
    titles = ("right", "wrong", "+closest", "quote", "+closest", "refused")
    print(f"{'%':12}{'asked':>6}" + "".join(f"{title:>10}" for title in titles))
    every: list[Got] = []
    for name, index, asked in held_out():
        if name == "handbook":
            print(_told("collections", every))
        found = got(asked, index)
        every += found
        print(_told(name, found), flush=True)
    print(_told("all", every))
    _print_all("files", {folder.name: folder_set(folder) for folder in FILE_SETS})
    for half in ("scripts", "more", "farther"):
        _print_all(half, collections(half))


def _print_all(title: str, sets: Mapping[str, tuple[PassageIndex, list[Labelled]]]) -> None:
    every: list[Got] = []
    for name, (index, asked) in sets.items():
        found = got(asked, index)
        every += found
        print(_told(name, found), flush=True)
    print(_told(title, every))


if __name__ == "__main__":
    main()
