"""From a question to SQL: every value of the question is bound, the text is made of this module's own words alone."""

from collections.abc import Mapping
from datetime import datetime

from emporion.insights.reports import days
from emporion.insights.reports.days import Covered
from emporion.insights.reports.sql import Bound, Sql
from emporion.insights.reports.types import Dimension, Filter, Interval, Metric, Operator, Page, Period, ReportQuery
from emporion.insights.sites.types import AttributionModel

_COLUMNS: Mapping[Dimension, str] = {
    Dimension.SOURCE: "source",
    Dimension.REFERRER: "referrer",
    Dimension.CHANNEL: "channel",
    Dimension.UTM_SOURCE: "utm_source",
    Dimension.UTM_MEDIUM: "utm_medium",
    Dimension.UTM_CAMPAIGN: "utm_campaign",
    Dimension.UTM_TERM: "utm_term",
    Dimension.UTM_CONTENT: "utm_content",
    Dimension.PAGE: "pages",
    Dimension.ENTRY_PAGE: "entry_path",
    Dimension.EXIT_PAGE: "exit_path",
    Dimension.HOSTNAME: "host",
    Dimension.COUNTRY: "country",
    Dimension.REGION: "region",
    Dimension.CITY: "city",
    Dimension.DEVICE: "device",
    Dimension.BROWSER: "browser",
    Dimension.SYSTEM: "system",
    Dimension.LANGUAGE: "language",
    Dimension.GOAL: "goals",
    Dimension.VISITOR_KIND: "if(number > 1, 'returning', 'new')",
}
LISTS = frozenset({Dimension.PAGE, Dimension.GOAL})
# What tells how long before a visit the visitor's last one with the same value began.
_AGO: Mapping[Dimension, str] = {
    Dimension.SOURCE: "source_ago",
    Dimension.COUNTRY: "country_ago",
    Dimension.DEVICE: "device_ago",
    Dimension.PAGE: "page_ago",
    Dimension.GOAL: "goal_ago",
}
# Seconds of the period that were over when a visit began: one with the same value longer ago lies before the period.
_AGE = "toUInt32(toUnixTimestamp(started_at) - toUnixTimestamp({start:DateTime64(3)}))"
_MODELS: Mapping[AttributionModel, str] = {model: model.value for model in AttributionModel}

# A hash of the id counts the same visitors in half the time.
VISITOR = "cityHash64(visitor_id)"

_STEP = "roundDown(toUnixTimestamp({moment}), {{starts:Array(UInt32)}})"
_SESSION_SUMS = """
  {visitors} AS visitors, {count} AS sessions, {pageviews} AS pageviews,
  countIf(is_bounce{once}) AS bounces, {duration} AS duration_ms
"""


def _session_figures(visitors: str) -> str:
    return _SESSION_SUMS.format(
        visitors=visitors, count="count()", pageviews="sum(pageviews)", once="", duration="sum(duration_ms)"
    )


_VISIT_FIGURES = f"{_session_figures(f'uniqExact({VISITOR})')}, intDiv(duration_ms, 1000) AS duration_seconds"
_NO_VISIT_FIGURES = "0 AS visitors, 0 AS sessions, 0 AS pageviews, 0 AS bounces, 0 AS duration_ms"
_NO_MONEY_FIGURES = "0 AS payments, 0 AS paying_visitors, toInt64(0) AS revenue_minor"
FIGURES = ("visitors", "sessions", "pageviews", "bounces", "duration_seconds", "payments", "paying_visitors", "revenue_minor")
_SUMS = ", ".join(
    f"intDiv(sum(part.duration_ms), 1000) AS {name}" if name == "duration_seconds" else f"sum(part.{name}) AS {name}"
    for name in (*FIGURES, "completions")
)
_ADDED = f"visitors, sessions, pageviews, bounces, duration_ms, {_NO_MONEY_FIGURES}, completions"
_ORDERS: Mapping[Metric, str] = {
    Metric.VISITORS: "visitors",
    Metric.REVENUE: "revenue_minor",
    Metric.REVENUE_PER_VISITOR: "if(visitors > 0, revenue_minor / visitors, 0)",
    Metric.CONVERSION_RATE: "if(visitors > 0, paying_visitors / visitors, 0)",
    Metric.SESSIONS: "sessions",
    Metric.PAGEVIEWS: "pageviews",
    Metric.BOUNCE_RATE: "if(sessions > 0, bounces / sessions, 0)",
    Metric.DURATION: "if(sessions > 0, duration_seconds / sessions, 0)",
    Metric.PAYMENTS: "payments",
}


