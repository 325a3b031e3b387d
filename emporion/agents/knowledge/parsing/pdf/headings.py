"""Says which paragraphs of a PDF are headings, and of which level: by the outline where it names them, else by their type."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from emporion.agents.knowledge.builder import DocumentBuilder
from emporion.agents.knowledge.parsing.tables import row_text
from emporion.agents.knowledge.parsing.text import paragraphs
from emporion.agents.knowledge.types import BlockKind

from .lines import Line, Paragraph, Type, lines_of, paragraphs_of, type_of
from .rows import Table, tables_of
from .spans import Span

_LARGE = 1.12  # of the size of the body
_LARGE_WORDS, _BOLD_WORDS = 25, 14
_LOWEST, _LOOKS = 6, 9  # a bold line is a heading below all that are larger
_TITLE_LINES = 3
_MOST_TITLES = 300  # on one page
_NUMBERED = re.compile(r"^(\d+(?:\.\d+){0,3})\.?\s+[A-ZÀ-Þ][^.!?]{2,70}$")
_SECTION = re.compile(r"^\s*(?:\d{1,3}(?:\.\d{1,3}){0,4}|[A-Z](?:\.\d{1,3}){1,4})[.)]?\s+")
_NO_HEADING = (".", "!", ",", ";")
_BULLET = re.compile(r"^[^\w(]\s+")


@dataclass(frozen=True, slots=True, kw_only=True)
class OutlineTitle:
    """An entry of the outline; `top` is how high on its page it leads, where it says so."""

    text: str
    level: int
    top: float | None = None


def add_pages(pages: Sequence[list[Span]], outline: Mapping[int, list[OutlineTitle]], builder: DocumentBuilder) -> None:
    """The blocks of all pages under their headings."""
    lined = [lines_of(tables_of(page)) for page in pages]
    body = type_of(lined)
    for number, lines in enumerate(lined, start=1):
        lines[:] = _named(lines, outline.get(number, []))
    parts = [(number, part) for number, lines in enumerate(lined, start=1) for part in paragraphs_of(lines, number, body)]
    _Writer(builder, body, _levels(parts, body), outlined=bool(outline)).write(_across_pages(parts))


def _key(text: str) -> str:
    """What a title says, without the number of its section, which an outline often leaves out."""
    return re.sub(r"[\W_]+", "", _SECTION.sub("", text) or text).casefold()


def _named(lines: Sequence[Line | Table], titles: Sequence[OutlineTitle]) -> list[Line | Table]:
    """The lines of a page, those known that the outline names; a title that none shows stands where the outline leads."""
    waiting = {_key(title.text): title for title in reversed(titles) if _key(title.text)}
    for start in range(len(lines) if titles else 0):
        for size in range(1, _TITLE_LINES + 1):
            group = [line for line in lines[start : start + size] if isinstance(line, Line) and not line.level]
            title = waiting.pop(_key(" ".join(line.text for line in group)), None) if len(group) == size else None
            if title is not None:
                for line in group:
                    line.level, line.title = title.level, title.text
    found = list(lines)
    for title in titles[:_MOST_TITLES]:
        if waiting.pop(_key(title.text), None) is not None:
            found.insert(_place(found, title.top), _unseen(title))
    return found


def _unseen(title: OutlineTitle) -> Line:
    return Line(text=title.text, x=0.0, y=title.top or 0.0, right=0.0, size=0.0, bold=False, level=title.level, title=title.text)


def _place(lines: Sequence[Line | Table], top: float | None) -> int:
    if top is None:
        return 0
    below = (place for place, line in enumerate(lines) if isinstance(line, Line) and line.size and line.y <= top)
    return next(below, len(lines))


def _levels(parts: Sequence[tuple[int, Paragraph | Table]], body: Type) -> dict[float, int]:
    """The level of each size of type that headings have; the outline teaches it, else the largest is the first."""
    taught: dict[float, int] = {}
    large: set[float] = set()
    for _, part in parts:
        if isinstance(part, Paragraph):
            first = part.first
            if first.level and first.size > _LARGE * body.size:
                taught.setdefault(round(first.size), first.level)
            elif first.size > _LARGE * body.size:
                large.add(round(first.size))
    ranked: dict[float, int] = {}
    for size in sorted(large | taught.keys(), reverse=True):
        above = max(ranked.values(), default=0)
        ranked[size] = taught.get(size, min(above + 1, _LOWEST))
    return ranked


def _across_pages(parts: Sequence[tuple[int, Paragraph | Table]]) -> Iterator[Paragraph | tuple[int, Table]]:
    """The same parts, a sentence that goes on on the next page put together."""
    held: Paragraph | None = None
    for number, part in parts:
        if isinstance(part, Paragraph) and held is not None and _goes_on(held, part):
            held.lines += part.lines
            continue
        if held is not None:
            yield held
        held = part if isinstance(part, Paragraph) else None
        if isinstance(part, Table):
            yield number, part
    if held is not None:
        yield held


def _goes_on(held: Paragraph, part: Paragraph) -> bool:
    last, first = held.lines[-1], part.first
    alike = abs(last.size - first.size) < 0.5 and last.bold == first.bold and not (last.level or first.level)
    return part.page == held.page + 1 and alike and first.text[:1].islower() and last.text[-1:].isalnum()


class _Writer:
    """Adds the parts of a document to the builder; items of a list that follow each other are one block."""

    def __init__(self, builder: DocumentBuilder, body: Type, levels: Mapping[float, int], *, outlined: bool) -> None:
        self._builder, self._body, self._levels, self._outlined = builder, body, levels, outlined
        self._items: list[str] = []
        self._page = 0
        self._header: tuple[list[str], list[list[float]]] = [], []
        self._table_page = 0

    def write(self, parts: Iterator[Paragraph | tuple[int, Table]]) -> None:
        every = list(parts)
        for part, after in zip_longest(every, every[1:]):
            if not isinstance(part, Paragraph):
                self._flush()
                self._table(*part)
            elif self._opens_section(part, after):
                self._flush()
                self._paragraph(part)
            elif part.first.begins_item and not part.first.level and not self._looks_level(part, part.first.text):
                self._page = self._page if self._items else part.page
                self._items.append(_BULLET.sub("- ", " ".join(self._body.joined(part.lines).split())))
            else:
                self._flush()
                self._paragraph(part)
        self._flush()

    def _opens_section(self, part: Paragraph, after: Paragraph | tuple[int, Table] | None) -> bool:
        """True for a numbered line that is no item of a list where all is of one type: words of many lines follow it."""
        if not self._body.plain or self._outlined or self._items or len(part.lines) > 1 or not isinstance(after, Paragraph):
            return False
        return not after.first.begins_item and after.first.x <= part.first.x + 1 and _NUMBERED.match(part.first.text) is not None

    def _flush(self) -> None:
        self._builder.add("\n".join(self._items), BlockKind.LIST, page=self._page)
        self._items.clear()

    def _paragraph(self, part: Paragraph) -> None:
        text = self._body.joined(part.lines)
        flat = " ".join(text.split())
        level = part.first.level or self._looks_level(part, flat)
        if level:
            self._builder.heading(part.first.title or flat, level, page=part.page)
            return
        for one in paragraphs(text, wrapped=True) if self._body.plain else (text,):
            self._plain(one, part.page)

    def _plain(self, text: str, page: int) -> None:
        first, _, rest = text.partition("\n")
        numbered = _NUMBERED.match(first) if self._body.plain and not self._outlined else None
        if numbered:
            self._builder.heading(first, numbered[1].count(".") + 1, page=page)
        self._builder.add(" ".join((rest if numbered else text).split("\n")), page=page)

    def _looks_level(self, part: Paragraph, text: str) -> int:
        first, words = part.first, len(text.split())
        if " \u2026 " in text or not any(letter.isalpha() for letter in text):
            return 0
        if first.size > _LARGE * self._body.size and words <= _LARGE_WORDS:
            return self._levels.get(round(first.size), _LOWEST)
        bold = all(line.bold for line in part.lines) and not self._body.bold
        return _LOOKS if bold and words <= _BOLD_WORDS and not text.endswith(_NO_HEADING) else 0

    def _table(self, page: int, table: Table) -> None:
        rows = list(enumerate(table.rows))
        header, columns = self._header
        goes_on = _same_columns(columns, table.columns) and bool(header)
        if table.guessed and goes_on and page != self._table_page:
            rows.insert(0, (-1, table.names))
        elif table.names:
            header = table.names
        elif not goes_on:
            header = []
        if rows and rows[0][1] == header:
            rows = rows[1:]
        several = [(nth, row) for nth, row in rows if sum(map(bool, row)) > 1]
        told = {at for nth, row in several for at, cell in enumerate(row) if cell and (nth, at) not in table.unnamed}
        if header != self._header[0]:  # names of columns in which nothing stands are told once
            untold = (name for place, name in enumerate(header) if name and place not in told)
            self._builder.add(" | ".join(untold), BlockKind.TABLE, page=page)
        self._header, self._table_page = (header, table.columns), page
        for nth, row in rows:
            named = ["" if (nth, place) in table.unnamed else name for place, name in enumerate(header)]
            alone = sum(map(bool, row)) < 2 or not header
            text = " | ".join(filter(None, row)) if alone else row_text(named, row).replace("\n", "; ")
            self._builder.add(text, BlockKind.TABLE, page=page)


def _same_columns(some: Sequence[Sequence[float]], others: Sequence[Sequence[float]]) -> bool:
    """True for the columns of a table that goes on: as many, each where it was."""
    pairs = list(zip(some, others, strict=False))
    return len(some) == len(others) > 0 and all(one[0] < other[1] and one[1] > other[0] for one, other in pairs)
