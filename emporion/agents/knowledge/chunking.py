"""Cuts a document into passages to find and quote: along headings, never through a list item, a row or a line of code."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from .types import Block, BlockKind, ParsedDocument, Passage

TARGET_WORDS = 110  # about 150 tokens; the encoder reads 256 together with the headings
LIMIT_WORDS = 165
_OVERLAP_WORDS = 25
_CAPITALS = "".join(filter(str.isupper, map(chr, range(0x530))))  # of Latin, Greek and Cyrillic
_NO_CAPITALS = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0621-\u064a\u05d0-\u05ea\u0904-\u0939"  # writing that has none
_SENTENCE_END = re.compile(
    rf"(?<=[.!?\u061f\u0964])[\"'\u201d\u2019)\]]*\s+(?=[\"'\u201c(\[]?[{_CAPITALS}{_NO_CAPITALS}0-9¿¡])"
    r"|(?<=[\u3002\uff01\uff1f])|\n+"
)
_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|vs|co|tel|mr|mrs|dr|no|nr|bzw|z\.b|d\.h|ca|cf|p\.ex|approx|st|sr|jr|u\.s)|\b[A-Z])\.$", re.IGNORECASE
)
_ASKED_WORDS = 30
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


@dataclass(frozen=True, slots=True)
class _Piece:
    """A span that is never cut."""

    start: int
    end: int
    words: int
    block: Block


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Start and end of each sentence or line of `text`, without the space between them."""
    spans: list[tuple[int, int]] = []
    start = 0
    for match in [*_SENTENCE_END.finditer(text), None]:
        end = match.start() if match else len(text)
        if match and "\n" not in match.group() and _ABBREVIATION.search(text[start:end]):
            continue
        # The closing quotation mark belongs to the sentence before it.
        end += len(match.group()) - len(match.group().lstrip("\"'\u201d\u2019)]")) if match else 0
        trimmed = text[start:end]
        if trimmed.strip():
            spans.append((start + len(trimmed) - len(trimmed.lstrip()), end - len(trimmed) + len(trimmed.rstrip())))
        start = match.end() if match else len(text)
    return spans


def embedding_text(document_title: str, heading_path: Iterable[str], text: str) -> str:
    """What is encoded for a passage: its words under the headings that say what they are about."""
    path = [part for part in dict.fromkeys((document_title, *heading_path)) if part]
    return f"{' > '.join(path)}\n{text}" if path else text


def chunk(document: ParsedDocument) -> tuple[Passage, ...]:
    """The passages of a document in reading order."""
    passages: list[Passage] = []
    for group in _groups(document):
        first, last = group[0], group[-1]
        text = document.plain_text[first.start : last.end]
        block = next((piece.block for piece in group if piece.block.kind is not BlockKind.HEADING), first.block)
        key = "\x00".join((document.title, *block.heading_path, text))
        passages.append(
            Passage(
                ordinal=len(passages), text=text, heading_path=block.heading_path, start=first.start, end=last.end,
                content_hash=hashlib.sha256(key.encode()).hexdigest(), page=block.page, row=block.row,
            )
        )  # fmt: skip
    return tuple(passages)


def _groups(document: ParsedDocument) -> Iterator[list[_Piece]]:
    held: list[_Piece] = []
    asking = _asking(document.blocks)
    for block in document.blocks:
        if block.kind is BlockKind.HEADING or block.kind is BlockKind.ROW or block.start in asking:
            yield from _emit(held)
            held = []
        for piece in _pieces(block):
            size = sum(one.words for one in held)
            if held and (size + piece.words > LIMIT_WORDS or (size >= TARGET_WORDS and piece.block is not held[-1].block)):
                yield from _emit(held)
                held = _overlap(held)
            held.append(piece)
    yield from _emit(held)


def _asking(blocks: Sequence[Block]) -> set[int]:
    """Where paragraphs begin that ask what they go on to answer, or the next does; a question by itself is a figure of speech."""
    found = [
        (block.heading_path, block.start)
        for block, after in zip_longest(blocks, blocks[1:])
        if block.kind is BlockKind.PARAGRAPH and _asks(block.text) and _is_answered(block, after)
    ]
    often = Counter(path for path, _ in found)
    return {start for path, start in found if often[path] > 1}


def _is_answered(block: Block, after: Block | None) -> bool:
    """Whether more follows a question in its paragraph or in the section."""
    return len(sentence_spans(block.text)) > 1 or (after is not None and after.kind is not BlockKind.HEADING)


def _asks(text: str) -> bool:
    """True for a text that begins with a question."""
    first = text[slice(*sentence_spans(text)[0])] if text.strip() else ""
    return first.endswith(("?", "\uff1f", '?"', "?*")) and _count(first) <= _ASKED_WORDS


def _emit(held: list[_Piece]) -> Iterator[list[_Piece]]:
    """A heading alone is no passage: it stands in the path of what follows."""
    if any(piece.block.kind is not BlockKind.HEADING for piece in held):
        yield held


def _overlap(held: list[_Piece]) -> list[_Piece]:
    """The last short sentence again, so that "this" and "it" keep what they mean; code and lists are not repeated."""
    last = held[-1]
    return [last] if last.words <= _OVERLAP_WORDS and last.block.kind is BlockKind.PARAGRAPH and len(held) > 2 else []


def _pieces(block: Block) -> Iterator[_Piece]:
    if block.kind in {BlockKind.HEADING, BlockKind.ROW} or _count(block.text) <= _OVERLAP_WORDS:
        spans = [(0, len(block.text))]
    elif block.kind is BlockKind.PARAGRAPH:
        spans = sentence_spans(block.text)
    else:
        spans = [(match.start(), match.end()) for match in re.finditer(r"[^\n]+", block.text)]
        if _count(block.text) <= LIMIT_WORDS:
            spans = [(0, len(block.text))]
    for start, end in spans:
        yield from _whole_or_cut(block, start, end)


def _whole_or_cut(block: Block, start: int, end: int) -> Iterator[_Piece]:
    """A sentence longer than a passage (a minified line, a text without stops) is cut between words after all."""
    size = _count(block.text[start:end])
    width = max(200, (end - start) * LIMIT_WORDS // max(size, 1))
    while size > LIMIT_WORDS and end - start > width:
        cut = block.text.rfind(" ", start + width // 2, start + width)
        stop = cut if cut > 0 else start + width
        yield _Piece(block.start + start, block.start + stop, LIMIT_WORDS, block)
        start = stop + (1 if cut > 0 else 0)
        size = _count(block.text[start:end])
    if end > start:
        yield _Piece(block.start + start, block.start + end, size, block)


def _count(text: str) -> int:
    """Words, counting long strings without spaces and CJK characters as the tokens that they become."""
    return len(text.split()) + sum(len(word) // 12 for word in text.split() if len(word) > 24) + len(_CJK.findall(text)) // 2