def column_of(dimension: Dimension) -> str:
    """The column, or the words of one, that hold a dimension."""
    return _COLUMNS[dimension]


def earned(model: AttributionModel) -> str:
    """The column of what visits earned under a model."""
    return _MODELS[model]


def credit_figures(model: AttributionModel) -> str:
    """What visits earned under a model; what was paid back lowers the revenue and is no payment."""
    column = _MODELS[model]
    paid = f"`{column}` != 0 AND NOT is_refund"
    return (
        f"uniqExactIf(payment_id, {paid}) AS payments, "
        f"uniqExactIf(visitor_id, {paid} AND visitor_id != toUUID('00000000-0000-0000-0000-000000000000')) AS paying_visitors, "
        f"sum(`{column}`) AS revenue_minor"
    )


def conditions(filters: tuple[Filter, ...]) -> Sql:
    """What a visit must be like to count; a list of pages or goals is asked whether any of it is like that."""
    texts, params = [], {}
    for number, one in enumerate(filters):
        name = f"filter_{number}"
        texts.append(_condition(one, f"{{{name}:Array(String)}}"))
        params[name] = list(one.values)
    return Sql(text="".join(f" AND {text}" for text in texts), params=params)


def _condition(one: Filter, values: str) -> str:
    column, is_list = _COLUMNS[one.dimension], one.dimension in LISTS
    if one.operator in (Operator.IS, Operator.IS_NOT):
        text = f"hasAny({column}, {values})" if is_list else f"{column} IN {values}"
    else:
        # `position` with each value, because a search for many at once takes neither an empty one nor dictionaries.
        found = f"arrayExists(part -> positionCaseInsensitiveUTF8(toString(whole), part) > 0, {values})"
        text = f"arrayExists(whole -> {found}, {column})" if is_list else found.replace("whole", column)
    return f"NOT ({text})" if one.operator in (Operator.IS_NOT, Operator.DOES_NOT_CONTAIN) else f"({text})"


def sessions_where(query: ReportQuery, period: Period, covered: Covered | None = None) -> Sql:
    """The visits of a period that the question is about, from FROM on; without those of days that are added up."""
    found = _where("site_sessions", "started_at", query, period)
    if covered is None:
        return found
    params: dict[str, Bound] = dict(found.params)
    for number, one in enumerate(covered.rest):
        params |= {f"from_{number}": one.start, f"until_{number}": one.end}
    stretches = (
        f"started_at >= {{from_{number}:DateTime64(3)}} AND started_at < {{until_{number}:DateTime64(3)}}"
        for number in range(len(covered.rest))
    )
    return Sql(text=f"{found.text} AND ({' OR '.join(stretches) or 'false'})", params=params)


def credits_where(query: ReportQuery, period: Period) -> Sql:
    """The money of a period that the question is about, from FROM on."""
    found = _where("site_credits", "paid_at", query, period)
    return Sql(text=f"{found.text} AND currency = {{currency:String}}", params={**found.params, "currency": query.currency})


def _where(table: str, moment: str, query: ReportQuery, period: Period) -> Sql:
    asked = conditions(query.filters)
    text = (
        f"FROM {table} WHERE site_id = {{site:UUID}} AND NOT is_deleted"
        f" AND {moment} >= {{start:DateTime64(3)}} AND {moment} < {{end:DateTime64(3)}}{asked.text}"
    )
    return Sql(text=text, params={"site": query.site_id, "start": period.start, "end": period.end, **asked.params})


