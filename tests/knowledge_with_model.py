"""What a model makes of the labelled questions about real files, given what the product gives it: a figure of ADR 0023.

Run: `EMPORION_MODEL_URL=… EMPORION_MODEL_NAME=… EMPORION_MODEL_KEY=… python -m tests.knowledge_with_model` asks that model some
180 questions of 2,000 tokens each and prints how many it answers from the right document, from others, and how many it refuses.
"""

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import dataclass

import django

from tests.knowledge_sets import FILE_SETS, Labelled, folder_set  # says first where the settings are

django.setup()

from emporion.agents.knowledge.finding import MOST_PASSAGES, may_be_read, read_by_model  # noqa: E402 - models want Django set up
from emporion.agents.knowledge.retrieval import PassageIndex  # noqa: E402 - models want Django set up
from emporion.agents.knowledge.types import Hit  # noqa: E402 - models want Django set up
from emporion.agents.runtime import writer  # noqa: E402 - models want Django set up
from emporion.agents.runtime.guards import CitationFilter  # noqa: E402 - models want Django set up
from emporion.agents.runtime.prompt import NO_ANSWER, Character, brief  # noqa: E402 - models want Django set up
from emporion.agents.runtime.types import CitationView, Persona  # noqa: E402 - models want Django set up

CHARACTER = Character(persona=Persona(name="Agent"), instructions="", cover=(), only_from_sources=True, tools=())
AT_ONCE = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A labelled question and the documents that the model cited; none where it refused."""

    asked: Labelled
    files: frozenset[str]

    @property
    def is_right(self) -> bool:
        """Whether one of the right documents is cited."""
        return not self.files.isdisjoint(self.asked.files)


async def written(asked: Sequence[Labelled], index: PassageIndex, model: writer.ModelSettings) -> list[Written]:
    """What the model says to each question."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(question: Labelled) -> Written:
        hits = read_by_model(index.search(question.question, limit=MOST_PASSAGES).hits)
        if not may_be_read(question.question, hits):
            return Written(asked=question, files=frozenset())
        async with gate:
            return Written(asked=question, files=await _cited(question.question, hits, model))

    return list(await asyncio.gather(*map(one, asked)))


async def _cited(question: str, hits: Sequence[Hit], model: writer.ModelSettings) -> frozenset[str]:
    told = brief(character=CHARACTER, question=question, citations=tuple(map(_source, range(1, len(hits) + 1), hits)), history=())
    cited = CitationFilter(range(1, len(hits) + 1))
    text = "".join([cited.feed(piece) async for piece in writer.write(brief=told, model=model, belt=writer.ToolBelt(tools={}))])
    text += cited.finish()
    return frozenset() if NO_ANSWER in text else frozenset(hits[number - 1].passage.document_id for number in cited.cited)


def _source(number: int, hit: Hit) -> CitationView:
    row = hit.passage
    return CitationView(
        number=number, title=row.document_title, heading=" › ".join(row.heading_path), text=row.text, start=0, end=len(row.text),
        is_pair=False, source_id=None, document_id=None, entry_id=None, position=0, passage_count=0, read_at=None, is_cited=False,
    )  # fmt: skip


def main() -> None:
    """Ask the configured model about each set and print a line for it."""
    model = writer.configured()
    if model is None:
        sys.exit("No model is set. Set EMPORION_MODEL_URL, EMPORION_MODEL_NAME and, where it needs one, EMPORION_MODEL_KEY.")
    print(f"{'%':14}{'asked':>6}{'right':>8}{'wrong':>8}{'refused':>9}")
    every: list[Written] = []
    for folder in FILE_SETS:
        index, asked = folder_set(folder)
        found = asyncio.run(written(asked, index, model))
        every += found
        print(told(folder.name, found), flush=True)
    print(told("all", every))


def told(name: str, every: Sequence[Written]) -> str:
    """A line of shares: of the answerable questions answered from a right document and from others, of the rest refused."""
    answerable, absent = ([one for one in every if bool(one.asked.files) is has] for has in (True, False))
    shares = (
        sum(one.is_right for one in answerable) / len(answerable),
        sum(bool(one.files) and not one.is_right for one in answerable) / len(answerable),
        sum(not one.files for one in absent) / len(absent),
    )
    return f"{name:14}{len(every):6}" + "".join(f"{100 * share:8.1f}" for share in shares)


if __name__ == "__main__":
    main()
