"""Status pages of providers, followed through the pages and read by the job, from a server that a test changes."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.conf import LazySettings
from django.test import Client

from emporion.nexus.providers import queries, shapes
from emporion.nexus.providers.models import FeedRow, IncidentRow
from emporion.nexus.providers.types import FeedKind, Impact, Stage
from emporion.plumbing.types import Actor

from .conftest import Told
from .pages import StatusPage, follow, incident, tick

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("NEX-04")]


def test_an_incident_is_opened_changed_and_resolved_once_each(
    alice: Actor, alice_client: Client, page: StatusPage, told: Told, api_id: UUID, now: datetime
) -> None:
    feed_id = follow(alice_client, page, apis=[str(api_id)])
    assert told() == []
    page.statuspage(incident(), indicator="major", text="Partial System Outage")
    for minute in range(2):
        tick(now + timedelta(minutes=minute))
    assert [(word, fact["title"], fact["impact"], fact["api_ids"]) for word, fact in told()] == [
        ("Opened", "Elevated errors on the API", "major", [str(api_id)])
    ]
    page.statuspage(incident(status="identified", minute=20), indicator="major")
    tick(now + timedelta(minutes=2))
    page.statuspage(incident(status="resolved", minute=30))
    tick(now + timedelta(minutes=3))
    tick(now + timedelta(minutes=4))
    assert [word for word, _ in told()] == ["Opened", "Changed", "Resolved"]
    assert told()[-1][1]["at"] == "2026-10-25T00:30:00Z"
    shown = alice_client.get(f"/nexus/providers/{feed_id}/").content.decode()
    assert "Elevated errors on the API" in shown
    assert "We are looking into it." in shown
    found = queries.provider_incidents(
        alice, FeedRow.objects.get().project_id, now - timedelta(hours=1), now + timedelta(hours=1), api_id=api_id
    )
    assert [(one.stage, one.impact) for one in found] == [(Stage.RESOLVED, Impact.MAJOR)]


def test_what_was_over_before_it_was_followed_is_history_and_not_news(alice_client: Client, page: StatusPage, told: Told) -> None:
    page.statuspage(incident(status="resolved"), incident("i2", "postmortem"))
    follow(alice_client, page)
    assert told() == []
    assert IncidentRow.objects.count() == 2


def test_an_incident_that_is_told_of_nowhere_any_more_is_over(
    alice_client: Client, page: StatusPage, told: Told, now: datetime
) -> None:
    page.statuspage(incident())
    follow(alice_client, page)
    page.statuspage()
    tick(now)
    assert [word for word, _ in told()] == ["Opened", "Resolved"]


def test_a_page_that_has_not_changed_is_not_sent_again(alice_client: Client, page: StatusPage, now: datetime) -> None:
    follow(alice_client, page)
    page.asked.clear()
    tick(now)
    assert page.asked == [("/api/v2/summary.json", 304)]


def test_a_page_that_is_down_is_said_and_read_more_seldom_and_alarms_nobody(
    alice: Actor, alice_client: Client, page: StatusPage, told: Told, now: datetime
) -> None:
    page.statuspage(incident())
    feed_id = follow(alice_client, page)
    for document, words in (
        (503, "status 503"),
        (b"<html>maintenance</html>", "no JSON"),
        ({"page": {}}, "no `status`"),
        ([1], "no JSON object"),
        (302, "status 302"),
        (b"x" * 5_000_000, "too large"),
    ):
        page.documents["/api/v2/summary.json"] = document
        tick(now)
        assert words in queries.feed_of(alice, feed_id).problem
    row = FeedRow.objects.get()
    assert (row.problems, row.next_at) == (6, now + timedelta(minutes=30))
    assert [word for word, _ in told()] == ["Opened"], "what it said last stays as it was"
    shown = alice_client.get(f"/nexus/providers/{feed_id}/").content.decode()
    assert "The status page itself cannot be read" in shown
    page.statuspage(incident())
    tick(now + timedelta(hours=1))
    assert (FeedRow.objects.get().problems, FeedRow.objects.get().state) == (0, "read")


def test_components_are_mapped_to_apis_and_incidents_of_other_components_concern_none(
    alice_client: Client, page: StatusPage, told: Told, api_id: UUID, now: datetime
) -> None:
    feed_id = follow(alice_client, page, apis=[str(api_id)])
    alice_client.post(f"/nexus/providers/{feed_id}/", {"apis": [str(api_id)], "c_0": str(api_id), "c_1": ""})
    console = incident("i2", components=[{"id": "c2", "name": "Console"}])
    page.statuspage(incident(), console, incident("i3", components=[]))
    tick(now)
    tick(now + timedelta(minutes=1))
    assert {fact["api_ids"][0] if fact["api_ids"] else "" for _, fact in told()[:1]} == {str(api_id)}
    assert sorted(len(fact["api_ids"]) for _, fact in told()) == [0, 1, 1]


def test_rootly_and_better_stack_are_read_in_their_own_shapes(
    alice: Actor, alice_client: Client, page: StatusPage, told: Told, now: datetime
) -> None:
    page.documents["/api/v1/status.json"] = {
        "page": {"name": "Acme", "url": page.url, "time_zone": "UTC", "updated_at": "2026-10-25T00:00:00Z"},
        "status": {"indicator": "minor", "description": "Minor service outage"},
        "incidents": [{"id": 7, "title": "Slow answers", "status": "identified", "created_at": "2026-10-25T00:01:00Z"}],
    }
    rootly = follow(alice_client, page, kind="rootly")
    assert queries.feed_of(alice, rootly).indicator is Impact.MINOR
    page.documents["/index.json"] = {
        "data": {"id": "165", "type": "status_page", "attributes": {"company_name": "Acme", "aggregate_state": "downtime"}},
        "included": [
            {"id": "1", "type": "status_page_resource", "attributes": {"public_name": "API", "status": "downtime"}},
            {
                "id": "9",
                "type": "status_report",
                "attributes": {
                    "title": "API is down",
                    "report_type": "manual",
                    "starts_at": "2026-10-25T00:05:00.000Z",
                    "ends_at": None,
                    "aggregate_state": "downtime",
                    "affected_resources": [{"status_page_resource_id": "1", "status": "downtime"}],
                },
            },
            {
                "id": "11",
                "type": "status_update",
                "attributes": {"message": "On it.", "published_at": "2026-10-25T00:06:00.000Z", "status_report_id": 9},
            },
        ],
    }
    FeedRow.objects.update(url=f"{page.url}/other")
    better = follow(alice_client, page, kind="better_stack")
    feed = queries.feed_of(alice, better)
    assert (feed.indicator, feed.components[0].status) == (Impact.MAJOR, "major_outage")
    assert [(fact["title"], fact["impact"]) for _, fact in told()] == [("Slow answers", "none"), ("API is down", "major")]
    assert [one.updates[0].text for one in queries.incidents_of(alice, better)] == ["On it."]


def test_an_incident_that_cannot_be_read_leaves_the_others_alone() -> None:
    wrong: list[object] = [
        None,
        7,
        {},
        {"id": 1},
        {"id": "x", "name": "no time"},
        incident(impact="apocalyptic", components="all"),
    ]
    body = {"status": {"indicator": "odd", "description": "x" * 9_000}, "incidents": wrong, "components": [{"id": []}, 3]}
    found = shapes.page_of(FeedKind.STATUSPAGE, json.dumps(body).encode())
    assert (len(found.incidents), len(found.description), found.indicator) == (1, 300, Impact.MINOR)


@pytest.mark.requirement("SEC-02")
def test_an_address_inside_our_own_network_is_not_read(alice: Actor, alice_client: Client, settings: LazySettings) -> None:
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, outbound_allow="")
    response = alice_client.post("/nexus/providers/new/", {"name": "x", "url": "http://169.254.169.254/", "kind": "statuspage"})
    feed_id = UUID(response["Location"].strip("/").rpartition("/")[2])
    assert "cannot be read from here" in queries.feed_of(alice, feed_id).problem


def test_followed_twice_left_and_followed_again(alice_client: Client, page: StatusPage) -> None:
    feed_id = follow(alice_client, page)
    again = alice_client.post(
        "/nexus/providers/new/", {"name": "x", "url": f"{page.url}/api/v2/summary.json", "kind": "statuspage"}
    )
    assert again.status_code == 422
    assert "is read already" in again.content.decode()
    assert "Undo" in alice_client.post(f"/nexus/providers/{feed_id}/act/", {"do": "leave"}, follow=True).content.decode()
    alice_client.post(f"/nexus/providers/{feed_id}/act/", {"do": "restore"})
    assert "Acmé" in alice_client.get("/nexus/providers/").content.decode()
    ready = alice_client.get("/nexus/providers/new/?template=stripe").content.decode()
    assert "https://www.stripestatus.com" in ready
    assert alice_client.post("/nexus/providers/new/", {"name": "x", "url": "no page", "kind": "statuspage"}).status_code == 422


@pytest.mark.requirement("SEC-01")
def test_members_look_and_strangers_see_nothing(
    alice_client: Client, bob_client: Client, charlie_client: Client, page: StatusPage
) -> None:
    feed_id = follow(alice_client, page)
    path = f"/nexus/providers/{feed_id}/"
    assert bob_client.get(path).status_code == 200
    assert bob_client.post(path, {}).status_code == 403
    assert bob_client.post(f"{path}act/", {"do": "leave"}).status_code == 403
    assert charlie_client.get(path).status_code == 404
    assert charlie_client.post(f"{path}act/", {"do": "read"}).status_code == 404
