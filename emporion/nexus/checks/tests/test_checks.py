"""Checks through their pages and the job that runs them, against real servers that behave and that do not."""

import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from django.conf import LazySettings
from django.test import Client

from emporion.config import eventlog
from emporion.kernel.clock import utcnow
from emporion.nexus.checks import actions, asking, queries, running, views
from emporion.nexus.checks.errors import CheckInvalid
from emporion.nexus.checks.models import CheckRow
from emporion.nexus.checks.types import Assertion, CheckSpec, Expectation
from emporion.plumbing import outbound
from emporion.plumbing.models import Job
from emporion.plumbing.registry import subscriptions
from emporion.plumbing.types import Actor

from .target import Target, certificate, serving, speaking

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("NEX-18")]
FORM = {"name": "Héalth", "method": "GET", "headers": "", "body": "", "interval": "60", "timeout": "2", "retries": "1", "api": ""}


@pytest.fixture(autouse=True)
def _allowed(settings: LazySettings) -> None:
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, outbound_allow="localhost", region="eu-test")


@pytest.fixture
def target() -> Iterator[Target]:
    with serving() as target:
        yield target


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[str]]:
    names = ("nexus.checks.CheckFailing", "nexus.checks.CheckRecovered")
    for name in names:
        monkeypatch.setitem(subscriptions().LISTENERS, name, ("x:heard",))
    return lambda: [job.name.rpartition(".")[2] for job in Job.objects.filter(name__in=names).order_by("id")]


def expect(kind: str, value: str, name: str = "", row: int = 0) -> dict[str, str]:
    return {f"kind_{row}": kind, f"value_{row}": value, f"name_{row}": name}


def made(client: Client, target: Target, **changes: str) -> UUID:
    response = client.post("/nexus/checks/new/", {**FORM, "url": f"{target.url}/health", "do": "save", **changes})
    assert response.status_code == 302, response.content.decode()
    return UUID(response["Location"].strip("/").rpartition("/")[2])


def run(at: datetime) -> int:
    return running.run_due(now=at)


@pytest.mark.requirement("SEC-02")
@pytest.mark.parametrize(
    "url", ["http://10.0.0.7/health", "http://127.0.0.1:9/", "http://169.254.169.254/latest/", "http://[::1]/"]
)
def test_an_address_that_could_never_be_asked_is_refused_with_the_reason_and_the_next_step(
    alice_client: Client, target: Target, url: str
) -> None:
    page = alice_client.post("/nexus/checks/new/", {**FORM, "url": url, "do": "save"})
    assert page.status_code == 422
    assert "This address is in a private network" in page.content.decode()
    assert "Use a public address" in page.content.decode()
    assert not CheckRow.objects.exists()
    check = made(alice_client, target)
    page = alice_client.post(f"/nexus/checks/{check}/edit/", {**FORM, "url": url, "do": "save"})
    assert "This address is in a private network" in page.content.decode()
    assert CheckRow.objects.get(pk=check).url == f"{target.url}/health"


def test_a_check_is_seen_before_it_is_saved(alice_client: Client, target: Target) -> None:
    target.headers["X-Version"] = "7"
    form = {
        **FORM,
        "url": f"{target.url}/health",
        "do": "try",
        "headers": "Authorization: Bearer s3cret",
        "body": "{}",
        "method": "POST",
    }
    form |= expect("json_equals", "7", "data.items[0].id") | expect("header_contains", "8", "x-version", 1)
    page = alice_client.post("/nexus/checks/new/", form).content.decode()
    assert "data.items[0].id is 7" in page
    assert "was “7”" in page
    assert "Not as expected" in page
    assert "&quot;name&quot;: &quot;é&quot;" in page
    assert "First byte" in page
    ((method, path, headers, body),) = target.asked
    assert (method, path, headers["authorization"], body) == ("POST", "/health", "Bearer s3cret", b"{}")
    assert CheckRow.objects.count() == 0


