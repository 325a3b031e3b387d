"""The reports that agents may ask for: each tool's name, words and arguments, which are checked before anything is answered."""

from collections.abc import Mapping

import mcp_types as types

from emporion.insights.api import presenting, rules
from emporion.insights.reports.types import Interval
from emporion.insights.sites.types import AttributionModel

MOST_VALUES = 200
MOST_VISITS = 50
USUAL_VALUES = 20
USUAL_VISITS = 10
# Where a visit has several values of a dimension, or a visitor too many, a funnel is not told apart by it.
FUNNEL_PARTS = ("device", "source", "country")

_ID = "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"
_WEBSITE = {"website_id": {"type": "string", "description": "From `websites`; needed only for a key that opens several."}}
_PERIOD = {
    "start_date": {"type": "string", "description": "2026-05-01, today, yesterday, or 7d for the last seven days. Default 30d."},
    "end_date": {"type": "string", "description": "The last day, included. Default today."},
    "timezone": {"type": "string", "description": "IANA name. Default: the website's own."},
    "filters": {
        "type": "object",
        "description": "What visits must be like. Values: `DE`, `DE,FR`, `is_not:DE`, `contains:blog`.",
        "properties": {name: {"type": "string"} for name in rules.FILTERS},
        "additionalProperties": False,
    },
    "attribution": {
        "type": "string",
        "enum": [model.value for model in AttributionModel],
        "description": "Which visits before a payment earn it. Default: the website's own model.",
    },
}


def _limit(usual: int, most: int) -> dict[str, object]:
    return {"limit": {"type": "integer", "minimum": 1, "maximum": most, "default": usual}}


def _tool(
    name: str, title: str, description: str, properties: Mapping[str, object], required: tuple[str, ...] = ()
) -> types.Tool:
    return types.Tool(
        name=name,
        title=title,
        description=description,
        input_schema={
            "type": "object",
            "properties": dict(properties),
            "required": list(required),
            "additionalProperties": False,
        },
        annotations=types.ToolAnnotations(read_only_hint=True, open_world_hint=False),
    )


TOOLS = (
    _tool("websites", "Websites", "The websites that this key opens, with their currency and time zone.", {}),
    _tool(
        "overview",
        "Headline figures",
        "Visitors, sessions, bounce rate, revenue, payments, revenue per visitor and conversion rate of a period.",
        _WEBSITE | _PERIOD,
    ),
    _tool(
        "timeseries",
        "Figures over time",
        "Visitors, sessions, revenue and payments in steps of an hour, a day, a week or a month.",
        _WEBSITE | _PERIOD | {"interval": {"type": "string", "enum": [one.value for one in Interval], "default": "day"}},
    ),
    _tool(
        "breakdown",
        "Figures by a dimension",
        "Which sources, pages, countries, devices, campaigns or goals brought visitors and money, the strongest first.",
        _WEBSITE | _PERIOD | {"by": {"type": "string", "enum": list(presenting.BREAKDOWNS)}} | _limit(USUAL_VALUES, MOST_VALUES),
        ("by",),
    ),
    _tool("realtime", "Visitors now", "How many visitors did something in the last five minutes.", _WEBSITE),
    _tool(
        "visitors",
        "Visitors",
        "Who came in a period, the latest first: where from, with what, how often, which goals, what they paid in it.",
        _WEBSITE
        | _PERIOD
        | {"search": {"type": "string", "maxLength": 200, "description": "A part of what identify told, or how an id begins."}}
        | _limit(USUAL_VALUES, MOST_VALUES)
        | {"offset": {"type": "integer", "minimum": 0, "maximum": 1_000_000, "default": 0}},
    ),
    _tool(
        "visitor",
        "One visitor's journey",
        "Every visit of one visitor, the latest first, with each page, goal and payment in the order of its time.",
        _WEBSITE
        | {"visitor_id": {"type": "string", "pattern": _ID, "description": "From `visitors`."}}
        | _limit(USUAL_VISITS, MOST_VISITS),
        ("visitor_id",),
    ),
    _tool("funnels", "Funnels", "The saved funnels of a website with their steps.", _WEBSITE),
    _tool(
        "funnel",
        "One funnel's steps",
        "How many visitors reached each step of a saved funnel in its order and in time, and what those were worth."
        " `conversion_rate` is the share of the first step's visitors, `step_conversion_rate` of the step's before, in per cent.",
        _WEBSITE
        | _PERIOD
        | {
            "funnel_id": {"type": "string", "pattern": _ID, "description": "From `funnels`."},
            "by": {"type": "string", "enum": list(FUNNEL_PARTS), "description": "Also of each of the commonest values."},
        },
        ("funnel_id",),
    ),
)
