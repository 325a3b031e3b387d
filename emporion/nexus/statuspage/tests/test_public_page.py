"""What everybody sees of a status page, as people and as programs see it."""

from datetime import datetime, timedelta
from uuid import UUID

import lxml.etree
import pytest
from django.test import Client

from emporion.kernel.ids import new_id
from emporion.nexus.statuspage import actions
from emporion.nexus.statuspage.models import Component, ComponentDay
from emporion.nexus.statuspage.tests.conftest import OPENAI
from emporion.nexus.statuspage.types import Indicator, NewsItem, PageView, Stage
from emporion.plumbing.types import Actor

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("NEX-07", "NEX-18")]
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
    for module in ("public_views", "views"):
        monkeypatch.setattr(f"emporion.nexus.statuspage.{module}.utcnow", lambda: now + timedelta(hours=1))


def news(stage: Stage, text: str, *, incident_id: UUID, name: str = "Problems with summaries") -> NewsItem:
    return NewsItem(
        incident_id=incident_id, name=name, stage=stage, impact=Indicator.MAJOR, text=text, api_ids=(OPENAI,), began_at=None
    )


def test_a_page_is_private_until_it_is_published(page: PageView, alice_client: Client, charlie_client: Client) -> None:
    assert Client().get("/status/halyard/").status_code == 404
    assert charlie_client.get("/status/halyard/").status_code == 404
    assert Client().get("/status/halyard/api/v2/summary.json").status_code == 404
    preview = alice_client.get("/status/halyard/")
    assert "Only the people of your project see this page." in preview.content.decode()
    assert "no-store" in preview["Cache-Control"]


def test_a_published_page_says_at_once_that_everything_works(public: PageView, summaries: Component, search: Component) -> None:
    answer = Client().get("/status/halyard/")
    text = answer.content.decode()
    assert "Everything works" in text
    assert "Meeting summaries" in text
    assert "max-age=30" in answer["Cache-Control"]
    assert "sessionid" not in answer.cookies
    assert "csrftoken" not in answer.cookies


def test_what_is_posted_about_an_api_shows_at_its_component_alone(
    public: PageView, summaries: Component, search: Component, alice: Actor, project_id: UUID, now: datetime
) -> None:
    incident_id = new_id()
    posted = actions.post_news(
        project_id=project_id,
        news=news(Stage.INVESTIGATING, "About 1 in 8 requests fail.", incident_id=incident_id),
        actor=alice,
        now=now,
    )
    assert posted is not None
    told = Client().get("/status/halyard/api/v2/summary.json").json()
    assert told["status"] == {"indicator": "major", "description": "Partial System Outage"}
    states = {one["name"]: one["status"] for one in told["components"] if not one["group"]}
    assert states == {"Meeting summaries": "partial_outage", "Search": "operational"}
    assert str(incident_id) not in str(told), "our own id is nobody's business"
    later = now + timedelta(minutes=20)
    over = news(Stage.RESOLVED, "It works again.", incident_id=incident_id)
    actions.post_news(project_id=project_id, news=over, actor=alice, now=later)
    assert Client().get("/status/halyard/api/v2/status.json").json()["status"]["indicator"] == "none"
    page = Client().get("/status/halyard/").content.decode()
    assert page.index("It works again.") < page.index("About 1 in 8 requests fail.")


def test_the_settings_say_of_a_component_what_the_public_page_says(
    public: PageView, summaries: Component, alice: Actor, alice_client: Client, project_id: UUID, now: datetime
) -> None:
    def states() -> tuple[int, int]:
        pages = (alice_client.get("/nexus/status-page/"), Client().get("/status/halyard/"))
        return tuple(page.content.decode().count("Partial outage") for page in pages)

    assert states() == (0, 0)
    said = news(Stage.INVESTIGATING, "About 1 in 8 requests fail.", incident_id=new_id())
    actions.post_news(project_id=project_id, news=said, actor=alice, now=now)
    assert states() == (1, 1)


def test_the_json_has_the_fields_that_monitors_read(
    public: PageView, summaries: Component, alice: Actor, project_id: UUID, now: datetime
) -> None:
    said = news(Stage.IDENTIFIED, "An outage at a provider.", incident_id=new_id())
    actions.post_news(project_id=project_id, news=said, actor=alice, now=now)
    told = Client().get("/status/halyard/api/v2/summary.json").json()
    assert set(told) == {"page", "components", "incidents", "scheduled_maintenances", "status"}
    assert set(told["page"]) == {"id", "name", "url", "time_zone", "updated_at"}
    assert told["page"]["time_zone"] == "Europe/Berlin"
    incident = told["incidents"][0]
    assert incident["status"] == "identified"
    assert incident["impact"] == "major"
    assert incident["resolved_at"] is None
    assert {"id", "name", "created_at", "updated_at", "monitoring_at", "shortlink", "started_at", "page_id"} <= set(incident)
    update = incident["incident_updates"][0]
    assert {"id", "status", "body", "incident_id", "created_at", "updated_at", "display_at", "affected_components"} <= set(update)
    assert update["body"] == "An outage at a provider."
    group = next(one for one in told["components"] if one["group"])
    member = next(one for one in told["components"] if one["name"] == "Meeting summaries")
    assert group["components"] == [member["id"]]
    assert member["group_id"] == group["id"]
    assert len({*group["id"], *member["id"]} - set("0123456789abcdefghijklmnopqrstuvwxyz")) == 0
    for name in ("status", "components", "incidents", "scheduled-maintenances", "incidents/unresolved"):
        answer = Client().get(f"/status/halyard/api/v2/{name}.json")
        assert answer.status_code == 200, name
        assert answer["Access-Control-Allow-Origin"] == "*"
    assert Client().get("/status/halyard/api/v2/secrets.json").status_code == 404


