"""Assembles blocks into a document, so that every parser yields exact offsets without counting them."""

import unicodedata
from dataclasses import dataclass, field, replace

from .errors import Empty, TooLarge
from .lexicon import document_language
from .titles import meaningful
from .types import Block, BlockKind, MediaType, ParsedDocument

MAX_TEXT = 8_000_000  # characters; about 4,000 printed pages
_LOOKS_LEVEL = 9  # below every heading that is marked as one
_LOOKS_WORDS = 14
_BREAKS = {ord(mark): None for mark in "\x00\u00ad\u200b\u2060\ufeff"} | {
    ord("\u2028"): "\n",
    ord("\u2029"): "\n\n",
    ord("\xa0"): " ",
}


def tidy(text: str, *, keep_spaces: bool = False) -> str:
    """Composed characters, no invisible marks, no runs of blanks (kept where layout carries meaning)."""
    text = unicodedata.normalize("NFC", text).translate(_BREAKS).replace("\r\n", "\n").replace("\r", "\n")
    if keep_spaces:
        return text.strip("\n").rstrip()
    return "\n".join(" ".join(line.split()) for line in text.strip().split("\n"))


@dataclass(slots=True)
class DocumentBuilder:
    """Collects blocks in reading order under the headings that stand above them."""

    title: str = ""
    blocks: list[Block] = field(default_factory=list)
    _parts: list[str] = field(default_factory=list)
    _length: int = 0
    _headings: list[tuple[int, str]] = field(default_factory=list)

    def call(self, title: str, *makers: str) -> None:
        """Name the document as its file does, if that says anything; `makers` are the programs that it names as its own."""
        self.title = meaningful(title, *makers) or self.title

    def heading(self, text: str, level: int, *, page: int | None = None) -> None:
        """A heading; deeper ones below it are forgotten. The first names the document unless it is named."""
        text = " ".join(tidy(text).split())
        if not text:
            return
        self._settle()
        self.title = self.title or text
        while self._headings and self._headings[-1][0] >= level:
            self._headings.pop()
        self._headings.append((level, text))
        self._append(text, BlockKind.HEADING, page, None)

    def bold(self, text: str) -> None:
        """A paragraph in bold letters alone: where it is short, a heading to who reads the page."""
        if 0 < len(text.split()) <= _LOOKS_WORDS and not text.rstrip().endswith((".", "!", ",", ";")):
            self.heading(text, _LOOKS_LEVEL)
        else:
            self.add(text)

    def add(self, text: str, kind: BlockKind = BlockKind.PARAGRAPH, *, page: int | None = None, row: int | None = None) -> None:
        """A block under the present headings; blank text is left out."""
        text = tidy(text, keep_spaces=kind is BlockKind.CODE)
        if text:
            self._append(text, kind, page, row)

    def _settle(self) -> None:
        """What looked like a heading and heads nothing was a paragraph."""
        if self._headings and self._headings[-1][0] == _LOOKS_LEVEL and self.blocks[-1].kind is BlockKind.HEADING:
            self._headings.pop()
            last = self.blocks[-1]
            self.blocks[-1] = replace(last, kind=BlockKind.PARAGRAPH, heading_path=last.heading_path[:-1])

    def _append(self, text: str, kind: BlockKind, page: int | None, row: int | None) -> None:
        start = self._length + 2 if self._parts else 0
        self._length = start + len(text)
        if self._length > MAX_TEXT:
            raise TooLarge("The file holds more text than one document may.", limit=MAX_TEXT)
        path = tuple(heading for _, heading in self._headings)
        self._parts.append(text)
        block = Block(text=text, start=start, end=self._length, kind=kind, heading_path=path, page=page, row=row)
        self.blocks.append(block)

    def finish(self, media_type: MediaType, *, fallback_title: str, mislabelled: bool = False) -> ParsedDocument:
        """The document; one without any text is `Empty`."""
        if not self.blocks:
            raise Empty
        self._settle()
        text = "\n\n".join(self._parts)
        return ParsedDocument(
            title=self.title or fallback_title, blocks=tuple(self.blocks), plain_text=text,
            language=document_language(text[:20_000]), media_type=media_type, mislabelled=mislabelled,
        )  # fmt: skip
