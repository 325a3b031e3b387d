"""Channels of a team: Slack and signed webhooks hear of problems, a log says what came of it, nothing inside is reached."""

import re
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from django.test import Client

from emporion.accounts.actions import notify_people
from emporion.kernel.clock import utcnow
from emporion.nexus.oncall.tests.test_paging import HOME
from emporion.notify.models import Delivery, Destination
from emporion.notify.types import Message, Topic
from tests.receiving import Receiver

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("NEX-06")]
CHANNELS = f"{HOME}channels/"
DOCS = Path(__file__).resolve().parents[4] / "docs" / "nexus" / "webhooks.md"


def add(client: Client, receiver: Receiver, kind: str = "slack", **more: object) -> str:
    said = {"kind": kind, "name": "#ops", "address": f"{receiver.url}/hooks/T0/secret", "topics": ["incident"], **more}
    return client.post(CHANNELS, said, follow=True).content.decode()


def secret_of(page: str) -> str:
    return re.search(r"<code>(whsec_[^<]+)</code>", page).group(1)


def log(client: Client) -> str:
    return re.sub(r"\s+", " ", client.get(f"{CHANNELS}{Destination.objects.get().pk}/").content.decode())


def test_slack_hears_of_a_problem_with_a_button_that_leads_there(
    alice_client: Client, receiver: Receiver, open_problem, drain
) -> None:
    add(alice_client, receiver)
    problem = open_problem(title="<!channel> fails & burns")
    drain()
    (post,) = receiver.posts
    assert post.headers["content-type"].startswith("application/json")
    assert post.json["text"].startswith("&lt;!channel&gt; fails &amp; burns.")
    assert post.json["blocks"][0]["text"]["text"] == problem.title
    assert post.json["blocks"][-1]["elements"][0]["url"].endswith(f"/nexus/alerts/{problem.pk}/")
    assert "Delivered" in log(alice_client)


def test_a_webhook_gets_a_cloud_event_whose_signature_the_sample_of_the_docs_accepts(
    alice_client: Client, receiver: Receiver, open_problem, drain
) -> None:
    secret = secret_of(add(alice_client, receiver, "webhook"))
    problem = open_problem(at=utcnow())
    drain(utcnow())
    (post,) = receiver.posts
    event = post.json
    assert post.headers["content-type"] == "application/cloudevents+json; charset=utf-8"
    assert event["specversion"] == "1.0"
    assert event["type"] == "emporion.nexus.problem.opened"
    assert event["subject"] == str(problem.pk)
    assert event["id"] == post.headers["webhook-id"]
    assert event["source"].startswith("http")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", event["time"])
    assert event["data"]["title"] == problem.title
    assert event["data"]["facts"]["severity"] == "page"
    is_genuine = sample()
    assert is_genuine(secret, post.headers, post.body)
    assert not is_genuine(secret, post.headers, post.body + b" ")
    assert not is_genuine("whsec_" + "A" * 43 + "=", post.headers, post.body)
    late = {**post.headers, "webhook-timestamp": str(int(post.headers["webhook-timestamp"]) - 600)}
    assert not is_genuine(secret, late, post.body)


def sample():
    """The function of the docs, as somebody would paste it."""
    code = re.search(r"```python\n(.*?)```", DOCS.read_text(), re.DOTALL).group(1)
    names: dict[str, object] = {}
    exec(code, names)
    return names["is_genuine"]


def test_a_post_that_failed_is_tried_again_and_the_log_says_so(
    alice_client: Client, receiver: Receiver, open_problem, drain, now
) -> None:
    add(alice_client, receiver, "webhook")
    receiver.answers = [500, 429, 204]
    open_problem()
    drain()
    assert "Is tried again" in log(alice_client)
    assert "It answered 500." in log(alice_client)
    drain(now + timedelta(seconds=2))
    drain(now + timedelta(seconds=20))
    assert "Delivered" in log(alice_client)
    assert len({post.headers["webhook-id"] for post in receiver.posts}) == 1
    assert len(receiver.posts) == 3