def test_a_check_fails_after_its_retries_and_recovers_at_once(
    alice: Actor, alice_client: Client, target: Target, told: Callable[[], list[str]], now: datetime
) -> None:
    check_id = made(alice_client, target, **expect("status", "200"))
    CheckRow.objects.update(next_at=now)
    assert run(now) == 1
    assert run(now + timedelta(seconds=59)) == 0
    target.status = 500
    assert run(now + timedelta(seconds=60)) == 1
    assert (CheckRow.objects.get().state, told()) == ("shaky", [])
    assert run(now + timedelta(seconds=75)) == 1, "it is tried again soon"
    assert (CheckRow.objects.get().state, told()) == ("failing", ["CheckFailing"])
    assert json.loads(Job.objects.get(handler="x:heard").payload)["detail"] == "status 200, was 500"
    run(now + timedelta(seconds=140))
    assert told() == ["CheckFailing"]
    target.status = 200
    run(now + timedelta(seconds=200))
    assert told() == ["CheckFailing", "CheckRecovered"]
    assert queries.check_of(alice, check_id, now=now + timedelta(minutes=4)).uptime_day == 0.4
    CheckRow.objects.update(next_at=utcnow())  # else nobody would have asked since
    page = alice_client.get("/nexus/checks/").content.decode()
    assert "As expected" in page
    assert str(check_id) in page


def test_the_history_of_a_check_lies_in_the_event_store(alice_client: Client, target: Target, drain: Callable[..., int]) -> None:
    check_id = made(alice_client, target)
    alice_client.post(f"/nexus/checks/{check_id}/act/", {"do": "run"})
    target.status = 503
    alice_client.post(f"/nexus/checks/{check_id}/act/", {"do": "run"})
    drain(datetime.now().astimezone() + timedelta(minutes=1))
    eventlog.spool().seal()
    with eventlog.running():
        pass
    page = alice_client.get(f"/nexus/checks/{check_id}/").content.decode()
    assert "status 200-399, was 503" in page
    assert "eu-test" in page
    failed = alice_client.get(f"/nexus/checks/{check_id}/?show=failed").content.decode()
    assert failed.count("was 503") >= 1


@pytest.mark.parametrize(
    ("kind", "value", "name", "is_ok"),
    [
        ("status", "2xx", "", True),
        ("status", "301, 404-499", "", False),
        ("latency", "2000", "", True),
        ("latency", "0", "", False),
        ("body_contains", "é", "", True),
        ("body_lacks", "é", "", False),
        ("json_equals", "true", "$.data.items[0].ok", True),
        ("json_equals", "é", "data.items[0].name", True),
        ("json_equals", "null", "data.items[9].name", True),
        ("json_equals", "7", "data.items[1].id", False),
        ("header_contains", "json", "content-type", True),
        ("header_contains", "x", "x-missing", False),
        ("certificate", "1", "", False),
    ],
)
def test_each_expectation(target: Target, now: datetime, kind: str, value: str, name: str, is_ok: bool) -> None:
    spec = CheckSpec(name="x", url=target.url, assertions=(Assertion(kind=Expectation(kind), value=value, name=name),))
    assert asking.run(spec, now=now).is_ok is is_ok


def test_certificates_are_read_and_expired_ones_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = datetime.now().astimezone()
    for days, is_ok in ((20, True), (-3, False)):
        context, path = certificate(tmp_path, days=days)
        monkeypatch.setattr(outbound, "TLS", ssl.create_default_context(cafile=str(path)))
        with serving(context) as secure:
            spec = CheckSpec(name="x", url=secure.url, assertions=(Assertion(kind=Expectation.CERTIFICATE, value="14"),))
            judged = asking.run(spec, now=now)
        assert judged.is_ok is is_ok
        if is_ok:
            assert judged.verdicts[-1].found == "20 are left"
            assert judged.asked.timings.tls_us > 0
        else:
            assert "certificate has expired" in judged.failed


