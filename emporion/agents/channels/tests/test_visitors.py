"""What a visitor's browser may and may not: sessions, identity, ownership, domains, pausing, versions and test mode."""

import hashlib
import hmac
import json
import time

import jwt
import pytest
from asgiref.sync import async_to_sync
from django.test import AsyncClient, Client

from emporion.agents.channels import actions, queries
from emporion.agents.channels.models import Implementation, Widget, WidgetConversation
from emporion.agents.channels.types import WidgetSettings
from emporion.agents.runtime.models import Agent, Blueprint, Conversation, Message
from emporion.plumbing.types import Actor

QUESTION = "How long are both signing secrets valid?"
NEAR = "What happens if I pay late?"
SITE = "https://www.halyard.example"


class Browser:
    """A visitor's browser on some page."""

    def __init__(self, widget: Widget, site: str = SITE, *, accepted: str = "en") -> None:
        self.base, self.site, self.session, self.accepted = f"/widget/{widget.public_id}", site, "", accepted
        self.client = Client(headers={"Accept-Language": accepted})

    def config(self) -> object:
        return self.client.get(f"{self.base}/config/", headers={"Origin": self.site})

    def post(self, path: str, body: dict, *, session: str | None = None) -> object:
        headers = {"Authorization": f"Bearer {self.session if session is None else session}"}
        return self.client.post(self.base + path, json.dumps(body), content_type="application/json", headers=headers)

    def begin(self, **claim: object) -> object:
        response = self.post("/session/", {"host": self.site, **claim})
        if response.status_code == 200:
            self.session = response.json()["session"]
        return response

    def say(self, text: str = QUESTION, key: str = "k1", **more: object) -> object:
        response, self.events = async_to_sync(self._say)({"text": text, "key": key, **more})
        if response.status_code == 200:
            self.conversation = json.loads(self.events.split("data: ")[1].split("\n")[0])["conversation_id"]
        return response

    async def _say(self, body: dict) -> tuple[object, str]:
        headers = {"Authorization": f"Bearer {self.session}", "Accept-Language": self.accepted}
        url = f"{self.base}/messages/"
        response = await AsyncClient().post(url, json.dumps(body), content_type="application/json", headers=headers)
        parts = [part async for part in response.streaming_content] if response.streaming else []
        return response, b"".join(parts).decode()

    def read(self, conversation: str) -> object:
        return self.client.get(f"{self.base}/conversations/{conversation}/", headers={"Authorization": f"Bearer {self.session}"})


def publish(alice: Actor, widget: Widget, now, **settings: object) -> int:
    actions.save_draft(agent_id=widget.agent_id, settings=WidgetSettings(**settings), actor=alice, now=now)
    return actions.publish_widget(agent_id=widget.agent_id, note="", actor=alice, now=now)


def token(secret: str, customer: str = "c-1", *, seconds: int = 3600, algorithm: str = "HS256", **more: object) -> str:
    return jwt.encode({"sub": customer, "exp": int(time.time()) + seconds, **more}, secret, algorithm=algorithm)


@pytest.fixture
def secret(alice: Actor, widget: Widget) -> str:
    return queries.secret_of(alice, widget.agent_id)


@pytest.fixture
def browser(widget: Widget) -> Browser:
    return Browser(widget)


@pytest.mark.requirement("WID-03", "WID-05")
def test_a_visitor_asks_and_the_place_is_listed(browser: Browser, alice: Actor, widget: Widget, alice_client: Client) -> None:
    assert browser.config().status_code == 200
    assert browser.begin(customer_id="c-7").status_code == 200
    browser.say()
    assert "24 hours" in browser.events
    assert browser.read(browser.conversation).json()["messages"][1]["sources"][0]["title"] == "guide.md"
    page = alice_client.get("/widgets/").content.decode()
    assert 'data-label="Conversations"' in page, "on a phone the figure has no head above it"
    assert "www.halyard.example" in page
    (place,) = queries.implementations_of(alice)
    assert (place.state, place.version, place.conversations) == ("live", 1, 1)


