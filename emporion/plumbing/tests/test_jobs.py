"""Jobs and the outbox: what is committed is heard, what is rolled back is not, what fails is tried again."""

from datetime import datetime, timedelta

import pytest
from django.db import OperationalError, transaction

from emporion.plumbing import actions
from emporion.plumbing.actions import (
    FINISHED_KEPT,
    enqueue,
    forget_finished_jobs,
    publish,
    reclaim_abandoned_jobs,
    renew_leases,
    run_due_jobs,
    run_next,
    run_own,
)
from emporion.plumbing.models import LEASE, Job, JobState
from emporion.plumbing.tests import sample

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _subscribed(settings) -> None:
    settings.SUBSCRIPTIONS = sample.__name__
    sample.heard.clear()
    sample.ticks.clear()


def test_every_listener_hears_an_event_once(now: datetime) -> None:
    publish(sample.Said(text="é"), now=now)
    run_due_jobs(now=now)
    run_due_jobs(now=now)
    assert sample.heard == [("é", 1)]


def test_a_listener_that_fails_is_tried_again_later_without_the_others(now: datetime) -> None:
    publish(sample.Said(text="x"), now=now)
    for later in (0, 1, 2, 10, 20):
        run_due_jobs(now=now + timedelta(seconds=later))
    assert sample.heard == [("x", 1), ("x", 3)]


@pytest.mark.django_db(transaction=True)
def test_an_event_of_a_transaction_that_is_rolled_back_is_never_heard(now: datetime) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        publish(sample.Said(text="x"), now=now)
        raise RuntimeError
    assert run_due_jobs(now=now) == 0


def test_a_refusal_is_final_and_kept_with_its_reason(now: datetime) -> None:
    enqueue("sample.refuse", sample.Said(text="x"), now=now)
    run_due_jobs(now=now)
    job = Job.objects.get()
    assert job.state == JobState.FAILED
    assert job.error.startswith("Invalid")


def test_a_key_enqueues_once(now: datetime) -> None:
    assert enqueue("sample.hear", sample.Said(text="a"), now=now, key="once") is not None
    assert enqueue("sample.hear", sample.Said(text="b"), now=now, key="once") is None
    run_due_jobs(now=now)
    assert sample.heard == [("a", 1)]


@pytest.mark.requirement("REL-01")
def test_a_job_whose_worker_was_killed_runs_again(now: datetime) -> None:
    enqueue("sample.hear", sample.Said(text="a"), now=now)
    Job.objects.update(state=JobState.RUNNING, attempts=1, worker="elsewhere:1", lease_until=now + timedelta(seconds=30))
    assert reclaim_abandoned_jobs(now=now) == 0
    later = now + timedelta(seconds=31)
    assert reclaim_abandoned_jobs(now=later) == 1
    run_due_jobs(now=later + timedelta(seconds=2))
    assert sample.heard == [("a", 2)]


def test_what_ended_well_is_forgotten_after_some_days_and_what_failed_is_not(now: datetime) -> None:
    enqueue("sample.hear", sample.Said(text="a"), now=now)
    enqueue("sample.refuse", sample.Said(text="b"), now=now)
    run_due_jobs(now=now)
    enqueue("sample.hear", sample.Said(text="c"), now=now, run_at=now + FINISHED_KEPT)
    assert forget_finished_jobs(now=now + FINISHED_KEPT) == 0
    assert forget_finished_jobs(now=now + FINISHED_KEPT + timedelta(seconds=1)) == 1
    assert {job.state for job in Job.objects.all()} == {JobState.FAILED, JobState.WAITING}


def test_what_each_process_does_by_itself_each_does_once_a_period(monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
    monkeypatch.setitem(sample.EVERYWHERE, "sample.tick", timedelta(seconds=10))
    first: dict[str, int] = {}
    other: dict[str, int] = {}
    for seconds in (0, 4, 10, 11):
        run_own(first, now=now + timedelta(seconds=seconds))
    run_own(other, now=now)
    assert sample.ticks == [now, now + timedelta(seconds=10), now]
    assert not Job.objects.exists()


def test_quick_ones_are_claimed_together_and_what_fails_among_them_is_tried_again_alone(
    monkeypatch: pytest.MonkeyPatch, now: datetime
) -> None:
    monkeypatch.setattr(sample, "QUICK", frozenset(sample.LISTENERS["plumbing.tests.sample.Said"]))
    for text in ("a", "b"):
        publish(sample.Said(text=text), now=now)
    enqueue("sample.refuse", sample.Said(text="c"), now=now)
    assert run_next(now=now) == 4
    assert sample.heard == [("a", 1), ("b", 1)]
    assert Job.objects.filter(state=JobState.DONE).count() == 2
    assert Job.objects.filter(state=JobState.WAITING, attempts=1).count() == 2
    assert [run_next(now=now), run_next(now=now)] == [1, 0], "the slow one behind them is claimed alone"


@pytest.mark.requirement("REL-01")
def test_jobs_that_a_failing_database_left_unmarked_run_again(monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
    monkeypatch.setattr(sample, "QUICK", frozenset(sample.LISTENERS["plumbing.tests.sample.Said"]))
    for text in ("a", "b"):
        publish(sample.Said(text=text), now=now)
    with monkeypatch.context() as away:
        away.setattr(actions, "_failed", lambda *_: (_ for _ in ()).throw(OperationalError))
        with pytest.raises(OperationalError):
            run_next(now=now)
    renew_leases(now=now + LEASE)
    later = now + LEASE + timedelta(seconds=1)
    assert reclaim_abandoned_jobs(now=later) == 4
    run_due_jobs(now=later + timedelta(minutes=1))
    run_due_jobs(now=later + timedelta(minutes=5))
    assert {text for text, _ in sample.heard} == {"a", "b"}
    assert not Job.objects.exclude(state=JobState.DONE).exists()


def test_a_worker_of_our_number_is_not_us_and_keeps_its_jobs_as_long_as_it_renews_them(now: datetime) -> None:
    """In containers each has the number 1, and may have one host name; a killed one's jobs are taken back once it is silent."""
    host, number, _ = actions.WORKER.split(":")
    enqueue("sample.hear", sample.Said(text="a"), now=now)
    Job.objects.update(state=JobState.RUNNING, worker=f"{host}:{number}:0", lease_until=now + LEASE)
    renew_leases(now=now + timedelta(seconds=5))
    assert reclaim_abandoned_jobs(now=now) == 0
    assert reclaim_abandoned_jobs(now=now + LEASE + timedelta(seconds=1)) == 1


def test_what_another_process_claimed_meanwhile_is_left_to_it(monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
    monkeypatch.setattr(sample, "QUICK", frozenset(sample.LISTENERS["plumbing.tests.sample.Said"]))
    publish(sample.Said(text="a"), now=now)

    def taken(due: list[Job]) -> list[Job]:
        Job.objects.filter(pk=due[0].pk, state=JobState.WAITING).update(state=JobState.RUNNING, worker="elsewhere:1")
        return due

    monkeypatch.setattr(actions, "_chosen", taken)
    assert run_next(now=now) == 1
    assert sample.heard == []
    assert Job.objects.get(worker="elsewhere:1").state == JobState.RUNNING
