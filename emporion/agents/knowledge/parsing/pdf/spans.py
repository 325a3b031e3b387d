"""What stands where on a page of a PDF: text with its place, size and weight, in the order in which it was written."""

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pypdf import PageObject, PdfReader
from pypdf.generic import ArrayObject, ContentStream, DictionaryObject, NameObject

from .fonts import FontLooks
from .grids import PATHS, Area, Drawing, grids_of

_SHOWING = {b"Tj", b"TJ", b"'", b'"'}
_MOVING = {b"Td", b"TD", b"Tm", b"T*"}
_SHOWS = re.compile(rb"Tj|TJ|Do|'|\"")
_MOST_PIECES = 100_000  # of a document: two thousand pages that are set line by line
_MOST_ON_A_PAGE = 10_000
_STAY: tuple[list[Any], bytes] = ([1, 0, 0, 1, 0, 0], b"cm")
MARK = re.compile(r"^(?:[\u2022\u25e6\u25aa\u25cf\u25cb\u25a0\u2023\u2013\uf0b7*-]|\(?\d{1,3}[.)]|[a-zA-Z][.)])$")
_LEFTWARD = re.compile(r"[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]")
_LEADER = re.compile(r"(?:\s?\.){5,}")  # the dots that lead the eye to a price or the number of a page
_WORD_GAP = 0.6  # of the size; more is the gap between two cells
_MARK_GAP = 4.0
_SPACE = 0.15
_MIDDLE = 0.3
_TOUCH = 0.08
_MOST_MARKS = 8  # on one line
LONGEST = 2000  # characters of a line; longer ones are nonsense that costs time


@dataclass(slots=True, kw_only=True)
class Span:
    """Text on one baseline without a wide gap; all measures in points, as seen by who reads it: x grows as one reads, y upwards.

    `angle` counts steps of 15 degrees; turned is what stands otherwise than most of its page. `area` is its drawn cell.
    """

    text: str
    x: float
    y: float
    right: float
    size: float
    bold: bool
    angle: int = 0
    turned: bool = False
    area: Area | None = None


_BLANK = Span(text="", x=0.0, y=0.0, right=0.0, size=0.0, bold=False)  # what parts two pieces


class _TooManyError(Exception):
    """A page has more pieces than are worth their places."""


@dataclass(slots=True)
class _Listener:
    """Hears from pypdf what is shown where; `fonts` is kept over the pages of a document."""

    fonts: dict[int, tuple[FontLooks, Any]]
    pieces: list[Span] = field(default_factory=list)
    drawing: Drawing = field(default_factory=Drawing)
    _shown: list[Any] = field(default_factory=list)
    _heard: int = 0
    _space: str = ""
    _spacing: dict[bytes, float] = field(default_factory=lambda: {b"Tc": 0.0, b"Tw": 0.0, b"Tz": 100.0})

    @property
    def is_deaf(self) -> bool:
        """True once there was more than it hears."""
        return self._heard > 2 * _MOST_ON_A_PAGE

    def before(self, operator: bytes, operands: Any, cm: Any, _tm: Any) -> None:
        if operator in _SHOWING and operands:
            last = operands[-1]
            self._shown += last if isinstance(last, ArrayObject) else [last]
            self._heard += 1
            if self.is_deaf:  # from forms within forms, which the page does not count
                raise _TooManyError
        elif operator in self._spacing and operands and isinstance(operands[0], int | float):
            self._spacing[operator] = float(operands[0])
        elif operator in PATHS:
            self.drawing.hear(operator, operands, cm)

    def text(self, text: str, cm: Sequence[float], tm: Sequence[float], font: DictionaryObject | None, size: float) -> None:
        if not text.strip():
            self._blank(text)
            return
        text, self._space = self._space + text, ""
        looks = self._looks(font)
        across, up = tm[0] * cm[0] + tm[1] * cm[2], tm[0] * cm[1] + tm[1] * cm[3]
        tall = math.hypot(tm[2] * cm[0] + tm[3] * cm[2], tm[2] * cm[1] + tm[3] * cm[3])
        x, y = tm[4] * cm[0] + tm[5] * cm[2] + cm[4], tm[4] * cm[1] + tm[5] * cm[3] + cm[5]
        long = math.hypot(across, up)
        wide = looks.width(self._shown, size, self._spacing[b"Tc"], self._spacing[b"Tw"]) * long * self._spacing[b"Tz"] / 100
        self._shown.clear()
        angle = round(math.degrees(math.atan2(up, across)) / 15) % 24
        if angle and long:
            x, y = (x * across + y * up) / long, (y * across - x * up) / long
        self.pieces.append(Span(text=text, x=x, y=y, right=x + wide, size=abs(size) * tall, bold=looks.bold, angle=angle))

    def _blank(self, text: str) -> None:
        """Space between pieces, or within one whose direction changes, of which pypdf tells before its words."""
        if text and self._shown and "\n" not in text:
            self._space = " "
        elif text:
            self.pieces.append(_BLANK)

    def _looks(self, font: DictionaryObject | None) -> FontLooks:
        if id(font) not in self.fonts:
            self.fonts[id(font)] = FontLooks(font), font  # held, so that its id is of no other
        return self.fonts[id(font)][0]