@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
@pytest.mark.requirement("WID-03", "SEC-01")
def test_wrong_proofs_are_refused_and_right_ones_are_believed(browser: Browser, secret: str) -> None:
    none = jwt.encode({"sub": "c-1", "exp": int(time.time()) + 60}, None, algorithm="none")
    wrong = {
        "another secret": token("x" * 40),
        "expired": token(secret, seconds=-300),
        "no algorithm": none,
        "no end": jwt.encode({"sub": "c-1"}, secret, algorithm="HS256"),
        "nobody": jwt.encode({"exp": int(time.time()) + 60}, secret, algorithm="HS256"),
        "another algorithm": token(secret, algorithm="HS512"),
        "too long": token(secret, "c" * 201),
        "control signs": token(secret, "c\x00"),
        "nonsense": "abc.def",
    }
    for why, given in wrong.items():
        assert browser.begin(token=given).status_code == 401, why
    assert browser.begin(customer_id="c-2", token=token(secret, "c-1")).status_code == 401
    assert browser.begin(customer_id="c-1", hash="0" * 64).status_code == 401
    assert browser.begin(customer_id="c-1", token=token(secret, "c-1")).status_code == 200
    digest = hmac.new(secret.encode(), b"c-1", hashlib.sha256).hexdigest()
    assert browser.begin(customer_id="c-1", hash=digest).status_code == 200
    assert browser.begin(customer_id="c-2", hash=digest).status_code == 401


@pytest.mark.requirement("WID-03", "SEC-01")
def test_verified_only_refuses_every_call_of_the_unverified(
    browser: Browser, secret: str, alice: Actor, widget: Widget, now
) -> None:
    browser.begin(customer_id="c-1")
    browser.say()
    publish(alice, widget, now, verified_only=True)
    assert browser.say(key="k2").status_code == 401
    assert browser.read(browser.conversation).status_code == 401
    assert browser.post(f"/conversations/{browser.conversation}/person/", {}).status_code == 401
    assert Browser(widget).begin(customer_id="c-1").status_code == 401
    assert browser.post("/messages/", {"text": "x", "key": "k"}, session="").status_code == 401
    assert browser.begin(token=token(secret)).status_code == 200
    assert browser.say(key="k3").status_code == 200
    assert Message.objects.filter(speaker="visitor").count() == 2


@pytest.mark.requirement("WID-03", "SEC-01")
def test_a_customer_s_conversation_is_closed_to_everybody_else(browser: Browser, secret: str, widget: Widget) -> None:
    browser.begin(token=token(secret, "c-1"))
    browser.say()
    theirs = browser.conversation

    def may_read(**claim: object) -> bool:
        other = Browser(widget)
        assert other.begin(**claim).status_code == 200
        assert other.say("And then?", "k2", conversation_id=theirs).status_code == (
            200 if other.read(theirs).status_code == 200 else 404
        )
        return other.read(theirs).status_code == 200

    assert not may_read(token=token(secret, "c-2"))
    assert not may_read(customer_id="c-1"), "whoever only claims to be them"
    assert not may_read(customer_id="c-1", earlier=browser.session), "whoever finds their old session without the proof"
    assert may_read(token=token(secret, "c-1")), "they themselves, on another device"


@pytest.mark.requirement("WID-03", "SEC-01")
def test_an_anonymous_visitor_finds_only_their_own_browser_s_conversation(browser: Browser, widget: Widget) -> None:
    browser.begin()
    browser.say()
    again, other = Browser(widget), Browser(widget)
    again.begin(earlier=browser.session)
    other.begin()
    assert again.read(browser.conversation).status_code == 200
    assert other.read(browser.conversation).status_code == 404
    assert (
        other.post(
            f"/conversations/{browser.conversation}/feedback/", {"message_id": browser.conversation, "value": "up"}
        ).status_code
        == 404
    )


