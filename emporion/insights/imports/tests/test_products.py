"""What other products export: Umami's events, DataFast's visitors, Plausible's totals."""

import io
import json
import zipfile
from dataclasses import replace
from datetime import date

import pytest
from django.test import Client

from emporion.config import eventlog
from emporion.insights.imports.history import Counted, History, Span
from emporion.insights.imports.models import ImportedDay
from emporion.insights.imports.presenting import chart_of_history
from emporion.insights.imports.tests.writing import PLAUSIBLE, umami
from emporion.insights.imports.types import State
from emporion.kernel.clock import utcnow
from emporion.ui.types import Chart

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.requirement("INS-19")]


def zipped(files: dict[str, str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return out.getvalue()


def sessions(site) -> list[dict[str, object]]:
    columns = "pages, goals, source, utm_campaign, country, city, device, browser, system"
    sql = f"SELECT {columns} FROM site_sessions WHERE site_id = {{site:UUID}} AND NOT is_deleted ORDER BY started_at"
    return eventlog.store().rows(sql, {"site": site.id}, as_=dict)


def test_umamis_export_becomes_visits_with_their_goals_and_says_what_stayed_behind(upload, agree, site) -> None:
    table = umami(
        {"url_path": "/", "referrer_domain": "www.google.com", "referrer_path": "/search"},
        {"url_path": "/pricing", "created_at": "2025-02-01 10:05:00"},
        {"event_type": "2", "event_name": "Sign Up!", "created_at": "2025-02-01 10:06:00.250", "url_path": "/pricing"},
        {"url_path": "/", "created_at": "2025-02-01 15:00:00", "utm_source": "news", "utm_campaign": "may"},
        {"session_id": "s-2", "hostname": "other.example"},
        {"session_id": "s-2", "event_type": "7"},
        {"session_id": "s-2", "event_type": "2", "event_name": "!!!"},
        {"session_id": "s-2", "created_at": "yesterday"},
    )
    run = upload(
        ("umami.zip", zipped({"export/website_event.csv": table, "export/session_data.csv": "a,b\n1,2\n"})), source="umami"
    )
    assert (run.rows, run.taken, run.goals) == (8, 4, 1)
    assert {reason: one["count"] for reason, one in run.left.items()} == {
        "wrong_domain": 1, "other_kind": 1, "name": 1, "unreadable": 1,
    }  # fmt: skip
    agree(run)
    first, second = sessions(site)
    assert (first["pages"], first["goals"], first["source"]) == (["/", "/pricing"], ["sign_up"], "Google")
    assert (first["country"], first["city"], first["device"]) == ("DE", "Berlin", "desktop")
    assert (first["browser"], first["system"]) == ("Chrome", "Windows")
    assert (second["source"], second["utm_campaign"]) == ("news", "may")


def test_visitors_of_datafasts_api_become_visits_one_answer_a_line_or_all_in_a_list(upload, agree, site) -> None:
    visitor = {
        "visitorId": "9c9b7b6e",
        "acquisition": {"referrer": "news.ycombinator.com"},
        "identity": {
            "countryCode": "FR", "city": "Paris", "browser": {"name": "Firefox"}, "os": {"name": "Mac OS"},
            "device": {"type": "desktop"}, "viewport": {"width": 1280, "height": 720},
        },
        "activity": {
            "visitedPages": [
                {"url": "https://halyard.example/pricing", "timestamp": "2025-02-03T10:02:00.000Z"},
                {"url": "https://halyard.example/?utm_source=x", "timestamp": "2025-02-03T10:00:00.000Z"},
            ],
            "completedGoals": [{"name": "trial_started", "timestamp": "2025-02-03T10:03:00.000Z"}],
        },
    }  # fmt: skip
    text = json.dumps({"status": "success", "data": visitor}) + "\n" + '{"half": \n'
    run = upload(("visitors.ndjson", text.encode()), source="datafast")
    assert (run.taken, run.goals) == (3, 1)
    agree(run)
    (found,) = sessions(site)
    assert (found["pages"], found["goals"]) == (["/", "/pricing"], ["trial_started"])
    assert (found["country"], found["system"]) == ("FR", "Mac OS X")
    listed = upload(("visitors.json", json.dumps([visitor | {"visitorId": "other"}], indent=1).encode()), source="datafast")
    assert listed.left["imported"]["count"] == 3, "the same time came in before"


def test_plausibles_totals_stay_totals_on_a_page_of_their_own_and_become_no_visits(
    upload, alice_client: Client, bob_client: Client, site, drain
) -> None:
    address = f"/insights/{site.id}/history/"
    assert "No history from Plausible" in alice_client.get(address).content.decode()
    export = zipped(PLAUSIBLE)
    run = upload(("plausible.zip", export), source="plausible")
    page = alice_client.get(f"/insights/{site.id}/settings/import/{run.pk}/").content.decode()
    assert "Source: Google" in page or "Page: /" in page
    assert run.left["unreadable"]["count"] == 1
    alice_client.post(f"/insights/{site.id}/settings/import/{run.pk}/agree/")
    drain(utcnow())
    run.refresh_from_db()
    assert run.state == State.DONE
    assert sessions(site) == [], "no visit is made up"
    google = ImportedDay.objects.get(dimension="source", value="Google")
    assert (google.visitors, google.visits, google.pageviews) == (8, 9, 24), "what is split more finely is summed up"
    shown = bob_client.get(address).content.decode()
    for words in ("89", "40", "Germany", "Google", "/pricing", "Firefox", "Signup", "may", "sums of days, not visits"):
        assert words in shown
    assert "2024-02" not in bob_client.get(f"{address}?year=1999").content.decode()
    again = upload(("plausible.zip", export), source="plausible")
    assert again.state == State.FAILED
    assert alice_client.post(f"/insights/{site.id}/settings/import/{run.pk}/undo/").status_code == 302
    drain(utcnow())
    assert not ImportedDay.objects.exists()


def test_a_chart_of_the_past_has_the_days_on_which_nothing_happened() -> None:
    def chart(*days: date) -> Chart:
        past = History(span=Span(first=days[0], last=days[-1]), years=(), year=None, total=Counted(), days=(), lists=())
        found = chart_of_history(replace(past, days=tuple(Counted(day=day, visitors=3) for day in days)))
        assert found is not None
        return found

    near = chart(date(2024, 1, 30), date(2024, 2, 2))
    assert near.labels == ("30 Jan", "31 Jan", "1 Feb", "2 Feb")
    assert near.series[0].values == (3, 0, 0, 3)
    far = chart(date(2023, 12, 30), date(2024, 1, 2), date(2024, 4, 2))
    assert far.labels == ("Dec 2023", "Jan 2024", "Feb 2024", "Mar 2024", "Apr 2024")
    assert far.series[0].values == (3, 3, 0, 0, 3)
