"""How a number moved, beside it: `{% load trends %}{% change line.visitors_trend %}`. A dashboard has two hundred of them."""

from functools import lru_cache

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from emporion.insights.reports.presenting import Trend
from emporion.ui.templatetags.ui import icon

register = template.Library()


@register.simple_tag
def change(trend: Trend | str | None) -> SafeString:
    """An arrow that is also a word, how much, and from what on hover; nothing where nothing is compared."""
    return SafeString("") if not isinstance(trend, Trend) else _written(trend, get_language())


@lru_cache(maxsize=8_192)
def _written(trend: Trend, _language: str | None) -> SafeString:
    return format_html(
        '<span class="change"><span class="{}" title="{}">{} {}</span></span>',
        trend.tone,
        _("from %(was)s") % {"was": trend.was},
        icon(trend.icon, label=trend.words),
        trend.short,
    )
