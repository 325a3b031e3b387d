"""Runs jobs in threads beside the web server or in a process of their own, keeps their leases and the schedule.

A thread of its own does what each process has to do by itself, such as asking from where it stands.
"""

import os
import threading
import time

import structlog
from django.db import close_old_connections

from emporion.kernel.clock import utcnow
from emporion.plumbing import precedence

log = structlog.get_logger()


class _Bell:
    """Wakes one of those who wait, now or after some time; rung while nobody waits, it is heard by the next who does."""

    def __init__(self) -> None:
        self._rings_at: float | None = None
        self._changed = threading.Condition()

    def ring(self, after: float) -> None:
        now = time.monotonic()
        with self._changed:
            if self._rings_at is None or now + after < self._rings_at:
                self._rings_at = now + after
            elif self._rings_at > now:
                return
            self._changed.notify()

    def wait(self, longest: float) -> None:
        end = time.monotonic() + longest
        with self._changed:
            while (now := time.monotonic()) < end:
                if self._rings_at is not None and self._rings_at <= now:
                    self._rings_at = None
                    return
                self._changed.wait(min(end, self._rings_at or end) - now)
            if self._rings_at is not None:  # whoever goes on listening hears it
                self._changed.notify()


_bell = _Bell()


def wake(after: float = 0.0) -> None:
    """Let one waiting thread look before its next poll; it wakes another if it finds more than it takes."""
    _bell.ring(after)


def is_alive(worker: str) -> bool:
    """Whether a process of the number in a worker's name (`host:4711:9f3c0a1e`) still runs on this host."""
    try:
        os.kill(int(worker.split(":")[1]), 0)
    except (ProcessLookupError, ValueError, IndexError):
        return False
    except PermissionError:
        return True
    return True


class Worker:
    """A few threads that run due jobs, and one that keeps the schedule; `stop` waits for what is running."""

    def __init__(self, *, threads: int = 2, poll_seconds: float = 1.0) -> None:
        self._stop = threading.Event()
        self._poll = poll_seconds
        self._threads = [threading.Thread(target=self._run, name=f"jobs-{index}", daemon=True) for index in range(threads)]
        self._threads.append(threading.Thread(target=self._keep_schedule, name="jobs-schedule", daemon=True))
        self._threads.append(threading.Thread(target=self._do_own, name="jobs-own", daemon=True))

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End after the jobs that are running."""
        self._stop.set()
        wake()
        for thread in self._threads:
            thread.join(timeout=10)

    def _run(self) -> None:
        from emporion.plumbing import actions  # noqa: PLC0415 - actions wakes us, we run actions

        while not self._stop.is_set():
            close_old_connections()
            precedence.step_aside()
            try:
                if actions.run_next(now=utcnow()):
                    continue
            except Exception:  # a database that is away must not end the worker; it is logged and tried again
                log.exception("worker_failed")
            _bell.wait(self._poll)
        wake()  # the next one, that it ends, too

    def _keep_schedule(self) -> None:
        from emporion.plumbing import actions  # noqa: PLC0415 - see above

        while not self._stop.is_set():
            close_old_connections()
            try:
                actions.renew_leases(now=utcnow())
                actions.reclaim_abandoned_jobs(now=utcnow())
                actions.enqueue_scheduled(now=utcnow())
                actions.forget_finished_jobs(now=utcnow())
            except Exception:
                log.exception("schedule_failed")
            self._stop.wait(5)

    def _do_own(self) -> None:
        from emporion.plumbing import actions  # noqa: PLC0415 - see above

        done: dict[str, int] = {}
        while not self._stop.is_set():
            close_old_connections()
            try:
                actions.run_own(done, now=utcnow())
            except Exception:
                log.exception("own_work_failed")
            self._stop.wait(1)
