"""Search over the catalogue without I/O: an immutable index, words that forgive typos, facets that ignore their own group.

It lives in memory so that both databases give the same results and a key stroke costs a few milliseconds.
"""

import re
import unicodedata
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice, takewhile
from math import log1p
from typing import Final
from uuid import UUID

import numpy as np
import numpy.typing as npt
from rapidfuzz import process
from rapidfuzz.distance import OSA

from emporion.market.types import Facet, Filters, OfferingCard, Sort

# Each weight is twice the next and the worst match keeps more than half: a typo in a name still beats an exact tag.
WEIGHTS: Final[Mapping[str, float]] = {"name": 16, "tags": 8, "provider": 4, "tagline": 2, "description": 1}
EXACT, PREFIX, TYPO = 1.0, 0.8, 0.55
SLIP_IN_PROSE: Final = 8  # letters: a slip in a shorter word makes another word of it ("horse", "house"), and prose has many
# Of seven languages, as `words_of` gives them: what stands in every sentence says nothing of what is looked for.
STOP_WORDS: Final = frozenset(
    """
    a an and any for from i in is it me my of on or our that the this to which with your
    ao aos as com da das de do dos e em na nas no nos o os ou para pela pelo por que sem um uma
    al con del el en la las lo los un una y
    au aux avec des du et le les ma mes mon pour sur une
    das dem den der die ein eine einen fur im mein meine mit und von zu zum zur
    che di gli il per een het met van voor
    """.split()  # noqa: SIM905 - read as words
)
WORDS_REMEMBERED: Final = 400
_WORD: Final = re.compile(r"[^\W_]+")

Scores = npt.NDArray[np.float64]  # one for each entry; 0 where it has nothing of what is looked for
Numbers = npt.NDArray[np.intp]