@pytest.mark.requirement("WID-03", "SEC-01")
def test_a_session_opens_its_own_widget_only(browser: Browser, buy, widget: Widget) -> None:
    browser.begin()
    other = Browser(Widget.objects.get(agent_id=Agent.objects.get(subscription_id=buy("starter")).id))
    other.session = browser.session
    assert other.say().status_code == 401
    other.session = browser.session[:-2] + "xx"
    assert other.say().status_code == 401


@pytest.mark.requirement("REL-01", "WID-03")
def test_a_message_sent_twice_begins_one_conversation_and_is_answered_once(browser: Browser) -> None:
    browser.begin()
    browser.say()
    first = browser.conversation
    browser.say()
    assert browser.conversation == first
    assert Conversation.objects.count() == WidgetConversation.objects.count() == 1
    assert Message.objects.filter(speaker="agent").count() == 1


@pytest.mark.requirement("WID-05", "WID-03")
def test_a_new_secret_ends_sessions_and_old_proofs(browser: Browser, secret: str, alice_client: Client, widget: Widget) -> None:
    browser.begin(token=token(secret))
    page = alice_client.post(f"/agents/{widget.agent_id}/widget/secret/", {"rotate": "1"}).content.decode()
    assert browser.say().status_code == 401
    assert browser.begin(token=token(secret)).status_code == 401
    new = page.split('<code class="grow">')[1].split("<")[0] if '<code class="grow">' in page else page.split("wsec_")[1]
    new = new if new.startswith("wsec_") else "wsec_" + new.split("<")[0]
    assert browser.begin(token=token(new)).status_code == 200


@pytest.mark.requirement("WID-02", "SEC-02")
def test_only_allowed_domains_get_the_widget_and_others_are_listed_as_blocked(alice: Actor, widget: Widget, now) -> None:
    publish(alice, widget, now, allowed_domains=("*.halyard.example", "halyard.example"))
    for site, status in (
        ("https://docs.halyard.example", 200),
        ("http://halyard.example:8080", 200),
        ("https://evil.example", 403),
        ("https://halyard.example.evil.example", 403),
        ("https://evilhalyard.example", 403),
        ("null", 403),
        ("", 403),
    ):
        browser = Browser(widget, site)
        refused = browser.config()
        assert (refused.status_code, browser.begin().status_code) == (status, status), site
        assert refused["Access-Control-Allow-Origin"] == "*", "the loader can read why"
    policy = Client().get(f"/widget/{widget.public_id}/frame/")["Content-Security-Policy"]
    ancestors = next(part for part in policy.split(";") if "frame-ancestors" in part)
    assert "https://*.halyard.example" in ancestors
    assert " * " not in f"{ancestors} "
    assert {place.host: place.state for place in queries.implementations_of(alice)} == {
        "docs.halyard.example": "live",
        "halyard.example:8080": "live",
        "evil.example": "blocked",
        "halyard.example.evil.example": "blocked",
        "evilhalyard.example": "blocked",
    }


@pytest.mark.requirement("WID-02", "SEC-02")
def test_removing_a_domain_ends_the_sessions_that_run_there(browser: Browser, alice: Actor, widget: Widget, now) -> None:
    browser.begin()
    assert browser.say().status_code == 200
    publish(alice, widget, now, allowed_domains=("other.example",))
    assert browser.say(key="k2").status_code == 403


@pytest.mark.requirement("WID-05")
def test_pausing_stops_every_call_here_or_everywhere_and_resuming_lets_go_on(
    browser: Browser, alice: Actor, alice_client: Client, widget: Widget
) -> None:
    browser.config()
    browser.begin()
    (place,) = queries.implementations_of(alice)
    elsewhere = Browser(widget, "https://other.example")
    alice_client.post(f"/widgets/{place.id}/", {"do": "pause"})
    assert (browser.config().status_code, browser.say().status_code, elsewhere.config().status_code) == (403, 403, 200)
    alice_client.post(f"/widgets/{place.id}/", {"do": "resume"})
    assert browser.say().status_code == 200
    alice_client.post(f"/agents/{widget.agent_id}/widget/pause/", {"state": "paused"})
    assert (browser.say(key="k2").status_code, elsewhere.config().status_code) == (403, 403)
    alice_client.post(f"/agents/{widget.agent_id}/widget/pause/", {"state": "live"})
    assert browser.say(key="k3").status_code == 200


