"""Leaves out what is printed at the edges of a PDF's pages for who leafs through paper: running headers, footers, numbers."""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from .spans import Span

_EDGE_LINES = 3  # so many lines at the top and at the bottom of a page may be headers and footers
_SAME_PLACE = 4.0  # points
_NEAR_PAGES = 2  # left and right pages often have headers of their own
_SET_OFF = 1.8  # of the size; the gap to the body that sets a margin off
_FEW_WORDS = 14
_OFTEN = 3  # a line close to the body recurs by accident on two pages, not on three
_DIGITS = re.compile(r"\d+")
_WORD = (
    r"(?:page|pages|pag|pagina|página|pàgina|p|pg|seite|s|blatt|strona|str|strana|stránka|sida|side|sivu|sayfa|"
    r"страница|стр|с|halaman|trang|oldal|lk|σελίδα|σελ|صفحة|עמוד)\.?"
)
_OF = r"(?:/|\||of|de|di|von|sur|van|av|af|z|ze|из|od|/\s*|from|dari|din|a|com|σε|מתוך|من)"
_DASH = r"[-\u2010-\u2015~·•|]*"
_NUMBER = r"(?:\s*\d{1,4}|[\s.]\s*[ivxlc]{1,7})"
_NUMBERED = re.compile(rf"^{_DASH}\s*{_WORD}{_NUMBER}(?:\s*{_OF}\s*\d{{1,4}})?\s*{_DASH}$", re.IGNORECASE)
_OF_ALL = re.compile(rf"^{_DASH}\s*(\d{{1,4}})\s*{_OF}\s*(\d{{1,4}})\s*{_DASH}$", re.IGNORECASE)
_DASHED = re.compile(r"^[-\u2010-\u2015~·]\s*\d{1,4}\s*[-\u2010-\u2015~·]$")
_AFTERWARDS = re.compile(
    r"^(?:第\s*)?\d{1,4}\s*(?:/\s*\d{1,4}\s*)?(?:ページ|頁|页|頁面|쪽|페이지|\.?\s*oldal|\.?\s*sayfa)"
    r"(?:[,\uff0c\s/共]*\d{0,4}\s*(?:ページ|頁|页)?)$"
)
_BARE = re.compile(r"^(?:\d{1,4}|[ivxlc]{1,7})$")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """One of the outer lines of a page; set off is what a wide gap parts from the body."""

    page: int
    spans: tuple[Span, ...]
    set_off: bool = False

    @property
    def text(self) -> str:
        """All that stands on the line."""
        return " ".join(span.text for span in self.spans)

    @property
    def parts(self) -> tuple["_Row", ...]:
        """What recurs by itself: in a margin each of its texts, else the line as a whole, as the head of a table does."""
        if not self.set_off:
            return (self,)
        return tuple(_Row(page=self.page, spans=(span,), set_off=True) for span in self.spans)


def without_running(pages: Sequence[list[Span]]) -> list[list[Span]]:
    """The same pages without their running headers and footers, and without the numbers of pages.

    What recurs close to the body, such as the head of a table, is kept once.
    """
    edges = [(_edge(page, number, top=True), _edge(page, number, top=False)) for number, page in enumerate(pages)]
    body = _body_size(pages)
    gone: set[int] = set()
    for side in (0, 1):
        gone |= _recurring([edge[side] for edge in edges], body)
    gone |= _across(pages)
    for top, bottom in edges:
        gone |= _numbers([*top, *bottom], body, alone=len(pages) == 1)
    return [[span for span in page if id(span) not in gone] for page in pages]


def _across(pages: Sequence[list[Span]]) -> set[int]:
    """The ids of what stands askew on page after page, as a watermark or a mark along the edge does."""
    seen: dict[str, list[Span]] = defaultdict(list)
    for page in pages:
        for text, span in {span.text: span for span in page if span.turned}.items():
            seen[text].append(span)
    return {id(span) for spans in seen.values() if len(spans) >= _OFTEN for span in spans}


def _body_size(pages: Sequence[list[Span]]) -> float:
    letters: dict[float, int] = defaultdict(int)
    for page in pages:
        for span in page:
            letters[round(span.size, 1)] += len(span.text)
    return max(letters, key=lambda size: letters[size], default=0.0)


