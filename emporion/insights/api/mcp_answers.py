"""What the tools answer: each reads its arguments as the API does its parameters, and asks the same reports."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from emporion.insights.api import mcp_rows, presenting, rules
from emporion.insights.api.access import website_of
from emporion.insights.api.errors import VisitorNotFound
from emporion.insights.api.mcp_tools import USUAL_VALUES, USUAL_VISITS
from emporion.insights.api.types import KeyHolder
from emporion.insights.goals import queries as goals
from emporion.insights.reports import queries as reports
from emporion.insights.reports.types import Dimension, Interval, Page, ReportQuery
from emporion.insights.revenue import queries as revenue
from emporion.insights.sites.queries import site_of, sites_of
from emporion.insights.sites.types import AttributionModel, SiteView
from emporion.kernel.clock import utcnow

Given = Mapping[str, Any]


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
    found = reports.breakdown(query, dimension, Page(limit=given.get("limit", USUAL_VALUES)), actor=holder.actor)
    rows = [presenting.breakdown_row(row, dimension, name, site.currency) for row in found.rows]
    return _head(query, site) | {
        "values": [row.model_dump(mode="json", exclude_none=True) for row in rows],
        "count": found.count,
    }


def _realtime(holder: KeyHolder, given: Given) -> object:
    site = _website(holder, given)
    return {"domain": site.domain, "visitors": reports.visitors_now(site.id, actor=holder.actor, now=utcnow())}


def _visitors(holder: KeyHolder, given: Given) -> object:
    query, site = _question(holder, given)
    page = Page(limit=given.get("limit", USUAL_VALUES), offset=given.get("offset", 0), search=given.get("search", "").strip())
    found = reports.visitors(query, page, actor=holder.actor)
    rows = [mcp_rows.visitor_line(one, site.currency) for one in found.rows]
    return _head(query, site) | {
        "currency": site.currency,
        "visitors": [row.model_dump(mode="json", exclude_none=True) for row in rows],
        "count": found.count,
    }


def _visitor(holder: KeyHolder, given: Given) -> object:
    site, visitor_id = _website(holder, given), UUID(given["visitor_id"])
    visits = reports.sessions_of_visitor(site.id, visitor_id, actor=holder.actor)
    if not visits:
        raise VisitorNotFound(next_step="Take an id from the tool `visitors`.", visitor_id=visitor_id)
    rows = [mcp_rows.visit_line(one) for one in visits[: given.get("limit", USUAL_VISITS)]]
    paid = [mcp_rows.payment_line(one) for one in revenue.payments_of_visitor(holder.actor, site.id, visitor_id)]
    return {
        "domain": site.domain,
        "visitor_id": str(visitor_id),
        "user_id": next((one.user_ref for one in visits if one.user_ref), None),
        "count": len(visits),
        "visits": [row.model_dump(mode="json", exclude_none=True) for row in rows],
        "payments": [row.model_dump(mode="json", exclude_none=True) for row in paid],
    }


def _funnels(holder: KeyHolder, given: Given) -> object:
    site = _website(holder, given)
    rows = map(mcp_rows.funnel_line, goals.funnels_of(holder.actor, site.id))
    return {"domain": site.domain, "funnels": [row.model_dump(mode="json", exclude_none=True) for row in rows]}


def _funnel(holder: KeyHolder, given: Given) -> object:
    query, site = _question(holder, given)
    funnel = goals.funnel(holder.actor, site.id, UUID(given["funnel_id"]))
    by = Dimension(given["by"]) if "by" in given else None
    found = reports.funnel(query, funnel.steps, funnel.window.seconds, actor=holder.actor, by=by)
    steps = mcp_rows.reached_lines(found.results, site.currency)
    parts = [mcp_rows.part_line(one, site.currency) for one in found.parts]
    return _head(query, site) | {
        "currency": site.currency,
        "name": funnel.name,
        "window": funnel.window.value,
        "steps": [step.model_dump(mode="json", exclude_none=True) for step in steps],
        "parts": [part.model_dump(mode="json", exclude_none=True) for part in parts],
    }


ANSWERS: Mapping[str, Callable[[KeyHolder, Given], object]] = {
    "websites": _websites,
    "overview": _overview,
    "timeseries": _timeseries,
    "breakdown": _breakdown,
    "realtime": _realtime,
    "visitors": _visitors,
    "visitor": _visitor,
    "funnels": _funnels,
    "funnel": _funnel,
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
