"""A form that is sent twice makes one key and one version of a widget, without any script."""

import re
from uuid import UUID

import pytest
from django.test import Client

from emporion.agents.channels import queries
from emporion.plumbing.models import IdempotencyKey
from emporion.plumbing.types import Actor

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("UX-02", "BUY-19")]


def key_of(client: Client, page: str) -> dict[str, str]:
    found = re.search(r'name="once" value="([^"]+)"', client.get(page).text)
    assert found, page
    return {"once": found[1]}


def test_an_api_key_is_made_once_and_shown_again(alice_client: Client, alice: Actor, agent_id: UUID) -> None:
    page = f"/agents/{agent_id}/keys/"
    sent = key_of(alice_client, page) | {"name": "Ségur"}
    shown = [re.findall(r"ek_[\w-]{20,}", alice_client.post(page, sent).text)[0] for _ in range(2)]
    assert shown[0] == shown[1]
    assert len(queries.keys_of(alice, agent_id)) == 1
    alice_client.post(page, sent | key_of(alice_client, page))
    assert len(queries.keys_of(alice, agent_id)) == 2, "another form makes another key, also with the same name"


def test_a_refusal_is_not_kept(bob_client: Client, alice_client: Client, agent_id: UUID) -> None:
    page = f"/agents/{agent_id}/keys/"
    sent = key_of(alice_client, page) | {"name": "Ségur"}
    assert bob_client.post(page, sent).status_code == 403
    assert not IdempotencyKey.objects.filter(scope__startswith="form:").exists()


def test_a_version_is_published_once(alice_client: Client, alice: Actor, agent_id: UUID) -> None:
    page = f"/agents/{agent_id}/widget/"
    shown = alice_client.get(page).text
    before = len(queries.versions_of(alice, agent_id))
    chosen = dict(re.findall(r'name="(position|launcher|consent|once)" value="([^"]+)"', shown))
    sent = chosen | {"colour": "#123456", "publish": ""}
    answers = [alice_client.post(page, sent) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [302, 302]
    assert len(queries.versions_of(alice, agent_id)) == before + 1