def test_a_refused_post_is_final_and_the_log_says_why(alice_client: Client, receiver: Receiver, open_problem, drain, now) -> None:
    add(alice_client, receiver)
    receiver.answers = [403]
    open_problem()
    drain()
    drain(now + timedelta(hours=3))
    assert len(receiver.posts) == 1
    assert "Failed" in log(alice_client)
    assert "It answered 403" in log(alice_client)
    assert "Last post failed" in alice_client.get(CHANNELS).content.decode()


def test_an_address_inside_our_network_is_refused_and_what_was_typed_stays(alice_client: Client) -> None:
    for address in ("http://127.0.0.1:9/x", "http://169.254.169.254/latest/", "http://[::1]/", "file:///etc/passwd"):
        said = {"kind": "webhook", "name": "inside", "address": address, "topics": ["incident"]}
        answer = alice_client.post(CHANNELS, said)
        assert answer.status_code == 422, address
        assert "inside" in answer.content.decode()
    assert not Destination.objects.exists()


def test_an_address_that_turns_out_to_lead_inside_is_not_posted_to(
    alice_client: Client, receiver: Receiver, open_problem, drain, settings
) -> None:
    from dataclasses import replace

    add(alice_client, receiver)
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, outbound_allow="")
    open_problem()
    drain()
    assert receiver.posts == []
    assert "This address cannot be read from here." in log(alice_client)


def test_neither_the_address_nor_the_secret_is_shown_again_or_kept_readable(
    alice_client: Client, receiver: Receiver, open_problem, drain
) -> None:
    secret = secret_of(add(alice_client, receiver, "webhook"))
    open_problem()
    drain()
    for page in (alice_client.get(CHANNELS).content.decode(), log(alice_client)):
        assert secret not in page
        assert "/hooks/T0/" not in page
    row, delivery = Destination.objects.get(), Delivery.objects.get()
    assert "hooks" not in row.sealed_address
    assert secret not in row.sealed_secret
    assert delivery.sealed == ""


def test_a_channel_hears_only_of_its_topics_and_not_while_it_is_paused(
    alice_client: Client, receiver: Receiver, open_problem, drain
) -> None:
    add(alice_client, receiver, topics=["billing"])
    open_problem()
    drain()
    assert receiver.posts == []
    Destination.objects.update(topics=["incident"])
    where = f"{CHANNELS}{Destination.objects.get().pk}/"
    alice_client.post(f"{where}pause/", {"state": "paused"})
    open_problem(title="Another one")
    drain()
    assert receiver.posts == []
    alice_client.post(f"{where}pause/", {"state": "on"})
    alice_client.post(f"{where}test/")
    drain(utcnow())
    assert len(receiver.posts) == 1


@pytest.mark.requirement("UX-04")
def test_a_channel_hears_of_what_is_told_to_the_whole_organisation_by_topic(
    alice_client: Client, receiver: Receiver, organisation_id: UUID, drain, now
) -> None:
    add(alice_client, receiver, "webhook", topics=["usage"])
    Destination.objects.update(project_id=None)
    for topic in (Topic.USAGE, Topic.BILLING):
        message = Message(topic=topic, title=f"About {topic}", body="8,000 of 10,000")
        notify_people(organisation_id=organisation_id, message=message, now=now)
    drain()
    assert [post.json["data"]["title"] for post in receiver.posts] == ["About usage"]


def test_a_removed_channel_comes_back_with_one_tap(alice_client: Client, receiver: Receiver) -> None:
    add(alice_client, receiver)
    row = Destination.objects.get()
    page = alice_client.post(f"{CHANNELS}{row.pk}/remove/", follow=True).content.decode()
    assert "No channels yet" in page
    assert "Undo" in page
    assert "#ops" in alice_client.post(f"{CHANNELS}{row.pk}/restore/", follow=True).content.decode()


def test_members_see_channels_but_do_not_change_them(alice_client: Client, bob_client: Client, receiver: Receiver) -> None:
    add(alice_client, receiver)
    assert "#ops" in bob_client.get(CHANNELS).content.decode()
    assert bob_client.post(f"{CHANNELS}{Destination.objects.get().pk}/remove/").status_code == 403
    said = {"kind": "slack", "name": "mine", "address": f"{receiver.url}/x", "topics": ["incident"]}
    assert bob_client.post(CHANNELS, said).status_code == 403
