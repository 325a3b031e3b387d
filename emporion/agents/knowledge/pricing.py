"""What a thing costs by the rows of tables that name it.

In "Gravel; 1 day: 42; 7 days: 225" nothing says that 42 is a price, so such a row looks less like an answer than prose about
gravel. Where a price is asked and a row names all that is asked, with figures, that row is the answer and other rows are not.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache
from itertools import pairwise

from .asking import kind_of
from .chunking import sentence_spans
from .comparing import is_part
from .expected import holds, is_measure, is_unit, sort_asked
from .lexicon import fold, words
from .meanings import common_words
from .query import Query, TermGroup
from .retrieval import Found, PassageIndex
from .table_rows import TableRow, places_of, rows_in
from .thesaurus import meanings_of
from .types import Citation, PassageRow

MOST_ROWS = 10
_LIKE = 0.65  # so like a word of the question is one of another language that stands for it
_PART = 0.8
_AS_WELL = 0.1  # rows that name a thing by less than that worse than the best are of it, too
_FIGURE = re.compile(r"\d[\d.,'’]*(?!\s?[:h]\s?\d)\b")
# What is done with a thing that has a price, and when.
_AROUND = frozenset({"price", "paying", "rental", "rent", "lending", "summer", "winter", "weekend"})
_NAMED = ("day ", "month ")
_COMPOUNDING = frozenset({"de", "nl", "sv"})
_TYPED = frozenset({"", "what", "figure"})


def asks_price(query: Query) -> bool:
    """Whether a question asks what something costs, be it as a few words typed into a box: "yoga price"."""
    sort = sort_asked(query.text)
    return sort == "price" or (not sort and kind_of(query.text) in _TYPED and any(_is_price(one.word) for one in query.groups))


def priced(found: Found, index: PassageIndex, *, said: Citation | None = None) -> tuple[Citation, ...]:
    """The rows of one table that name what a question asks the price of and hold prices; nothing where there are none or many.

    `said`, what is quoted otherwise, follows them where a sentence of it tells as much of the question and a price. Where that is
    for a span of time, as asked, and the rows are for none, like those of tickets beside the hire of a hall, they are not it.
    """
    query = found.query
    things = [group for group in query.groups if not _is_around(group.word, query, index)]
    if not things or not asks_price(query):
        return ()
    hits = [hit.passage for hit in found.hits]
    tables: dict[str, list[tuple[TableRow, float]]] = {}
    for row in _candidates(hits, things, index):
        if named := _named(row, things, query, index):
            tables.setdefault(row.table, []).append((row, named))
    if not tables:
        return ()
    best = max(tables.values(), key=lambda rows: (round(max(named for _, named in rows)), _is_list(rows[0][0]), len(rows)))
    enough = max(named for _, named in best) - _AS_WELL
    chosen = _of_most([row for row, named in best if named >= enough], query, things, index)
    if len(chosen) > MOST_ROWS:
        return ()
    rows = places_of(chosen)
    languages = {query.language, "en", *index.languages}
    is_spanned = _has_unit(query.text, languages)
    if said is None or said.passage_id in {row.passage_id for row in rows}:
        return rows
    if not _tells_too(said.quote, things, index, is_spanned=is_spanned):
        return rows
    return () if is_spanned and not any(_has_unit(row.text, languages) for row in chosen) else (*rows, said)


def _has_unit(text: str, languages: Collection[str]) -> bool:
    return any(is_unit(word, languages) for word in words(text))


def _of_most(rows: Sequence[TableRow], query: Query, things: Sequence[TermGroup], index: PassageIndex) -> list[TableRow]:
    """The rows that hold most of the rest of a question, as "for 7 days" where each row is of another span."""
    rest = [group for group in query.groups if group not in things]
    held = [sum(_held(row.text, row.language, group, index) > 0 for group in rest) for row in rows]
    return [row for row, count in zip(rows, held, strict=True) if count == max(held)]


def _tells_too(quote: str, things: Sequence[TermGroup], index: PassageIndex, *, is_spanned: bool) -> bool:
    """Whether a sentence tells a price of each thing that is asked for, and for a span of time where one is asked about."""
    sentences = (quote[start:end] for start, end in sentence_spans(quote))
    return any(
        holds("price", one)
        and (not is_spanned or _has_unit(one, index.languages))
        and all(_held(one, "", group, index) for group in things)
        for one in sentences
    )


def _candidates(hits: Sequence[PassageRow], things: Sequence[TermGroup], index: PassageIndex) -> Iterable[TableRow]:
    passages = {passage.id: passage for passage in (*hits, *index.holding(things))}
    return (row for passage in passages.values() for row in rows_in(passage) if _has_price(row))


def _named(row: TableRow, things: Sequence[TermGroup], query: Query, index: PassageIndex) -> float:
    """How well a row holds the things that are asked for; nothing where neither it nor its headings hold one of them."""
    joined = {group.word for group in things if _is_joined(row, group.word, query)}
    there = [1.0 if one.word in joined else _held(row.text, row.language, one, index) for one in things]
    above = " ".join((row.passage.document_title, *row.passage.heading_path))
    is_all = all(one or _held(above, "", group, index) for one, group in zip(there, things, strict=True))
    return sum(there) / len(there) if is_all else 0.0


def _held(text: str, language: str, group: TermGroup, index: PassageIndex) -> float:
    """How well a text holds a word: itself, in other words, or as a part of a longer one; nothing where it does not."""
    terms, folded = index.terms_in(text, language), fold(group.word)
    best = max((factor for term, factor in group.alternatives if factor >= _LIKE and term in terms), default=0.0)
    return max(best, _PART * any(is_part(folded, fold(word)) for word in words(text)))


def _is_joined(row: TableRow, word: str, query: Query) -> bool:
    """Whether a row writes a word together with the one beside it in the question."""
    asked, written = [fold(one) for one in words(query.text)], {fold(one) for one in words(row.text)}
    pairs = (one + other for one, other in pairwise(asked) if fold(word) in {one, other})
    return any(pair in written for pair in pairs)


def _is_around(word: str, query: Query, index: PassageIndex) -> bool:
    """Whether a word names no thing: a number, a time, or what is done with a thing that has a price."""
    languages = {query.language, "en", *index.languages}
    if word[0].isdigit() or is_measure(word, languages) or _is_price(word):
        return True
    meant = meanings_of(fold(word), languages)
    return bool(meant & _AROUND) or any(one.startswith(_NAMED) for one in meant)


def _has_price(row: TableRow) -> bool:
    """Whether a row holds a price: an amount of money, what stands under a price, or a bare figure of a list of prices."""
    if any(_is_price(word) for name, _ in row.cells for word in words(name)):
        return True
    if holds("price", row.text, row.language):
        return True
    return _is_list(row) and any(_FIGURE.match(value) for _, value in row.cells[1:])


def _is_list(row: TableRow) -> bool:
    """Whether a table says of itself that it is of prices."""
    said = (row.passage.document_title, *row.passage.heading_path, *(name for name, _ in row.cells))
    return any(_is_price(word) for text in said for word in words(text))


@lru_cache(maxsize=4096)
def _is_price(word: str) -> bool:
    """Whether a word of any language means a price, or has such a word for a part as the German Preisliste."""
    folded = fold(word)
    return folded in _price_words() or any(is_part(one, folded) for one in _price_words(_COMPOUNDING))


@lru_cache(maxsize=2)
def _price_words(languages: frozenset[str] = frozenset()) -> frozenset[str]:
    """The words for a price of some languages, of all where none is named."""
    listed = common_words()["price"]
    return frozenset(fold(word) for language in languages or listed for word in words(listed[language]))