def _edge(page: Sequence[Span], number: int, *, top: bool) -> list[_Row]:
    upright = [span for span in page if not span.turned]
    lines: list[list[Span]] = []
    for span in sorted(upright, key=lambda span: -span.y if top else span.y):
        if lines and abs(lines[-1][0].y - span.y) <= 0.5 * span.size:
            lines[-1].append(span)
        elif len(lines) > _EDGE_LINES:
            break
        else:
            lines.append([span])
    gaps = [abs(one[0].y - other[0].y) / max(1.0, other[0].size) for one, other in pairwise(lines)]
    wide = [place for place, gap in enumerate(gaps) if gap >= _SET_OFF and not _is_head(lines[place], lines[place + 1])]
    until = max(wide, key=lambda place: gaps[place]) if wide else -1
    return [
        _Row(page=number, spans=tuple(sorted(line, key=lambda span: span.x)), set_off=place <= until)
        for place, line in enumerate(lines[:_EDGE_LINES])
    ]  # fmt: skip


def _is_head(line: Sequence[Span], inner: Sequence[Span]) -> bool:
    """True for a line whose parts stand above those of the next, as the head of a table does."""
    begins = {round(span.x / 2) for span in inner}
    return len(line) > 1 and sum(round(span.x / 2) in begins for span in line) > 1


def _recurring(edges: Sequence[list[_Row]], body: float) -> set[int]:
    """The ids of the spans that recur on pages near by, at the same place."""
    seen: dict[str, list[_Row]] = defaultdict(list)
    for edge in edges:
        for part in (part for row in edge for part in row.parts):
            seen[_DIGITS.sub("#", part.text)].append(part)
    found: set[int] = set()
    for rows in seen.values():
        chain: list[_Row] = []
        for row in rows:
            if chain and not _again(chain[-1], row, body):
                found |= _repeats(chain, body)
                chain = []
            chain.append(row)
        found |= _repeats(chain, body)
    return found


def _repeats(chain: Sequence[_Row], body: float) -> set[int]:
    """What goes of the same line on a row of pages."""
    first = chain[0]
    if len(chain) < 2 or not (first.set_off or len(first.spans) > 1 or len(chain) >= _OFTEN):
        return set()
    headed = not first.set_off or first.spans[0].size > 1.1 * body  # what is large is a heading as well, at least once
    return {id(span) for row in chain[1 if headed else 0 :] for span in row.spans}


def _again(one: _Row, other: _Row, body: float) -> bool:
    """True where a line stands on the next pages at the same place, alike but for digits that count the pages.

    Other digits, such as prices, and headings that count ("Week 2") are what the pages tell.
    """
    apart = other.page - one.page
    bare = _BARE.match(one.text) is not None
    far = apart > _NEAR_PAGES and not bare
    if apart < 1 or far or abs(one.spans[0].y - other.spans[0].y) > _SAME_PLACE:
        return False
    if one.text == other.text:
        return not bare
    counted = other.spans[0].bold or other.spans[0].size > 1.1 * body
    if not other.set_off or (counted and not bare):
        return False
    figures = zip(_DIGITS.findall(one.text), _DIGITS.findall(other.text), strict=True)
    return all(int(now[-9:]) - int(then[-9:]) in {0, apart} for then, now in figures)


def _numbers(rows: Sequence[_Row], body: float, *, alone: bool) -> set[int]:
    """The ids of the spans that are only the number of their page, and of the small type that stands in the margins beside it."""
    found = {id(span): span for row in rows for span in row.spans if _is_number(span.text, row)}
    if alone:
        # One page repeats nothing, but its margins are set in one type, smaller than the body's.
        small = {round(span.size, 1) for span in found.values() if span.size < 0.95 * body}
        margins = [span for row in rows if row.set_off and len(row.text.split()) <= _FEW_WORDS for span in row.spans]
        found |= {id(span): span for span in margins if round(span.size, 1) in small}
    return set(found)


def _is_number(text: str, row: _Row) -> bool:
    if _NUMBERED.match(text) or _DASHED.match(text) or _AFTERWARDS.match(text):
        return row.set_off or len(row.spans) == 1
    of_all = _OF_ALL.match(text)
    if of_all:
        return row.set_off and 0 < int(of_all[1]) <= int(of_all[2])
    roman = text.isalpha() and len(row.spans) == 1 and _BARE.match(text) is not None
    return row.set_off and (roman or text == str(row.page + 1))