def _joined_up(pieces: Sequence[Span]) -> list[Span]:
    """The pieces of a page, those of one text as one."""
    spans: list[Span] = []
    for span in pieces:
        last = spans[-1] if spans else None
        if span is _BLANK:
            if last is not None and not last.text.endswith((" ", "\n")):
                last.text += " "
            continue
        if last is not None and _is_drawn_again(last, span):
            continue
        if last is None or (last.area is not span.area and not _touch(last, span)) or not _goes_on(last, span):
            spans.append(span)
            continue
        longer = span if 2 * len(span.text.strip()) > len(last.text.strip()) else last
        bold = span.bold if MARK.match(last.text.strip()) else last.bold and span.bold
        left, right = min(last.x, span.x), max(last.right, span.right)
        text, y, size = _joined(last, span), longer.y, longer.size
        spans[-1] = replace(last, text=text, x=left, y=y, right=right, size=size, bold=bold)
    return spans


def _is_drawn_again(last: Span, span: Span) -> bool:
    """True for the same words at nearly the same place, which looks bold or like a shadow."""
    near = abs(last.x - span.x) < _SPACE * span.size and abs(last.y - span.y) < _SPACE * span.size
    return near and last.text.strip() == span.text.strip()


def _touch(last: Span, span: Span) -> bool:
    """True for letters of one word, which may be larger than its cell."""
    close = min(abs(span.x - last.right), abs(last.x - span.right)) < _TOUCH * max(last.size, span.size)
    return close and not last.text.endswith((" ", "\n")) and not span.text.startswith(" ")


def _goes_on(last: Span, span: Span) -> bool:
    """True for a span that stands on the same line right after the last; right means left where one writes so."""
    size = max(last.size, span.size)
    if last.angle != span.angle or len(last.text) > LONGEST or abs(span.y - last.y) > 0.5 * size:
        return False
    widest = _MARK_GAP if MARK.match(last.text.strip()) else _WORD_GAP
    leftward = _LEFTWARD.search(last.text + span.text) and -0.5 * size <= last.x - span.right <= widest * size
    return bool(leftward) or -0.5 * size <= span.x - last.right <= widest * size


def _joined(last: Span, span: Span) -> str:
    after = span.x >= last.x
    if _LEFTWARD.search(last.text + span.text):
        gap = span.x - last.right if after else last.x - span.right
        parts = (span.text, last.text) if after else (last.text, span.text)
        spaced = gap > _SPACE * span.size or any(part.strip("\n") != part.strip() for part in parts)
        return (" " if spaced else "").join(part.strip() for part in parts)
    apart = span.y != last.y and span.x - last.right > _SPACE * span.size
    return last.text.replace("\n", "") + (" " if apart or MARK.match(last.text.strip()) else "") + span.text.replace("\n", " ")