def test_an_unchanged_page_is_not_sent_again(public: PageView, alice: Actor, project_id: UUID, now: datetime) -> None:
    first = Client().get("/status/halyard/api/v2/status.json")
    again = Client(headers={"If-None-Match": first["ETag"]}).get("/status/halyard/api/v2/status.json")
    assert again.status_code == 304
    actions.post_news(project_id=project_id, news=news(Stage.INVESTIGATING, "Hm.", incident_id=new_id()), actor=alice, now=now)
    changed = Client(headers={"If-None-Match": first["ETag"]}).get("/status/halyard/api/v2/status.json")
    assert changed.status_code == 200


def test_feeds_carry_everything_that_was_said_as_text(public: PageView, alice: Actor, project_id: UUID, now: datetime) -> None:
    said = news(Stage.INVESTIGATING, "Calls to <b>us</b> & you fail.", incident_id=new_id(), name='Trouble with "A" & <B>')
    actions.post_news(project_id=project_id, news=said, actor=alice, now=now)
    atom = Client().get("/status/halyard/history.atom")
    assert atom["Content-Type"].startswith("application/atom+xml")
    feed = lxml.etree.fromstring(atom.content)
    entry = feed.find(f"{ATOM}entry")
    assert entry.findtext(f"{ATOM}title") == 'Trouble with "A" & <B>'
    assert "&lt;b&gt;us&lt;/b&gt; &amp; you" in entry.findtext(f"{ATOM}content")
    rss = lxml.etree.fromstring(Client().get("/status/halyard/history.rss").content)
    assert rss.findtext("channel/item/title") == 'Trouble with "A" & <B>'


def test_an_announced_maintenance_begins_and_ends_by_itself(
    public: PageView, search: Component, alice_client: Client, now: datetime
) -> None:
    said = {
        "name": "Move to a larger database",
        "starts_at": "2026-10-25T12:00",  # on Berlin's clock, after its summer time has ended: 11:00 UTC
        "ends_at": "2026-10-25T13:00",
        "text": "Searches may take longer.",
        "component_ids": [str(search.pk)],
    }
    assert alice_client.post("/nexus/status-page/maintenance/", said).status_code == 302
    told = Client().get("/status/halyard/api/v2/scheduled-maintenances/upcoming.json").json()["scheduled_maintenances"][0]
    assert told["scheduled_for"].startswith("2026-10-25T11:00:00")
    assert told["status"] == "scheduled"
    assert Client().get("/status/halyard/api/v2/status.json").json()["status"]["indicator"] == "none"
    actions.advance_maintenance(now=datetime.fromisoformat("2026-10-25T11:00:30+00:00"))
    told = Client().get("/status/halyard/api/v2/summary.json").json()
    assert told["scheduled_maintenances"][0]["status"] == "in_progress"
    assert {one["name"]: one["status"] for one in told["components"]}["Search"] == "under_maintenance"
    actions.advance_maintenance(now=datetime.fromisoformat("2026-10-25T12:00:30+00:00"))
    told = Client().get("/status/halyard/api/v2/summary.json").json()
    assert told["scheduled_maintenances"] == []
    assert told["components"][0]["status"] == "operational"


def test_the_history_counts_the_days_of_which_something_is_known(public: PageView, summaries: Component, now: datetime) -> None:
    day = now.date()
    ComponentDay.objects.create(component=summaries, on=day, seen_minutes=100, bad_minutes=1, worst="partial_outage")
    ComponentDay.objects.create(component=summaries, on=day - timedelta(days=3), seen_minutes=900, bad_minutes=0)
    text = Client().get("/status/halyard/").content.decode()
    assert "99.9% uptime" in text
    assert "2026-10-25: 99%, 1 min down" in text
    assert "2026-10-24: nothing is known" in text


def test_names_of_components_and_updates_stay_text(
    public: PageView, alice: Actor, project_id: UUID, page: PageView, now: datetime
) -> None:
    attack = "<img src=x onerror=alert(1)>"
    actions.add_component(page_id=page.id, component=actions.ComponentSettings(name=attack, group=attack), actor=alice, now=now)
    said = news(Stage.INVESTIGATING, attack, incident_id=new_id(), name=attack)
    actions.post_news(project_id=project_id, news=said, actor=alice, now=now)
    for path in ("", "history/", "subscribe/"):
        assert attack not in Client().get(f"/status/halyard/{path}").content.decode()
