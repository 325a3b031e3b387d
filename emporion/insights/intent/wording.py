"""What marks and occasions are called."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from emporion.insights.intent.types import Mark, Occasion, Trait

# What a message says first; Slack shows little more of it.
OCCASIONS = {
    Occasion.CUSTOMER: lazy("A customer is on %(page)s of %(site)s"),
    Occasion.LIKELY: lazy("Somebody who is likely to buy is on %(page)s of %(site)s"),
    Occasion.GOAL: lazy("Somebody reached a goal on %(site)s"),
}
LABELS = {Occasion.CUSTOMER: lazy("Customer"), Occasion.LIKELY: lazy("Likely to buy"), Occasion.GOAL: lazy("Goal")}


def said(mark: Mark) -> str:
    """A mark in words."""
    words = {
        Trait.GOAL: _("reached %(value)s"),
        Trait.PAGE: _("saw %(value)s"),
        Trait.PAGES: _("pages seen: %(value)s"),
        Trait.MINUTES: _("minutes on the site: %(value)s"),
        Trait.VISIT: _("visit number: %(value)s"),
        Trait.CUSTOMER: _("bought before"),
        Trait.CHANNEL: _("came by %(value)s"),
        Trait.DEVICE: _("uses %(value)s"),
        Trait.COUNTRY: _("is in %(value)s"),
    }
    return words[mark.trait] % {"value": mark.value}
