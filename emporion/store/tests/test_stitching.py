"""Visits are a function of the steps alone: neither their order, nor their repetition, nor the number of writers shows."""

import random
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emporion.kernel.ids import new_id
from emporion.store import Spool, Writer, open_store, stitching
from emporion.store.derived import NEVER, SITE_SESSIONS
from emporion.store.errors import StoreUnavailable
from emporion.store.schemas import SiteEvent
from emporion.store.stitching import stitch, stitch_all
from emporion.store.types import PASSIVE_GOALS

# Inside the hour that Europe repeats, and at the end of a month, where the table is cut.
START = datetime(2026, 10, 31, 23, 0, 0, 123_000, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
GAP = timedelta(minutes=30)
COMMENT = "SELECT comment FROM system.tables WHERE database = currentDatabase() AND name = 'site_sessions'"
VISITORS = [UUID("a2d36b9f-4283-4376-b624-a167167ebfe5"), UUID("00000000-0000-4000-8000-000000000001")]


class Visit(msgspec.Struct, frozen=True, order=True):
    visitor_id: UUID
    started_at: datetime
    previous_at: datetime
    number: int
    duration_ms: int
    pageviews: int
    is_bounce: bool
    source: str
    pages: tuple[str, ...]
    goals: tuple[str, ...]
    step_ms: tuple[int, ...]
    step_kinds: tuple[str, ...]
    source_ago: int
    page_ago: tuple[int, ...]
    goal_ago: tuple[int, ...]


def visits_in(store, site):
    columns = ", ".join(Visit.__struct_fields__)
    sql = f"SELECT {columns} FROM site_sessions WHERE site_id = {{site:UUID}} AND NOT is_deleted"
    return sorted(store.rows(sql, {"site": site}, as_=Visit))


def visits_of(events):
    """The same in Python, by the definition."""
    by_visitor = defaultdict(dict)
    for event in events:
        by_visitor[event.visitor_id][event.event_id] = event
    found = []
    for visitor, known in by_visitor.items():
        steps, parts = sorted(known.values(), key=lambda event: (event.occurred_at, event.event_id)), []
        for step in steps:
            if not parts or step.occurred_at - parts[-1][-1].occurred_at >= GAP:
                parts.append([])
            parts[-1].append(step)
        for number, part in enumerate(parts, 1):
            start = part[0].occurred_at
            found.append(
                Visit(
                    visitor_id=visitor,
                    started_at=start,
                    previous_at=parts[number - 2][0].occurred_at if number > 1 else EPOCH,
                    number=number,
                    duration_ms=(part[-1].occurred_at - start) // timedelta(milliseconds=1),
                    pageviews=sum(step.kind == "pageview" for step in part),
                    is_bounce=sum(step.kind != "identify" and step.name not in PASSIVE_GOALS for step in part) <= 1,
                    source=part[0].source,
                    pages=tuple(step.path for step in part if step.kind == "pageview"),
                    goals=tuple(step.name for step in part if step.kind == "goal"),
                    step_ms=tuple((step.occurred_at - start) // timedelta(milliseconds=1) for step in part),
                    step_kinds=tuple(step.kind for step in part),
                    source_ago=ago_of([one[:1] for one in parts], number - 1, lambda step: step.source)[0],
                    page_ago=agos_of(parts, number - 1, "pageview"),
                    goal_ago=agos_of(parts, number - 1, "goal"),
                )
            )
    return sorted(found)


def ago_of(parts, number, value_of):
    """How long before a visit began the one did that had each of its values before, by the definition."""
    start, found = parts[number][0].occurred_at, []
    for place, step in enumerate(parts[number]):
        same = [part for part in parts[:number] if any(value_of(one) == value_of(step) for one in part)]
        is_again = any(value_of(one) == value_of(step) for one in parts[number][:place])
        before = same[-1][0].occurred_at if same else None
        found.append(0 if is_again else NEVER if before is None else int(start.timestamp()) - int(before.timestamp()))
    return found


def agos_of(parts, number, kind):
    """The same of the steps of a kind."""
    values = ago_of(parts, number, lambda step: (step.kind, step.path if step.kind == "pageview" else step.name))
    return tuple(value for value, step in zip(values, parts[number], strict=True) if step.kind == kind)


def step(minute, *, visitor=0, site=None, kind="pageview", number=0, **changes):
    kind, name = ("goal", "widget_seen") if kind == "seen" else (kind, "inscription-é" if kind == "goal" else "")
    return SiteEvent(
        event_id=new_id(),
        occurred_at=START + timedelta(minutes=minute),
        site_id=site,
        visitor_id=VISITORS[visitor],
        kind=kind,
        name=name,
        path=f"/p{number % 5}",
        source=["", "Google", "ChatGPT"][number % 3],
        **changes,
    )


STEPS = st.lists(
    st.tuples(
        st.sampled_from([0, 1, 29, 30, 31, 59, 60, 61, 75, 90, 119, 120, 1500]),
        st.sampled_from([0, 0, 1]),
        st.sampled_from(["pageview", "pageview", "goal", "identify", "outbound", "seen"]),
    ),
    min_size=1,
    max_size=14,
)


@pytest.mark.requirement("INS-03")
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS, luck=st.randoms(use_true_random=False))
def test_any_order_repetition_and_split_gives_the_same_visits(store, steps, luck):
    site = new_id()
    events = [step(minute, visitor=who, kind=kind, site=site, number=n) for n, (minute, who, kind) in enumerate(steps)]
    arriving = [*events, *luck.sample(events, luck.randint(0, len(events)))]
    luck.shuffle(arriving)
    late = []
    while arriving:
        size = luck.randint(1, 4)
        batch, arriving = arriving[:size], arriving[size:]
        store.insert(SiteEvent, batch, token=str(new_id()))
        # Another writer may have stored its events too before this one computes, and computes later.
        if luck.random() < 0.4:
            late.append(batch)
            continue
        stitch(store, batch)
        for other in late:
            stitch(store, other)
        late = []
    for other in late:
        stitch(store, other)
    assert visits_in(store, site) == visits_of(events)


@pytest.mark.requirement("INS-03")
def test_a_step_that_comes_late_joins_two_visits_and_leaves_nothing_of_the_second(store):
    site = new_id()
    first, second, between = step(0, site=site), step(50, site=site, number=1), step(25, site=site, number=2)
    for event in (second, first):
        store.insert(SiteEvent, [event], token=str(event.event_id))
        stitch(store, [event])
    assert [visit.number for visit in visits_in(store, site)] == [1, 2]
    store.insert(SiteEvent, [between], token="between")
    stitch(store, [between])
    (whole,) = visits_in(store, site)
    assert whole.pages == ("/p0", "/p2", "/p1")
    assert whole.duration_ms == 50 * 60_000


@pytest.mark.requirement("INS-03")
def test_what_a_server_reports_of_a_person_is_no_visit(store):
    site = new_id()
    events = [step(0, site=site, kind="payment", origin="api"), step(1, site=site, kind="identify", origin="api")]
    store.insert(SiteEvent, events, token="api")
    stitch(store, events)
    assert visits_in(store, site) == []


@pytest.mark.requirement("INS-03")
def test_a_goal_from_a_server_does_not_hide_where_the_visit_came_from(store):
    site = new_id()
    events = [
        step(0, site=site, kind="goal", number=0, origin="api"),
        step(1, site=site, number=1, country="CH", device="desktop"),
    ]
    store.insert(SiteEvent, events, token="x")
    stitch(store, events)
    assert [visit.source for visit in visits_in(store, site)] == ["Google"]


@pytest.mark.requirement("INS-03")
def test_all_visits_can_be_computed_again(store):
    sites, chance = [new_id() for _ in range(4)], random.Random(3)
    events = [step(chance.randrange(2_000), visitor=n % 2, site=sites[n % 7 // 2], number=n) for n in range(70)]
    store.insert(SiteEvent, events, token="all")
    for at_once in (5, 25, 1_000):
        store.run("TRUNCATE TABLE site_sessions")
        stitch_all(store, at_once=at_once)
        for site in sites:
            assert visits_in(store, site) == visits_of(one for one in events if one.site_id == site)
    stitch_all(store)
    assert visits_in(store, sites[0]) == visits_of(one for one in events if one.site_id == sites[0])


@pytest.mark.requirement("INS-19")
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_visits_of_an_import_are_made_when_all_of_it_is_there_and_are_what_its_steps_say(spool, writer, store, steps):
    site, origin = new_id(), f"import:{new_id().hex}"
    own = step(5, site=site)
    own = msgspec.structs.replace(own, visitor_id=UUID("b1d36b9f-4283-4376-9624-a167167ebfe5"))
    kinds = [(minute, who, "goal" if kind == "identify" else kind) for minute, who, kind in steps]
    brought = [step(at, visitor=who, kind=kind, site=site, number=n, origin=origin) for n, (at, who, kind) in enumerate(kinds)]
    spool.append_sync(own, *brought)
    writer.flush()
    assert visits_in(store, site) == visits_of([own])
    for at_once in (3, 400_000, 400_000):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(stitching, "STEPS_AT_ONCE", at_once)
            stitching.stitch_origin(store, site, origin, steps=len(brought))
        assert visits_in(store, site) == visits_of([own, *brought])


@pytest.mark.requirement("INS-03", "REL-03")
def test_visits_of_an_older_store_are_computed_again_when_it_is_brought_forward_even_after_a_kill(tmp_path):
    site, url = new_id(), f"chdb://{tmp_path}/older"
    events = [step(minute, site=site, number=minute) for minute in (0, 10, 45, 90)]
    with open_store(url) as older:
        older.insert(SiteEvent, events, token="old")
        stitch(older, events)
        for column in ("source_ago", "country_ago", "device_ago", "page_ago", "goal_ago"):
            older.run(f"ALTER TABLE site_sessions DROP COLUMN {column}")
        older.run("ALTER TABLE site_sessions MODIFY COMMENT ''")
    with open_store(url) as store:
        assert visits_in(store, site) == visits_of(events)
        # One that was killed on the way has the columns, and not what belongs into them.
        store.run("INSERT INTO site_sessions SELECT * REPLACE ([] AS page_ago) FROM site_sessions")
        store.run("ALTER TABLE site_sessions MODIFY COMMENT ''")
    with open_store(url) as store:
        assert visits_in(store, site) == visits_of(events)
        assert store.value(COMMENT, as_=str) == str(SITE_SESSIONS.reckoning)


@pytest.mark.requirement("INS-03", "REL-01")
def test_visits_are_there_as_soon_as_the_steps_have_left_the_spool(spool, writer, store):
    site = new_id()
    events = [step(minute, site=site, number=minute) for minute in (0, 10, 45)]
    spool.append_sync(*events)
    writer.flush()
    assert visits_in(store, site) == visits_of(events)


@pytest.mark.requirement("REL-01")
def test_a_segment_stays_until_its_visits_are_computed_and_counts_once(spool, store, monkeypatch):
    site = new_id()
    events = [step(minute, site=site, number=minute) for minute in (0, 45)]
    spool.append_sync(*events)
    spool.seal()
    seen = []
    with monkeypatch.context() as broken:

        def away(*_):
            raise StoreUnavailable("killed here")

        broken.setattr(stitching, "stitch", away)
        writer = Writer(spool=spool, store=store)
        with pytest.raises(StoreUnavailable, match="killed here"):
            writer.move()
        writer.close()
    assert spool.stats().segments == 1, "the segment is there still"
    with (
        Spool(spool.root) as _,
        Writer(spool=spool, store=store, on_moved=lambda kind, moved: seen.append((kind, len(moved)))) as again,
    ):
        again.flush()
    assert seen == [(SiteEvent, 2)]
    assert visits_in(store, site) == visits_of(events)
    assert store.value("SELECT count() FROM site_events WHERE site_id = {site:UUID}", {"site": site}, as_=int) == 2


@pytest.mark.requirement("REL-01")
def test_two_writers_with_parts_of_the_same_visits_agree(store, tmp_path):
    site, chance = new_id(), random.Random(5)
    events = [step(chance.randrange(300), visitor=n % 2, site=site, number=n) for n in range(40)]
    chance.shuffle(events)
    with Spool(tmp_path / "one") as one, Spool(tmp_path / "other") as other:
        writers = [Writer(spool=one, store=store), Writer(spool=other, store=store)]
        for start in range(0, 40, 8):
            one.append_sync(*events[start : start + 5])
            other.append_sync(*events[start + 3 : start + 8])
            for writer in writers:
                writer.flush()
        for writer in writers:
            writer.close()
    assert visits_in(store, site) == visits_of(events)
