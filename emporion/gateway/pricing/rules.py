"""What a call cost: the list price, or the owner's own, applied to what the provider says was used. Pure, exact and quick."""

import fnmatch
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from emporion.gateway.pricing import pricelist, secondlist
from emporion.gateway.pricing.rates import Kind, Rates, discounted, parts_of, rates_of
from emporion.gateway.pricing.types import Part, Priced, PriceRule, PriceSource, Usage

OWN_KINDS = {
    "input": secondlist.KINDS["input"],
    "output": secondlist.KINDS["output"],
    "cache_read": secondlist.KINDS["cache_read"],
    "cache_write": secondlist.KINDS["cache_write"],
}
PER_CALL = Kind("requests", 1, frozenset({("family", "requests")}))


def warm() -> None:
    """Read both lists now; for a thread of the data plane's start."""
    pricelist.warm()
    secondlist.warm()


def price(
    *, provider: str, model: str, usage: Usage, at: datetime, overrides: Sequence[PriceRule] = (), asked: str = ""
) -> Priced:
    """What a call cost by the price in force at that moment.

    `model` is the one that answered, `asked` the one that was asked for, which is tried where the list does not know the first
    (a deployment's name, a private tuning). `overrides` are the owner's own rules; only theirs may be handed in.
    """
    rule = rule_for(overrides, provider=provider, model=model or asked, at=at) if overrides else None
    found = pricelist.find(provider, model or asked, at, usage.context)
    if found is None and asked and model and asked != model:
        found = pricelist.find(provider, asked, at, usage.context)
        rule = rule or (rule_for(overrides, provider=provider, model=asked, at=at) if overrides else None)
    if rule is not None:
        return _by_rule(rule, found, usage)
    if found is None or not (usage.is_known or _is_per_call_alone(found.rates)):
        return Priced()
    parts, doubt = parts_of(found.rates, usage.counts)
    second = secondlist.find(found.provider, model or asked, at, usage.context)
    source = PriceSource.ESTIMATE if usage.is_estimate else PriceSource.LIST
    return Priced(
        cost_picos=_total(parts),
        source=source,
        version=pricelist.version(),
        parts=parts,
        second_cost_picos=None if second is None else _total(parts_of(second, usage.counts)[0]),
        second_version="" if second is None else secondlist.version(),
        doubt=doubt,
    )


def _is_per_call_alone(rates: Rates) -> bool:
    return all(rate.kind == "requests" for rate in rates)


def _total(parts: Iterable[Part]) -> int:
    return sum(part.cost_picos for part in parts)


def _by_rule(rule: PriceRule, found: pricelist.Found | None, usage: Usage) -> Priced:
    """The cost by a rule of the owner's: own prices, or the list's less a discount, and what each call costs beside it."""
    own = own_rates(rule)
    rates = own or (found.rates if found else ())
    if rule.discount_percent and not own:
        rates = discounted(rates, Decimal(rule.discount_percent))
    per_call = rates_of([(PER_CALL, Decimal(rule.per_call), ())]) if rule.per_call else ()
    if not per_call and not (rates and usage.is_known):
        return Priced(rule_id=rule.rule_id)
    parts, doubt = parts_of((*rates, *per_call), usage.counts)
    source = PriceSource.DISCOUNT if rule.discount_percent and not own else PriceSource.OWN
    return Priced(
        cost_picos=_total(parts),
        source=PriceSource.ESTIMATE if usage.is_estimate and rates else source,
        version=version_of(rule, uses_list=bool(rates) and not own),
        parts=parts,
        rule_id=rule.rule_id,
        doubt=doubt,
    )


def own_rates(rule: PriceRule) -> Rates:
    """The rule's own prices for tokens; empty where it only discounts or prices the call as such.

    Text "0" is a price, empty text is none: a free model stays free, and a forgotten field does not make one.
    """
    prices = {name: getattr(rule, name) for name in OWN_KINDS}
    if not prices["input"] and not prices["output"]:
        return ()
    return rates_of((OWN_KINDS[name], Decimal(text), ()) for name, text in prices.items() if text)


def version_of(rule: PriceRule, *, uses_list: bool) -> str:
    """How a cost by a rule names its price, so that the figure can be traced back to it."""
    name = f"own {str(rule.rule_id)[-12:]}"
    return f"{name}, {pricelist.version()}" if uses_list else name


def rule_for(rules: Sequence[PriceRule], *, provider: str, model: str, at: datetime) -> PriceRule | None:
    """The rule that a call falls under: of those in force, the one that names it most closely, then the newest."""
    name, model = provider.lower(), model.lower()
    best: PriceRule | None = None
    best_rank: tuple[object, ...] = ()
    for rule in rules:
        if rule.provider and rule.provider.lower() != name:
            continue
        if rule.valid_from is not None and rule.valid_from > at:
            continue
        if not fnmatch.fnmatchcase(model, rule.model.lower() or "*"):
            continue
        rank = (
            "*" not in rule.model and bool(rule.model),
            len(rule.model.replace("*", "")),
            bool(rule.provider),
            rule.valid_from.timestamp() if rule.valid_from else 0,
        )
        if best is None or rank > best_rank:
            best, best_rank = rule, rank
    return best


def by_organisation(rules: Iterable[PriceRule]) -> Mapping[UUID, tuple[PriceRule, ...]]:
    """Whose rules are whose: a call is priced with its own organisation's only."""
    grouped: dict[UUID, list[PriceRule]] = {}
    for rule in rules:
        grouped.setdefault(rule.organisation_id, []).append(rule)
    return {organisation_id: tuple(own) for organisation_id, own in grouped.items()}
