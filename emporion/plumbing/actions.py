"""Verbs of the plumbing: publish a fact, enqueue a job, run what is due, remember a key."""

import hashlib
import os
import secrets
import socket
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

import structlog
from django.db import IntegrityError, transaction
from django.db.models import F

from emporion.kernel.ids import new_id
from emporion.plumbing import registry, rules, worker
from emporion.plumbing.errors import KeyReused
from emporion.plumbing.models import LEASE, IdempotencyKey, Job, JobState
from emporion.plumbing.types import JobContext

log = structlog.get_logger()
WORKER = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"  # no other process's, wherever it runs
FINISHED_KEPT = timedelta(days=2)  # longer than any period of a schedule: the key of a finished job is what enqueues it once
FORGOTTEN_AT_ONCE = 1_000
CLAIMED_AT_ONCE = 16
QUICK_WAIT_SECONDS = 0.25  # for others that are run with them
_claiming = threading.Lock()
_running: set[UUID] = set()  # by this process; what is not in it is not renewed, and taken back like any other


def publish(event: object, *, now: datetime) -> None:
    """Tell every listener of an event, each by a job of its own, in the caller's transaction."""
    name = registry.event_name(event)
    payload = registry.encode(event)
    listeners = registry.subscriptions().LISTENERS.get(name, ())
    Job.objects.bulk_create(
        Job(name=name, handler=listener, payload=payload, run_at=now, created_at=now) for listener in listeners
    )
    is_quick = registry.subscriptions().QUICK.issuperset(listeners)
    transaction.on_commit(partial(worker.wake, QUICK_WAIT_SECONDS if is_quick else 0.0))


def enqueue(name: str, payload: object, *, now: datetime, run_at: datetime | None = None, key: str | None = None) -> UUID | None:
    """Have a job of the table run once, at `run_at` or soon; with a `key` that was used before nothing is added (`None`)."""
    handler = registry.subscriptions().JOBS[name]
    job = Job(name=name, handler=handler, payload=registry.encode(payload), run_at=run_at or now, created_at=now, key=key)
    try:
        with transaction.atomic():
            job.save(force_insert=True)
    except IntegrityError:
        if key is None:
            raise
        return None
    transaction.on_commit(worker.wake)
    return job.id


def run_due_jobs(*, now: datetime, limit: int = 1000) -> int:
    """Run what is due, one after the other, until nothing is left or `limit` is reached; returns how many ran."""
    ran = 0
    while ran < limit and (more := run_next(now=now)):
        ran += more
    return ran


def run_next(*, now: datetime) -> int:
    """Claim and run the job that has waited longest, and with a quick one the quick ones behind it; returns how many."""
    jobs = _claim(now)
    held = {job.pk for job in jobs}
    _running.update(held)
    try:
        done = [job.pk for job in jobs if _ran(job, now)]
        if done:
            Job.objects.filter(pk__in=done, worker=WORKER).update(state=JobState.DONE, finished_at=now, lease_until=None)
    finally:
        _running.difference_update(held)
    return len(jobs)


def _ran(job: Job, now: datetime) -> bool:
    context = JobContext(id=job.id, name=job.name, attempt=job.attempts, now=now)
    try:
        registry.call(job.handler, job.payload, context)
    except Exception as error:  # noqa: BLE001 - the job's row keeps the error; it is retried or shown as failed
        _failed(job, error, now)
        return False
    return True


def _claim(now: datetime) -> list[Job]:
    """What nobody else has: of the threads here one claims at a time, and of other processes the rows themselves tell."""
    with _claiming:
        while due := [*Job.objects.due(now)[: CLAIMED_AT_ONCE + 1]]:
            claimed = _claimed(_chosen(due), now)
            if len(due) > len(claimed):
                worker.wake()
            if claimed:
                return claimed
    return []


def _claimed(jobs: list[Job], now: datetime) -> list[Job]:
    rows = Job.objects.filter(pk__in=[job.pk for job in jobs])
    count = rows.filter(state=JobState.WAITING).update(
        state=JobState.RUNNING, attempts=F("attempts") + 1, worker=WORKER, lease_until=now + LEASE
    )
    if count < len(jobs):
        own = set(rows.filter(state=JobState.RUNNING, worker=WORKER).values_list("pk", flat=True))
        jobs = [job for job in jobs if job.pk in own]
    for job in jobs:
        job.attempts += 1
    return jobs


