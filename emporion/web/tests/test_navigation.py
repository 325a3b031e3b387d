"""The way to Nexus says from every page how many problems are open, to whoever may see them."""

import re
from uuid import UUID

import pytest
from django.core.cache import cache
from django.test import Client

from emporion.gateway.routing.models import Api
from emporion.kernel.clock import utcnow
from emporion.nexus.alerts.models import Problem
from emporion.plumbing.types import Actor

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("NEX-03", "UX-02")]


def counts(client: Client) -> list[str]:
    """What stands beside Nexus in the rail, in the bottom bar and in the drawer."""
    page = client.get("/dashboard/").content.decode()
    found = re.findall(r'href="/nexus/"[^>]*>.*?</a>', page, re.DOTALL)
    assert found
    texts = [" ".join(re.sub(r"<[^>]+>", " ", link).partition(">")[2].split()) for link in found]
    return [text for text in texts if text != "Nexus"]


def open_problems(actor: Actor, project_id: UUID, states: tuple[str, ...]) -> None:
    now, first = utcnow(), Problem.objects.count() + 1
    fields = {"organisation_id": actor.organisation, "project_id": project_id, "title": "OpenAI fails", "priority": 1}
    for number, state in enumerate(states, first):
        Problem.objects.create(number=number, state=state, opened_at=now, last_seen_at=now, severity="page", **fields)


def test_every_page_counts_the_open_problems_of_the_project_beside_nexus(
    alice: Actor, alice_client: Client, charlie_client: Client, project_id: UUID
) -> None:
    Api.objects.create(
        organisation_id=alice.organisation, project_id=project_id, slug="openai", name="OpenAI", template="openai",
        protocol="openai", base_url="https://api.example", created_at=utcnow(),
    )  # fmt: skip
    assert counts(alice_client) == []
    cache.clear()
    open_problems(alice, project_id, ("open", "acknowledged", "resolved"))
    shown = counts(alice_client)
    assert shown
    assert set(shown) == {"Nexus 2 open problems"}
    assert counts(charlie_client) == [], "of somebody else's project nothing is said"


def test_the_count_is_asked_for_once_in_some_seconds_and_not_for_each_page(
    alice: Actor, project_id: UUID, django_assert_num_queries
) -> None:
    from emporion.nexus.alerts import queries

    open_problems(alice, project_id, ("open",))
    with django_assert_num_queries(1):
        assert [queries.open_count(alice, project_id) for _page in range(3)] == [1, 1, 1]
