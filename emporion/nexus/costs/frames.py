"""What every cost page has above its figures: the period with its neighbours, and what the page is narrowed to."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from emporion.nexus.costs.address import HOME, Address
from emporion.nexus.costs.periods import DAY, add_months
from emporion.nexus.costs.queries import label_of
from emporion.nexus.costs.types import By, Question
from emporion.nexus.costs.wording import LABELS, before_label, span_label


def span_words(question: Question, address: Address, path: str = HOME) -> dict[str, Any]:
    """The period: its name, the one before and after, and the presets."""
    span = question.span
    by = "" if question.by is By.API else question.by.value
    first = span.since.date()
    last = (span.end - DAY).date()
    if span.is_month:
        earlier, later = f"{add_months(first, -1):%Y-%m}", add_months(first, 1)
        links = {
            "earlier": address.to(path, month=earlier, by=by),
            "later": address.to(path, month=f"{later:%Y-%m}", by=by) if not span.is_running else "",
        }
    else:
        width = span.end - span.since
        links = {"earlier": _days(address, path, span.since - width, span.since), "later": ""}
        if not span.is_running:
            links["later"] = _days(address, path, span.end, span.end + width)
    return {
        "label": span_label(span),
        "before": before_label(span),
        "first": first,
        "last": last,
        "is_month": span.is_month,
        **links,
    }


def _days(address: Address, path: str, since: datetime, end: datetime) -> str:
    return address.to(path, **{"from": f"{since:%Y-%m-%d}", "to": f"{end - DAY:%Y-%m-%d}"})


def chips(question: Question, names: Any, address: Address, path: str) -> Iterator[dict[str, str]]:
    """What a page is narrowed to, each with the address without it."""
    for by, value in question.narrowed.items():
        yield {"name": str(LABELS[by]), "value": label_of(by, value, names), "url": address.without(by, path)}
