"""Figures of checks for their pages: `{% load nexus_checks %}`."""

from decimal import ROUND_DOWN, Decimal

from django import template
from django.utils.formats import number_format

from emporion.nexus.checks.forms import KINDS
from emporion.nexus.checks.types import Expectation

register = template.Library()


@register.filter
def uptime(share: float | None) -> str:
    """A share of good runs, never rounded up to all of them; a dash without runs."""
    if share is None:
        return "–"
    percent = (Decimal(repr(share)) * 100).quantize(Decimal("0.01"), rounding=ROUND_DOWN)
    return f"{number_format(percent.normalize() if percent != 100 else 100, use_l10n=True)}%"


@register.filter
def expected(kind: Expectation) -> str:
    """What an expectation is about, in words."""
    return str(dict(KINDS)[kind.value])