def session_series(query: ReportQuery, period: Period, starts: tuple[datetime, ...], covered: Covered | None = None) -> Sql:
    """The figures of visits by step, and of the whole period in the row of step 0."""
    if query.filters or query.interval is Interval.HOUR:
        covered = None
    where = sessions_where(query, period, covered)
    if query.filters:
        return _by_step("started_at", _VISIT_FIGURES, where, starts)
    # Of everybody's visits the first one in a step is told by the visit before it: no visitor need be remembered.
    first = f"previous_at < fromUnixTimestamp({_STEP.format(moment='started_at')})"
    sums = "count() AS sessions, sum(pageviews) AS pageviews, countIf(is_bounce) AS bounces"
    inner = (
        f"SELECT {_STEP.format(moment='started_at')} AS step, countIf({first}) AS visitors,"
        f" countIf(previous_at < {{start:DateTime64(3)}}) AS newcomers, {sums}, sum(duration_ms) AS duration_ms"
        f" {where.text} GROUP BY step"
    )
    added = days.series(covered, starts) if covered else Sql(text="")
    both = f"{inner} UNION ALL {added.text}" if covered else inner
    text = (
        "SELECT step, sum(if(step = 0, newcomers, visitors)) AS visitors, sum(part.sessions) AS sessions,"  # noqa: S608
        " sum(part.pageviews) AS pageviews, sum(part.bounces) AS bounces, intDiv(sum(part.duration_ms), 1000) AS duration_seconds"
        f" FROM (SELECT arrayJoin([step, 0]) AS step, * EXCEPT step FROM ({both})) AS part GROUP BY step"
    )
    return Sql(text=text, params={**where.params, **added.params, "starts": [int(start.timestamp()) for start in starts]})


def credit_series(query: ReportQuery, period: Period, starts: tuple[datetime, ...]) -> Sql:
    """The figures of money by step, and of the whole period in the row of step 0."""
    where = credits_where(query, period)
    return _by_step("paid_at", credit_figures(query.model), where, starts)


def _by_step(moment: str, figures: str, where: Sql, starts: tuple[datetime, ...]) -> Sql:
    return Sql(
        text=f"SELECT {_STEP.format(moment=moment)} AS step, {figures} {where.text} GROUP BY step WITH ROLLUP",
        params={**where.params, "starts": [int(start.timestamp()) for start in starts]},
    )


def breakdown(query: ReportQuery, dimension: Dimension, page: Page, covered: Covered | None = None) -> Sql:
    """The figures by the values of a dimension, sorted and cut; `count` is how many values there are."""
    if not is_added_up(query, dimension):
        covered = None
    visits, money = sessions_where(query, query.period, covered), credits_where(query, query.period)
    added = days.values(covered, (dimension,)) if covered else Sql(text="")
    source = f"{_visits_by(dimension, visits, query)} UNION ALL {_money_by(dimension, money, query.model)}"
    if covered:
        source += f" UNION ALL SELECT value, {_ADDED} FROM ({added.text})"  # noqa: S608 -- own words
    search, params = _search(page)
    cut = f"LIMIT {int(page.limit)} OFFSET {int(page.offset)}"
    text = (
        f"SELECT value, {_SUMS}, count() OVER () AS count FROM ({source}) AS part{search} GROUP BY value"  # noqa: S608 -- own words
        f" ORDER BY {_ORDERS[page.sort]} DESC, visitors DESC, completions DESC, value {cut}"
    )
    return Sql(text=text, params={**visits.params, **money.params, **added.params, **params})


def breakdowns(query: ReportQuery, dimensions: tuple[Dimension, ...], page: Page, covered: Covered | None = None) -> Sql:
    """`breakdown` of several dimensions, none of them a list, in one reading; `dimension` says which one a row is of."""
    if not all(is_added_up(query, one) for one in dimensions):
        covered = None
    visits, money = sessions_where(query, query.period, covered), credits_where(query, query.period)
    added = days.values(covered, dimensions) if covered else Sql(text="")
    columns = [_COLUMNS[one] for one in dimensions]
    sets = f"GROUP BY GROUPING SETS ({', '.join(f'({column})' for column in columns)})"
    names = ", ".join(f"grouping({_COLUMNS[one]}) = 0, '{one.value}'" for one in dimensions)
    values = ", ".join(f"grouping({column}) = 0, toString({column})" for column in columns)
    which = f"multiIf({names}, '') AS dimension, multiIf({values}, '') AS value"
    visitors = ", ".join(f"grouping({_COLUMNS[one]}) = 0, {_visitors(one, query)}" for one in dimensions)
    figures = _session_figures(f"multiIf({visitors}, 0)")
    source = (
        f"SELECT {which}, {figures}, {_NO_MONEY_FIGURES}, 0 AS completions {visits.text} {sets} UNION ALL "
        f"SELECT {which}, {_NO_VISIT_FIGURES}, {credit_figures(query.model)}, 0 AS completions {money.text} {sets}"
    )
    if covered:
        source += f" UNION ALL SELECT dimension, value, {_ADDED} FROM ({added.text})"  # noqa: S608 -- own words
    search, params = _search(page)
    text = (
        f"SELECT dimension, value, {_SUMS}, count() OVER (PARTITION BY dimension) AS count FROM ({source}) AS part{search}"  # noqa: S608 -- own words
        f" GROUP BY dimension, value ORDER BY {_ORDERS[page.sort]} DESC, visitors DESC, value"
        f" LIMIT {int(page.limit)} BY dimension"
    )
    return Sql(text=text, params={**visits.params, **money.params, **added.params, **params})


