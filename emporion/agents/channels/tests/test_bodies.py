"""What programs send that cannot be read is refused with what to do, in the form that they understand."""

from collections.abc import Callable
from uuid import UUID

import pytest
from django.test import Client

from emporion.agents.channels.models import Widget
from emporion.agents.channels.tests.test_visitors import Browser

BROKEN = (b'{"message": "caf\xe9"}', b"\xff\xfe", b"{", b'{"message": ' + b"[" * 50_000)
Post = Callable[[bytes], object]


@pytest.fixture
def posts(agent: UUID, key: str, widget: Widget) -> dict[str, Post]:
    """Every address of the channels that reads JSON."""
    browser = Browser(widget)
    browser.begin()
    browser.say()
    client = Client(raise_request_exception=False)
    base, talk = f"/widget/{widget.public_id}", browser.conversation

    def to(url: str, token: str) -> Post:
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        return lambda body: client.post(url, body, content_type="application/json", headers=headers)

    return {
        "chat": to(f"/api/agents/{agent}/chat", key),
        "completions": to("/v1/chat/completions", key),
        "session": to(f"{base}/session/", ""),
        "messages": to(f"{base}/messages/", browser.session),
        "feedback": to(f"{base}/conversations/{talk}/feedback/", browser.session),
    }


@pytest.mark.requirement("BUY-18", "SEC-02")
@pytest.mark.parametrize("body", BROKEN, ids=["latin-1", "utf-16", "half", "deep"])
def test_a_body_that_is_no_json_in_utf_8_is_refused_with_the_next_step(posts: dict[str, Post], body: bytes) -> None:
    for name, post in posts.items():
        answer = post(body)
        assert 400 <= answer.status_code < 500, name
        said = answer.json()["error"]["message"] if name == "completions" else answer.json()["next_step"]
        assert "JSON" in said or "field" in said, name


@pytest.mark.requirement("BUY-18", "SEC-02")
@pytest.mark.parametrize("size", [3_000_000, 40_000_000], ids=["3 MB", "40 MB"])
def test_a_body_that_is_too_large_is_refused_with_its_limit(posts: dict[str, Post], size: int) -> None:
    body = b'{"message": "' + b"a" * size + b'"}'
    for name, post in posts.items():
        answer = post(body)
        assert answer.status_code == 413, name
        if name == "completions":
            assert answer.json()["error"]["message"].startswith("The request is too large. Shorten")
        else:
            assert answer["Content-Type"] == "application/problem+json"
            assert answer.json()["limit_bytes"] < 1_000_000
            assert answer.json()["next_step"].startswith("Shorten")


@pytest.mark.requirement("BUY-18")
def test_openai_s_client_shows_why_it_is_refused_wherever_it_calls(site: str, agent: UUID, key: str) -> None:
    import openai  # slow

    wrong = openai.OpenAI(base_url=f"{site}/v1", api_key="ek_wrong", max_retries=0)
    with pytest.raises(openai.AuthenticationError, match="This API key is not valid") as refused:
        wrong.models.list()
    assert (refused.value.type, refused.value.code) == ("authentication_error", "unauthenticated")
    right = openai.OpenAI(base_url=f"{site}/v1", api_key=key, max_retries=0)
    with pytest.raises(openai.NotFoundError, match="There is no /v1/embeddings here"):
        right.embeddings.create(model="m", input="x")
    with pytest.raises(openai.NotFoundError, match="There is no /v1/images/generations here"):
        right.images.generate(prompt="x")
    assert [model.id for model in right.models.list()] == [str(agent)]


@pytest.mark.requirement("BUY-19")
def test_an_address_with_too_many_fields_is_refused_in_the_form_that_the_script_reads(widget: Widget) -> None:
    fields = "&".join(f"a{number}=1" for number in range(1_001))
    refused = Client().get(f"/widget/{widget.public_id}/config/?{fields}", headers={"Origin": "https://shop.example"})
    assert (refused.status_code, refused["Content-Type"]) == (413, "application/problem+json")
    assert refused["Access-Control-Allow-Origin"] == "*"
    assert refused.json()["next_step"] == "Send no other field than `preview`."
