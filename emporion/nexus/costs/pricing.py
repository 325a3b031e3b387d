"""Both price lists side by side for the models that a project calls, with what is in force and how far they agree."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from emporion.gateway.pricing import pricelist, secondlist
from emporion.gateway.pricing.queries import price_rules
from emporion.gateway.pricing.rates import Rates, discounted
from emporion.gateway.pricing.rules import own_rates, rule_for
from emporion.gateway.pricing.types import CorrectionView, PriceView
from emporion.nexus.costs.amounts import dollars, priced, share_of, signed
from emporion.nexus.costs.reading import store
from emporion.plumbing.types import Actor, Permission
from emporion.ui.wording import number, percent

DAYS = 30
MOST_MODELS = 200
KINDS = ("input", "output", "cache_read", "cache_write")
SHOWN = {f"{name}_tokens": name for name in KINDS}


class Called(msgspec.Struct):
    """A model that was called lately, and what the calls cost by one list and by the other."""

    provider: str
    model: str
    calls: int
    cost_picos: int
    unpriced: int
    compared: int
    disagreeing: int
    compared_picos: int
    second_picos: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceTable:
    """The models of the last thirty days, and how far both lists agree on them."""

    rows: list[dict[str, Any]]
    confidence: str
    agreeing: str
    compared: str
    difference: str
    unpriced: str
    first: str
    second: str


def price_table(actor: Actor, project_id: UUID, *, now: datetime) -> PriceTable:
    """What each list says of the models that were called in thirty days, dearest first."""
    actor.require(Permission.VIEW, project_id)
    found = store().rows(
        "SELECT provider, model, sum(calls) AS calls, sum(cost_picos) AS cost_picos, sum(unpriced) AS unpriced,"
        " sum(compared) AS compared, sum(disagreeing) AS disagreeing, sum(compared_picos) AS compared_picos,"
        " sum(second_picos) AS second_picos FROM api_hours WHERE project_id = {project:UUID} AND at >= {since:DateTime64(3)}"
        " GROUP BY provider, model ORDER BY cost_picos DESC, calls DESC LIMIT {limit:UInt32} SETTINGS final = 0",
        {"project": project_id, "since": now - timedelta(days=DAYS), "limit": MOST_MODELS},
        as_=Called,
    )
    rules = price_rules(actor.organisation)
    compared, disagreeing = sum(row.compared for row in found), sum(row.disagreeing for row in found)
    difference = sum(row.second_picos - row.compared_picos for row in found)
    return PriceTable(
        rows=[_row(row, rules, now) for row in found],
        confidence=percent(share_of(compared - disagreeing, compared), 1) if compared else "",
        agreeing=number(compared - disagreeing),
        compared=number(compared),
        difference=signed(difference) if difference else "",
        unpriced=number(sum(row.unpriced for row in found)) if any(row.unpriced for row in found) else "",
        first=pricelist.version(),
        second=secondlist.version(),
    )


def _row(called: Called, rules: Any, now: datetime) -> dict[str, Any]:
    found = pricelist.find(called.provider, called.model, now)
    first = found.rates if found else ()
    second = secondlist.find(found.provider if found else called.provider, called.model, now) or ()
    rule = rule_for(rules, provider=called.provider, model=called.model, at=now)
    own = own_rates(rule) if rule else ()
    in_force = own or (discounted(first, Decimal(rule.discount_percent)) if rule and rule.discount_percent else first)
    return {
        "provider": called.provider,
        "model": called.model,
        "calls": number(called.calls),
        "cost": dollars(called.cost_picos),
        "is_unpriced": bool(called.unpriced) or not (in_force or (rule and rule.per_call)),
        "prices": [_price(name, first, second, in_force) for name in SHOWN],
        "per_call": rule.per_call if rule else "",
        "source": "own" if own else "discount" if rule and rule.discount_percent else "per_call" if rule else "list",
        "agree": "" if not called.compared else percent(share_of(called.compared - called.disagreeing, called.compared)),
        "disagrees": bool(called.disagreeing),
        "difference": signed(called.second_picos - called.compared_picos) if called.disagreeing else "",
        "knows_second": bool(second),
    }


def _price(kind: str, first: Rates, second: Rates, in_force: Rates) -> dict[str, str | bool]:
    one, other, now = (_text(rates, kind) for rates in (first, second, in_force))
    return {"name": SHOWN[kind], "first": one, "second": other, "now": now, "differs": bool(one and other and one != other)}


def _text(rates: Rates, kind: str) -> str:
    price = next((rate.price for rate in rates if rate.kind == kind), None)
    return "" if price is None else priced(price)


def own_row(view: PriceView) -> dict[str, Any]:
    """An own price, written."""
    rule = view.rule
    amounts = [(name, priced(Decimal(text))) for name in (*KINDS, "per_call") if (text := getattr(rule, name))]
    return {
        "id": view.id,
        "provider": rule.provider,
        "model": rule.model,
        "amounts": amounts,
        "discount": f"{rule.discount_percent} %" if rule.discount_percent else "",
        "valid_from": view.price.valid_from,
        "note": view.price.note,
        "by": view.created_by,
        "is_in_force": view.is_in_force,
        "version": f"own {str(view.id)[-12:]}",
    }


def correction_row(one: CorrectionView) -> dict[str, Any]:
    """A correction, written."""
    return {
        "id": one.id,
        "reason": one.reason,
        "since": one.since,
        "until": one.until - timedelta(microseconds=1),
        "model": one.model,
        "calls": number(one.calls),
        "changed": number(one.changed),
        "delta": signed(one.delta_picos) if one.delta_picos else "$0",
        "is_done": one.finished_at is not None,
        "by": one.started_by,
        "at": one.started_at,
    }
