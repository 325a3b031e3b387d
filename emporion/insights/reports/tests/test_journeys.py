"""Who came, what they did, how far they got, where they went next, and taking it all away."""

import csv
import io
import json
from datetime import timedelta

import pytest

from emporion.insights.goals.types import FunnelStep, StepKind
from emporion.insights.reports import queries
from emporion.insights.reports.exporting import ExportForm, ExportKind
from emporion.insights.reports.tests.test_figures import NOW, PEOPLE, START, asked, credit, keep
from emporion.insights.reports.types import Dimension, Page
from emporion.kernel.errors import Invalid
from emporion.kernel.ids import new_id
from emporion.store.credits import replace_credits
from emporion.store.schemas import SiteEvent


def step(site, minute, who, path, **fields):
    return SiteEvent(
        event_id=new_id(),
        occurred_at=START + timedelta(minutes=minute),
        site_id=site,
        visitor_id=PEOPLE[who],
        path=path,
        **{"kind": "pageview", "source": "Google", "device": ["desktop", "mobile"][who % 2], **fields},
    )


@pytest.fixture
def scene(figures_store, shop):
    """Two who read the prices, one of whom signs up and pays; one who is gone at once; one who comes back the next day."""
    keep(
        figures_store,
        [
            step(shop.id, 0, 0, "/"),
            step(shop.id, 2, 0, "/prices"),
            step(shop.id, 5, 0, "/prices", kind="goal", name="signup", params={"plan": "é"}),
            step(shop.id, 1, 1, "/"),
            step(shop.id, 4, 1, "/prices/team"),
            step(shop.id, 3, 2, "/prices"),
            step(shop.id, 1500, 2, "/", source="", user_ref="=cmd|' /C calc'!A0"),
        ],
    )
    sold = credit(shop.id, new_id(), 0, (4900,) * 6, paid_at=START + timedelta(minutes=9))
    replace_credits(figures_store, site_id=shop.id, payment_id=sold.payment_id, credits_=[sold], version=1)
    return shop


STEPS = (
    FunnelStep(kind=StepKind.PAGE, pattern="/"),
    FunnelStep(kind=StepKind.PAGE, pattern="/prices*"),
    FunnelStep(kind=StepKind.GOAL, pattern="signup"),
    FunnelStep(kind=StepKind.PURCHASE),
)


@pytest.mark.requirement("INS-09")
def test_a_funnel_says_who_got_how_far_in_the_window_and_what_they_were_worth(scene, alice):
    query = asked(scene, period="7d")
    found = queries.funnel(query, STEPS, 3_600, actor=alice, by=Dimension.DEVICE)
    assert [(one.visitors, one.revenue_minor) for one in found.results] == [(3, 4900), (2, 4900), (1, 4900), (1, 4900)]
    assert {part.value: [one.visitors for one in part.results] for part in found.parts} == {
        "desktop": [2, 1, 1, 1],
        "mobile": [1, 1, 0, 0],
    }
    assert [one.visitors for one in queries.funnel(query, STEPS, 150, actor=alice).results] == [3, 1, 0, 0]


@pytest.mark.requirement("INS-09")
def test_a_pattern_is_no_expression_and_a_funnel_has_its_bounds(scene, alice):
    query = asked(scene, period="7d")
    literal = (FunnelStep(kind=StepKind.PAGE, pattern="/"), FunnelStep(kind=StepKind.PAGE, pattern="/.rices"))
    assert [one.visitors for one in queries.funnel(query, literal, 3_600, actor=alice).results] == [3, 0]
    for steps, window in ((STEPS[:1], 60), (STEPS * 3, 60), (STEPS, 0)):
        with pytest.raises(Invalid):
            queries.funnel(query, steps, window, actor=alice)


@pytest.mark.requirement("INS-15", "INS-12")
def test_a_visitor_opens_to_every_step(scene, alice):
    later, first = queries.sessions_of_visitor(scene.id, PEOPLE[2], actor=alice)
    assert (first.number, later.number, later.source) == (1, 2, "")
    (whole,) = queries.sessions_of_visitor(scene.id, PEOPLE[0], actor=alice)
    assert [(one.kind, one.path, one.name) for one in whole.steps] == [
        ("pageview", "/", ""),
        ("pageview", "/prices", ""),
        ("goal", "/prices", "signup"),
    ]
    assert whole.steps[2].params == {"plan": "é"}
    assert (whole.entry_path, whole.exit_path, whole.goals) == ("/", "/prices", ("signup",))
    assert queries.sessions_of_visitor(scene.id, new_id(), actor=alice) == ()


@pytest.mark.requirement("INS-15")
def test_where_people_go_next_is_counted(scene, alice):
    found = queries.next_steps(asked(scene, period="7d"), "/", actor=alice)
    assert [(one.path, one.count, one.of) for one in found] == [("", 1, 3), ("/prices", 1, 3), ("/prices/team", 1, 3)]


def test_visitors_are_listed_with_what_they_were_worth(scene, alice):
    found = queries.visitors(asked(scene, period="7d"), Page(limit=2), actor=alice)
    assert found.count == 3
    assert [(one.visitor_id, one.sessions, one.revenue_minor) for one in found.rows] == [(PEOPLE[2], 2, 0), (PEOPLE[0], 1, 4900)]
    searched = queries.visitors(asked(scene, period="7d"), Page(search="CALC"), actor=alice)
    assert [one.visitor_id for one in searched.rows] == [PEOPLE[2]]


@pytest.mark.requirement("INS-13")
def test_who_is_here_now(scene, alice):
    now = START + timedelta(minutes=6)
    assert queries.visitors_now(scene.id, actor=alice, now=now) == 3
    live = queries.live_sessions(scene.id, 30, actor=alice, now=now)
    assert [one.visitor_id for one in live] == [PEOPLE[0], PEOPLE[1], PEOPLE[2]]
    assert [(one.kind, one.path or one.name) for one in live[0].steps] == [
        ("pageview", "/"),
        ("pageview", "/prices"),
        ("goal", "signup"),
    ]


@pytest.mark.requirement("INS-07")
def test_everything_leaves_as_csv_that_no_spreadsheet_runs(scene, alice):
    data = b"".join(queries.export_rows(asked(scene, period="7d"), ExportKind.EVENTS, ExportForm.CSV, actor=alice)).decode()
    rows = list(csv.DictReader(io.StringIO(data)))
    assert len(rows) == 7
    assert rows[-1]["user_ref"] == "'=cmd|' /C calc'!A0"
    assert rows[5]["params"] == '{"plan":"é"}'


@pytest.mark.requirement("INS-07")
@pytest.mark.parametrize("kind", list(ExportKind))
def test_everything_leaves_as_lines_and_as_parquet(scene, alice, kind):
    query = asked(scene, period="7d")
    lines = b"".join(queries.export_rows(query, kind, ExportForm.NDJSON, actor=alice)).decode().splitlines()
    assert len([json.loads(line) for line in lines]) == {"events": 7, "sessions": 4, "credits": 1}[kind]
    parquet = b"".join(queries.export_rows(query, kind, ExportForm.PARQUET, actor=alice))
    assert parquet[:4] == parquet[-4:] == b"PAR1"


def test_now_is_after_everything():
    assert START + timedelta(minutes=1500) < NOW
