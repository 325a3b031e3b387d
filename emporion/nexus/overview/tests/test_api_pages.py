"""The page of an API opens to the calls behind its figures; what is expected of it and its timeline are written there."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from emporion.kernel.ids import new_id
from emporion.nexus.apis.asking import event_store
from emporion.nexus.apis.models import ApiNote
from emporion.nexus.apis.queries import watch_of
from emporion.nexus.signals.actions import mark_deploy
from emporion.nexus.signals.types import NewDeploy
from emporion.store.schemas import ApiBody, ApiCalled


@pytest.fixture
def openai(fleet):
    return f"/nexus/apis/{fleet['openai'].pk}/"


@pytest.mark.requirement("NEX-04")
def test_figures_charts_failures_and_what_happened_stand_on_the_page_of_an_api(alice, alice_client, project_id, live, openai):
    live(broken_minutes=10)
    now = datetime.now(UTC)
    deploy = NewDeploy(service="api", version="2.14.3", at=now - timedelta(minutes=20), key="x")
    mark_deploy(deploy=deploy, project_id=project_id, actor=alice, now=now)
    text = alice_client.get(f"{openai}?period=1h").text
    for words in ("How long answers take", "Failures by kind", "Calls", "Cost", "Tokens", "p95", "By model", "By feature"):
        assert words in text
    assert "Deploy api 2.14.3" in text
    assert ">Deploy 2.14.3</text>" in text, "the chart is marked"
    assert 'class="line s1"' in text
    assert "Overloaded 503" in text
    assert "Tokens a minute" in text
    assert '<rect class="bad"' in text


@pytest.mark.requirement("NEX-04")
def test_a_figure_opens_to_the_calls_behind_it_and_a_call_says_everything(alice_client, live, openai):
    live(broken_minutes=10)
    page = alice_client.get(f"{openai}?period=1h").text
    model = re.search(r'href="([^"]*model=gpt-4o-mini[^"]*)"', page)[1].replace("&amp;", "&")
    narrowed = alice_client.get(model).text
    assert "Model <b>gpt-4o-mini</b>" in narrowed
    failed = alice_client.get(f"{openai}calls/?period=1h&outcome=overloaded").text
    first = re.search(r'href="(/nexus/calls/[^"]+)"', failed)[1]
    call = alice_client.get(first).text
    for words in ("Overloaded 503", "overloaded", "POST /v1/chat", "Attempts", "Limits that the answer told of"):
        assert words in call
    none = alice_client.get(f"{openai}calls/?period=1h&outcome=empty").text
    assert "There is nothing of that kind in this period." in none


@pytest.mark.requirement("NEX-04")
def test_the_totals_open_to_all_calls_and_to_those_that_failed(alice_client, calls_store, fleet, project_id, organisation_id):
    now = datetime.now(UTC)
    outcomes = ("ok", "ok", "timeout", "bad_request", "budget_spent")
    rows = [
        ApiCalled(
            event_id=new_id(),
            organisation_id=organisation_id,
            project_id=project_id,
            api_id=fleet["openai"].pk,
            occurred_at=now - timedelta(minutes=2 + number),
            outcome=outcome,
        )
        for number, outcome in enumerate(outcomes)
    ]
    event_store().insert(ApiCalled, rows, token=str(new_id()))
    tiles = alice_client.get(f"/nexus/apis/{fleet['openai'].pk}/?period=1h").text.split('class="api-tiles"')[1].split("</dl>")[0]
    total, count = re.search(r'<dt>Calls</dt><dd><b><a href="([^"]*)">(\d+)<', tiles).groups()
    failed, failures = re.search(r'<small><a href="([^"]*)">(\d+) failed<', tiles).groups()
    for url, number in ((total, count), (failed, failures)):
        assert alice_client.get(url.replace("&amp;", "&")).text.count('scope="row"') == int(number)
    assert (count, failures) == ("4", "1")


@pytest.mark.requirement("NEX-04", "SEC-02")
def test_what_was_said_in_a_call_is_for_who_may_configure(
    alice_client, bob_client, calls_store, fleet, project_id, organisation_id
):
    now, event_id = datetime.now(UTC), new_id()
    common = {"event_id": event_id, "occurred_at": now, "organisation_id": organisation_id, "project_id": project_id}
    common["api_id"] = fleet["openai"].pk
    event_store().insert(ApiCalled, [ApiCalled(**common, outcome="ok", model="gpt-4o", cost_picos=8_000_000_000)], token="c")
    event_store().insert(ApiBody, [ApiBody(**common, keep_until_day=2**31, request="Où?", response="<b>Là</b>")], token="b")
    page = alice_client.get(f"/nexus/calls/{event_id}/").text
    assert "Où?" in page and "&lt;b&gt;Là" in page and "$0.0080" in page  # noqa: PT018 -- one page
    assert "Où?" not in bob_client.get(f"/nexus/calls/{event_id}/").text


@pytest.mark.requirement("NEX-04", "UX-02")
def test_targets_are_kept_and_a_wrong_one_keeps_what_was_typed(alice, alice_client, bob_client, calls_store, fleet, openai):
    typed = {
        "target": "99.5",
        "latency": "3",
        "quota_name": "Credits",
        "quota_calls": "1000",
        "quota_period": "day",
        "depends": "Notes",
    }
    assert alice_client.post(f"{openai}targets/", typed).status_code == 302
    watch = watch_of(alice, fleet["openai"].pk)
    assert (watch.target, watch.latency_ms, watch.quota_calls, watch.quota_period) == (0.995, 3000, 1000, "day")
    assert "Notes depends on it" in alice_client.get(openai).text
    wrong = alice_client.post(f"{openai}targets/", {**typed, "target": "20", "depends": "Résumés"})
    assert wrong.status_code == 422
    assert 'value="Résumés"' in wrong.text
    assert bob_client.post(f"{openai}targets/", typed).status_code == 403


@pytest.mark.requirement("NEX-04", "NEX-17")
def test_a_member_writes_changes_and_deletes_a_note_and_undoes_it(bob_client, charlie_client, calls_store, fleet, openai):
    bob_client.post(f"{openai}notes/", {"text": "Prompt shortened"})
    note = ApiNote.objects.get()
    address = f"/nexus/notes/{note.pk}/"
    assert "Prompt shortened" in bob_client.get(openai).text
    assert bob_client.post(address, {"text": " ", "at": ""}).status_code == 422
    bob_client.post(address, {"text": "Prompt cut", "at": "2026-03-01T10:00"})
    note.refresh_from_db()
    assert note.text == "Prompt cut"
    assert charlie_client.post(f"{address}remove/").status_code == 404
    page = bob_client.post(f"{address}remove/", follow=True).text
    undo = re.search(r'action="(/nexus/notes/[^"]+/restore/)"', page)[1]
    bob_client.post(undo)
    assert ApiNote.objects.get().removed_at is None


@pytest.mark.requirement("NEX-04")
def test_an_api_without_calls_says_what_to_do(alice_client, calls_store, openai):
    assert "No calls in this period" in alice_client.get(openai).text
    assert alice_client.get(f"{openai}?period=nonsense&model=%00&outcome=zz").status_code == 200


@pytest.mark.requirement("SEC-01")
def test_strangers_find_nothing(charlie_client, calls_store, openai):
    for path in (openai, f"{openai}calls/", f"/nexus/calls/{new_id()}/"):
        assert charlie_client.get(path).status_code == 404


@pytest.mark.requirement("NEX-04")
def test_the_page_of_an_api_asks_the_database_no_more_when_there_are_more_apis(
    alice_client, live, openai, register, django_assert_max_num_queries
):
    live()
    alice_client.get(openai)
    counts = []
    for _ in range(2):
        with django_assert_max_num_queries(60) as asked:
            alice_client.get(openai)
        counts.append(len(asked))
        for number in range(4):
            register(f"More{len(counts)}{number}", "http")
    assert counts[0] == counts[1]
