"""Days that are added up say what their visits say, and say nothing once a visit of theirs was written again."""

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emporion.insights.reports import adding, compiling, days, jobs, queries
from emporion.insights.reports.adding import Adder
from emporion.insights.reports.tests import oracle
from emporion.insights.reports.tests.test_figures import EVENTS, NOW, asked, event, keep
from emporion.insights.reports.types import Page
from emporion.kernel.ids import new_id
from emporion.plumbing.actions import Tick
from emporion.plumbing.types import JobContext
from emporion.store import open_store
from emporion.store.shared import close_shared

BERLIN = ZoneInfo("Europe/Berlin")


def add_up(store, site, zone=BERLIN):
    adder = Adder(quiet_seconds=0, many_visits=1)
    found = [one for one in adder.busy(store, now=NOW) if one.site_id == site.id]
    return sum(adder.add_up(store, one, zone, now=NOW) for one in found)


def shown(query):
    """The dashboard, whose lists are those that are asked for one by one; it asks some so itself."""
    found = queries._dashboard(query, NOW)
    together = [one for one in found.breakdowns if one.dimension not in compiling.LISTS]
    assert together == [queries._breakdown(query, one.dimension, Page()) for one in together]
    return found


@pytest.mark.requirement("INS-04", "INS-05")
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(made=EVENTS, late=EVENTS, interval=st.sampled_from(["hour", "day", "week"]))
def test_a_period_is_the_same_from_days_and_from_visits(figures_store, shop, made, late, interval):
    site = replace(shop, id=new_id())
    events = [event(site.id, *one) for one in made]
    keep(figures_store, events)
    query = asked(site, period="7d", interval=interval)
    from_visits = queries._dashboard(query, NOW)
    today = days.days_of(query.period)[-2]
    is_over = any(query.period.start <= visit.started_at < today for visit in oracle.visits_of(events))
    add_up(figures_store, site)
    assert (days.covered(figures_store, site.id, query.period) is not None) == is_over
    assert shown(query) == from_visits

    events += [event(site.id, *one) for one in late]
    keep(figures_store, events[len(made) :])
    stale = shown(query)
    visits = oracle.visits_of(events)
    assert stale.overview.total == oracle.figures(oracle.chosen(visits, query.period, ()))
    assert stale.overview.compared == oracle.figures(oracle.chosen(visits, query.compared, ()))
    add_up(figures_store, site)
    assert shown(query) == stale


@pytest.mark.requirement("INS-04")
def test_a_late_visit_takes_its_day_back_until_it_is_added_up_again(figures_store, shop):
    site = replace(shop, id=new_id())
    keep(figures_store, [event(site.id, minute, 0, "pageview", 1) for minute in (-3000, -1500, 200)])
    query = asked(site, period="7d")
    assert add_up(figures_store, site) == 3
    whole = days.covered(figures_store, site.id, query.period)
    assert [day.start.astimezone(BERLIN).day for day in whole.days] == [22, 23, 25]
    keep(figures_store, [event(site.id, -1510, 1, "pageview", 2)])
    rest = days.covered(figures_store, site.id, query.period)
    assert [day.start.astimezone(BERLIN).day for day in rest.days] == [22, 25]
    assert [row.figures.visitors for row in queries._breakdown(query, queries.FIRST_DIMENSIONS[0], Page()).rows] == [1, 1]
    assert add_up(figures_store, site) == 1
    assert days.covered(figures_store, site.id, query.period).days != whole.days


@pytest.mark.requirement("INS-04")
def test_a_day_is_added_up_only_after_nothing_was_written_for_a_while(figures_store, shop, monkeypatch):
    site = replace(shop, id=new_id())
    keep(figures_store, [event(site.id, 200, 0, "pageview", 1)])
    clock = [1_000.0]
    monkeypatch.setattr(adding.time, "monotonic", lambda: clock[0])
    adder = Adder(many_visits=1)

    def added_after(seconds):
        clock[0] += seconds
        (busy,) = [one for one in adder.busy(figures_store, now=NOW) if one.site_id == site.id]
        return adder.add_up(figures_store, busy, BERLIN, now=NOW)

    assert added_after(0) == 0
    keep(figures_store, [event(site.id, 300, 0, "pageview", 1)])
    assert [added_after(59), added_after(59), added_after(2), added_after(100)] == [0, 0, 1, 0]


@pytest.mark.requirement("INS-04")
def test_days_of_another_zone_and_of_a_filter_are_read_from_visits(figures_store, shop):
    site = replace(shop, id=new_id())
    keep(figures_store, [event(site.id, minute, 0, "pageview", 1) for minute in (-3000, -1500, 200)])
    add_up(figures_store, site)
    elsewhere = asked(replace(site, time_zone="Asia/Kolkata"), period="7d")
    assert days.covered(figures_store, site.id, elsewhere.period) is None
    assert add_up(figures_store, site, ZoneInfo("Asia/Kolkata")) == 3
    assert len(days.covered(figures_store, site.id, elsewhere.period).days) == 3
    part = asked(site, period="24h")
    assert days.covered(figures_store, site.id, part.period) is None
    until_noon = asked(site, period="7d").compared
    assert until_noon.end.hour == 11
    assert days.days_of(until_noon)[-1] == until_noon.end.replace(day=18, hour=22, minute=0)


@pytest.mark.requirement("INS-04")
def test_a_period_without_added_days_hides_none_of_another(figures_store, shop):
    site = replace(shop, id=new_id())
    assert days.covered(figures_store, site.id, asked(site, period="7d").period) is None
    keep(figures_store, [event(site.id, -3000, 0, "pageview", 1)])
    assert add_up(figures_store, site) == 1
    assert days.covered(figures_store, site.id, asked(site, period="yesterday").period) is None
    assert days.covered(figures_store, site.id, asked(site, period="7d").period) is not None


@pytest.mark.requirement("INS-04")
def test_the_job_adds_up_the_websites_with_many_visits(figures_store, shop, monkeypatch):
    keep(figures_store, [event(shop.id, 200, 0, "pageview", 1)])
    monkeypatch.setattr(jobs, "_ADDER", Adder(quiet_seconds=0, many_visits=1))
    jobs.add_up_days(Tick(at=NOW), job=JobContext(id=new_id(), name="test", attempt=1, now=NOW))
    assert len(days.covered(figures_store, shop.id, asked(shop, period="7d").period).days) == 1


@pytest.mark.requirement("INS-04")
def test_visits_that_an_older_version_wrote_are_counted_when_its_store_is_opened(tmp_path, shop):
    close_shared()  # a process opens one embedded store at a time
    url = f"chdb://{tmp_path}/events"
    with open_store(url) as store:
        keep(store, [event(shop.id, minute, 0, "pageview", 1) for minute in (-1500, 200)])
        for table in ("site_changes_view", "site_changes", "site_days"):
            store.run(f"DROP TABLE {table} SYNC")
    with open_store(url) as store:
        assert add_up(store, shop) == 2
        keep(store, [event(shop.id, 203, 0, "pageview", 1)])
        assert len(days.covered(store, shop.id, asked(shop, period="7d").period).days) == 1
