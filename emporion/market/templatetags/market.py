"""The words of the marketplace for its templates: `{% load market %}`."""

from dataclasses import replace
from functools import lru_cache
from urllib.parse import urlencode

from django import template
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, ngettext

from emporion.market import forms, keeping, presenting, words
from emporion.market.queries import category_words
from emporion.market.shelves import ShopFrame
from emporion.market.types import Facet, FacetGroup, FacetValue, OfferingCard, ReviewSummary
from emporion.ui.templatetags.ui import icon, icon_names
from emporion.ui.wording import number

register = template.Library()
COUNT_SEAM = "\ue003"  # a sign of the private use area: our own templates and words hold none

register.filter("price_words", presenting.price_words)
register.simple_tag(keeping.drawn)


@register.filter
def markdown(text: str) -> SafeString:
    """Markdown as safe HTML."""
    return mark_safe(words.safe_html(text))  # noqa: S308 - sanitised by nh3 in `words`


@register.filter
def shapes(mark: str) -> SafeString:
    """The shapes of a mark, which `manifest.marks` rebuilt from what it understood."""
    return mark_safe(mark)  # noqa: S308 - rebuilt from an allow-list when it was published


@register.filter
def category_word(card: OfferingCard) -> str:
    """The category's own word for one: "Agent"."""
    return category_words()[card.category][0]


@register.filter
def any_chosen(group: FacetGroup) -> bool:
    """Whether a facet narrows the results."""
    return any(value.is_chosen for value in group.values)


@register.filter
def without(shop: ShopFrame, slug: str) -> str:
    """The address of the marketplace with one offering less laid aside; with none for an empty name."""
    kept = tuple(card.slug for card in shop.compared if slug and card.slug != slug)
    return forms.address_of(reverse("market:marketplace"), shop.results.filters, kept)


@register.filter
def compare_url(shop: ShopFrame) -> str:
    """Where the offerings that are laid aside stand side by side."""
    return f"{reverse('market:compare')}?{urlencode([('offering', card.slug) for card in shop.compared])}"


@register.filter
def distribution(summary: ReviewSummary) -> list[dict[str, object]]:
    """The rows of the rating's distribution."""
    return [
        {"label": ngettext("%(stars)s star", "%(stars)s stars", stars) % {"stars": stars}, "count": count}
        for stars, count in summary.stars
    ]


@register.simple_tag
def feature_icon(name: str) -> SafeString:
    """The icon that a provider chose; a name that the sprite lacks becomes a check mark, because providers make mistakes."""
    return icon(name if name in icon_names() else "check")


@register.simple_tag
def mark(card: OfferingCard, size: str = "lg") -> SafeString:
    """The tile of an offering, or the mark that its provider drew."""
    return keeping.drawn("market/mark.html", tile=card.tile, mark=card.mark, hue=card.hue, is_solid=card.is_solid, size=size)


@register.simple_tag
def offering_card(card: OfferingCard, shop: ShopFrame | str = "", comparable: bool | str = False) -> SafeString:
    """The card of an offering; in search results with its tick for comparing."""
    if not isinstance(shop, ShopFrame):
        return keeping.drawn("market/card.html", card=card)
    look = {"comparable": bool(comparable), "is_chosen": card.slug in shop.shown, "is_full": shop.slots_left == 0}
    return keeping.drawn("market/card.html", card=card, **look)


@register.simple_tag
def facet_values(group: FacetGroup) -> SafeString:
    """The values of a facet with their counts."""
    language = get_language()
    drawn = "\n  ".join(_value(group.facet, value, language) for value in group.values)
    return mark_safe(drawn)  # noqa: S308 - a template's own output around numbers


@lru_cache(maxsize=8_000)
def _value(facet: Facet, value: FacetValue, _language: str | None) -> str:
    """A template's own output around the count, which comes after all that a provider wrote."""
    text = keeping.drawn("market/facet_value.html", facet=facet, value=replace(value, count=0), count=COUNT_SEAM)
    before, _, after = text.strip().rpartition(COUNT_SEAM)
    return f"{before}{number(value.count)}{after}"
