"""Lists of offerings: search with facets, favourites, similar ones."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from uuid import UUID

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from emporion.market import index
from emporion.market.manifest import Category
from emporion.market.models import Favourite
from emporion.market.searching import Index
from emporion.market.types import RATING_STEPS, Facet, FacetGroup, FacetValue, Filters, OfferingCard, PriceBand, SearchPage
from emporion.plumbing.types import Actor

PAGE_SIZE = 24


def version() -> UUID:
    """The state of the catalogue: what was made from one state holds until there is another."""
    return index.current().version


def catalogue_size() -> int:
    """How many offerings are on sale."""
    return len(index.current().entries)


def search(*, filters: Filters, actor: Actor, page_size: int = PAGE_SIZE) -> SearchPage:
    """A page of what is on sale to everybody; one query when the catalogue has not changed."""
    held = index.current()
    found = held.search(filters, limit=page_size)
    return SearchPage(
        filters=filters,
        cards=found.cards,
        total=found.total,
        page_size=page_size,
        groups=tuple(_group(facet, held, filters, found.counts[facet]) for facet in Facet),
        is_loose=found.is_loose,
        catalogue_size=len(held.entries),
        version=held.version,
    )


def cards_of(*, slugs: Iterable[str], actor: Actor) -> tuple[OfferingCard, ...]:
    """The cards of these offerings in this order; unknown ones are left out."""
    held = index.current()
    return tuple(card for slug in dict.fromkeys(slugs) if (card := held.card(slug)) is not None)


def cards_by(*, provider: str, actor: Actor) -> tuple[OfferingCard, ...]:
    """Everything that a provider sells, the most used first."""
    held = index.current()
    return held.search(Filters(values={Facet.PROVIDER: frozenset({provider})}), limit=len(held.entries)).cards


def similar_to(*, slug: str, actor: Actor, limit: int = 3) -> tuple[OfferingCard, ...]:
    """Other offerings with the same tags or of the same category."""
    return index.current().similar(slug, limit=limit)


def suggestions_for(*, text: str, actor: Actor, limit: int = 3) -> tuple[OfferingCard, ...]:
    """What somebody may have meant by an address that led nowhere; else what is used most."""
    meant = nearest_to(text=text.replace("-", " ").replace("/", " "), actor=actor, limit=limit)
    return meant or most_used(actor=actor, limit=limit)


def nearest_to(*, text: str, actor: Actor, limit: int = 3) -> tuple[OfferingCard, ...]:
    """What has the words of a search, whatever else was asked for; nothing where no offering has one of them."""
    return index.current().search(Filters(text=text), limit=limit).cards if text.strip() else ()


def most_used(*, actor: Actor, limit: int = 3) -> tuple[OfferingCard, ...]:
    """What most organisations use."""
    return index.current().search(Filters(), limit=limit).cards


def category_counts() -> Mapping[Category, int]:
    """How much is on sale in each category that has something."""
    counts = index.current().search(Filters(), limit=1).counts[Facet.CATEGORY]
    return {category: counts[category.value] for category in Category if counts.get(category.value)}


def favourites_of(*, actor: Actor) -> tuple[OfferingCard, ...]:
    """What this person marked, the latest first."""
    return cards_of(slugs=favourite_slugs(actor=actor), actor=actor)


def favourite_slugs(*, actor: Actor) -> tuple[str, ...]:
    """The names of what this person marked, the latest first."""
    if actor.id is None:
        return ()
    rows = Favourite.objects.filter(person_id=actor.id).order_by("-created_at", "-id")
    return tuple(rows.values_list("offering__slug", flat=True))


def category_words() -> Mapping[Category, tuple[str, str]]:
    """The word for one and for several of each category."""
    return _category_words(get_language())


@lru_cache(maxsize=64)
def _category_words(_language: str | None) -> Mapping[Category, tuple[str, str]]:
    return {
        Category.AGENTS: (_("Agent"), _("Agents")),
        Category.APPS: (_("App"), _("Apps")),
        Category.ASSISTANTS: (_("Assistant"), _("Assistants")),
        Category.AUTOMATIONS: (_("Automation"), _("Automations")),
    }


def _group(facet: Facet, held: Index, filters: Filters, counts: Mapping[str, int]) -> FacetGroup:
    """A facet with its values in a fixed order; providers stand by count, then name. Empty values go unless chosen."""
    chosen = filters.chosen(facet)
    name, labels = _facet_words(facet, get_language())
    kept = [
        FacetValue(value=value, label=label, count=counts.get(value, 0), is_chosen=value in chosen)
        for value, label in (held.providers if facet is Facet.PROVIDER else labels).items()
        if counts.get(value) or value in chosen
    ]
    if facet is Facet.PROVIDER:
        kept.sort(key=lambda one: (-one.count, one.label))
    return FacetGroup(facet=facet, label=name, values=tuple(kept))


@lru_cache(maxsize=64 * len(Facet))
def _facet_words(facet: Facet, language: str | None) -> tuple[str, Mapping[str, str]]:
    """What a facet and its values are called in a language; providers have names of their own."""
    if facet is Facet.CATEGORY:
        return _("Category"), {category.value: plural for category, (_one, plural) in _category_words(language).items()}
    if facet is Facet.PRICE:
        return _("Price"), {
            PriceBand.FREE: _("Free"),
            PriceBand.UNDER_30: _("Under $30"),
            PriceBand.TO_100: _("$30 to $100"),
            PriceBand.OVER_100: _("Over $100"),
            PriceBand.ON_REQUEST: _("On request"),
        }
    if facet is Facet.MODEL:
        return _("Pricing model"), {
            "free": _("Free"),
            "subscription": _("Subscription"),
            "usage": _("Pay per use"),
            "once": _("Pay once"),
            "request": _("On request"),
        }
    if facet is Facet.RATING:
        return _("Rating"), {step: _("%(stars)s and up") % {"stars": step} for step in RATING_STEPS}
    return _("Provider"), {}