def is_added_up(query: ReportQuery, dimension: Dimension) -> bool:
    """Whether days that are added up tell the figures by a dimension."""
    return dimension in _AGO and _is_told(query)


def _search(page: Page) -> tuple[str, dict[str, Bound]]:
    texts: list[str] = []
    params: dict[str, Bound] = {}
    if page.search:
        texts.append("positionCaseInsensitiveUTF8(value, {search:String}) > 0")
        params["search"] = page.search
    if page.values:
        texts.append("value IN {only:Array(String)}")
        params["only"] = page.values
    return f" WHERE {' AND '.join(texts)}" if texts else "", params


def _visits_by(dimension: Dimension, where: Sql, query: ReportQuery) -> str:
    column = _COLUMNS[dimension]
    if dimension not in LISTS:
        figures = _session_figures(_visitors(dimension, query))
        return f"SELECT {column} AS value, {figures}, {_NO_MONEY_FIGURES}, 0 AS completions {where.text} GROUP BY value"
    # A visit that saw a page twice is one visit of the page and two views of it: the second time, it is no time ago.
    is_page, is_told = dimension is Dimension.PAGE, _is_told(query)
    figures = _SESSION_SUMS.format(
        visitors="countIf(ago > age)" if is_told else "uniqExactIf(who, ago > 0)",
        count="countIf(ago > 0)",
        pageviews="count()" if is_page else "sumIf(pageviews, ago > 0)",
        once=" AND ago > 0",
        duration="sumIf(duration_ms, ago > 0)",
    )
    completions = "0" if is_page else "count()"
    # The visitor's hash is made once for each visit, before the list multiplies it.
    whose = f"{_AGE} AS age" if is_told else f"{VISITOR} AS who"
    read = f"{column} AS items, {_AGO[dimension]} AS agos, {whose}, is_bounce, duration_ms{'' if is_page else ', pageviews'}"
    # Few visits reach a goal, nearly all see a page: looking for those that do is worth it for goals alone.
    some = "" if is_page else f" AND notEmpty({column})"
    joined = f"FROM (SELECT {read} {where.text}{some}) ARRAY JOIN items AS item, agos AS ago GROUP BY value"
    return f"SELECT item AS value, {figures}, {_NO_MONEY_FIGURES}, {completions} AS completions {joined}"


def _visitors(dimension: Dimension, query: ReportQuery) -> str:
    """How many visitors there are: those whose last visit with the same value lies before the period, or each one remembered."""
    if is_added_up(query, dimension):
        return f"countIf({_AGO[dimension]} > {_AGE})"
    return f"uniqExact({VISITOR})"


def _is_told(query: ReportQuery) -> bool:
    """Whether visits tell by themselves if they are their visitor's first: of everybody's, and to the second."""
    return not query.filters and not query.period.start.microsecond


def _money_by(dimension: Dimension, where: Sql, model: AttributionModel) -> str:
    column = _COLUMNS[dimension]
    value = f"arrayJoin(arrayDistinct({column}))" if dimension in LISTS else column
    figures = credit_figures(model)
    return f"SELECT {value} AS value, {_NO_VISIT_FIGURES}, {figures}, 0 AS completions {where.text} GROUP BY value"
