"""Makes the answers to a search: the page's middle, the fragment while somebody types, the JSON; each the same for everybody.

A page is put together from pieces that are kept: what stands around the results, each card, each value of a facet.
"""

import json
from collections.abc import Mapping
from functools import lru_cache

from django.conf import settings
from django.http import QueryDict
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import escape
from django.utils.safestring import mark_safe
from django.utils.translation import get_language

from emporion.kernel.money import Money, Rate
from emporion.market import forms, keeping, queries
from emporion.market.schemas import OfferingOut, PriceOut
from emporion.market.shelves import shop_frame, shop_head
from emporion.market.types import Answer, Facet, FacetGroup, Filters, OfferingCard
from emporion.plumbing.types import Actor

SEAM = "<!-- -->"
OPENED, CLOSED = "<!--shop-->", "<!--/shop-->"
# Signs of the private use area: our own templates and words hold none.
SEAMS = (TEXT_SEAM, FACETS_SEAM, RESULTS_SEAM) = ("\ue000", "\ue001", "\ue002")


def page(query: QueryDict, actor: Actor) -> Answer:
    """The middle of the marketplace's page for what an address asks."""
    filters, address = _asked(query)
    results, facets = _parts(query, filters, address, actor)
    before, text, between, end = _surroundings(filters)
    body = "".join((before, escape(filters.text), text, facets, between, results, end))
    return Answer(body=mark_safe(body), address=address)  # noqa: S308 - our own templates around an escaped text


def fragment(query: QueryDict, actor: Actor) -> Answer:
    """The results and the facets alone, for htmx."""
    filters, address = _asked(query)
    return Answer(body=mark_safe("".join(_parts(query, filters, address, actor))), address=address)  # noqa: S308 - our own templates


def program(query: QueryDict, actor: Actor) -> Answer:
    """The results and facets as JSON."""
    filters = forms.filters_of(query)
    address = forms.address_of("", filters)
    body = keeping.answers.keep(queries.version(), (address, get_language()), lambda: _found(filters, actor))
    return Answer(body=body, address=address)


def _asked(query: QueryDict) -> tuple[Filters, str]:
    filters = forms.filters_of(query)
    return filters, forms.address_of(reverse("market:marketplace"), filters, forms.compared_in(query))


def _parts(query: QueryDict, filters: Filters, address: str, actor: Actor) -> tuple[str, str]:
    def make() -> str:
        context = {"shop": shop_frame(filters, forms.compared_in(query), actor)}
        return SEAM.join(render_to_string(f"market/{part}.html", context) for part in ("results", "facets"))

    results, _, facets = keeping.results.keep(queries.version(), (address, get_language()), make).partition(SEAM)
    return results, facets


def _surroundings(filters: Filters) -> list[str]:
    """What stands before the words, the facets and the results, and at the end; it changes with the category alone."""
    category = filters.chosen(Facet.CATEGORY)

    def make() -> str:
        head = shop_head(Filters(text=TEXT_SEAM, values={Facet.CATEGORY: category}))
        context = {"head": head, "facets": FACETS_SEAM, "results": RESULTS_SEAM}
        return render_to_string("market/browse.html", context)

    whole = keeping.surroundings.keep(queries.version(), (category, get_language()), make)
    pieces: list[str] = []
    for seam in SEAMS:
        piece, _, whole = whole.partition(seam)
        pieces.append(piece)
    return [*pieces, whole]


def _found(filters: Filters, actor: Actor) -> str:
    """`schemas.SearchOut`, written piece by piece: validating what we made ourselves took longer than the search."""
    found = queries.search(filters=filters, actor=actor)
    head = {"total": found.total, "page": found.filters.page, "page_count": found.page_count, "is_loose": found.is_loose}
    cards = ",".join(_card(card, settings.SITE_URL) for card in found.cards)
    facets = [_facet(group) for group in found.groups]
    return f'{_json(head)[:-1]},"results":[{cards}],"facets":{_json(facets)}}}'


def _facet(group: FacetGroup) -> Mapping[str, object]:
    values = [{"value": one.value, "label": one.label, "count": one.count, "is_chosen": one.is_chosen} for one in group.values]
    return {"name": group.facet.value, "label": group.label, "values": values}


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


@lru_cache(maxsize=4_000)
def _card(card: OfferingCard, _site_url: str) -> str:
    return card_out(card).model_dump_json()


def card_out(card: OfferingCard) -> OfferingOut:
    """An offering as the API sends it in a list."""
    price = card.price
    return OfferingOut(
        uuid=card.id,
        slug=card.slug,
        name=card.name,
        tagline=card.tagline,
        category=card.category.value,
        tags=list(card.tags),
        provider=card.provider_slug,
        provider_name=card.provider_name,
        is_provider_demo=card.is_provider_demo,
        price=PriceOut(
            kind=price.kind.value,
            amount=amount_out(price.price) or "0",
            currency=price.price.currency,
            unit=price.unit,
            is_from=price.is_from,
        ),
        pricing_models=list(card.pricing_models),
        rating=f"{card.rating:.1f}" if card.rating_count else None,
        review_count=card.rating_count,
        demo_review_count=card.demo_rating_count,
        has_demo=card.can_try,
        trial_days=card.trial_days,
        released_on=card.released_on,
        url=f"{settings.SITE_URL}{reverse('market:offering', args=[card.slug])}",
    )


def amount_out(price: Money | Rate | None) -> str | None:
    """An amount in major units, so that no program rounds it."""
    if price is None:
        return None
    return f"{price.major:f}" if isinstance(price, Money) else f"{price.amount:f}"


def everything_around(text: str) -> tuple[str, str] | None:
    """What stands before and after the page's middle; None where the page has no middle that is marked."""
    before, opened, rest = text.partition(OPENED)
    _, closed, after = rest.partition(CLOSED)
    return (before + opened, closed + after) if opened and closed else None