class PageReader:
    """Reads the pages of one document, whose fonts it keeps.

    Where each piece stands costs as much again as the text alone, so that pages of very many pieces, and what follows
    very many pages, are read line by line instead: no file costs more than a fixed time on top.
    """

    def __init__(self, reader: PdfReader) -> None:
        self._reader = reader
        self._fonts: dict[int, tuple[FontLooks, Any]] = {}
        self._left = _MOST_PIECES

    def spans(self, number: int) -> list[Span]:
        """The spans of a page, counted from 1; what pypdf raises on broken pages passes through."""
        page = self._reader.pages[number - 1]
        written = dict.get(page, "/Contents")
        contents = written.get_object() if written is not None else None
        if contents is None:
            return []
        stream = ContentStream(contents, self._reader, "bytes")
        if not _SHOWS.search(stream.get_data()):
            return []  # a picture or a drawing, which need not be taken apart
        pieces = sum(operator in _SHOWING for _, operator in stream.operations)
        page[NameObject("/Contents")] = stream
        try:
            if pieces > min(self._left, _MOST_ON_A_PAGE):
                return _by_line(page.extract_text())
            self._left -= pieces
            try:
                return self._placed(page, stream)
            except _TooManyError:
                self._left = 0
                return _by_line(page.extract_text())
        finally:
            page[NameObject("/Contents")] = written  # what was taken apart is large

    def _placed(self, page: PageObject, stream: ContentStream) -> list[Span]:
        stream.operations = _apart(stream.operations)
        listener = _Listener(self._fonts)
        page.extract_text(visitor_operand_before=listener.before, visitor_text=listener.text)
        if listener.is_deaf:  # pypdf goes on where a form raises
            raise _TooManyError
        spans = _turned(listener.pieces, listener.drawing)
        for span in spans:
            span.text = " ".join(_LEADER.sub(" \u2026 ", span.text).split())
        return _marked(spans)


def _turned(pieces: Sequence[Span], drawing: Drawing) -> list[Span]:
    """The spans of a page as its reader sees them, who holds it upright and may read from right to left."""
    letters: Counter[int] = Counter()
    for piece in pieces:
        letters[piece.angle] += len(piece.text)
    upright = letters.most_common(1)[0][0] if letters else 0
    leftward = 2 * sum(len(_LEFTWARD.findall(piece.text)) for piece in pieces) > letters.total()
    grids = grids_of(drawing.turned(upright))
    for piece in (piece for piece in pieces if piece is not _BLANK):
        piece.turned = piece.angle != upright
        if grids and not piece.turned:
            x, y = piece.x + min(piece.right - piece.x, piece.size) / 2, piece.y + _MIDDLE * piece.size
            piece.area = next(filter(None, (grid.area(x, y) for grid in grids)), None)
    spans = _joined_up(pieces)
    if leftward:
        for grid in grids:
            grid.leftward = True
        for span in spans:
            span.x, span.right = -span.right, -span.x
    return spans


def _by_line(text: str) -> list[Span]:
    """Lines of a text that does not say where they stand, one below the other."""
    lines = (" ".join(line.split()) for line in text.split("\n"))
    return [
        Span(text=line, x=0.0, y=-14.0 * place, right=6.0 * len(line), size=12.0, bold=False)
        for place, line in enumerate(lines)
        if line
    ]


def _apart(operations: Sequence[tuple[Any, bytes]]) -> list[tuple[Any, bytes]]:
    """The same, but that pypdf tells of the text before each move by itself, which it does where the page's matrix is changed."""
    found: list[tuple[Any, bytes]] = []
    shown = False
    for operands, operator in operations:
        if shown and operator in _MOVING:
            found.append(_STAY)
            shown = False
        found.append((operands, operator))
        shown = shown or operator in _SHOWING
    return found


def _marked(spans: list[Span]) -> list[Span]:
    """Puts the marks of lists before their items where the file draws them apart, as at the end of the page."""
    marks: dict[int, list[Span]] = {}
    for span in spans:
        if MARK.match(span.text):
            marks.setdefault(round(span.y), []).append(span)
    found, used = [], set()
    for span in spans if marks else ():
        near = [mark for at in (-1, 0, 1) for mark in marks.get(round(span.y) + at, ())[:_MOST_MARKS] if _is_mark_of(mark, span)][
            :1
        ]
        used |= {id(mark) for mark in near}
        found.append(replace(span, text=f"{near[0].text} {span.text}", x=near[0].x) if near else span)
    return [span for span in found if id(span) not in used] if marks else spans


def _is_mark_of(mark: Span, span: Span) -> bool:
    beside = mark.area is span.area and -1 <= span.x - mark.right <= 2 * span.size
    return mark is not span and beside and not MARK.match(span.text)