@pytest.mark.requirement("WID-07")
def test_what_is_published_reaches_live_widgets_except_where_a_version_is_pinned(
    browser: Browser, alice: Actor, alice_client: Client, widget: Widget, now
) -> None:
    elsewhere = Browser(widget, "https://other.example")
    browser.config(), elsewhere.config()
    place = next(place for place in queries.implementations_of(alice) if place.host == "www.halyard.example")
    alice_client.post(f"/widgets/{place.id}/", {"do": "pin", "number": "1"})
    page = alice_client.post(
        f"/agents/{widget.agent_id}/widget/",
        {"title": "Halyard help", "position": "left", "launcher": "icon", "consent": "never", "note": "New name", "publish": "1"},
        follow=True,
    ).content.decode()
    assert "New name" in page
    assert elsewhere.config().json()["title"] == "Halyard help"
    assert browser.config().json()["title"] != "Halyard help"
    alice_client.post(f"/widgets/{place.id}/", {"do": "follow"})
    assert browser.config().json() == elsewhere.config().json()
    alice_client.post(f"/agents/{widget.agent_id}/widget/restore/", {"number": "1"})
    assert queries.widget_of(alice, widget.agent_id).draft == WidgetSettings()


@pytest.mark.requirement("WID-02")
def test_a_place_in_test_mode_runs_the_draft_apart_from_visitors(
    browser: Browser, alice: Actor, alice_client: Client, widget: Widget, now
) -> None:
    browser.config()
    (place,) = queries.implementations_of(alice)
    alice_client.post(f"/widgets/{place.id}/", {"do": "test"})
    actions.save_draft(agent_id=widget.agent_id, settings=WidgetSettings(title="Tried out"), actor=alice, now=now)
    assert browser.config().json()["title"] == "Tried out"
    assert Browser(widget, "https://other.example").config().json()["title"] != "Tried out"
    browser.begin()
    browser.say()
    assert Conversation.objects.get().channel == "test"
    assert browser.read(browser.conversation).status_code == 200


@pytest.mark.requirement("WID-02", "SEC-01")
def test_the_preview_shows_the_draft_to_its_owner_only(
    widget: Widget, alice: Actor, alice_client: Client, charlie_client: Client, now
) -> None:
    publish(alice, widget, now, title="Live", verified_only=True, allowed_domains=("halyard.example",))
    actions.save_draft(agent_id=widget.agent_id, settings=WidgetSettings(title="Draft"), actor=alice, now=now)
    preview = f"/agents/{widget.agent_id}/widget/preview/"
    assert charlie_client.get(preview).status_code == 404
    signed = alice_client.get(preview).content.decode().split('data-preview="')[1].split('"')[0]
    browser = Browser(widget, "http://127.0.0.1:8000")
    assert browser.begin(preview=signed).json()["title"] == "Draft"
    assert browser.say().status_code == 200
    assert Conversation.objects.get().channel == "test"
    assert browser.begin(preview=signed[:-3] + "abc").status_code == 401, "a changed token is none"
    assert not Implementation.objects.exists()


@pytest.mark.requirement("WID-03", "WID-09")
def test_usage_is_broken_down_by_customer_with_traits(widget: Widget, secret: str, alice_client: Client, alice: Actor) -> None:
    first, second = Browser(widget), Browser(widget)
    first.begin(token=token(secret, "zoë", traits={"plan": "pro", "note": "<b>x</b>"}))
    first.say()
    first.say("And refunds?", key="k2", conversation_id=first.conversation)
    second.begin(customer_id="max")
    second.say()
    usage = {
        one.customer_id: (one.conversations, one.messages, one.is_verified)
        for one in queries.customers_of(alice, widget.agent_id)
    }
    assert usage == {"zoë": (1, 2, True), "max": (1, 1, False)}
    page = alice_client.get(f"/agents/{widget.agent_id}/widget/").content.decode()
    assert "plan: pro" in page
    assert "<b>x</b>" not in page


