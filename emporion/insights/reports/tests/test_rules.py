"""A query string becomes a question, in the days of the website's zone; what makes no sense is named."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from uuid import UUID

import pytest

from emporion.insights.reports import periods, rules
from emporion.insights.reports.types import Comparison, Dimension, Filter, Interval, Operator
from emporion.insights.sites.types import AttributionModel, Collection, SiteView
from emporion.kernel.errors import Invalid

NOW = datetime(2026, 10, 26, 11, 20, tzinfo=UTC)
ID = UUID("01900000-0000-7000-8000-00000000000a")
SITE = SiteView(
    id=ID,
    public_id="dfid_1",
    organisation_id=ID,
    project_id=ID,
    domain="shop.example",
    name="shop.example",
    time_zone="Europe/Berlin",
    currency="JPY",
    attribution_days=30,
    attribution_model=AttributionModel.LINEAR,
    is_demo=False,
    created_at=NOW,
    first_event_at=None,
    payments_skipped_at=None,
    payments_known_at=None,
    verified_at=None,
    removed_at=None,
    collection=Collection(site_id=ID, public_id="dfid_1", organisation_id=ID, project_id=ID, domain="shop.example"),
)
NOTHING = MappingProxyType({})


def parse(site=SITE, **names):
    return rules.parse({name: value if isinstance(value, list) else [value] for name, value in names.items()}, site, NOW)


def test_nothing_asked_is_thirty_days_against_the_thirty_before():
    query = rules.parse(NOTHING, SITE, NOW)
    assert query.period.start == datetime(2026, 9, 26, 22, tzinfo=UTC)
    assert query.period.end == datetime(2026, 10, 26, 23, tzinfo=UTC), "the clock went back on the 25th"
    assert query.compared.start == datetime(2026, 8, 27, 22, tzinfo=UTC)
    assert query.compared.end == query.compared.start + (NOW - query.period.start), "as much of it as has passed of the other"
    assert (query.interval, query.model, query.currency) == (Interval.DAY, AttributionModel.LINEAR, "JPY")


@pytest.mark.parametrize(
    ("name", "days", "interval"),
    [("today", 1, "hour"), ("7d", 7, "day"), ("90d", 90, "day"), ("month", 26, "day"), ("12mo", 360, "month")],
)
def test_periods_are_whole_days_of_the_zone_that_end_tonight(name, days, interval):
    query = parse(period=name)
    assert query.period.end == datetime(2026, 10, 26, 23, tzinfo=UTC)
    assert query.interval == interval
    assert abs((query.period.end - query.period.start) / timedelta(days=1) - days) < 1
    assert query.compared.start < query.compared.end <= query.period.start


@pytest.mark.parametrize(
    ("first", "last", "start", "end"),
    [
        ("2026-10-20", "2026-10-22", "2026-10-16T22", "2026-10-19T22"),
        ("2026-09-01", "2026-09-30", "2026-07-31T22", "2026-08-31T22"),
        ("2026-03-01", "2026-03-31", "2026-01-31T23", "2026-02-28T23"),
    ],
)
def test_whole_months_are_compared_with_whole_months(first, last, start, end):
    compared = parse(period="custom", **{"from": first, "to": last}).compared
    assert (compared.start, compared.end) == tuple(datetime.fromisoformat(f"{one}:00+00:00") for one in (start, end))


def test_a_year_before_the_last_of_february_is_its_last_day():
    compared = parse(period="custom", compare="year", **{"from": "2024-02-29", "to": "2024-02-29"}).compared
    assert compared.start == datetime(2023, 2, 27, 23, tzinfo=UTC)


@pytest.mark.parametrize("zone", ["Asia/Kolkata", "Australia/Lord_Howe", "America/St_Johns", "Africa/Cairo"])
@pytest.mark.parametrize("interval", list(Interval))
def test_steps_fill_a_period_without_a_gap(zone, interval):
    period = parse(
        site=replace(SITE, time_zone=zone), period="custom", compare="none", **{"from": "2026-04-01", "to": "2026-04-30"}
    )
    steps = periods.steps(period.period, interval)
    assert steps[0] == period.period.start
    assert list(steps) == sorted(set(steps))
    assert steps[-1] < period.period.end <= periods.step_end(steps[-1], interval, periods.zone_of(period.period))


@pytest.mark.requirement("INS-05")
def test_filters_repeat_and_say_how_they_compare():
    query = parse(
        source=["Google", "is:X", "is:Google"], page="contains:/bl:og", country="is_not:DE", goal="does_not_contain:é", os=""
    )
    assert query.filters == (
        Filter(dimension=Dimension.SOURCE, values=("Google", "X")),
        Filter(dimension=Dimension.PAGE, operator=Operator.CONTAINS, values=("/bl:og",)),
        Filter(dimension=Dimension.COUNTRY, operator=Operator.IS_NOT, values=("DE",)),
        Filter(dimension=Dimension.SYSTEM, values=("",)),
        Filter(dimension=Dimension.GOAL, operator=Operator.DOES_NOT_CONTAIN, values=("é",)),
    )
    again = {}
    for name, value in rules.unparse(query):
        again.setdefault(name, []).append(value)
    assert rules.parse(again, SITE, NOW).filters == query.filters


@pytest.mark.parametrize(
    ("field", "names"),
    [
        ("period", {"period": "a while"}),
        ("from", {"period": "custom", "from": "soon", "to": "2026-01-01"}),
        ("to", {"period": "custom", "from": "2026-01-02", "to": "2026-01-01"}),
        ("from", {"period": "custom", "from": "0001-01-01", "to": "2026-01-01"}),
        ("from", {"period": "custom", "from": "1980-01-01", "to": "2026-01-01"}),
        ("interval", {"period": "12mo", "interval": "hour"}),
        ("model", {"model": "guess"}),
        ("compare", {"compare": "me"}),
        ("source", {"source": "x" * 2_000}),
        ("filters", {"source": [str(number) for number in range(200)]}),
    ],
)
def test_what_makes_no_sense_is_named(field, names):
    with pytest.raises(Invalid) as caught:
        parse(**names)
    assert caught.value.facts["field"] == field


def test_a_period_that_runs_still_is_compared_with_as_much():
    query = parse(period="today")
    assert query.compared.end - query.compared.start == NOW - query.period.start
    assert rules.compared_with(query.period, Comparison.PREVIOUS, now=query.period.end).end == query.period.start
