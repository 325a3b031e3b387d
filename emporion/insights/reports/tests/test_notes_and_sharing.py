"""What people add to figures and whom they give them to: notes, secret links, exports."""

import csv
import io
import re
from datetime import timedelta

import pytest
from django.test import Client

from emporion.billing.events import PlanChanged
from emporion.insights.reports import jobs
from emporion.insights.reports.models import Note, Share
from emporion.insights.reports.tests.pages_scene import Visit, site_of_alice, visited
from emporion.insights.sites.types import SiteView
from emporion.kernel.clock import utcnow
from emporion.kernel.ids import new_id
from emporion.plumbing.types import Actor, JobContext

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(alice: Actor) -> SiteView:
    site = site_of_alice(alice, utcnow())
    at = utcnow() - timedelta(days=1)
    visited(site, Visit(at=at, pages=("=cmd()", "/"), source="Google", paid_minor=12_000, user_ref="zoe@customer.example"))
    return site


def home(site: SiteView) -> str:
    return f"/insights/{site.id}/"


def body(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, response.status_code
    return response.content.decode()


def flags(page: str) -> list[str]:
    return re.findall(r'<span class="text">(.*?)</span>', page)


@pytest.mark.requirement("INS-06")
def test_a_note_is_written_changed_deleted_and_brought_back(alice_client: Client, shop: SiteView) -> None:
    when = (utcnow() - timedelta(hours=20)).strftime("%Y-%m-%dT%H:%M")
    alice_client.post(f"{home(shop)}notes/", {"text": "New <b>pricing</b> page", "at": when})
    page = body(alice_client, home(shop))
    assert flags(page) == ["New &lt;b&gt;pricing&lt;/b&gt; page"]
    assert "Alicé" in page
    note = Note.objects.get()
    assert note.at.strftime("%Y-%m-%dT%H:%M") == when
    alice_client.post(f"{home(shop)}notes/{note.id}/", {"text": "Prices are up", "at": when})
    assert flags(body(alice_client, home(shop))) == ["Prices are up"]
    gone = alice_client.post(f"{home(shop)}notes/{note.id}/remove/")
    after = body(alice_client, gone["Location"])
    assert flags(after) == []
    assert "The note is deleted." in after
    alice_client.post(f"{home(shop)}notes/{note.id}/restore/")
    assert flags(body(alice_client, home(shop))) == ["Prices are up"]


@pytest.mark.requirement("INS-06", "ACC-05")
def test_a_member_changes_notes_of_their_own_and_nobody_elses(alice_client: Client, bob_client: Client, shop: SiteView) -> None:
    alice_client.post(f"{home(shop)}notes/", {"text": "Hers"})
    hers = Note.objects.get()
    assert bob_client.post(f"{home(shop)}notes/{hers.id}/", {"text": "Mine"}).status_code == 403
    assert bob_client.post(f"{home(shop)}notes/{hers.id}/remove/").status_code == 403
    bob_client.post(f"{home(shop)}notes/", {"text": "His"})
    his = Note.objects.get(text="His")
    assert bob_client.post(f"{home(shop)}notes/{his.id}/remove/").status_code == 302
    assert flags(body(alice_client, home(shop))) == ["Hers"]


@pytest.mark.requirement("INS-06")
def test_a_note_without_words_is_not_kept(alice_client: Client, shop: SiteView) -> None:
    answer = alice_client.post(f"{home(shop)}notes/", {"text": "   ", "back": "http://["})
    assert "The note has no words." in body(alice_client, answer["Location"])
    assert not Note.objects.exists()


@pytest.mark.requirement("INS-06")
def test_a_deploy_marks_the_timeline_once_however_often_it_reports(
    client: Client, alice_client: Client, shop: SiteView, robo_writes_headers: dict[str, str]
) -> None:
    at = (utcnow() - timedelta(hours=2)).isoformat()
    said = {"text": "Release 4.2", "key": "sha-1", "url": "https://git.example/1", "at": at}
    for _ in range(2):
        answer = client.post(f"/api/insights/{shop.id}/notes", said, "application/json", headers=robo_writes_headers)
        assert answer.status_code == 201
        assert answer.json()["origin"] == "deploy"
    page = body(alice_client, home(shop))
    assert flags(page) == ["Release 4.2"]
    assert "icons.svg#rocket" in page


@pytest.mark.requirement("INS-06", "SEC-01")
def test_a_key_that_may_only_read_and_a_stranger_write_nothing(
    client: Client, charlie_client: Client, shop: SiteView, robo_headers: dict[str, str]
) -> None:
    said = {"text": "Release 4.2"}
    assert client.post(f"/api/insights/{shop.id}/notes", said, "application/json", headers=robo_headers).status_code == 403
    assert client.post(f"/api/insights/{shop.id}/notes", said, "application/json").status_code == 401
    assert charlie_client.post(f"{home(shop)}notes/", said).status_code == 404
    assert not Note.objects.exists()


@pytest.mark.requirement("INS-06")
def test_a_change_of_plan_writes_itself_on_the_timeline_once(alice: Actor, alice_client: Client, shop: SiteView) -> None:
    changed = PlanChanged(subscription_id=new_id(), organisation_id=alice.organisation, plan_id=new_id(), plan_name="Pro")
    job = JobContext(id=new_id(), name="x", attempt=1, now=utcnow())
    jobs.note_plan(changed, job=job)
    jobs.note_plan(changed, job=job)
    assert flags(body(alice_client, home(shop))) == ["Plan changed to Pro"]


def link_of(client: Client, shop: SiteView, **said: str) -> str:
    """Makes a secret link through the page and reads it there."""
    client.post(f"{home(shop)}share/links/", said)
    found = re.findall(r'data-copy="[^"]*(/insights/shared/[^"]*)"', body(client, f"{home(shop)}share/"))
    return found[-1]


@pytest.mark.requirement("INS-07")
def test_a_secret_link_shows_the_figures_and_no_person(client: Client, alice_client: Client, shop: SiteView) -> None:
    alice_client.post(f"{home(shop)}notes/", {"text": "Prices are up"})
    link = link_of(alice_client, shop, name="Investors")
    answer = client.get(link)
    page = answer.content.decode()
    assert answer["X-Robots-Tag"] == "noindex"
    assert "$120" in page
    assert "Google" in page
    assert flags(page) == ["Prices are up"]
    assert "zoe@customer.example" not in page
    assert "Alicé" not in page
    assert str(shop.id) not in page  # nothing here leads into the account
    assert "Add note" not in page
    filtered = re.search(r'href="([^"]*)"[^>]*title="Google"', page)
    assert filtered
    assert filtered[1].startswith(link)
    assert "Remove the filter" in body(client, filtered[1])
    part = client.get(f"{link}cards/sources/?sources=channel", headers={"HX-Request": "true"})
    assert "organic search" in part.content.decode()


@pytest.mark.requirement("INS-07")
def test_the_timeline_export_and_lists_are_closed_to_whoever_has_a_link(
    client: Client, alice_client: Client, shop: SiteView
) -> None:
    link = link_of(alice_client, shop)
    for path in ("export/events.ndjson", "export/figures.csv", "by/page/", "visitors/", "notes/"):
        assert client.get(f"{link}{path}").status_code == 404


@pytest.mark.requirement("INS-07", "SEC-03")
def test_a_password_stands_before_the_figures_and_guessing_is_slow(client: Client, alice_client: Client, shop: SiteView) -> None:
    link = link_of(alice_client, shop, password="amphora blue")
    assert "amphora blue" not in Share.objects.get().password_hash
    assert "$120" not in body(client, link)
    assert client.get(f"{link}cards/sources/", headers={"HX-Request": "true"}).status_code == 302
    wrong = client.post(link, {"password": "amphora"})
    assert wrong.status_code == 422
    assert "That is not the password." in wrong.content.decode()
    assert client.post(link, {"password": "amphora blue"}).status_code == 302
    assert "$120" in body(client, link)
    stranger = Client()
    guesses = (stranger.post(link, {"password": "guess"}).status_code for _ in range(2 * 10))  # a minute may end meanwhile
    assert 429 in guesses
    assert "amphora" not in stranger.post(link, {"password": "amphora blue"}).content.decode()
    assert "$120" not in body(stranger, link)


@pytest.mark.requirement("INS-07")
def test_a_revoked_link_is_dead_at_once_and_can_be_brought_back(client: Client, alice_client: Client, shop: SiteView) -> None:
    link = link_of(alice_client, shop)
    share = Share.objects.get()
    ended = alice_client.post(f"{home(shop)}share/links/{share.id}/revoke/")
    assert client.get(link).status_code == 404
    assert "Undo" in body(alice_client, ended["Location"])
    alice_client.post(f"{home(shop)}share/links/{share.id}/restore/")
    assert client.get(link).status_code == 200


@pytest.mark.requirement("INS-07", "ACC-05")
def test_only_who_may_configure_gives_figures_away(
    bob_client: Client, charlie_client: Client, alice_client: Client, shop: SiteView
) -> None:
    assert bob_client.get(home(shop)).status_code == 200
    assert bob_client.post(f"{home(shop)}share/links/", {}).status_code == 403
    assert bob_client.get(f"{home(shop)}export/events.ndjson").status_code == 403
    link_of(alice_client, shop)
    share = Share.objects.get()
    assert charlie_client.post(f"{home(shop)}share/links/{share.id}/revoke/").status_code == 404
    assert Share.objects.filter(revoked_at=None).exists()


@pytest.mark.requirement("INS-07", "SEC-03")
def test_the_figures_leave_as_csv_in_which_nothing_runs(alice_client: Client, shop: SiteView) -> None:
    answer = alice_client.get(f"{home(shop)}export/page.csv")
    assert answer["Content-Disposition"] == 'attachment; filename="shop.example-page.csv"'
    lines = answer.content.decode().splitlines()
    assert lines[0].startswith("page,visitors,sessions")
    assert any(line.startswith("'=cmd(),1,1") for line in lines)
    timeline = body(alice_client, f"{home(shop)}export/figures.csv?period=7d")
    assert len(timeline.splitlines()) == 8
    assert ",120.00,1," in timeline


@pytest.mark.requirement("INS-04", "INS-05", "INS-07")
def test_each_figure_of_the_tiles_and_of_the_goals_leaves_as_csv(alice: Actor, alice_client: Client) -> None:
    site, now = site_of_alice(alice, utcnow()), utcnow()
    day, before = now - timedelta(days=1), now - timedelta(days=9)
    visited(
        site,
        Visit(at=day, goal="signup", paid_minor=4_500),
        Visit(at=day, goal="signup", country="GR"),
        Visit(at=day),
        Visit(at=before, pages=("/", "/a")),
    )

    def rows(address: str) -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(body(alice_client, address))))

    page = body(alice_client, f"{home(site)}?period=7d")
    total, former = rows(re.findall(r'href="([^"]*totals.csv[^"]*)"', page)[0].replace("&amp;", "&"))
    assert (total["visitors"], total["revenue"], total["revenue_per_visitor"]) == ("3", "45.00", "15.0000")
    assert (former["visitors"], former["revenue"]) == ("1", "0.00")
    assert former["start"] < former["end"] <= total["start"] < total["end"]
    alone = rows(f"{home(site)}export/totals.csv?period=7d&compare=none&country=is:GR")
    assert [row["visitors"] for row in alone] == ["1"]
    goals = body(alice_client, f"{home(site)}goals/?period=7d")
    (goal,) = rows(re.findall(r'href="([^"]*goal.csv[^"]*)"', goals)[0].replace("&amp;", "&"))
    assert (goal["goal"], goal["visitors"], goal["completions"]) == ("signup", "2", "2")


@pytest.mark.requirement("INS-07")
def test_everything_that_was_recorded_leaves_as_json_lines_and_as_parquet(alice_client: Client, shop: SiteView) -> None:
    lines = b"".join(alice_client.get(f"{home(shop)}export/events.ndjson"))  # type: ignore[arg-type]
    assert lines.count(b"\n") == 2
    assert b"zoe@customer.example" in lines
    table = b"".join(alice_client.get(f"{home(shop)}export/events.parquet"))  # type: ignore[arg-type]
    assert table[:4] == table[-4:] == b"PAR1"


@pytest.mark.requirement("INS-07")
def test_the_name_of_a_link_hides_nothing(alice_client: Client, shop: SiteView) -> None:
    answer = alice_client.post(f"{home(shop)}share/links/", {"name": "safe\u202egnp.exe"}, follow=True)
    assert "U+202E" in answer.content.decode()
    assert "not opened yet" not in answer.content.decode()
