"""Costs in the FinOps Open Cost and Usage Specification, version 1.2: a row for each day, API, model, team and feature.

All columns that 1.2 makes mandatory are there; what is ours has `x_` before its name. A charge without tokens is metered in
requests. Corrections of prices are rows of the class `Correction`, as the specification has it, so that sums agree with the page.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import msgspec

from emporion.nexus.costs.amounts import decimal_of
from emporion.nexus.costs.exporting import Cell
from emporion.nexus.costs.periods import DAY, add_months, midnight
from emporion.nexus.costs.reading import COLUMNS, store, text_of
from emporion.nexus.costs.types import Question
from emporion.plumbing.types import Actor, Permission
from emporion.store.query import Parameter
from emporion.store.rollups import CORRECTED

VERSION = "1.2"
COLUMN_NAMES = (
    *("BilledCost", "BillingAccountId", "BillingAccountName", "BillingAccountType", "BillingCurrency", "BillingPeriodEnd"),
    *("BillingPeriodStart", "ChargeCategory", "ChargeClass", "ChargeDescription", "ChargeFrequency", "ChargePeriodEnd"),
    *(
        "ChargePeriodStart",
        "ConsumedQuantity",
        "ConsumedUnit",
        "ContractedCost",
        "EffectiveCost",
        "InvoiceIssuerName",
        "ListCost",
    ),
    *("PricingCategory", "PricingCurrency", "PricingQuantity", "PricingUnit", "ProviderName", "PublisherName", "ResourceId"),
    *(
        "ResourceName",
        "ResourceType",
        "ServiceCategory",
        "ServiceName",
        "ServiceSubcategory",
        "SkuId",
        "SkuMeter",
        "SubAccountId",
    ),
    *("SubAccountName", "SubAccountType", "Tags", "x_Team", "x_Feature", "x_Environment", "x_Calls", "x_InputTokens"),
    *("x_OutputTokens", "x_CacheReadTokens", "x_CacheWriteTokens"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Who pays and for which project: the names that the specification asks for."""

    organisation_id: UUID
    organisation: str
    project_id: UUID
    project: str


class _Charge(msgspec.Struct):
    day: date
    is_correction: bool
    api_id: UUID
    provider: str
    model: str
    team: str
    feature: str
    environment: str
    calls: int
    cost_picos: int
    input_tokens: int
    output_tokens: int
    cache_read_tokens: int
    cache_write_tokens: int


_CHARGES = f"""
SELECT toDate(at) AS day, toBool(outcome = '{CORRECTED}') AS is_correction, api_id, provider, model, team, feature,
  environment, sum(calls) AS calls, sum(cost_picos) AS cost_picos, sum(input_tokens) AS input_tokens,
  sum(output_tokens) AS output_tokens, sum(cache_read_tokens) AS cache_read_tokens, sum(cache_write_tokens) AS cache_write_tokens
FROM api_hours WHERE project_id = {{project:UUID}} AND at >= {{since:DateTime64(3)}}
  AND at < {{until:DateTime64(3)}}"""  # noqa: S608 -- own words


def focus_rows(actor: Actor, question: Question, account: Account, names: dict[UUID, str]) -> Iterator[list[Cell]]:
    """The charges of a stretch of time as rows of FOCUS, day by day."""
    actor.require(Permission.VIEW, question.project_id)
    params: dict[str, Parameter] = {"project": question.project_id, "since": question.span.since, "until": question.span.until}
    conditions = [""]
    for by, value in question.narrowed.items():
        if COLUMNS[by] == "customer":
            continue  # sums by the hour know no customer; the page says so
        conditions.append(f"{text_of(by)} = {{only_{by}:String}}")
        params[f"only_{by}"] = value
    keys = "day, is_correction, api_id, provider, model, team, feature, environment"
    text = f"{_CHARGES}{' AND '.join(conditions)} GROUP BY {keys} ORDER BY ALL SETTINGS final = 0"
    for charge in store().rows(text, params, as_=_Charge):
        if charge.calls or charge.cost_picos:
            row = {**_account(charge, account), **_charge(charge, names), **_quantities(charge)}
            yield [row[name] for name in COLUMN_NAMES]


def _account(charge: _Charge, account: Account) -> dict[str, Cell]:
    """Who pays, and when it falls due."""
    first = charge.day.replace(day=1)
    return {
        "BillingAccountId": str(account.organisation_id),
        "BillingAccountName": account.organisation,
        "BillingAccountType": "Organisation",
        "BillingCurrency": "USD",
        "BillingPeriodStart": _instant(first),
        "BillingPeriodEnd": _instant(add_months(first, 1)),
        "ChargePeriodStart": _instant(charge.day),
        "ChargePeriodEnd": _instant((midnight(charge.day) + DAY).date()),
        "SubAccountId": str(account.project_id),
        "SubAccountName": account.project,
        "SubAccountType": "Project",
    }


def _charge(charge: _Charge, names: dict[UUID, str]) -> dict[str, Cell]:
    """What was charged for."""
    api = names.get(charge.api_id, str(charge.api_id))
    provider = charge.provider or api
    subject = f"{api} · {charge.model}" if charge.model else api
    tags = {"team": charge.team, "feature": charge.feature, "environment": charge.environment}
    return {
        "ChargeCategory": "Usage",
        "ChargeClass": "Correction" if charge.is_correction else "",
        "ChargeDescription": f"Correction: {subject}" if charge.is_correction else f"Calls of {subject}",
        "ChargeFrequency": "Usage-Based",
        "InvoiceIssuerName": provider,
        "ProviderName": provider,
        "PublisherName": provider,
        "ResourceId": str(charge.api_id),
        "ResourceName": api,
        "ResourceType": "API",
        "ServiceCategory": "AI and Machine Learning" if charge.model else "Other",
        "ServiceName": api,
        "ServiceSubcategory": "Generative AI" if charge.model else "Other (Other)",
        "SkuId": f"{charge.provider}/{charge.model}" if charge.model else str(charge.api_id),
        "Tags": json.dumps({name: value for name, value in tags.items() if value}, ensure_ascii=False),
        "x_Team": charge.team,
        "x_Feature": charge.feature,
        "x_Environment": charge.environment,
    }


def _quantities(charge: _Charge) -> dict[str, Cell]:
    """How much of it, and what it cost; a correction has a cost alone."""
    tokens = charge.input_tokens + charge.output_tokens
    quantity, unit = (tokens, "Tokens") if tokens else (charge.calls, "Requests")
    cost = decimal_of(charge.cost_picos)
    return {
        "BilledCost": cost,
        "ContractedCost": cost,
        "EffectiveCost": cost,
        "ListCost": cost,
        "PricingCategory": "Standard",
        "PricingCurrency": "USD",
        "ConsumedQuantity": "" if charge.is_correction else quantity,
        "ConsumedUnit": "" if charge.is_correction else unit,
        "PricingQuantity": "" if charge.is_correction else quantity,
        "PricingUnit": "" if charge.is_correction else unit,
        "SkuMeter": unit,
        "x_Calls": charge.calls,
        "x_InputTokens": charge.input_tokens,
        "x_OutputTokens": charge.output_tokens,
        "x_CacheReadTokens": charge.cache_read_tokens,
        "x_CacheWriteTokens": charge.cache_write_tokens,
    }


def _instant(day: date) -> str:
    return f"{day.isoformat()}T00:00:00Z"
