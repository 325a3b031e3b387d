"""What a value of a dimension is called in the reader's language."""

from functools import lru_cache

from babel import Locale, UnknownLocaleError
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from emporion.insights.reports.types import Dimension

_WHENCE = frozenset({Dimension.SOURCE, Dimension.REFERRER, Dimension.CHANNEL})
_UTM = frozenset(one for one in Dimension if one.value.startswith("utm_"))


def label(dimension: Dimension, value: str) -> str:
    """The words for a value; an empty one is said in words too."""
    if not value:
        return _empty(dimension)
    if dimension is Dimension.VISITOR_KIND:
        return _("New") if value == "new" else _("Returning")
    if dimension is Dimension.COUNTRY:
        return str(_locale().territories.get(value.upper(), value))
    if dimension is Dimension.LANGUAGE:
        return str(_locale().languages.get(value.replace("-", "_").partition("_")[0].lower(), value))
    return value


def _empty(dimension: Dimension) -> str:
    if dimension in _WHENCE:
        return _("Direct")
    return _("None") if dimension in _UTM else _("Unknown")


def _locale() -> Locale:
    return _parsed(get_language() or "en")


@lru_cache(maxsize=32)
def _parsed(language: str) -> Locale:
    try:
        return Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale("en")
