"""Registering an API through the page: what is wrong is named, what is right leads to a key and three lines to paste."""

import json
import re
from datetime import datetime
from uuid import UUID

import pytest
from django.test import Client

from emporion.gateway.routing.actions import create_key, register_api
from emporion.gateway.routing.models import Api, GatewayKey
from emporion.gateway.routing.orders import NewApi
from emporion.gateway.routing.tests.conftest import KEY, Provider
from emporion.gateway.routing.types import NewKey
from emporion.kernel.clock import utcnow
from emporion.plumbing import secrets
from emporion.plumbing.types import Actor

pytestmark = [pytest.mark.django_db]


def page(client: Client, path: str, status: int = 200) -> str:
    response = client.get(path)
    assert response.status_code == status, path
    return re.sub(r"\s+", " ", response.content.decode())


@pytest.mark.requirement("NEX-01", "NEX-02")
def test_a_person_registers_openai_and_gets_a_key_and_lines_to_paste(alice_client: Client, provider: Provider) -> None:
    assert "OpenRouter" in page(alice_client, "/nexus/apis/new/")
    assert "Make a key at OpenAI" in page(alice_client, "/nexus/apis/new/?preset=openai")
    said = {"preset": "openai", "name": "OpenAI (Zürich)", "base_url": f"{provider.url}/v1/", "secret": f" {KEY}\n"}
    response = alice_client.post("/nexus/apis/new/", said)
    api = Api.objects.get()
    assert response["Location"] == f"/nexus/apis/{api.id}/start/"
    assert (api.slug, api.base_url, api.secret_hint) == ("openai-zurich", provider.url, "cdef")
    assert KEY not in api.secret
    assert secrets.decrypt(api.secret) == KEY
    assert provider.asked == [("/v1/models", provider.asked[0][1])]
    assert provider.asked[0][1]["authorization"] == f"Bearer {KEY}"
    start = page(alice_client, response["Location"])
    key = re.search(r"emp_gw_[\w-]{40,}", start)
    assert key
    assert secrets.digest(key[0]) == GatewayKey.objects.get().digest
    assert "http://127.0.0.1:8000/gateway/openai-zurich/v1/chat/completions" in start
    assert "base_url=&quot;http://127.0.0.1:8000/gateway/openai-zurich/v1&quot;" in start
    assert "Waiting for the first call" in start
    assert 'hx-trigger="every 3s"' in start
    assert key[0] not in page(alice_client, response["Location"])
    assert KEY not in start


@pytest.mark.requirement("NEX-02", "UX-02")
def test_a_revoked_key_can_be_brought_back_by_who_may_revoke(
    alice: Actor, alice_client: Client, bob_client: Client, charlie_client: Client, project_id: UUID
) -> None:
    made = create_key(key=NewKey(name="Zürich shop"), project_id=project_id, actor=alice, now=utcnow())
    revoke, undo = (f"/nexus/gateway/keys/{made.view.id}/{verb}/" for verb in ("revoke", "restore"))
    told = alice_client.post(revoke, follow=True).content.decode()
    assert "“Zürich shop” is revoked." in told
    assert "No valid keys" in told
    assert f'action="{undo}"' in told
    assert {bob_client.post(undo).status_code, charlie_client.post(undo).status_code} <= {403, 404}
    assert GatewayKey.objects.get().revoked_at is not None
    assert "The key is valid again" in alice_client.post(undo, follow=True).content.decode()
    assert GatewayKey.objects.get().revoked_at is None


@pytest.mark.requirement("NEX-01", "UX-06")
@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (401, json.dumps({"error": {"message": f"Incorrect API key provided: {KEY}."}}), "Incorrect API key provided: …."),
        (403, "no", "The provider refuses this key."),
        (404, "{}", "There is no such API at this address."),
        (200, "<!doctype html><title>Hello</title>", "What answers there is a web page, not an API."),
        (503, "{}", "The API answers with an error of its own (503)."),
    ],
)
def test_the_test_call_names_what_is_wrong_and_keeps_what_was_typed(
    alice_client: Client, provider: Provider, status: int, body: str, words: str
) -> None:
    provider.status, provider.body = status, body
    said = {"preset": "openai", "name": "Mine", "base_url": provider.url, "secret": KEY}
    response = alice_client.post("/nexus/apis/new/", said)
    shown = response.content.decode()
    assert response.status_code == 422
    assert words in shown
    assert f'value="{provider.url}"' in shown
    assert "Register it without a test call" in shown
    assert not Api.objects.exists()
    assert alice_client.post("/nexus/apis/new/", {**said, "is_unchecked": "on"}).status_code == 302