def _chosen(due: list[Job]) -> list[Job]:
    """The first, alone unless it is quick."""
    quick = registry.subscriptions().QUICK
    return [job for job in due[:CLAIMED_AT_ONCE] if job.handler in quick] if due[0].handler in quick else due[:1]


def _failed(job: Job, error: Exception, now: datetime) -> None:
    wait = rules.retry_after(job.attempts, error)
    log.warning("job_failed", job=job.name, handler=job.handler, attempt=job.attempts, final=wait is None, exc_info=error)
    state = JobState.FAILED if wait is None else JobState.WAITING
    Job.objects.filter(pk=job.pk).update(
        state=state,
        error=f"{type(error).__name__}: {error}"[:2000],
        lease_until=None,
        run_at=now + (wait or timedelta(0)),
        finished_at=now if wait is None else None,
    )


def renew_leases(*, now: datetime) -> None:
    """Show that this worker lives: the jobs that it is running are not abandoned."""
    Job.objects.filter(pk__in=[*_running], state=JobState.RUNNING, worker=WORKER).update(lease_until=now + LEASE)


def reclaim_abandoned_jobs(*, now: datetime) -> int:
    """Give back the jobs of workers that were killed, so that another attempt is made; returns how many."""
    stale = list(Job.objects.abandoned(now))
    mine = Job.objects.filter(state=JobState.RUNNING, worker__startswith=f"{socket.gethostname()}:").exclude(worker=WORKER)
    stale += [job for job in mine if not worker.is_alive(job.worker)]
    for job in {job.pk: job for job in stale}.values():
        _failed(job, TimeoutError("the worker was stopped while this ran"), now)
    return len(stale)


def enqueue_scheduled(*, now: datetime) -> None:
    """Enqueue each schedule's job once a period, however many workers ask."""
    for name, period in registry.subscriptions().SCHEDULE.items():
        slot = int(now.timestamp() // period.total_seconds())
        enqueue(name, Tick(at=now), now=now, key=f"schedule:{name}:{slot}")


def run_own(done: dict[str, int], *, now: datetime) -> None:
    """Run what each process does by itself, once a period; `done` is what this process remembers between two calls."""
    table = registry.subscriptions()
    for name, period in table.EVERYWHERE.items():
        slot = int(now.timestamp() // period.total_seconds())
        if done.get(name) != slot:
            done[name] = slot
            context = JobContext(id=new_id(), name=name, attempt=1, now=now)
            registry.call(table.JOBS[name], registry.encode(Tick(at=now)), context)


def forget_finished_jobs(*, now: datetime) -> int:
    """Forget jobs that ended well some days ago, a part at a time so that nobody waits for it; failed ones stay to be seen."""
    ended = Job.objects.filter(state=JobState.DONE, run_at__lt=now - FINISHED_KEPT, finished_at__lt=now - FINISHED_KEPT)
    some = ended.order_by("run_at").values_list("pk", flat=True)[:FORGOTTEN_AT_ONCE]
    return Job.objects.filter(pk__in=[*some]).delete()[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """What a scheduled job receives."""

    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """A key's record: `answer` is what was said the first time, `None` when this is the first time."""

    id: UUID
    answer: str | None
    is_new: bool

    def remember(self, answer: str) -> None:
        """Keep the answer, so that a repeat gets the same."""
        IdempotencyKey.objects.filter(pk=self.id).update(answer=answer)


def once(*, scope: str, key: str, request: bytes, now: datetime) -> Remembered:
    """Claim a key for a request; a repeat with the same content gets the first answer, other content is `KeyReused`."""
    fingerprint = hashlib.sha256(request).hexdigest()
    with transaction.atomic():
        record, is_new = IdempotencyKey.objects.get_or_create(
            scope=scope, key=key, defaults={"fingerprint": fingerprint, "created_at": now}
        )
    if record.fingerprint != fingerprint:
        raise KeyReused(key=key)
    return Remembered(id=record.id, answer=record.answer, is_new=is_new)


def forget_keys(*, scope: str, before: datetime) -> None:
    """Forget the keys of a scope that were claimed before a time: of forms, never of money."""
    IdempotencyKey.objects.filter(scope=scope, created_at__lt=before).delete()
