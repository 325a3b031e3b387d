"""Makes lines of a PDF's spans and paragraphs of its lines, by the gaps between them, their type and where they end."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

from .columns import HYPHEN
from .rows import Table
from .spans import LONGEST, MARK, Span

_USUAL_LEADING = 1.2
_WIDE = 1.25  # of the usual distance of lines
_SHORT = 0.85
_SENTENCE = 9  # words
_SECTION = re.compile(r"^\d{1,2}(?:\.\d{1,2}){1,3}\.?\s")
_CLOSEST, _FARTHEST = 0.8, 2.4  # multiples of the size; others are no distances of lines
_SOFT_HYPHEN = re.compile(r"(\w)\u2010\n(?=[a-zà-ÿ])")
_WIDE_SIGN = "[\u3000-\u30ff\u3400-\u9fff\uff00-\uffef]"  # Chinese and Japanese are written without spaces
_UNSPACED = re.compile(rf"(?<={_WIDE_SIGN})\n(?={_WIDE_SIGN})")
_ENDS = (".", "!", "?", ":", "\u3002", "\u2026")


@dataclass(slots=True, kw_only=True)
class Line:
    """One line; `level` is set where the outline of the document names it, with the title that it begins."""

    text: str
    x: float
    y: float
    right: float
    size: float
    bold: bool
    level: int = 0
    title: str = ""

    @property
    def begins_section(self) -> bool:
        """True where the number of a section stands first, in bold type."""
        return self.bold and _SECTION.match(self.text) is not None

    @property
    def begins_item(self) -> bool:
        """True where the mark or the number of an item of a list stands first."""
        first, _, rest = self.text.partition(" ")
        return bool(rest) and MARK.match(first) is not None


@dataclass(slots=True, kw_only=True)
class Paragraph:
    """Lines of one type that belong together, on one page."""

    page: int
    lines: list[Line] = field(default_factory=list)

    @property
    def first(self) -> Line:
        """The line that says of which type the paragraph is."""
        return self.lines[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Type:
    """How the body of a document is set; plain is one in which nothing differs."""

    size: float
    bold: bool
    leading: float
    plain: bool
    soft_hyphens: bool

    def joined(self, lines: Iterable[Line]) -> str:
        """The lines as one text per line, words put together again that were divided.

        Where a file tells the hyphens of divided words from those of compounds, the latter stay.
        """
        text = _UNSPACED.sub("", "\n".join(line.text for line in lines))
        return re.sub(r"[-\u2010]\n", "-", _SOFT_HYPHEN.sub(r"\1", text)) if self.soft_hyphens else HYPHEN.sub(r"\1", text)


def lines_of(items: Iterable[Span | Table]) -> list[Line | Table]:
    """The lines of a page; spans on one baseline that are no cells of a table are one line."""
    found: list[Line | Table] = []
    for item in items:
        last = found[-1] if found else None
        if isinstance(item, Table):
            found.append(item)
        elif isinstance(last, Line) and _beside(last, item):
            last.text, last.right, last.bold = f"{last.text} {item.text}", item.right, last.bold and item.bold
        else:
            found.append(Line(text=item.text, x=item.x, y=item.y, right=item.right, size=item.size, bold=item.bold))
    return found


def _beside(line: Line, span: Span) -> bool:
    level = not span.turned and abs(line.y - span.y) <= 0.3 * span.size
    return level and span.x >= line.right - 1 and len(line.text) <= LONGEST


def type_of(pages: Sequence[Sequence[Line | Table]]) -> Type:
    """The commonest size and weight, and the median distance of lines as a multiple of the size."""
    lines = [line for page in pages for line in page if isinstance(line, Line)]
    letters: Counter[tuple[float, bool]] = Counter()
    for line in lines:
        letters[round(line.size, 1), line.bold] += len(line.text)
    if all(len(line.text.split()) < _SENTENCE for line in lines):  # nothing but headings between tables
        letters += sum((item.letters for page in pages for item in page if isinstance(item, Table)), Counter())
    size, bold = letters.most_common(1)[0][0] if letters else (0.0, False)
    plain = len(letters) < 2
    steps = (plain and _steps(pages, full=True)) or _steps(pages, full=False)
    divided = any(line.text.endswith("\u2010") for line in lines)
    leading = median(steps) if steps else _USUAL_LEADING
    return Type(size=size, bold=bold, leading=leading, plain=plain, soft_hyphens=divided)


def _steps(pages: Sequence[Sequence[Line | Table]], *, full: bool) -> list[float]:
    """The distances of lines as multiples of their size; those below full lines are mostly within paragraphs."""
    found = []
    for page in pages:
        ends = _ends(page)
        for one, other in pairwise(page):
            if isinstance(one, Line) and isinstance(other, Line) and one.size == other.size > 0:
                step = (one.y - other.y) / one.size
                if _CLOSEST < step < _FARTHEST and not (full and one.right - one.x < _SHORT * (ends[round(one.x / 6)] - one.x)):
                    found.append(step)
    return found


def _ends(lines: Iterable[Line | Table]) -> dict[int, float]:
    """How far to the right the lines go that begin in the same place."""
    ends: dict[int, float] = {}
    for line in lines:
        if isinstance(line, Line):
            column = round(line.x / 6)
            ends[column] = max(ends.get(column, 0.0), line.right)
    return ends


def paragraphs_of(lines: Sequence[Line | Table], page: int, body: Type) -> Iterator[Paragraph | Table]:
    """The paragraphs and tables of a page in their order."""
    ends = _ends(lines)
    held: Paragraph | None = None
    for line in lines:
        if isinstance(line, Line) and held is not None and not _parts(held, line, ends, body):
            held.lines.append(line)
            continue
        if held is not None:
            yield held
        held = Paragraph(page=page, lines=[line]) if isinstance(line, Line) else None
        if isinstance(line, Table):
            yield line
    if held is not None:
        yield held


def _parts(held: Paragraph, line: Line, ends: dict[int, float], body: Type) -> bool:
    """True where a new paragraph begins with a line."""
    last = held.lines[-1]
    if line.level or last.level:
        return not (line.level and line.title == last.title and not line.begins_item and held.first.level)
    if " \u2026 " in last.text and last.text[-1:].isdigit():  # a line of a table of contents
        return True
    step, usual = last.y - line.y, body.leading * max(last.size, line.size)
    if abs(line.size - last.size) > 0.08 * last.size or line.begins_item or line.begins_section or step > _WIDE * usual:
        return True
    if step < -0.5 * line.size:  # the next column
        return last.text.endswith(_ENDS) or not line.text[:1].islower()
    widest = max(ends.get(round(held.first.x / 6) + at, 0.0) for at in (-1, 0, 1))
    full = last.right - held.first.x >= _SHORT * (widest - held.first.x)
    if last.bold != line.bold:
        return not full or last.text.endswith(_ENDS)
    return last.text.endswith(_ENDS) and (not full or line.x > last.x + 0.8 * line.size)