@pytest.mark.requirement("NEX-01", "SEC-02")
@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"base_url": "http://169.254.169.254/"}, "The address leads into a private network"),
        ({"base_url": "http://127.0.0.1:1/"}, "The address leads into a private network"),
        ({"base_url": "https://no-such-host.invalid"}, "There is no server of the name no-such-host.invalid."),
        ({"base_url": "ftp://example.com"}, "The address is missing or no web address."),
        ({"base_url": "https://user:pw@example.com"}, "The address has more than a name and a path."),
        ({"auth_header": "Host"}, "No key can be sent in this header."),
        ({"secret": "clé"}, "The key has signs that no key has."),
    ],
)
def test_an_address_or_header_that_must_not_be_used_is_refused(alice_client: Client, said: dict[str, str], words: str) -> None:
    whole = {"preset": "http", "name": "Mine", "base_url": "https://no-such-host.invalid", "auth_header": "X-Key", "secret": "a"}
    response = alice_client.post("/nexus/apis/new/", whole | said)
    assert response.status_code == 422
    assert words in response.content.decode()


@pytest.mark.requirement("NEX-01")
def test_a_throttled_key_is_registered_with_a_warning(alice_client: Client, provider: Provider) -> None:
    provider.status, provider.body = 429, json.dumps({"error": {"message": "You exceeded your current quota"}})
    said = {"preset": "openai", "name": "Mine", "base_url": provider.url, "secret": KEY}
    response = alice_client.post("/nexus/apis/new/", said, follow=True)
    assert "You exceeded your current quota" in response.content.decode()


@pytest.mark.requirement("NEX-01")
def test_settings_change_rotate_pause_and_remove_with_undo(
    alice_client: Client, bob_client: Client, alice: Actor, project_id: UUID, provider: Provider, now: datetime
) -> None:
    wanted = NewApi(preset="openai", base_url=provider.url, secret=KEY)
    openai, _warning = register_api(api=wanted, project_id=project_id, actor=alice, now=now)
    path = f"/nexus/apis/{openai.id}/settings/"
    said = {"name": "Chat", "base_url": provider.url, "timeout_seconds": "30", "body_days": "7", "status_page_url": ""}
    assert alice_client.post(path, said).status_code == 302
    assert 'value="30"' in page(alice_client, path)
    assert alice_client.post(path, said | {"body_days": "400"}).status_code == 422
    elsewhere = alice_client.post(path, said | {"base_url": "https://evil.example"})
    assert "is not sent to another server" in elsewhere.content.decode()
    assert Api.objects.get().base_url == provider.url
    assert alice_client.post(f"/nexus/apis/{openai.id}/rotate/", {"secret": "sk-new-987654321xyz"}).status_code == 302
    assert Api.objects.get().secret_hint == "1xyz"
    provider.status = 401
    refused = alice_client.post(f"/nexus/apis/{openai.id}/rotate/", {"secret": "sk-wrong"})
    assert refused.status_code == 422
    assert Api.objects.get().secret_hint == "1xyz"
    alice_client.post(f"/nexus/apis/{openai.id}/pause/", {"state": "paused"})
    assert "Calls are refused at the gateway" in page(alice_client, path)
    removed = alice_client.post(f"/nexus/apis/{openai.id}/remove/")
    assert "Chat is removed" in page(alice_client, removed["Location"])
    page(alice_client, path, 404)
    alice_client.post(f"/nexus/apis/{openai.id}/restore/")
    assert "Settings of Chat" in page(alice_client, path)
    assert "An administrator of the project can change these settings." in page(bob_client, path)
    assert bob_client.post(path, said).status_code == 403
    assert bob_client.post(f"/nexus/apis/{openai.id}/remove/").status_code == 403
