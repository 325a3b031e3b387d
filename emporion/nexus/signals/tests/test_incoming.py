"""What other systems send: deploys of pipelines and of GitHub and GitLab, alerts of Alertmanager and Grafana."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.test import Client

from emporion.accounts.actions import create_token
from emporion.accounts.types import TokenScope
from emporion.config import eventlog
from emporion.gateway.routing.actions import create_key
from emporion.gateway.routing.types import NewKey
from emporion.kernel.clock import utcnow
from emporion.kernel.ids import new_id
from emporion.nexus.signals import actions, endpoints, queries
from emporion.nexus.signals.models import ReceivedAlert
from emporion.plumbing.models import Job
from emporion.plumbing.registry import subscriptions
from emporion.plumbing.types import Actor
from emporion.store.schemas import ApiCalled
from emporion.store.types import NOBODY

pytestmark = pytest.mark.django_db
JSON = "application/json"
Send = Callable[..., object]


@pytest.fixture
def address(alice: Actor, project_id: UUID, now: datetime) -> str:
    """Where Alertmanager sends to."""
    actions.add_receiver(name="Production", project_id=project_id, actor=alice, now=now)
    (receiver,) = queries.receivers_of(alice, project_id)
    return receiver.address.partition("/api/")[2]


@pytest.fixture(autouse=True)
def _heard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(subscriptions().LISTENERS, "nexus.signals.ExternalAlertReceived", ("x:alert",))
    monkeypatch.setitem(subscriptions().LISTENERS, "nexus.signals.DeployMarked", ("x:deploy",))


def marked(
    client: Client, body: object, secret: str, path: str = "/api/nexus/deploys/", **headers: str
) -> tuple[int, dict[str, object]]:
    told = {"Authorization": f"Bearer {secret}"} if secret else {}
    raw = body if isinstance(body, str) else json.dumps(body)
    response = client.post(path, raw, content_type=JSON, headers=told | headers)
    return response.status_code, response.json()


def deploys(actor: Actor, project_id: UUID) -> list[tuple[str, str, str]]:
    now = utcnow()
    found = queries.deploys(actor, project_id, now - timedelta(days=40), now + timedelta(hours=1))
    return [(one.service, one.version, one.source.value) for one in found]


@pytest.mark.requirement("NEX-04")
def test_a_pipeline_marks_a_deploy_with_a_gateway_key_or_an_api_token(
    alice: Actor, project_id: UUID, client: Client, alice_client: Client, now: datetime
) -> None:
    key = create_key(key=NewKey(name="CI"), project_id=project_id, actor=alice, now=utcnow()).plaintext
    body = {"service": "checkout-api", "version": "2.14.3", "change": "Prompt", "link": "https://ci.example/7", "unknown": 1}
    status, told = marked(client, body, key)
    assert (status, told["version"]) == (201, "2.14.3")
    token = create_token(name="t", scope=TokenScope.READ_WRITE, actor=alice, now=now)[1]
    assert marked(client, body | {"version": "2.14.4"}, token, path=f"/api/nexus/deploys/?project={project_id}")[0] == 201
    assert {version for _, version, _ in deploys(alice, project_id)} == {"2.14.3", "2.14.4"}
    page = alice_client.get("/nexus/deploys/").content.decode()
    assert "checkout-api 2.14.3" in page
    assert "CI, by the API" in page
    assert Job.objects.filter(handler="x:deploy").count() == 2


@pytest.mark.requirement("NEX-04", "SEC-01")
def test_a_deploy_of_a_stranger_a_reader_or_with_nothing_in_it_is_refused(
    alice: Actor, charlie: Actor, project_id: UUID, client: Client, now: datetime
) -> None:
    body = {"service": "a", "version": "1"}
    assert marked(client, body, "emp_gw_nobody")[0] == 401
    assert marked(client, body, "")[0] == 401
    strange = create_token(name="t", scope=TokenScope.READ_WRITE, actor=charlie, now=now)[1]
    assert marked(client, body, strange, path=f"/api/nexus/deploys/?project={project_id}")[0] == 403
    reader = create_token(name="t", scope=TokenScope.READ, actor=alice, now=now)[1]
    assert marked(client, body, reader, path=f"/api/nexus/deploys/?project={project_id}")[0] == 403
    key = create_key(key=NewKey(name="CI"), project_id=project_id, actor=alice, now=utcnow()).plaintext
    for wrong in ("{", "[]", {}, {"service": "a"}, body | {"link": "javascript:alert(1)"}, body | {"at": "1999-01-01T00:00:00Z"}):
        assert marked(client, wrong, key)[0] == 422
    assert deploys(alice, project_id) == []


@pytest.mark.requirement("NEX-04")
def test_the_same_deploy_told_twice_is_one(alice: Actor, project_id: UUID, client: Client) -> None:
    key = create_key(key=NewKey(name="CI"), project_id=project_id, actor=alice, now=utcnow()).plaintext
    for _ in range(2):
        assert marked(client, {"service": "a", "version": "1"}, key, **{"Idempotency-Key": "run-7"})[0] == 201
    assert len(deploys(alice, project_id)) == 1


@pytest.mark.requirement("NEX-04")
def test_webhooks_of_github_and_gitlab_are_known_by_their_shape(
    alice: Actor, project_id: UUID, client: Client, address: str
) -> None:
    path = f"/api/{address}".replace("alertmanager", "deploys")
    github = {
        "deployment_status": {"state": "success", "environment": "production", "target_url": "https://ci.example/1"},
        "deployment": {"id": 42, "sha": "9f2c1d7a55aa11", "ref": "main", "environment": "production", "task": "deploy"},
        "repository": {"name": "checkout-api", "full_name": "halyard/checkout-api", "html_url": "https://github.example/x"},
        "sender": {"login": "sarah"},
    }
    gitlab = {
        "object_kind": "deployment",
        "status": "success",
        "deployment_id": 15,
        "environment": "staging",
        "short_sha": "279484c0",
        "ref": "v2.1.0",
        "project": {"name": "search", "web_url": "https://gitlab.example/search"},
        "user": {"name": "Tomé"},
        "commit_title": "Faster",
    }
    for _ in range(2):
        assert marked(client, github, "", path, **{"X-GitHub-Event": "deployment_status"})[0] == 201
    assert marked(client, {"zen": "Design for failure."}, "", path, **{"X-GitHub-Event": "ping"})[0] == 200
    github["deployment_status"] = {"state": "failure"}
    assert marked(client, github, "", path, **{"X-GitHub-Event": "deployment_status"})[0] == 200
    assert marked(client, gitlab, "", path, **{"X-Gitlab-Event": "Deployment Hook"})[0] == 201
    assert sorted(deploys(alice, project_id)) == [("checkout-api", "9f2c1d7a55aa", "github"), ("search", "v2.1.0", "gitlab")]


def group(*alerts: dict[str, object]) -> dict[str, object]:
    return {
        "receiver": "emporion",
        "status": "firing",
        "alerts": list(alerts),
        "groupLabels": {"alertname": "InstanceDown"},
        "commonLabels": {"alertname": "InstanceDown", "severity": "critical"},
        "commonAnnotations": {},
        "externalURL": "http://alertmanager.example:9093",
        "version": "4",
        "groupKey": '{}:{alertname="InstanceDown"}',
        "truncatedAlerts": 0,
        "orgId": 1,
    }


def alert(fingerprint: str = "c1f0", status: str = "firing", **more: object) -> dict[str, object]:
    ends = "2026-10-25T00:20:00Z" if status == "resolved" else "0001-01-01T00:00:00Z"
    return {
        "status": status,
        "labels": {"instance": "api-1", "n": 3, "ok": True, "none": None},
        "annotations": {"summary": "api-1 is down"},
        "startsAt": "2026-10-25T00:10:00.123456789Z",
        "endsAt": ends,
        "generatorURL": "http://prometheus.example/graph",
        "fingerprint": fingerprint,
        "values": {"B": 1.5},
    } | more


@pytest.mark.requirement("NEX-05")
def test_an_alertmanager_s_alerts_fire_and_end_once_each(
    alice: Actor, project_id: UUID, client: Client, alice_client: Client, address: str
) -> None:
    for _ in range(2):
        response = client.post(f"/api/{address}", json.dumps(group(alert(), alert("c2"))), content_type=JSON)
        assert response.status_code == 200
    assert Job.objects.filter(handler="x:alert").count() == 2, "told again as it was, it is not news"
    row = ReceivedAlert.objects.get(fingerprint="c1f0")
    assert (row.name, row.severity, row.summary, row.labels["n"], row.labels["none"]) == (
        "InstanceDown", "critical", "api-1 is down", "3", "",
    )  # fmt: skip
    assert row.ends_at is None
    client.post(f"/api/{address}", json.dumps(group(alert(status="resolved"))), content_type=JSON)
    row.refresh_from_db()
    assert (row.is_firing, row.ends_at) == (False, datetime.fromisoformat("2026-10-25T00:20:00Z"))
    client.post(f"/api/{address}", json.dumps(group(alert())), content_type=JSON)
    payloads = [json.loads(job.payload)["is_firing"] for job in Job.objects.filter(handler="x:alert").order_by("id")]
    assert payloads == [True, True, False, True]
    page = alice_client.get("/nexus/telemetry/").content.decode()
    assert "InstanceDown" in page
    assert "2 alerts fire" in page


@pytest.mark.requirement("NEX-05", "SEC-02")
def test_what_is_no_webhook_is_refused_and_an_alert_loop_is_bounded(
    client: Client, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = f"/api/{address}"
    for wrong in (
        "",
        "[]",
        "{}",
        '{"alerts":[{"labels":[]}]}',
        "[" * 50_000,
        json.dumps(group(*[alert(str(n)) for n in range(1001)])),
    ):
        assert client.post(path, wrong, content_type=JSON).status_code == 422
    assert client.post("/api/nexus/alertmanager/in_nobody/", "{}", content_type=JSON).status_code == 404
    assert client.get(path).status_code == 405
    huge = alert(annotations={"summary": "x\0" * 100_000}, labels={f"l{n}": "v" for n in range(5_000)})
    assert client.post(path, json.dumps(group(huge)), content_type=JSON).status_code == 200
    row = ReceivedAlert.objects.get()
    assert (len(row.summary) <= 500, len(row.labels) <= 64) == (True, True)
    odd = alert("odd", status="weird", startsAt="yesterday", generatorURL="javascript:x", dashboardURL="data:x")
    assert client.post(path, json.dumps(group(odd)), content_type=JSON).json()["changed"] == 1
    assert ReceivedAlert.objects.get(fingerprint="odd").url.startswith("http://alertmanager")
    now = utcnow()
    monkeypatch.setattr(endpoints, "utcnow", lambda: now)  # a slow machine takes more than the minute that counts
    statuses = {client.post(path, "{}", content_type=JSON).status_code for _ in range(601)}
    assert 429 in statuses


@pytest.mark.requirement("NEX-05")
def test_an_address_that_was_removed_takes_in_nothing_until_it_is_back(
    alice: Actor, project_id: UUID, alice_client: Client, bob_client: Client, client: Client, address: str
) -> None:
    (receiver,) = queries.receivers_of(alice, project_id)
    act = f"/nexus/telemetry/receivers/{receiver.id}/act/"
    assert bob_client.post(act, {"do": "remove"}).status_code == 403
    assert (
        "in_"
        not in bob_client.get("/nexus/telemetry/").content.decode().partition("</main>")[0].partition("alertmanager/")[2][:6]
    )
    assert "Undo" in alice_client.post(act, {"do": "remove"}, follow=True).content.decode()
    assert client.post(f"/api/{address}", json.dumps(group(alert())), content_type=JSON).status_code == 404
    alice_client.post(act, {"do": "restore"})
    assert client.post(f"/api/{address}", json.dumps(group(alert())), content_type=JSON).status_code == 200


@pytest.mark.requirement("NEX-04")
def test_a_deploy_is_noted_by_hand_taken_out_and_brought_back(alice: Actor, project_id: UUID, alice_client: Client) -> None:
    assert alice_client.post("/nexus/deploys/", {"service": "api", "version": ""}).status_code == 422
    alice_client.post("/nexus/deploys/", {"service": "api", "version": "3"})
    ((_, version, source),) = deploys(alice, project_id)
    assert (version, source) == ("3", "page")
    now = utcnow()
    (deploy,) = queries.deploys(alice, project_id, now - timedelta(days=1), now + timedelta(days=1))
    assert "Undo" in alice_client.post(f"/nexus/deploys/{deploy.id}/act/", {"do": "remove"}, follow=True).content.decode()
    assert deploys(alice, project_id) == []
    alice_client.post(f"/nexus/deploys/{deploy.id}/act/", {"do": "restore"})
    assert len(deploys(alice, project_id)) == 1


@pytest.mark.requirement("NEX-01", "NEX-04")
def test_an_api_that_traces_tell_of_is_offered_where_the_apis_are(
    alice: Actor, project_id: UUID, alice_client: Client, charlie_client: Client
) -> None:
    common = {"occurred_at": utcnow(), "organisation_id": alice.organisation_id, "project_id": project_id}
    call = ApiCalled(event_id=new_id(), api_id=NOBODY, provider="api.apollo.io", origin="trace", outcome="ok", **common)
    eventlog.store().insert(ApiCalled, [call], token=str(call.event_id))
    for path in ("/nexus/apis/", "/nexus/telemetry/"):
        page = alice_client.get(path).content.decode()
        assert "Seen, not registered" in page
        assert "api.apollo.io" in page
        assert "api.apollo.io" not in charlie_client.get(path).content.decode()


@pytest.mark.requirement("UX-02")
@pytest.mark.parametrize("path", ["checks", "heartbeats", "providers", "deploys", "telemetry"])
def test_an_empty_page_says_what_will_be_here_to_who_may_fill_it_and_to_who_may_not(
    alice_client: Client, bob_client: Client, path: str
) -> None:
    offers = {"checks": "Add check", "heartbeats": "Add heartbeat", "providers": "Follow a status page"}
    for client in (alice_client, bob_client):
        response = client.get(f"/nexus/{path}/")
        assert response.status_code == 200
        may = client is alice_client
        assert (offers.get(path, "") in response.content.decode()) or not may
        assert path not in offers or may or offers[path] not in response.content.decode()
