"""The status page that the owner of an API enters in its settings is read, and its incidents are the API's."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from emporion.gateway.routing.models import Api
from emporion.kernel.clock import utcnow
from emporion.nexus.providers import queries
from emporion.nexus.providers.models import FeedRow
from emporion.plumbing.types import Actor

from .pages import StatusPage, follow, incident, tick

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("NEX-01", "NEX-04")]


def enter(client: Client, api_id: UUID, url: str) -> None:
    """Changes the status page in the settings of the API."""
    api = Api.objects.get(pk=api_id)
    said = {"name": api.name, "base_url": api.base_url, "timeout_seconds": 60, "body_days": 0, "status_page_url": url}
    answer = client.post(reverse("nexus_gateway:settings", args=[api_id]), said)
    assert answer.status_code == 302, answer.content.decode()


def test_a_status_page_that_is_entered_for_an_api_is_read_and_its_incidents_are_those_of_the_api(
    alice: Actor, alice_client: Client, page: StatusPage, api_id: UUID, drain, now: datetime
) -> None:
    page.statuspage(incident(), indicator="major", text="Partial System Outage")
    enter(alice_client, api_id, f"{page.url}/")
    drain(utcnow())
    tick(now + timedelta(minutes=1))
    project_id = Api.objects.get().project_id
    (feed,) = queries.feeds_of(alice, project_id)
    assert (feed.name, feed.url, feed.api_ids, feed.state) == ("Acme API", page.url, (api_id,), "read")
    (told,) = queries.provider_incidents(alice, project_id, now - timedelta(days=1), now + timedelta(days=1), api_id=api_id)
    assert told.title == "Elevated errors on the API"
    assert "Acme API" in alice_client.get("/nexus/providers/").content.decode()


def test_a_page_that_is_read_already_is_not_read_twice_and_one_that_is_taken_out_no_longer_means_the_api(
    alice_client: Client, page: StatusPage, api_id: UUID, drain
) -> None:
    feed_id = follow(alice_client, page)
    enter(alice_client, api_id, page.url)
    drain(utcnow())
    assert [(row.pk, row.api_ids) for row in FeedRow.objects.all()] == [(feed_id, [str(api_id)])]
    enter(alice_client, api_id, "")
    drain(utcnow())
    assert FeedRow.objects.get().api_ids == []
