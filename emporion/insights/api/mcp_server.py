"""The reports as tools for agents: an MCP server at /mcp/insights, opened by the same keys as the API, held to the same plan."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, cast

import mcp_types as types
import msgspec
from asgiref.sync import sync_to_async
from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match
from mcp.server.lowlevel import Server
from starlette.types import Scope

from emporion.insights.api import presenting, rules
from emporion.insights.api.access import count_request, holder_for, website_of
from emporion.insights.api.types import KeyHolder
from emporion.insights.reports import queries as reports
from emporion.insights.reports.types import Interval, Page, ReportQuery
from emporion.insights.sites.plans import api_limit
from emporion.insights.sites.queries import site_of, sites_of
from emporion.insights.sites.types import AttributionModel, SiteView
from emporion.kernel.clock import utcnow
from emporion.kernel.errors import DomainError
from emporion.plumbing.mcp import CheckedServer, Context, caller_of, refused

Given = Mapping[str, Any]
MOST_VALUES = 200

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
        _WEBSITE
        | _PERIOD
        | {
            "by": {"type": "string", "enum": list(presenting.BREAKDOWNS)},
            "limit": {"type": "integer", "minimum": 1, "maximum": MOST_VALUES, "default": 20},
        },
        ("by",),
    ),
    _tool("realtime", "Visitors now", "How many visitors did something in the last five minutes.", _WEBSITE),
)


def _websites(holder: KeyHolder, given: Given) -> object:
    sites = [site_of(holder.actor, holder.site_id)] if holder.site_id else sites_of(holder.actor)
    return [
        {"website_id": one.public_id, "domain": one.domain, "name": one.name, "currency": one.currency, "timezone": one.time_zone}
        for one in sites
    ]


def _overview(holder: KeyHolder, given: Given) -> object:
    query, site = _question(holder, given)
    found = reports.overview(query, actor=holder.actor)
    row = presenting.overview_row(found.total, site.currency, presenting.OVERVIEW_FIELDS)
    return _head(query, site) | row.model_dump(mode="json", exclude_none=True) | {"currency": site.currency}


def _timeseries(holder: KeyHolder, given: Given) -> object:
    query, site = _question(holder, given)
    query = replace(query, interval=Interval(given.get("interval", "day")))
    found = reports.overview(query, actor=holder.actor)
    rows = [presenting.series_row(one, query.interval, site.currency, presenting.SERIES_FIELDS) for one in found.points]
    return _head(query, site) | {"steps": [row.model_dump(mode="json", exclude_none=True) for row in rows]}


def _breakdown(holder: KeyHolder, given: Given) -> object:
    query, site = _question(holder, given)
    dimension, name = presenting.BREAKDOWNS[given["by"]]
    found = reports.breakdown(query, dimension, Page(limit=given.get("limit", 20)), actor=holder.actor)
    rows = [presenting.breakdown_row(row, dimension, name, site.currency) for row in found.rows]
    return _head(query, site) | {
        "values": [row.model_dump(mode="json", exclude_none=True) for row in rows],
        "count": found.count,
    }


def _realtime(holder: KeyHolder, given: Given) -> object:
    site = _website(holder, given)
    return {"domain": site.domain, "visitors": reports.visitors_now(site.id, actor=holder.actor, now=utcnow())}


_ANSWERS: Mapping[str, Callable[[KeyHolder, Given], object]] = {
    "websites": _websites,
    "overview": _overview,
    "timeseries": _timeseries,
    "breakdown": _breakdown,
    "realtime": _realtime,
}


def _website(holder: KeyHolder, given: Given) -> SiteView:
    return website_of(holder, given.get("website_id", ""), field="website_id")


def _question(holder: KeyHolder, given: Given) -> tuple[ReportQuery, SiteView]:
    """The question of a tool's arguments, in the words of the short addresses."""
    site = _website(holder, given)
    params = {name: given[name] for name in ("start_date", "end_date", "timezone") if name in given}
    params |= {f"filter_{name}": value for name, value in given.get("filters", {}).items()}
    query = rules.short_question(params, site, now=utcnow())
    return replace(query, model=AttributionModel(given.get("attribution", site.attribution_model))), site


def _head(query: ReportQuery, site: SiteView) -> dict[str, object]:
    first, last = rules.days_of(query)
    return {"domain": site.domain, "start_date": first, "end_date": last, "attribution": query.model.value}


async def _list_tools(context: Context, params: types.PaginatedRequestParams | None) -> types.ListToolsResult:
    return types.ListToolsResult(tools=list(TOOLS))


async def _call_tool(context: Context, params: types.CallToolRequestParams) -> types.CallToolResult:
    tool = next((one for one in TOOLS if one.name == params.name), None)
    if tool is None:
        return refused(f"There is no tool {params.name!r}. There are: {', '.join(_ANSWERS)}.")
    given = params.arguments or {}
    if fault := _fault(tool, given):
        return refused(fault)
    holder = cast("KeyHolder", caller_of(context))
    try:
        answer = await sync_to_async(_ANSWERS[tool.name])(holder, given)
    except DomainError as error:
        return refused(f"{error.message} {error.step}".strip())
    structured = answer if isinstance(answer, dict) else {"items": answer}
    text = msgspec.json.encode(structured).decode()
    return types.CallToolResult(content=[types.TextContent(type="text", text=text)], structured_content=structured)


def _fault(tool: types.Tool, given: Given) -> str:
    """What does not fit a tool's own schema, in words; empty when everything does."""
    found = best_match(Draft202012Validator(tool.input_schema).iter_errors(given))
    return f"{found.json_path}: {found.message}" if found else ""


def _check(scope: Scope, token: str, now: datetime) -> KeyHolder:
    """Whose key it is; each message counts against the plan's minute like a request of the API."""
    client = scope.get("client")
    holder = holder_for(token, address=client[0] if client else "", now=now)
    count_request(holder, limit=api_limit(holder.actor.organisation), now=now)
    return holder


_server: Server[Any] = Server(
    "emporion-insights",
    version="1",
    title="Insights",
    instructions="Figures of websites with the money that visits brought. Amounts are in major units of the named currency.",
    on_list_tools=_list_tools,
    on_call_tool=_call_tool,
)
application = CheckedServer(_server, _check)
