"""Logs of web servers become visits: through the page, to the dashboard, and back out again."""

import gzip
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from emporion.config import eventlog
from emporion.insights.imports.tests.writing import DAY, FIREFOX, IPHONE, ROBOT, access_log, combined
from emporion.insights.imports.types import State
from emporion.insights.reports import queries as reports
from emporion.insights.reports.adding import Adder
from emporion.insights.reports.rules import parse
from emporion.insights.sites.models import Site
from emporion.kernel.clock import utcnow
from emporion.store.types import NOBODY

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.requirement("INS-19")]

LINES = [
    combined(DAY, "/", referrer="https://www.google.com/"),
    combined(DAY + timedelta(seconds=2), "/app.css"),
    combined(DAY + timedelta(minutes=4), "/pricing?utm_source=newsletter", referrer="https://halyard.example/"),
    combined(DAY + timedelta(hours=3), "/docs/"),
    combined(DAY, "/pricing", address="2001:db8:1::7", agent=IPHONE, referrer="https://news.ycombinator.com/"),
    combined(DAY, "/", agent=ROBOT, address="66.249.66.1"),
    combined(DAY, "/gone", status=404),
    combined(DAY, "/old", status=301),
    "not a line of any log, from 192.0.2.77",
]


def log(*lines: str) -> bytes:
    return "\n".join(lines).encode()


def events(site) -> list[dict[str, object]]:
    columns = "path, origin, source, country, browser, visitor_id"
    sql = f"SELECT {columns} FROM site_events FINAL WHERE site_id = {{site:UUID}} ORDER BY occurred_at, path"
    return eventlog.store().rows(sql, {"site": site.id}, as_=dict)


def visits(site) -> list[dict[str, object]]:
    whose = "site_id = {site:UUID} AND NOT is_deleted"
    sql = f"SELECT pages, source, country, device FROM site_sessions WHERE {whose} ORDER BY started_at, pages"
    return eventlog.store().rows(sql, {"site": site.id}, as_=dict)


def test_a_log_is_shown_before_anything_is_stored_then_becomes_visits_in_the_dashboard(
    upload, agree, alice_client: Client, site
) -> None:
    run = upload(("access.log", log(*LINES)))
    page = alice_client.get(f"/insights/{site.id}/settings/import/{run.pk}/").content.decode()
    assert "Import 4 rows" in page
    assert "Of 9 rows, 4 count." in page
    assert "Robot" in page
    assert "No page came" in page
    assert events(site) == [], "nothing is stored before somebody agreed"
    agree(run)
    assert [row["path"] for row in events(site)] == ["/", "/pricing", "/pricing", "/docs/"]
    assert {str(row["origin"]) for row in events(site)} == {f"import:{run.pk.hex}"}
    assert NOBODY not in {row["visitor_id"] for row in events(site)}
    found = visits(site)
    assert [row["pages"] for row in found] == [["/", "/pricing"], ["/pricing"], ["/docs/"]], "half an hour ends a visit"
    assert [row["source"] for row in found] == ["Google", "Hacker News", "Direct"]
    assert found[0]["country"] == "GB"
    assert found[1]["device"] == "mobile"
    address = f"/insights/{site.id}/?period=custom&from=2025-03-03&to=2025-03-03"
    assert "Hacker News" in alice_client.get(address).content.decode()
    done = alice_client.get(f"/insights/{site.id}/settings/import/{run.pk}/").content.decode()
    assert "4 rows were imported" in done
    assert Site.objects.get(pk=site.id).first_event_at is None, "history says nothing of the script"


def test_undo_takes_away_exactly_what_came(upload, agree, alice_client: Client, site, record, drain) -> None:
    own = record((DAY + timedelta(days=40), "pageview", "/own"))
    run = agree(upload(("access.log.gz", gzip.compress(log(*LINES)))))
    assert len(visits(site)) == 4
    assert alice_client.post(f"/insights/{site.id}/settings/import/{run.pk}/undo/").status_code == 302
    drain(utcnow())
    run.refresh_from_db()
    assert run.state == State.UNDONE
    assert [row["visitor_id"] for row in events(site)] == [own]
    assert [row["pages"] for row in visits(site)] == [["/own"]]
    again = agree(upload(("access.log.gz", gzip.compress(log(*LINES)))))
    assert again.stored == 4, "after an undo the same file may come again"


def test_the_same_file_twice_is_told_and_adds_nothing(upload, agree, alice_client: Client, site) -> None:
    agree(upload(("access.log", log(*LINES))))
    again = upload(("renamed.log", log(*LINES)))
    assert again.state == State.FAILED
    page = alice_client.get(f"/insights/{site.id}/settings/import/{again.pk}/").content.decode()
    assert "This very file was imported before" in page
    assert len(events(site)) == 4
    longer = upload(("longer.log", log(*LINES, combined(DAY + timedelta(days=1), "/new"))))
    assert longer.taken == 1, "what an earlier import covers is left out"


def test_days_that_were_measured_here_are_left_out_unless_somebody_wants_them(
    upload, agree, alice_client: Client, site, record
) -> None:
    record((DAY + timedelta(hours=12), "pageview", "/own"))
    early = combined(DAY - timedelta(days=2), "/early")
    run = upload(("access.log", log(early, *LINES)))
    assert (run.taken, run.covered) == (1, 5), "a robot on such a day is one row of it"
    page = alice_client.get(f"/insights/{site.id}/settings/import/{run.pk}/").content.decode()
    assert "Some of it is here already" in page
    agree(run, takes_covered="on")
    assert [row["path"] for row in events(site)].count("/pricing") == 2


def test_a_large_log_is_counted_the_same_when_it_is_stored_as_when_it_was_looked_at(upload, agree, site) -> None:
    run = upload(("access.log", log(*access_log(3_000))))
    looked = (run.taken, run.pageviews, run.visitors, run.visits)
    assert run.rows == 3_000
    agree(run)
    assert (run.stored, run.pageviews, run.visitors, run.visits) == looked
    assert FIREFOX not in str(run.left)


def test_days_that_were_added_up_hear_of_an_import_and_of_its_undoing(
    upload, agree, alice, alice_client: Client, site, drain
) -> None:
    def visitors() -> int:
        asked = parse({"period": ["custom"], "from": ["2025-03-01"], "to": ["2025-03-05"]}, site, utcnow())
        return reports.overview(asked, actor=alice).total.visitors

    def add_up() -> int:
        adder, store = Adder(quiet_seconds=0, many_visits=1), eventlog.store()
        found = [one for one in adder.busy(store, now=utcnow()) if one.site_id == site.id]
        return sum(adder.add_up(store, one, ZoneInfo(site.time_zone), now=utcnow()) for one in found)

    run = agree(upload(("access.log", log(*LINES))))
    before = visitors()
    add_up()
    assert visitors() == before == 2
    alice_client.post(f"/insights/{site.id}/settings/import/{run.pk}/undo/")
    drain(utcnow())
    assert visitors() == 0
    add_up()
    assert visitors() == 0
