"""An agent's keys and the two chat APIs behind them, as a program meets them."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import httpx
import pytest
from django.test import Client

from emporion.agents.channels import actions, queries
from emporion.agents.runtime.models import Agent, Conversation, Message
from emporion.kernel.clock import utcnow
from emporion.kernel.errors import DomainError
from emporion.plumbing.types import Actor

if TYPE_CHECKING:
    from openai import OpenAI  # slow, so only who runs these tests does it

QUESTION = "How long are both signing secrets valid?"
NEAR = "What happens if I pay late?"


def actual(agent_id: UUID) -> UUID:
    return Agent.objects.get(subscription_id=agent_id).id


def chat(client: Client, agent: UUID, key: str, /, **body: object):
    again = body.pop("again", None)
    body = {"message": QUESTION, "stream": False, **body}
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    if again is not None:
        headers["Idempotency-Key"] = str(again)
    return client.post(f"/api/agents/{agent}/chat", json.dumps(body), content_type="application/json", headers=headers)


@pytest.mark.requirement("BUY-18")
def test_a_key_is_shown_once_and_its_digest_is_all_that_is_kept(alice_client: Client, agent_id: UUID) -> None:
    page = alice_client.post(f"/agents/{agent_id}/keys/", {"name": "Zürich backend"}).content.decode()
    plaintext = page.split('class="secret"><code>')[1].split("<")[0]
    assert plaintext.startswith("ek_")
    again = alice_client.get(f"/agents/{agent_id}/keys/").content.decode()
    assert "Zürich backend" in again
    assert plaintext not in again
    assert plaintext[:9] in again
    assert chat(Client(), actual(agent_id), plaintext).json()["answered"] is True


@pytest.mark.requirement("BUY-18")
def test_a_revoked_key_is_refused_by_the_next_call(alice_client: Client, alice: Actor, agent_id: UUID, key: str) -> None:
    agent = actual(agent_id)
    assert chat(Client(), agent, key).status_code == 200
    (view,) = queries.keys_of(alice, agent)
    alice_client.post(f"/agents/{agent}/keys/{view.id}/revoke/")
    refused = chat(Client(), agent, key)
    assert refused.status_code == 401
    assert "API keys" in refused.json()["next_step"]


@pytest.mark.requirement("BUY-18", "UX-02")
def test_a_revocation_can_be_undone_for_an_hour_by_who_may_revoke(  # noqa: PLR0917 - fixtures
    alice_client: Client, bob_client: Client, charlie_client: Client, alice: Actor, agent_id: UUID, key: str, now
) -> None:
    agent = actual(agent_id)
    (view,) = queries.keys_of(alice, agent)
    page = alice_client.post(f"/agents/{agent}/keys/{view.id}/revoke/", follow=True).content.decode()
    undo = f"/agents/{agent}/keys/{view.id}/restore/"
    assert f'action="{undo}"' in page
    assert "No valid keys" in page, "there were keys"
    assert charlie_client.post(undo).status_code == 404
    assert bob_client.post(undo).status_code == 403
    assert undo not in bob_client.get(f"/agents/{agent}/keys/?revoked={view.id}").content.decode()
    assert chat(Client(), agent, key).status_code == 401
    assert "The key is valid again." in alice_client.post(undo, follow=True).content.decode()
    assert chat(Client(), agent, key).status_code == 200
    actions.revoke_key(key_id=view.id, actor=alice, now=utcnow() - timedelta(minutes=61))
    assert alice_client.post(undo).status_code == 409
    assert undo not in alice_client.get(f"/agents/{agent}/keys/?revoked={view.id}").content.decode()
    assert chat(Client(), agent, key).status_code == 401


@pytest.mark.requirement("ACC-11", "BUY-18")
def test_who_made_and_revoked_a_key_and_changed_the_widget_stands_in_the_audit_log(alice_client, alice, agent) -> None:
    alice_client.post(f"/agents/{agent}/keys/", {"name": "Website"})
    (key,) = queries.keys_of(alice, agent)
    for path in ("revoke", "restore"):
        alice_client.post(f"/agents/{agent}/keys/{key.id}/{path}/")
    for path, sent in (("publish", {"note": "é"}), ("pause", {"state": "paused"}), ("secret", {"rotate": "1"})):
        alice_client.post(f"/agents/{agent}/widget/{path}/", sent)
    page = alice_client.get("/settings/audit/").content.decode()
    for verb in ("key.created", "key.revoked", "key.restored", "widget.published", "widget.paused", "widget.secret_changed"):
        assert page.count(verb) == 1, verb


@pytest.mark.requirement("BUY-18", "SEC-01")
def test_a_key_opens_its_own_agent_only(buy: Callable[[str], UUID], agent_id: UUID, key: str) -> None:
    other = actual(buy("starter"))
    assert chat(Client(), other, key).status_code == 404
    assert chat(Client(), actual(agent_id), "ek_" + "x" * 43).status_code == 401
    assert chat(Client(), actual(agent_id), "").status_code == 401
    assert Message.objects.count() == 0


@pytest.mark.requirement("BUY-18", "SEC-01")
def test_strangers_and_plain_members_make_no_keys(  # noqa: PLR0917 - fixtures
    alice: Actor, bob_client: Client, charlie_client: Client, charlie: Actor, agent_id: UUID, key: str, now
) -> None:
    agent = actual(agent_id)
    assert charlie_client.get(f"/agents/{agent}/keys/").status_code == 404
    assert charlie_client.post(f"/agents/{agent}/keys/", {"name": "mine now"}).status_code == 404
    assert bob_client.post(f"/agents/{agent}/keys/", {"name": "mine too"}).status_code == 403
    (view,) = queries.keys_of(alice, agent)
    assert queries.keys_of(charlie, agent) == ()
    with pytest.raises(DomainError):
        actions.revoke_key(key_id=view.id, actor=charlie, now=now)
    assert chat(Client(), agent, key).status_code == 200


@pytest.mark.requirement("BUY-18")
def test_an_answer_names_its_sources_and_a_conversation_goes_on(agent_id: UUID, key: str) -> None:
    first = chat(Client(), actual(agent_id), key, customer_id="zoë").json()
    assert "24 hours" in first["text"]
    assert first["sources"][0]["title"] == "guide.md"
    assert first["sources"][0]["quote"]
    more = {"conversation_id": first["conversation_id"], "customer_id": "zoë"}
    second = chat(Client(), actual(agent_id), key, message="When do I get a refund?", **more).json()
    assert second["conversation_id"] == first["conversation_id"]
    other = chat(Client(), actual(agent_id), key, **{**more, "customer_id": "somebody else"})
    assert other.status_code == 404


@pytest.mark.requirement("BUY-17", "BUY-18")
def test_a_refusal_has_no_sources_and_the_closest_place_where_there_is_one(agent_id: UUID, key: str) -> None:
    near = chat(Client(), actual(agent_id), key, message=NEAR).json()
    assert (near["answered"], near["sources"]) == (False, [])
    assert (near["closest"]["title"], near["closest"]["heading"]) == ("guide.md", "Halyard guide › Invoices")
    assert near["closest"]["lit"] in near["closest"]["quote"]
    assert near["closest"]["cited"] is False
    far = chat(Client(), actual(agent_id), key, message="Who won the football world cup in Qatar?").json()
    assert (far["answered"], far["sources"], far["closest"]) == (False, [], None)
    assert chat(Client(), actual(agent_id), key).json()["closest"] is None


@pytest.mark.requirement("BUY-18", "REL-01")
def test_the_same_request_sent_again_is_answered_once(agent_id: UUID, key: str) -> None:
    first = chat(Client(), actual(agent_id), key, key="k1").json()
    again = chat(Client(), actual(agent_id), key, key="k1", conversation_id=first["conversation_id"]).json()
    assert again == first
    near, again = (
        chat(Client(), actual(agent_id), key, message=NEAR, key="k2", conversation_id=first["conversation_id"]).json()
        for _ in range(2)
    )
    assert again == near
    assert near["closest"]
    assert Message.objects.filter(speaker="agent").count() == 2


@pytest.mark.requirement("BUY-18", "BUY-13")
def test_what_the_plan_refuses_has_a_status_of_its_own_also_when_streaming(
    buy: Callable[[str], UUID], alice: Actor, now, site
) -> None:
    agent = actual(buy("tiny"))
    key = actions.create_key(agent_id=agent, name="k", actor=alice, now=now).plaintext
    for _ in range(2):
        assert chat(Client(), agent, key).status_code == 200
    refused = httpx.post(
        f"{site}/api/agents/{agent}/chat", json={"message": QUESTION}, headers={"Authorization": f"Bearer {key}"}
    )
    assert refused.status_code == 429
    assert refused.json()["next_step"]
    import openai  # slow

    client = openai.OpenAI(base_url=f"{site}/v1", api_key=key, max_retries=0)
    with pytest.raises(openai.RateLimitError):
        client.chat.completions.create(model=str(agent), messages=[{"role": "user", "content": QUESTION}], stream=True)


@pytest.mark.requirement("BUY-18")
def test_a_wrong_request_is_told_what_is_wrong_and_where(agent_id: UUID, key: str) -> None:
    wrong = {
        b"nonsense": None,
        b"[]": None,
        b"{}": "message",
        b'{"message": 5}': "message",
        b'{"message": "", "stream": false}': "message",
        b'{"message": "Hi", "strem": false}': "strem",
        b'{"message": "Hi", "conversation_id": "5"}': "conversation_id",
        b'{"message": "x", "customer_id": "a\\u0000b"}': "customer_id",
    }
    url, known = f"/api/agents/{actual(agent_id)}/chat", {"Authorization": f"Bearer {key}"}
    for body, field in wrong.items():
        refused = Client().post(url, body, content_type="application/json", headers=known)
        assert (refused.status_code, refused.json().get("field")) == (422, field), body
        assert refused.json()["next_step"]
    slip = Client().post(url, b'{"message": "Hi", "strem": false}', content_type="application/json", headers=known)
    assert slip.json()["title"] == "No member 'strem'; did you mean 'stream'?"
    for field, body in {
        "messages": '{"model": "x"}',
        "messages.0.content": '{"model": "x", "messages": [{"role": "user", "content": 5}]}',
        "messages.1.role": '{"model": "x", "messages": [{"role": "user"}, {}]}',
        "n": '{"model": "x", "messages": [{"role": "user", "content": "Hi"}], "n": 3}',
        "response_format.type": '{"model": "x", "messages": [{"role": "user", "content": "Hi"}],'
        ' "response_format": {"type": "json_object"}}',
    }.items():
        refused = Client().post("/v1/chat/completions", body, content_type="application/json", headers=known)
        assert (refused.status_code, refused.json()["error"]["param"]) == (400, field)
    assert Message.objects.count() == 0


@pytest.mark.requirement("BUY-18")
def test_who_brings_no_key_is_told_so_and_who_may_come_in(agent_id: UUID) -> None:
    for path in (f"/api/agents/{actual(agent_id)}/chat", "/v1/chat/completions"):
        missing = Client().post(path, "{}", content_type="application/json")
        unknown = Client().post(path, "{}", content_type="application/json", headers={"Authorization": "Bearer ek_wrong"})
        assert "header with an API key is missing" in missing.content.decode()
        assert "This API key is not valid" in unknown.content.decode()
        for refused in (missing, unknown):
            assert (refused.status_code, refused["WWW-Authenticate"]) == (401, 'Bearer realm="Emporion"')


@pytest.mark.requirement("BUY-18", "REL-01")
@pytest.mark.parametrize("how", ["key", "again"])
def test_a_first_message_sent_again_begins_one_conversation(agent_id: UUID, key: str, how: str) -> None:
    agent, known = actual(agent_id), {how: "7f0e"}
    first = chat(Client(), agent, key, **known).json()
    assert chat(Client(), agent, key, **known).json() == first
    assert (Conversation.objects.count(), Message.objects.filter(speaker="agent").count()) == (1, 1)
    for other in ({"message": NEAR}, {"customer_id": "zoë"}):
        refused = chat(Client(), agent, key, **{**known, **other})
        assert (refused.status_code, refused.json()["type"].rpartition("#")[2]) == (409, "conflict")
    assert chat(Client(), agent, key, **{how: "another"}).json()["conversation_id"] != first["conversation_id"]


@pytest.mark.requirement("BUY-18", "REL-01")
def test_a_key_in_the_header_is_for_one_request_whatever_the_conversation(agent_id: UUID, key: str) -> None:
    agent = actual(agent_id)
    one, two = (chat(Client(), agent, key).json()["conversation_id"] for _ in range(2))
    first = chat(Client(), agent, key, conversation_id=one, again="k").json()
    assert chat(Client(), agent, key, conversation_id=one, again="k").json() == first
    assert chat(Client(), agent, key, conversation_id=two, again="k").status_code == 409
    for given, field in (({"again": "x" * 101}, "Idempotency-Key"), ({"again": "a", "key": "b"}, "key")):
        refused = chat(Client(), agent, key, **given)
        assert (refused.status_code, refused.json()["field"]) == (422, field)


@pytest.mark.requirement("BUY-18")
def test_the_chat_streams_named_events_over_a_real_server(site, agent_id: UUID, key: str) -> None:
    url = f"{site}/api/agents/{actual(agent_id)}/chat"
    names, finished = [], {}
    with httpx.stream(
        "POST", url, json={"message": QUESTION}, headers={"Authorization": f"Bearer {key}"}, timeout=30
    ) as response:
        assert response.headers["content-type"] == "text/event-stream"
        for line in response.iter_lines():
            if line.startswith("event: "):
                names.append(line[7:])
            elif line.startswith("data: ") and names[-1] == "finished":
                finished = json.loads(line[6:])
    assert names[:2] == ["started", "sources"]
    assert names[-1] == "finished"
    assert "delta" in names
    assert "24 hours" in finished["text"]
    assert finished["cited"] == [1]


@pytest.fixture
def client(site, key: str) -> Iterator["OpenAI"]:
    from openai import OpenAI

    with OpenAI(base_url=f"{site}/v1", api_key=key, max_retries=0) as made:
        yield made


@pytest.mark.requirement("BUY-18")
def test_openai_s_own_client_asks_and_lists_models(client: "OpenAI", agent_id: UUID) -> None:
    (model,) = client.models.list()
    assert (model.id, model.created) == (
        str(actual(agent_id)),
        int(Agent.objects.get(id=actual(agent_id)).created_at.timestamp()),
    )
    made = client.chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": QUESTION}])
    assert "24 hours" in made.choices[0].message.content
    assert made.choices[0].finish_reason == "stop"
    assert made.usage.total_tokens > 0
    assert len(made.choices[0].message.annotations) == 1
    refusal = client.chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": NEAR}]).choices[0].message
    assert "The closest place in them: guide.md" in refusal.content
    assert refusal.annotations == []


@pytest.mark.requirement("BUY-18", "REL-01")
@pytest.mark.parametrize("user", ["", "zoë"])
def test_openai_s_own_client_may_send_the_same_again(client: "OpenAI", user: str) -> None:
    from openai import ConflictError

    asked = {"model": "x", "user": user, "extra_headers": {"Idempotency-Key": "order-7"}}
    question = [{"role": "user", "content": QUESTION}]
    first, again = (client.chat.completions.create(messages=question, **asked) for _ in range(2))
    assert (again.id, again.choices) == (first.id, first.choices)
    pieces = client.chat.completions.create(messages=question, stream=True, **asked)
    assert "".join(piece.choices[0].delta.content or "" for piece in pieces) == first.choices[0].message.content
    assert Message.objects.filter(speaker="agent").count() == 1
    with pytest.raises(ConflictError, match="Idempotency-Key"):
        client.chat.completions.create(messages=[*question, {"role": "assistant", "content": "é"}, *question], **asked)


@pytest.mark.requirement("BUY-18")
def test_openai_s_own_client_streams(client: "OpenAI", agent_id: UUID) -> None:
    stream = client.chat.completions.create(
        model=str(actual(agent_id)),
        messages=[{"role": "user", "content": [{"type": "text", "text": QUESTION}]}],
        stream=True,
        stream_options={"include_usage": True},
    )
    chunks = list(stream)
    assert "24 hours" in "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert chunks[-1].usage.completion_tokens > 0


@pytest.mark.requirement("BUY-18", "SEC-01")
def test_openai_s_own_client_understands_refusals(client: "OpenAI", site, buy: Callable[[str], UUID]) -> None:
    import openai

    question = [{"role": "user", "content": QUESTION}]
    with pytest.raises(openai.NotFoundError):
        client.chat.completions.create(model=str(actual(buy("starter"))), messages=question)
    with pytest.raises(openai.AuthenticationError, match="not valid"):
        client.with_options(api_key="ek_wrong").chat.completions.create(model="x", messages=question)
    with pytest.raises(openai.BadRequestError):
        client.chat.completions.create(model="x", messages=[{"role": "system", "content": "Be brief"}])


@pytest.mark.requirement("BUY-18", "SEC-01")
def test_two_users_who_begin_alike_share_nothing(client: "OpenAI", agent_id: UUID) -> None:
    """What went before is what the request says, never what another user of the same key said."""
    hello = {"role": "user", "content": "Hello there"}
    for user in ("ann", "ben"):
        client.chat.completions.create(model="x", messages=[hello], user=user)
        client.chat.completions.create(
            model="x", messages=[hello, {"role": "assistant", "content": "Hi"}, {"role": "user", "content": QUESTION}], user=user
        )
    client.chat.completions.create(model="x", messages=[hello])
    client.chat.completions.create(model="x", messages=[hello])
    conversations = Conversation.objects.filter(channel="openai")
    assert sorted(conversations.values_list("customer_id", flat=True)) == ["", "", "ann", "ben"]
    assert {one.messages.count() for one in conversations.exclude(customer_id="")} == {4}


@pytest.mark.requirement("BUY-18")
def test_a_key_that_comes_again_with_another_message_is_a_conflict(agent_id: UUID, key: str) -> None:
    agent = actual(agent_id)
    talk = chat(Client(), agent, key).json()["conversation_id"]
    first = chat(Client(), agent, key, conversation_id=talk, key="order-7").json()
    again = chat(Client(), agent, key, conversation_id=talk, key="order-7", message=f" {QUESTION} ")
    assert again.json()["message_id"] == first["message_id"]
    other = chat(Client(), agent, key, conversation_id=talk, key="order-7", message=NEAR)
    assert other.status_code == 409
    assert "key of its own" in other.json()["next_step"]
