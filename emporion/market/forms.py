"""Reads what somebody looks for out of an address, and writes it back: every state of the catalogue has a URL."""

from collections.abc import Mapping
from urllib.parse import urlencode

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from emporion.market.manifest import Category
from emporion.market.types import RATING_STEPS, Facet, Filters, PriceBand, Sort
from emporion.plumbing.parsing import number_of
from emporion.ui.forms import NameField

MAX_COMPARED = 4
MAX_TEXT = 100
KNOWN: Mapping[Facet, frozenset[str]] = {
    Facet.CATEGORY: frozenset(category.value for category in Category),
    Facet.PRICE: frozenset(band.value for band in PriceBand),
    Facet.MODEL: frozenset({"free", "subscription", "usage", "once", "request"}),
    Facet.RATING: frozenset(RATING_STEPS),
}


def filters_of(query: QueryDict) -> Filters:
    """What an address asks for; values that mean nothing are dropped."""
    values = {facet: frozenset(_known(facet, query.getlist(facet.value))) for facet in Facet}
    text = " ".join(query.get("q", "").split())[:MAX_TEXT]
    return Filters(
        text=text,
        values={facet: chosen for facet, chosen in values.items() if chosen},
        sort=_sort(query.get("sort", ""), text),
        page=_page(query.get("page", "")),
    )


def compared_in(query: QueryDict) -> tuple[str, ...]:
    """The offerings that are laid aside for comparison, at most four."""
    return tuple(dict.fromkeys(slug for slug in query.getlist("offering") if slug))[:MAX_COMPARED]


def address_of(path: str, filters: Filters, compared: tuple[str, ...] = ()) -> str:
    """The shortest address of this state."""
    pairs = [("q", filters.text)] if filters.text else []
    pairs += [(facet.value, value) for facet in Facet for value in sorted(filters.chosen(facet))]
    pairs += [("sort", filters.sort.value)] if filters.sort is not Sort.RELEVANCE else []
    pairs += [("offering", slug) for slug in compared]
    pairs += [("page", str(filters.page))] if filters.page > 1 else []
    return f"{path}?{urlencode(pairs)}" if pairs else path


def _known(facet: Facet, values: list[str]) -> list[str]:
    known = KNOWN.get(facet)
    kept = [value for value in values if value and (known is None or value in known)]
    return kept[:1] if facet is Facet.RATING else kept


def _sort(asked: str, text: str) -> Sort:
    """Without words to match, the best match is what is used most: one state, one address."""
    sort = Sort(asked) if asked in {sort.value for sort in Sort} else Sort.RELEVANCE
    return Sort.RELEVANCE if sort is Sort.MOST_USED and not text else sort


def _page(text: str) -> int:
    return min(number_of(text), 10_000) or 1


class ReviewForm(forms.Form):
    """What a buyer says."""

    rating = forms.IntegerField(min_value=1, max_value=5, error_messages={"required": _("Choose one to five stars.")})
    title = NameField(label=_("In one line"), max_length=120)
    text = forms.CharField(label=_("Your review"), max_length=4000, widget=forms.Textarea(attrs={"rows": 5}))


class ReplyForm(forms.Form):
    """What the provider answers; empty takes the answer back."""

    text = forms.CharField(label=_("Your reply"), max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 3}))