@pytest.mark.requirement("SEC-01")
def test_another_tenant_reaches_nothing_of_the_widget(
    charlie_client: Client, bob_client: Client, browser: Browser, alice: Actor, widget: Widget
) -> None:
    browser.config()
    (place,) = queries.implementations_of(alice)
    agent = widget.agent_id
    assert charlie_client.get(f"/agents/{agent}/widget/").status_code == 404
    for path in ("pause", "secret", "publish", "restore", "test"):
        assert charlie_client.post(f"/agents/{agent}/widget/{path}/").status_code == 404, path
        if path != "test":
            assert bob_client.post(f"/agents/{agent}/widget/{path}/", {"number": "1"}).status_code == 403, path
    assert charlie_client.post(f"/widgets/{place.id}/", {"do": "pause"}).status_code == 404
    assert bob_client.post(f"/widgets/{place.id}/", {"do": "pause"}).status_code == 403
    assert "halyard" not in charlie_client.get("/widgets/").content.decode()


@pytest.mark.requirement("SEC-02")
def test_a_page_elsewhere_cannot_call_what_only_the_frame_may(browser: Browser, widget: Widget) -> None:
    body = json.dumps({"host": SITE})
    url = f"/widget/{widget.public_id}/session/"
    assert (
        Client().post(url, body, content_type="application/json", headers={"Origin": "https://evil.example"}).status_code == 403
    )
    assert Client().post(url, body, content_type="application/json", headers={"Origin": "http://testserver"}).status_code == 200


@pytest.mark.requirement("SEC-03")
def test_a_visitor_sees_nothing_of_the_owner_s_ids_and_notes(browser: Browser) -> None:
    browser.begin()
    browser.say()
    said = browser.read(browser.conversation).json()
    assert set(said) == {"messages", "handover"}
    assert set(said["messages"][1]) == {"id", "speaker", "author_name", "text", "state", "feedback", "may_be_rated", "sources"}
    assert set(said["messages"][1]["sources"][0]) == {"number", "title", "heading", "quote", "lit", "cited"}


@pytest.mark.requirement("WID-01", "BUY-17")
def test_the_closest_place_that_a_refusal_names_is_told_at_once_and_found_again(browser: Browser) -> None:
    browser.begin()
    browser.say(NEAR)
    told = json.loads(browser.events.split("event: sources\ndata: ")[1].split("\n")[0])
    assert told["sources"] == []
    assert told["closest"]["lit"].startswith("Invoices are issued")
    assert '"cited":[]' in browser.events
    refusal = browser.read(browser.conversation).json()["messages"][1]
    assert "[1]" in refusal["text"]
    assert refusal["sources"] == [told["closest"]]
    assert refusal["sources"][0]["cited"] is False


@pytest.mark.requirement("WID-12")
def test_a_thumb_and_a_wish_for_a_person_are_kept(browser: Browser, alice_client: Client) -> None:
    browser.begin()
    browser.say()
    answer = browser.read(browser.conversation).json()["messages"][1]["id"]
    assert (
        browser.post(f"/conversations/{browser.conversation}/feedback/", {"message_id": answer, "value": "down"}).status_code
        == 204
    )
    asked = browser.post(f"/conversations/{browser.conversation}/person/", {})
    assert (asked.status_code, asked.json()) == (200, {"said": "I am handing you over to a person, who will answer you here."})
    Blueprint.objects.update(handover_message="I am getting Zoë, who sees what we talked about.")
    again = browser.post(f"/conversations/{browser.conversation}/person/", {})
    assert again.json() == {"said": "I am getting Zoë, who sees what we talked about."}
    seen = browser.read(browser.conversation).json()
    assert (seen["messages"][1]["feedback"], seen["handover"]) == ("bad", "waiting")
