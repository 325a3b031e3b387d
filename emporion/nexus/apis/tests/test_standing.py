"""A card says how an API does, since when, what is usual, and what is left of its quota; single calls are found."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from emporion.gateway.routing.models import Api
from emporion.kernel.errors import Denied, NotFound
from emporion.kernel.ids import new_id
from emporion.nexus.apis import calls, figures, standing
from emporion.nexus.apis.actions import add_note, edit_note, remove_note, restore_note, save_watch
from emporion.nexus.apis.errors import CallNotFound, NoteEmpty, WatchInvalid
from emporion.nexus.apis.queries import notes_of, watch_of
from emporion.nexus.apis.types import Cause, Health, Scope, Watch
from emporion.store.schemas import ApiBody

NOW = datetime(2026, 3, 5, 14, 8, 30, tzinfo=UTC)  # a Thursday
MIDNIGHT = NOW.replace(hour=0, minute=0, second=0)


@pytest.fixture
def api(organisation_id, project_id):
    def make(name: str) -> Api:
        return Api.objects.create(
            organisation_id=organisation_id, project_id=project_id, slug=name.lower(), name=name, template="custom",
            protocol="http", base_url="https://api.example", created_at=NOW,
        )  # fmt: skip

    return make


@pytest.mark.requirement("NEX-03")
def test_apis_stand_worst_first_with_what_is_usual_and_what_is_left(alice, project_id, api, put, made):
    openai, apollo, _ = api("OpenAI"), api("Apollo"), api("Stripe")
    save_watch(watch=Watch(api_id=apollo.pk, quota_name="Monthly credits", quota_calls=52), actor=alice, now=NOW)
    at = [NOW - timedelta(minutes=6) + timedelta(seconds=3 * n) for n in range(100)]
    put(
        [made(api_id=openai.pk, occurred_at=when, outcome="overloaded" if n % 8 == 0 else "ok") for n, when in enumerate(at)]
        + [made(api_id=openai.pk, occurred_at=NOW - timedelta(weeks=n), duration_us=2_100_000) for n in (1, 2)]
        + [made(api_id=apollo.pk, occurred_at=NOW - timedelta(minutes=90 * n)) for n in range(1, 49)]
        + [made(api_id=openai.pk, occurred_at=NOW - timedelta(minutes=1), limit_tokens=1000, left_tokens=380)]
    )
    found = standing.standings(alice, project_id, NOW, MIDNIGHT)
    assert [one.name for one in found] == ["OpenAI", "Apollo", "Stripe"]
    first, second, third = found
    assert (first.verdict.health, first.verdict.cause, first.verdict.outcome) == (Health.FAILING, Cause.FAILING, "overloaded")
    assert first.verdict.since == NOW.replace(minute=2, second=0)
    assert first.today.calls == 101
    assert first.usual.p95_ms == pytest.approx(2100, rel=0.01)
    assert first.quota.tightest.used_percent == 62
    assert max(first.course) > 0.1
    assert second.verdict.cause is Cause.QUOTA_RUNS_OUT
    # 48 of 52 in five days at 48 a week: four last for half a day, and the month for much longer.
    assert (second.quota.noted.left, second.quota.noted.runs_out_at.day, third.verdict.health) == (4, 6, Health.QUIET)


@pytest.mark.requirement("NEX-04")
def test_failed_calls_are_listed_latest_first_and_narrowed(alice, project_id, put, made):
    api_id = new_id()
    failed = [
        made(api_id=api_id, occurred_at=NOW - timedelta(minutes=n), outcome=outcome, customer=f"c{n}")
        for n, outcome in enumerate(("throttled", "ok", "overloaded", "bad_request"))
    ]
    put(failed)
    scope = Scope(project_id=project_id, api_id=api_id)
    since, until = NOW - timedelta(hours=1), NOW + timedelta(seconds=1)
    assert [one.outcome for one in figures.failed_calls(alice, scope, since, until, 10)] == ["throttled", "overloaded"]
    assert [one.customer for one in figures.failed_calls(alice, scope, since, until, 10, ("bad_request",))] == ["c3"]
    assert len(figures.failed_calls(alice, scope, since, until, 1)) == 1


@pytest.mark.requirement("NEX-04", "SEC-01")
def test_a_call_is_found_by_its_id_by_those_who_see_its_project(alice, bob, charlie, calls_store, put, made):
    recent = made(api_id=new_id(), occurred_at=NOW)
    foreign = made(api_id=new_id(), occurred_at=NOW, event_id=UUID(int=77))  # not made by us: it says nothing of its time
    put([recent, foreign])
    body = ApiBody(
        event_id=recent.event_id, occurred_at=NOW, project_id=recent.project_id, api_id=recent.api_id, keep_until_day=30_000,
        request="qué", response="así",
    )  # fmt: skip
    calls_store.insert(ApiBody, [body], token="body")
    for event in (recent, foreign):
        assert calls.call_of(bob, event.event_id).event_id == event.event_id
        with pytest.raises(CallNotFound):
            calls.call_of(charlie, event.event_id)
    call = calls.call_of(alice, recent.event_id)
    assert calls.body_of(alice, call).response == "así"
    assert calls.body_of(bob, call) is None, "a body is for who may configure the project"


@pytest.mark.requirement("NEX-04")
def test_targets_are_said_by_who_may_configure_and_within_bounds(alice, bob, charlie, api):
    openai = api("OpenAI")
    assert watch_of(bob, openai.pk).target == 0.99
    saved = save_watch(watch=Watch(api_id=openai.pk, target=0.995, latency_ms=3_000, depends="Notes"), actor=alice, now=NOW)
    assert watch_of(bob, openai.pk) == saved
    for target in (0.2, 1.0):
        with pytest.raises(WatchInvalid):
            save_watch(watch=Watch(api_id=openai.pk, target=target), actor=alice, now=NOW)
    with pytest.raises(Denied):
        save_watch(watch=Watch(api_id=openai.pk), actor=bob, now=NOW)
    with pytest.raises(NotFound):
        watch_of(charlie, openai.pk)


@pytest.mark.requirement("NEX-04", "NEX-17")
def test_members_write_on_the_timeline_and_change_only_their_own(alice, bob, charlie, api):
    openai = api("OpenAI")
    mine = add_note(api_id=openai.pk, text="  Prompt of\nsummaries é ", at=NOW, actor=bob, now=NOW)
    hers = add_note(api_id=openai.pk, text="New key", at=NOW, actor=alice, now=NOW)
    assert mine.text == "Prompt of summaries é"
    assert edit_note(note_id=mine.id, text="Shorter prompt", at=NOW, actor=bob).text == "Shorter prompt"
    for verb in (
        lambda: edit_note(note_id=hers.id, text="x", at=NOW, actor=bob),
        lambda: remove_note(note_id=hers.id, actor=bob, now=NOW),
    ):
        with pytest.raises(Denied):
            verb()
    with pytest.raises(NotFound):
        remove_note(note_id=mine.id, actor=charlie, now=NOW)
    with pytest.raises(NoteEmpty):
        add_note(api_id=openai.pk, text=" ", at=NOW, actor=bob, now=NOW)
    remove_note(note_id=mine.id, actor=alice, now=NOW)
    day = timedelta(days=1)
    assert [one.text for one in notes_of(bob, openai.pk, NOW - day, NOW + day)] == ["New key"]
    restore_note(note_id=mine.id, actor=bob)
    assert [(one.text, one.is_own) for one in notes_of(bob, openai.pk, NOW - day, NOW + day)] == [
        ("Shorter prompt", True),
        ("New key", False),
    ]