def test_servers_that_hang_drip_lie_and_hang_up_are_told_apart_and_over_in_time(now: datetime) -> None:
    def drip(caller: object) -> None:
        caller.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        for _ in range(200):
            caller.sendall(b"x")
            time.sleep(0.05)

    talks = {
        "no whole answer within 1 s": drip,
        "the answer is not whole": lambda caller: caller.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nshort"),
        "or no HTTP": lambda caller: caller.sendall(b"SSH-2.0-OpenSSH_9.6\r\n"),
    }
    for words, talk in talks.items():
        with speaking(talk) as url:
            judged = asking.run(CheckSpec(name="x", url=url, timeout_seconds=1), now=now)
            assert words in judged.failed
    refused = asking.run(CheckSpec(name="x", url="http://localhost:1/"), now=now)
    assert "refused" in refused.failed


def test_a_long_body_is_read_to_its_bound_only(target: Target, now: datetime) -> None:
    target.body = b"x" * 3_000_000
    judged = asking.run(CheckSpec(name="x", url=target.url), now=now)
    assert (judged.is_ok, judged.asked.is_cut, len(judged.asked.body)) == (True, True, asking.MOST_READ)


@pytest.mark.requirement("SEC-02")
def test_an_internal_address_is_never_asked(alice_client: Client, target: Target, now: datetime) -> None:
    form = {**FORM, "url": target.url.replace("localhost", "127.0.0.1"), "do": "try"}
    page = alice_client.post("/nexus/checks/new/", form).content.decode()
    assert "This address cannot be read from here" in page
    assert target.asked == []
    target.status, target.headers = 302, {"Location": "http://169.254.169.254/"}
    judged = asking.run(
        CheckSpec(name="x", url=target.url, assertions=(Assertion(kind=Expectation.STATUS, value="302"),)), now=now
    )
    assert judged.is_ok, "a redirect is an answer, and is not followed"


def test_what_cannot_be_asked_is_said_at_its_field_and_kept(alice_client: Client, target: Target) -> None:
    for changes in (
        {"url": "ftp://x.example"},
        {"url": "https://user:pass@x.example"},
        {"interval": "5"},
        {"timeout": "99"},
        {"headers": "no colon"},
        {"headers": "Host: elsewhere"},
        {"headers": "X: caf\u00e9"},
        {"headers": "Authorization: ••••••"},
        expect("status", "abc"),
        expect("json_equals", "1", "a..b["),
        expect("latency", "soon"),
    ):
        response = alice_client.post("/nexus/checks/new/", {**FORM, "url": target.url, **changes})
        assert response.status_code == 422, changes
        assert "field-error" in response.content.decode()
        assert "Héalth" in response.content.decode()


@pytest.mark.requirement("SEC-02")
def test_secrets_of_headers_are_not_shown_again_and_do_not_follow_to_another_place(alice_client: Client, target: Target) -> None:
    check_id = made(alice_client, target, headers="Authorization: Bearer s3cret")
    assert "s3cret" not in CheckRow.objects.get().headers
    page = alice_client.get(f"/nexus/checks/{check_id}/edit/").content.decode()
    assert "s3cret" not in page
    hidden = {**FORM, "headers": "Authorization: ••••••", "url": f"{target.url}/other"}
    alice_client.post(f"/nexus/checks/{check_id}/edit/", {**hidden, "do": "try"})
    assert target.asked[-1][2]["authorization"] == "Bearer s3cret"
    moved = alice_client.post(f"/nexus/checks/{check_id}/edit/", {**hidden, "url": "https://thief.example/", "do": "save"})
    assert moved.status_code == 422
    assert alice_client.post(f"/nexus/checks/{check_id}/edit/", {**hidden, "do": "save"}).status_code == 302
    assert CheckRow.objects.get().url.endswith("/other")


def test_paused_removed_and_brought_back(alice_client: Client, target: Target, alice: Actor, now: datetime) -> None:
    check_id = made(alice_client, target)
    act = f"/nexus/checks/{check_id}/act/"
    alice_client.post(act, {"do": "pause"})
    CheckRow.objects.update(next_at=now)
    assert run(now) == 0
    alice_client.post(act, {"do": "resume"})
    CheckRow.objects.update(next_at=now)
    assert run(now) == 1
    assert "Undo" in alice_client.post(act, {"do": "remove"}, follow=True).content.decode()
    assert run(now + timedelta(hours=1)) == 0
    alice_client.post(act, {"do": "restore"})
    assert queries.check_of(alice, check_id, now=now).spec.name == "Héalth"


