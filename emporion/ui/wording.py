"""How numbers, money and times are written for a reader: by locale, with the exact value never lost."""

from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime, format_timedelta
from babel.numbers import format_currency, format_decimal, format_percent
from django.utils.translation import get_language, to_locale
from django.utils.translation import gettext as _

from emporion.kernel.amounts import in_percent
from emporion.kernel.money import Money, Rate

PICOS_PER_UNIT = 10**12
VOWELS = tuple("aeio")
RECENT = timedelta(days=6)


def reader_locale() -> str:
    """The reader's locale as Babel names it; English where Babel does not know the language."""
    return _locale_of(get_language() or "en")


@lru_cache(maxsize=256)
def _locale_of(language: str) -> str:
    name = to_locale(language)
    try:
        return str(Locale.parse("en_US" if name == "en" else name))
    except (UnknownLocaleError, ValueError):
        return "en_US"


def money(value: Money | Rate | int, currency: str = "") -> str:
    """An amount in the reader's locale: whole amounts without decimals; an int is minor units of `currency`."""
    amount = Money(value, currency) if isinstance(value, int) else value
    return amount.format(reader_locale())


def price_of_one(price: Rate, unit: str) -> str:
    """What one of something costs: "$0.01 a call", "$0.01 an answer"."""
    words = _("%(price)s an %(unit)s") if unit[:1] in VOWELS else _("%(price)s a %(unit)s")
    return words % {"price": money(price), "unit": unit}


def money_full(value: Money | int, currency: str = "") -> str:
    """An amount with all its decimals ("$120.00"), for balances, receipts and columns."""
    amount = Money(value, currency) if isinstance(value, int) else value
    return format_currency(amount.major, amount.currency, locale=reader_locale())


def micros(value: int, currency: str) -> str:
    """Millionths of a major unit as an amount, cut to the currency's own decimals towards zero."""
    unit = Money(1, currency).micros
    return money_full(Money(value // unit if value >= 0 else -(-value // unit), currency))


def picos(value: int) -> str:
    """Units of 10^-12 US dollars as an amount: cents from ten cents up, below that the first two digits that are not zero."""
    amount = Decimal(value) / PICOS_PER_UNIT
    places = 2 if not amount or abs(amount) >= Decimal("0.1") else 1 - amount.adjusted()
    pattern = "¤#,##0.00" + "0" * min(places - 2, 10)
    return format_currency(amount, "USD", format=pattern, currency_digits=False, locale=reader_locale())


def number(value: Decimal | float) -> str:
    """A plain number with the reader's separators."""
    return _separated(value, reader_locale())


@lru_cache(maxsize=8_192)
def _separated(value: Decimal | float, locale: str) -> str:
    return format_decimal(value, locale=locale)


def percent(value: Decimal | float, decimals: int = 0) -> str:
    """A share (0.82) in per cent ("82%")."""
    return _shared(value, decimals, reader_locale())


@lru_cache(maxsize=8_192)
def _shared(value: Decimal | float, decimals: int, locale: str) -> str:
    pattern = "#,##0" + ("." + "0" * decimals if decimals else "") + "%"
    return format_percent(in_percent(value, decimals) / 100, format=pattern, locale=locale)


def ago(moment: datetime, now: datetime) -> str:
    """How long ago or ahead in words; past six days the date itself."""
    away = moment - now
    locale = reader_locale()
    if abs(away) < RECENT:
        return format_timedelta(away, add_direction=True, format="short", threshold=0.95, locale=locale)
    pattern = "d MMM" if moment.year == now.year else "d MMM y"
    return format_date(moment, pattern, locale=locale)


def exact(moment: datetime) -> str:
    """The full date and time with its zone, as a title on hover."""
    return format_datetime(moment, "d MMMM y, HH:mm z", locale=reader_locale())


def dated(moment: datetime) -> str:
    """Day and time, for what is looked up later: "30 Nov 2026, 21:16"; where the reader's zone is not known, in UTC, said so."""
    words = str(format_datetime(moment, "d MMM y, HH:mm", tzinfo=moment.tzinfo, locale=reader_locale()))
    return f"{words} UTC" if moment.tzname() == "UTC" else words


def initials(name: str) -> str:
    """One or two letters that stand for a name: "Zoé Marchetti" → "ZM"."""
    words = [word for word in name.replace("@", " ").split() if word[:1].isalnum()]
    chosen = words[:1] + words[-1:] if len(words) > 1 else words
    return "".join(word[0] for word in chosen).upper() or "?"