def words_of(text: str) -> list[str]:
    """The words of a text without case and accents: "Café-Hilfe" gives "cafe", "hilfe"."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return _WORD.findall("".join(sign for sign in plain if not unicodedata.combining(sign)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An offering as search sees it: its card, and its words by field."""

    card: OfferingCard
    description: str
    keywords: tuple[str, ...] = ()

    def fields(self) -> Mapping[str, str]:
        """The text of every searched field."""
        card = self.card
        tags = " ".join((*card.tags, *self.keywords, card.category.value, card.category.value.rstrip("s")))
        return {
            "name": card.name,
            "tags": tags.replace("-", " "),
            "provider": card.provider_name,
            "tagline": card.tagline,
            "description": self.description,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The hits in order, and how many there are for every value of every facet."""

    cards: tuple[OfferingCard, ...]
    total: int
    counts: Mapping[Facet, Mapping[str, int]]
    is_loose: bool


@dataclass(frozen=True, slots=True)
class Index:
    """An immutable snapshot of the catalogue at one version; sets of entries are bit masks, the first entry the lowest bit."""

    version: UUID
    entries: tuple[Entry, ...]
    postings: Mapping[str, tuple[Numbers, npt.NDArray[np.float64]]]  # where a word stands, and the weight there
    vocabulary: tuple[str, ...]
    masks: Mapping[Facet, Mapping[str, int]]
    orders: Mapping[Sort, Numbers]
    by_slug: Mapping[str, int]
    titles: tuple[tuple[str, int], ...]
    providers: Mapping[str, str]
    ranks: Numbers
    asked: dict[tuple[str, bool], Scores] = field(default_factory=dict)

    @property
    def everything(self) -> int:
        """The mask of all entries."""
        return (1 << len(self.entries)) - 1

    def card(self, slug: str) -> OfferingCard | None:
        """The card of an offering, if it is in the catalogue."""
        position = self.by_slug.get(slug)
        return None if position is None else self.entries[position].card

    def search(self, filters: Filters, *, limit: int) -> Found:
        """One page of hits with facet counts; when not every word is found, the offerings that hold the most of them."""
        scores, is_loose = self._scores(filters.text)
        matching = self.everything if scores is None else _mask(scores > 0)
        selected = {facet: self._selected(facet, filters.chosen(facet)) for facet in Facet}
        hits = matching
        for mask in selected.values():
            hits &= mask
        order = self._ordered(hits, filters.sort, scores)
        start = (filters.page - 1) * limit
        cards = tuple(self.entries[position].card for position in order[start : start + limit].tolist())
        return Found(cards=cards, total=len(order), counts=self._counts(matching, selected), is_loose=is_loose)

    def similar(self, slug: str, *, limit: int) -> tuple[OfferingCard, ...]:
        """Other offerings that share the most: tags weigh most, then the category; popularity and rating break ties."""
        own = self.card(slug)
        if own is None:
            return ()
        ranked: list[tuple[int, int]] = []
        for rank, position in enumerate(self.orders[Sort.MOST_USED]):
            card = self.entries[position].card
            shared = 3 * len(set(card.tags) & set(own.tags)) + (card.category is own.category)
            if shared and card.slug != slug:
                ranked.append((-shared, rank))
        best = self.orders[Sort.MOST_USED]
        return tuple(self.entries[best[rank]].card for _, rank in sorted(ranked)[:limit])

    def _scores(self, text: str) -> tuple[Scores | None, bool]:
        """Score every entry for the words of a search, and whether none has all of them; None without a word to look for."""
        words = words_of(text)
        words = [word for word in words if word not in STOP_WORDS] or words
        if not words:
            return None, False
        totals, matched = np.zeros(len(self.entries)), np.zeros(len(self.entries), dtype=np.intp)
        is_named = np.zeros(len(self.entries), dtype=bool)
        rarest = 0.0
        for number, word in enumerate(words, start=1):
            scores = self._word_scores(word, is_last=number == len(words))
            if count := np.count_nonzero(scores):
                rarity = log1p(len(self.entries) / count)  # "chatbot" tells more than "website", which many have
                rarest = max(rarest, rarity)
                totals += scores * rarity
                matched += scores > 0
                is_named |= scores > WEIGHTS["tagline"]
        most = int(matched.max(initial=0))
        if most < len(words):
            matched[~_is_near(matched, len(words), is_named)] = 0
            most = int(matched.max(initial=0))
        totals[matched < max(most, 1)] = 0
        for position in self._titled(" ".join(words)):
            totals[position] += WEIGHTS["name"] * rarest if totals[position] else 0
        return totals, 0 < most < len(words)

    def _titled(self, beginning: str) -> Iterable[int]:
        """The entries whose names begin with these words."""
        first = bisect_left(self.titles, (beginning, -1))
        titled = takewhile(lambda title: title[0].startswith(beginning), islice(self.titles, first, None))
        return (position for _title, position in titled)

    def _word_scores(self, word: str, *, is_last: bool) -> Scores:
        """The best field of each entry for one word: exact, then as a beginning, then with a typo; remembered by word.

        In prose a slip counts in long words only, and in those that have another ending.
        """
        if (known := self.asked.get((word, is_last))) is not None:
            return known
        best = np.zeros(len(self.entries))
        for token, quality in self._tokens_like(word, is_last=is_last):
            positions, weights = self.postings[token]
            if quality == TYPO and len(word) < SLIP_IN_PROSE and not word.startswith(token):
                weights = np.where(weights >= WEIGHTS["provider"], weights, 0)
            best[positions] = np.maximum(best[positions], weights * quality)
        if len(self.asked) >= WORDS_REMEMBERED:
            self.asked.clear()
        self.asked[word, is_last] = best
        return best

    def _tokens_like(self, word: str, *, is_last: bool) -> Iterable[tuple[str, float]]:
        if word in self.postings:
            yield word, EXACT
        if is_last or len(word) >= 3:
            yield from ((token, PREFIX) for token in self._beginning_with(word) if token != word)
        if allowed := typos_allowed(word):
            near = process.extract(word, self.vocabulary, scorer=OSA.distance, score_cutoff=allowed, limit=None)
            yield from ((token, TYPO) for token, distance, _ in near if distance and token[0] == word[0])

    def _beginning_with(self, word: str) -> Sequence[str]:
        """The tokens with this beginning stand together, because the vocabulary is sorted."""
        first = last = bisect_left(self.vocabulary, word)
        while last < len(self.vocabulary) and self.vocabulary[last].startswith(word):
            last += 1
        return self.vocabulary[first:last]

    def _selected(self, facet: Facet, values: frozenset[str]) -> int:
        if not values:
            return self.everything
        mask = 0
        for value in values:
            mask |= self.masks[facet].get(value, 0)
        return mask

    def _counts(self, matching: int, selected: Mapping[Facet, int]) -> Mapping[Facet, Mapping[str, int]]:
        counts: dict[Facet, Mapping[str, int]] = {}
        for facet in Facet:
            others = matching
            for other, mask in selected.items():
                others &= mask if other is not facet else self.everything
            counts[facet] = {value: (others & mask).bit_count() for value, mask in self.masks[facet].items()}
        return counts

    def _ordered(self, hits: int, sort: Sort, scores: Scores | None) -> Numbers:
        is_hit = _bits(hits, len(self.entries))
        if sort is Sort.RELEVANCE and scores is not None:
            found = np.flatnonzero(is_hit)
            return found[np.lexsort((self.ranks[found], -scores[found]))]
        order = self.orders[Sort.MOST_USED if sort is Sort.RELEVANCE else sort]
        return order[is_hit[order]]


def _is_near(found: Numbers, of: int, is_named: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Whether what has some of the words may be meant: its name, tags or provider have one of them, or its prose has most."""
    return is_named | ((found > 1) & (2 * found > of))


def typos_allowed(word: str) -> int:
    """One slip from four letters on, two from eight: shorter words would match each other."""
    return 0 if len(word) < 4 else 1 if len(word) < 8 else 2


def build_index(version: UUID, entries: Sequence[Entry]) -> Index:
    """The snapshot of a catalogue; equal entries give an equal index whatever order the database gave them in."""
    ordered = tuple(sorted(entries, key=lambda entry: (entry.card.name.casefold(), entry.card.slug)))
    postings: dict[str, dict[int, float]] = defaultdict(dict)
    for position, entry in enumerate(ordered):
        for name, text in entry.fields().items():
            for word in set(words_of(text)):
                postings[word][position] = max(postings[word].get(position, 0.0), WEIGHTS[name])
    orders = {sort: _positions(sorted(range(len(ordered)), key=_sort_key(sort, ordered))) for sort in Sort}
    return Index(
        version=version,
        entries=ordered,
        postings={word: (_positions(found), np.array([*found.values()], dtype=np.float64)) for word, found in postings.items()},
        vocabulary=tuple(sorted(postings)),
        masks={facet: _facet_masks(facet, ordered) for facet in Facet},
        orders=orders,
        ranks=np.argsort(orders[Sort.MOST_USED]),
        by_slug={entry.card.slug: position for position, entry in enumerate(ordered)},
        titles=tuple(sorted((" ".join(words_of(entry.card.name)), position) for position, entry in enumerate(ordered))),
        providers={entry.card.provider_slug: entry.card.provider_name for entry in ordered},
    )


def _facet_masks(facet: Facet, entries: Sequence[Entry]) -> Mapping[str, int]:
    masks: dict[str, int] = defaultdict(int)
    for position, entry in enumerate(entries):
        for value in entry.card.facet_values(facet):
            masks[value] |= 1 << position
    return dict(masks)


def _sort_key(sort: Sort, entries: Sequence[Entry]) -> Callable[[int], tuple[float, ...]]:
    """Ties fall back on use, then rating, then the position, which is the name's."""

    def key(position: int) -> tuple[float, ...]:
        card = entries[position].card
        use, rating = -card.subscriber_count, -card.weighted_rating
        first: Mapping[Sort, tuple[float, ...]] = {
            Sort.RELEVANCE: (),
            Sort.MOST_USED: (),
            Sort.RATING: (rating,),
            Sort.NEWEST: (-card.released_on.toordinal(),),
            Sort.PRICE: (card.price.sort_micros,),
        }
        return (*first[sort], use, rating, position)

    return key


def _positions(of: Iterable[int]) -> Numbers:
    return np.fromiter(of, dtype=np.intp)


def _mask(is_in: npt.NDArray[np.bool_]) -> int:
    """The set of the entries for which it is true."""
    return int.from_bytes(np.packbits(is_in, bitorder="little").tobytes(), "little")


def _bits(mask: int, size: int) -> npt.NDArray[np.bool_]:
    """Whether each entry is in the set."""
    packed = np.frombuffer(mask.to_bytes(-(-size // 8), "little"), dtype=np.uint8)
    return np.unpackbits(packed, count=size, bitorder="little").astype(bool)
