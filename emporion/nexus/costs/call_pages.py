"""Lays out the calls behind a number, and one of them."""

from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from emporion.nexus.costs.address import CALLS, Address
from emporion.nexus.costs.amounts import exact, priced
from emporion.nexus.costs.frames import chips, span_words
from emporion.nexus.costs.types import CallCost, CallLine, CallPage, Question
from emporion.nexus.costs.wording import KINDS, SOURCES
from emporion.ui.types import Option
from emporion.ui.wording import number


def calls_page(question: Question, page: CallPage, names: dict[UUID, str], order: str, offset: int, size: int) -> dict[str, Any]:
    """The calls behind a number."""
    address = Address(question=question)
    shown = ngettext("%(n)s call", "%(n)s calls", page.sums.calls) % {"n": number(page.sums.calls)}
    return {
        "span": span_words(question, address, CALLS),
        "chips": list(chips(question, names, address, CALLS)),
        "count": shown,
        "cost": exact(page.sums.cost_picos),
        "calls": [call_row(call, names) for call in page.calls],
        "orders": [
            Option(label=label, url=address.to(CALLS, by="", sort=key), current=key == order)
            for key, label in (("cost", _("Dearest")), ("time", _("Newest")), ("tokens", _("Most tokens")))
        ],
        "earlier": address.to(CALLS, by="", sort=order, at=str(max(offset - size, 0))) if offset else "",
        "later": address.to(CALLS, by="", sort=order, at=str(offset + size)) if page.has_more else "",
        "home": address.to(by=""),
    }


def call_row(call: CallLine, names: dict[UUID, str]) -> dict[str, Any]:
    """One call, written."""
    return {
        "id": call.id,
        "at": call.at,
        "api": names.get(call.api_id, ""),
        "model": call.model,
        "feature": call.feature,
        "team": call.team,
        "customer": call.customer,
        "outcome": call.outcome,
        "input": number(call.sums.input_tokens),
        "cached": number(call.sums.cache_read_tokens) if call.sums.cache_read_tokens else "",
        "output": number(call.sums.output_tokens),
        "cost": exact(call.cost_picos),
        "stored": exact(call.stored_picos),
        "was_corrected": call.cost_picos != call.stored_picos,
        "source": SOURCES.get(call.price_source, call.price_source),
        "is_unknown": call.price_source in {"", "unknown"},
        "version": call.price_version,
        "second": "" if call.second_picos is None else exact(call.second_picos),
        "disagrees": call.second_picos is not None and call.second_picos != call.stored_picos,
        "url": f"{CALLS}{call.id}/",
    }


def part_rows(found: CallCost) -> list[dict[str, Any]]:
    """The lines of a cost: units times price."""
    return [
        {
            "kind": KINDS.get(part.kind, part.kind),
            "units": part.units,
            "price": priced(part.price),
            "per": part.per,
            "cost": exact(part.cost_picos),
        }
        for part in found.priced.parts
    ]
