"""The parameters of each address, for the published description: `rules` reads them, whose errors say more than a schema."""

from emporion.insights.api.rules import FILTERS
from emporion.insights.sites.types import AttributionModel

Described = dict[str, object]


def _parameter(name: str, text: str, **schema: object) -> Described:
    return {"name": name, "in": "query", "required": False, "description": text, "schema": {"type": "string", **schema}}


_WEBSITE = _parameter("websiteId", "Which website, for a key that opens several.")
_ZONE = _parameter("timezone", "The zone in which days begin, such as Europe/Paris; the website's own if empty.")
_MODEL = _parameter("model", "How payments are credited; the website's own model if empty.", enum=list(AttributionModel))
_LIMIT = _parameter("limit", "How many rows.", type="integer", minimum=1)
_OFFSET = _parameter("offset", "After how many rows to begin.", type="integer", minimum=0)
_VISITOR = _parameter("datafast_visitor_id", "The visitor whose payments are meant.")
_PERIOD = (
    _parameter("startAt", "A day or an instant (ISO 8601); together with endAt."),
    _parameter("endAt", "A day, included, or an instant (ISO 8601)."),
)
_FILTERS = tuple(
    _parameter(f"filter_{name}", "A value, several with commas, or is_not:, contains: or does_not_contain: and a value.")
    for name in FILTERS
)
_DAYS = (
    _parameter("start_date", "A day such as 2026-05-01, today, yesterday or 7d."),
    _parameter("end_date", "A day, included; today if empty."),
)
_FIELDS = _parameter("fields", "Which fields, with commas; all if empty.")
_INTERVAL = _parameter("interval", "The steps.", enum=["hour", "day", "week", "month"])


def _of(*parameters: Described) -> Described:
    return {"parameters": [_WEBSITE, *parameters]}


WEBSITE = _of()
OVERVIEW = _of(*_PERIOD, _ZONE, _MODEL, _FIELDS, *_FILTERS)
SERIES = _of(*_PERIOD, _ZONE, _MODEL, _FIELDS, _INTERVAL, _LIMIT, _OFFSET, *_FILTERS)
BREAKDOWN = _of(*_PERIOD, _ZONE, _MODEL, _LIMIT, _OFFSET, *_FILTERS)
VISITORS = _of(
    *_PERIOD,
    _ZONE,
    _LIMIT,
    _OFFSET,
    _parameter("visitedPage", "Who saw this page."),
    _parameter("visitedPageContains", "Who saw a page whose path has this in it."),
    _parameter("completedGoal", "Who reached this goal."),
    *_FILTERS,
)
PAYMENTS = _of(_parameter("transaction_id", "The payment that is meant."), _VISITOR, *_PERIOD)
SHORT = _of(*_DAYS, _ZONE, _MODEL, *_FILTERS)