def test_many_checks_run_side_by_side(alice: Actor, project_id: UUID, now: datetime) -> None:
    turn, met = threading.Event(), []
    with serving() as quick:

        def until_all_others_are_asked(_: socket.socket) -> None:
            met.append(any(len(quick.asked) == 9 or turn.wait(0.01) for _ in range(2_000)))

        with speaking(until_all_others_are_asked) as slow:
            for number in range(10):
                spec = CheckSpec(name=f"{number}", url=quick.url if number else slow, timeout_seconds=30)
                actions.add_check(spec=spec, project_id=project_id, actor=alice, now=now)
            assert run(now) == 10
    assert met == [True], "the one that is slow keeps no other from being asked"
    states = sorted(row.state for row in CheckRow.objects.all())
    assert states == ["passing"] * 9 + ["shaky"]


@pytest.mark.requirement("SEC-01")
def test_a_check_that_breaks_us_takes_no_other_with_it(alice: Actor, project_id: UUID, target: Target, now: datetime) -> None:
    squared = Assertion(kind=Expectation.LATENCY, value="²")
    with pytest.raises(CheckInvalid):
        actions.add_check(
            spec=CheckSpec(name="x", url=target.url, assertions=(squared,)), project_id=project_id, actor=alice, now=now
        )
    made = [
        actions.add_check(spec=CheckSpec(name=name, url=target.url), project_id=project_id, actor=alice, now=now)
        for name in ("broken", "well")
    ]
    CheckRow.objects.filter(pk=made[0].id).update(assertions=[{"kind": "latency", "name": "", "value": "²"}])
    assert running.run_due(now=now) == 2
    assert CheckRow.objects.get(pk=made[1].id).last_at == now


def test_a_check_is_asked_from_the_region_that_was_chosen_and_nobody_else_asks(
    alice_client: Client, target: Target, settings: LazySettings, monkeypatch: pytest.MonkeyPatch, now: datetime
) -> None:
    here = settings.ENVIRONMENT
    monkeypatch.setattr(views, "utcnow", lambda: now)
    settings.ENVIRONMENT = replace(here, region="us-east")
    run(now)
    assert '<option value="us-east">' in alice_client.get("/nexus/checks/new/").content.decode()
    page = f"/nexus/checks/{made(alice_client, target, asked_from='us-east')}/"
    settings.ENVIRONMENT = replace(here, region="eu-west")
    later = now + timedelta(minutes=5)
    assert run(later) == 0, "a process elsewhere leaves it alone"
    monkeypatch.setattr(views, "utcnow", lambda: later)
    waiting = alice_client.get(page).content.decode()
    assert "Nobody is there to ask" in waiting
    assert "No process asks from us-east. Start “emporion work” there with EMPORION_REGION=us-east" in waiting
    assert "It runs within seconds" not in waiting
    settings.ENVIRONMENT = replace(here, region="us-east")
    assert run(later) == 1
    shown = alice_client.get(page).content.decode()
    assert "from us-east" in shown
    assert "Nobody is there to ask" not in shown
    refused = alice_client.post("/nexus/checks/new/", {**FORM, "url": target.url, "do": "save", "asked_from": "mars"})
    assert refused.status_code == 422
    assert "mars" in refused.content.decode(), "what was chosen is named"


def test_members_look_and_strangers_see_nothing(
    alice_client: Client, bob_client: Client, charlie_client: Client, target: Target
) -> None:
    check_id = made(alice_client, target)
    path = f"/nexus/checks/{check_id}/"
    assert bob_client.get(path).status_code == 200
    for inside in ("edit/", "act/"):
        assert bob_client.post(path + inside, {**FORM, "url": target.url, "do": "remove"}).status_code == 403
        assert charlie_client.post(path + inside, {**FORM, "url": target.url, "do": "remove"}).status_code == 404
    assert charlie_client.get(path).status_code == 404
    assert bob_client.post("/nexus/checks/new/", {**FORM, "url": target.url, "do": "try"}).status_code == 403
