"""The words of the cost pages: what things are called, and how a stretch of time is named."""

from datetime import date

from babel.dates import format_date
from django.utils.translation import gettext_lazy as lazy

from emporion.nexus.costs.periods import DAY
from emporion.nexus.costs.types import By, Driver, Span
from emporion.ui.wording import reader_locale

LABELS = {
    By.API: lazy("API"),
    By.MODEL: lazy("Model"),
    By.TEAM: lazy("Team"),
    By.FEATURE: lazy("Feature"),
    By.CUSTOMER: lazy("Customer"),
}
DRIVERS = {
    Driver.VOLUME: (lazy("Volume"), lazy("how many calls were made")),
    Driver.MIX: (lazy("Mix"), lazy("which APIs and models they went to")),
    Driver.LENGTH: (lazy("Length"), lazy("tokens in each call")),
    Driver.KIND: (lazy("Kind of tokens"), lazy("output, cached input, long prompts")),
    Driver.PRICE: (lazy("Price"), lazy("the same tokens at another price")),
}
KINDS = {
    "input_tokens": lazy("Input"),
    "output_tokens": lazy("Output"),
    "cache_read_tokens": lazy("Input from the cache"),
    "cache_write_tokens": lazy("Input written to the cache"),
    "cache_write_5m_tokens": lazy("Written to the cache for 5 minutes"),
    "cache_write_1h_tokens": lazy("Written to the cache for an hour"),
    "output_reasoning_tokens": lazy("Reasoning"),
    "input_audio_tokens": lazy("Audio input"),
    "output_audio_tokens": lazy("Audio output"),
    "cache_audio_read_tokens": lazy("Audio input from the cache"),
    "input_image_tokens": lazy("Image input"),
    "output_image_tokens": lazy("Image output"),
    "web_searches": lazy("Web searches"),
    "requests": lazy("Call"),
}
SOURCES = {
    "list": lazy("List price"),
    "discount": lazy("List price less your discount"),
    "own": lazy("Your own price"),
    "estimate": lazy("Estimate: the provider said no usage"),
    "import": lazy("As imported"),
    "unknown": lazy("No price known"),
    "": lazy("No price known"),
}


def span_label(span: Span) -> str:
    """How a stretch is called."""
    first, last = span.since.date(), (span.end - DAY).date()
    if span.is_month:
        return day_words(first, "LLLL y")
    if first == last:
        return day_words(first, "d MMMM y")
    return f"{day_words(first, 'd MMM')} – {day_words(last, 'd MMM y')}"


def before_label(span: Span) -> str:
    """How the stretch that it is compared with is called."""
    first, until = span.before_since.date(), (span.before_until - DAY / 86_400_000).date()
    if span.is_month and not span.is_running:
        return day_words(first, "LLLL")
    return f"{day_words(first, 'd MMM')} – {day_words(until, 'd MMM')}"


def day_words(day: date, pattern: str) -> str:
    """A day as its readers write it."""
    return str(format_date(day, pattern, locale=reader_locale()))
