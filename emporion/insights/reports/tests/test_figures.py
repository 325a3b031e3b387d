"""What a report says is what the steps say, whatever is asked of them."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emporion.insights.reports import queries, rules
from emporion.insights.reports.tests import oracle
from emporion.insights.reports.types import Dimension, Figures, Filter, Metric, Operator, Page
from emporion.insights.sites.errors import SiteNotFound
from emporion.insights.sites.types import AttributionModel
from emporion.kernel.ids import new_id
from emporion.store.credits import Credit, replace_credits
from emporion.store.schemas import SiteEvent
from emporion.store.stitching import stitch

# The night in which Berlin's clock goes back: 25 October 2026 has 25 hours.
NOW = datetime(2026, 10, 26, 11, 20, tzinfo=UTC)
START = datetime(2026, 10, 24, 21, 40, tzinfo=UTC)
PEOPLE = [UUID(int=(0xA2D36B9F_4283_4376 << 64) + (0xB624_A167167EBFE0 + number)) for number in range(4)]

EVENTS = st.lists(
    st.tuples(
        st.sampled_from([0, 7, 29, 31, 75, 139, 141, 200, 201, 260, 800, 1500, 2200, -1500, -4000]),
        st.integers(0, 3),
        st.sampled_from(["pageview", "pageview", "goal", "identify"]),
        st.integers(0, 5),
    ),
    max_size=16,
)
OTHER_DIMENSIONS = (Dimension.EXIT_PAGE, Dimension.VISITOR_KIND)
FILTERS = st.lists(
    st.builds(
        Filter,
        dimension=st.sampled_from(
            [Dimension.SOURCE, Dimension.COUNTRY, Dimension.PAGE, Dimension.GOAL, Dimension.ENTRY_PAGE, Dimension.VISITOR_KIND]
        ),
        operator=st.sampled_from(Operator),
        values=st.lists(
            st.sampled_from(["", "Google", "goo", "JP", "/p1", "P", "é", "new", "x' OR 1=1 --"]),
            min_size=1,
            max_size=2,
            unique=True,
        ).map(tuple),
    ),
    max_size=2,
).map(tuple)


def event(site, minute, who, kind, luck):
    return SiteEvent(
        event_id=new_id(),
        occurred_at=START + timedelta(minutes=minute, milliseconds=luck),
        site_id=site,
        visitor_id=PEOPLE[who],
        kind=kind,
        name=["café", "signup"][luck % 2] if kind == "goal" else "",
        path=f"/p{luck % 3}",
        source=["", "Google", "ChatGPT"][luck % 3],
        country=["JP", "CH"][luck % 2],
        device="desktop",
    )


def keep(store, events):
    if events:
        store.insert(SiteEvent, events, token=str(new_id()))
        stitch(store, events)


def asked(site, **names):
    return rules.parse({name: [value] for name, value in names.items()}, site, NOW)


@pytest.mark.requirement("INS-04", "INS-05")
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(made=EVENTS, filters=FILTERS, interval=st.sampled_from(["hour", "day", "week"]))
def test_figures_are_those_of_the_steps(figures_store, shop, alice, made, filters, interval):
    site = replace(shop, id=new_id())
    events = [event(site.id, *one) for one in made]
    keep(figures_store, events)
    query = replace(asked(site, period="7d", interval=interval), filters=filters)
    visits = oracle.visits_of(events)
    found = queries._overview(query, NOW)
    mine = oracle.chosen(visits, query.period, filters)
    assert found.total == oracle.figures(mine)
    assert found.compared == oracle.figures(oracle.chosen(visits, query.compared, filters))
    edges = [point.start for point in found.points] + [query.period.end]
    for point, end in zip(found.points, edges[1:], strict=True):
        part = replace(query.period, start=point.start, end=end)
        assert point.figures == oracle.figures(oracle.chosen(visits, part, filters))
    asked_alone = {one: queries._breakdown(query, one, Page()) for one in (*queries.FIRST_DIMENSIONS, *OTHER_DIMENSIONS)}
    for dimension in (Dimension.SOURCE, Dimension.PAGE, Dimension.GOAL, *OTHER_DIMENSIONS):
        _same_breakdown(asked_alone[dimension], mine)
    before = oracle.chosen(visits, query.compared, filters)
    for one in queries._dashboard(query, NOW, rows_compare=True).breakdowns:
        plain = replace(one, rows=tuple(replace(row, compared=None) for row in one.rows))
        assert plain == asked_alone[one.dimension]
        if found.compared != Figures():
            _same_before(one, before)
    alone = queries._dashboard(replace(query, compared=None), NOW, rows_compare=True)
    assert alone.breakdowns == tuple(asked_alone[one] for one in queries.FIRST_DIMENSIONS)


def _same_before(found, visits):
    for row in found.rows:
        wanted = oracle.figures([visit for visit in visits if row.value in visit.values(found.dimension)])
        if found.dimension is Dimension.PAGE:
            wanted = replace(wanted, pageviews=row.compared.pageviews)
        assert row.compared == wanted, (found.dimension, row.value)


def _same_breakdown(breakdown, visits):
    dimension, found = breakdown.dimension, {row.value: row for row in breakdown.rows}
    assert set(found) == {value for visit in visits for value in visit.values(dimension)}
    times = Counter(value for visit in visits for value in visit.values(dimension))
    for value, row in found.items():
        wanted = oracle.figures([visit for visit in visits if value in visit.values(dimension)])
        if dimension is Dimension.PAGE:
            wanted = replace(wanted, pageviews=times[value])
        assert row.figures == wanted, (dimension, value)
        assert row.completions == (times[value] if dimension is Dimension.GOAL else 0)


def credit(site, payment, touch, amounts, **fields):
    names = [model.value for model in AttributionModel]
    moment = {"paid_at": START, "session_started_at": START, "visitor_id": PEOPLE[0]}
    return Credit(
        site_id=site,
        payment_id=payment,
        touch=touch,
        currency="EUR",
        **{**moment, **dict(zip(names, amounts, strict=True)), **fields},
    )


@pytest.mark.requirement("INS-04", "INS-11")
def test_money_goes_where_the_model_sends_it_and_the_total_is_the_same(figures_store, shop, alice):
    keep(figures_store, [event(shop.id, 0, 0, "pageview", 1), event(shop.id, 0, 1, "pageview", 2)])
    payment, back = new_id(), new_id()
    sold = [
        credit(shop.id, payment, 0, (0, 1001, 0, 501, 300, 501), source="ChatGPT"),
        credit(shop.id, payment, 1, (1001, 0, 1001, 500, 701, 500), source="Google"),
    ]
    replace_credits(figures_store, site_id=shop.id, payment_id=payment, credits_=sold, version=1)
    taken = [credit(shop.id, back, 0, (-200, 0, -200, -200, -200, -200), source="Google", is_refund=True, kind="refund")]
    replace_credits(figures_store, site_id=shop.id, payment_id=back, credits_=taken, version=1)
    for model in AttributionModel:
        query = asked(shop, period="7d", model=model.value)
        total = queries.overview(query, actor=alice, now=NOW).total
        rows = queries.breakdown(query, Dimension.SOURCE, Page(sort=Metric.REVENUE), actor=alice).rows
        money = [*sold, *taken]
        assert total == oracle.figures(
            oracle.chosen(
                oracle.visits_of([event(shop.id, 0, 0, "pageview", 1), event(shop.id, 0, 1, "pageview", 2)]), query.period, ()
            ),
            money,
            model.value,
        )
        assert sum(row.figures.revenue_minor for row in rows) == total.revenue_minor
        assert [row.figures.revenue_minor for row in rows] == sorted((row.figures.revenue_minor for row in rows), reverse=True)
    # A second attribution of the same payment replaces the first, touches that are gone included.
    replace_credits(
        figures_store,
        site_id=shop.id,
        payment_id=payment,
        version=2,
        credits_=[credit(shop.id, payment, 0, (1001,) * 6, source="X")],
    )
    total = queries.overview(asked(shop, period="7d", model="linear"), actor=alice, now=NOW).total
    assert (total.revenue_minor, total.payments, total.paying_visitors) == (801, 1, 1)


@pytest.mark.requirement("INS-04")
def test_a_day_has_the_hours_that_its_zone_gives_it(figures_store, shop, alice):
    query = rules.parse({"period": ["custom"], "from": ["2026-10-25"], "to": ["2026-10-25"], "interval": ["hour"]}, shop, NOW)
    keep(figures_store, [event(shop.id, 139, 0, "pageview", 0), event(shop.id, 200, 1, "pageview", 0)])
    points = queries.overview(query, actor=alice, now=NOW).points
    assert len(points) == 25
    repeated = [point for point in points if point.start.astimezone(ZoneInfo("Europe/Berlin")).hour == 2]
    assert [point.figures.visitors for point in repeated] == [0, 1]
    assert not any(point.is_partial for point in points)


@pytest.mark.requirement("INS-04")
def test_the_step_that_still_runs_is_marked(figures_store, shop, alice):
    points = queries.overview(asked(shop, period="7d"), actor=alice, now=NOW).points
    assert [point.is_partial for point in points] == [False] * 6 + [True]


@pytest.mark.requirement("INS-04", "INS-05")
def test_the_dashboard_is_the_overview_and_the_first_breakdowns(figures_store, shop, alice):
    keep(figures_store, [event(shop.id, 0, 0, "pageview", 1), event(shop.id, 3, 0, "goal", 1)])
    query = asked(shop, period="7d")
    found = queries.dashboard(query, actor=alice, now=START + timedelta(minutes=5), rows_compare=True)
    assert [one.dimension for one in found.breakdowns] == list(queries.FIRST_DIMENSIONS)
    assert found.visitors_now == 1
    for one in found.breakdowns:
        assert one == queries.breakdown(query, one.dimension, Page(), actor=alice), "nothing was before: nothing is compared"
    keep(figures_store, [event(shop.id, -7 * 24 * 60, 0, "pageview", 2)])
    found = queries.dashboard(query, actor=alice, now=START + timedelta(minutes=5), rows_compare=True)
    for one in found.breakdowns:
        assert one == queries.breakdown_compared(query, one.dimension, Page(), actor=alice)
    assert found.overview.total == queries.overview(query, actor=alice, now=NOW).total


def test_a_stranger_gets_no_figures(figures_store, shop, charlie):
    query = asked(shop, period="7d")
    for question in (
        lambda: queries.dashboard(query, actor=charlie, now=NOW),
        lambda: queries.breakdown(query, Dimension.SOURCE, Page(), actor=charlie),
        lambda: queries.visitors(query, Page(), actor=charlie),
        lambda: queries.live_sessions(shop.id, 30, actor=charlie, now=NOW),
    ):
        with pytest.raises(SiteNotFound):
            question()
