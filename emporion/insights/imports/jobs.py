"""What runs in the background for imports; how rows are judged and kept is given by who composes the product."""

from datetime import timedelta

from django.utils.translation import gettext as _

from emporion.insights.imports import actions, working
from emporion.insights.imports.types import ImportOf, Judges, Keep
from emporion.plumbing.actions import Tick, enqueue
from emporion.plumbing.types import JobContext

_TRIES = 3
_LONGEST_WAIT = 30


def look(payload: ImportOf, judges: Judges, *, job: JobContext) -> None:
    """Read what was uploaded; what cannot be read after several tries is given up, and says so."""
    try:
        working.look(import_id=payload.import_id, judges=judges, now=job.now)
    except Exception:
        if job.attempt >= _TRIES:
            problem = _("Something went wrong on our side while this was read. Nothing was stored. Try again, or tell us of it.")
            working.fail(import_id=payload.import_id, problem=problem, now=job.now)
        raise


def store(payload: ImportOf, judges: Judges, keep: Keep, *, job: JobContext) -> None:
    """Store what was agreed to, then look whether it has arrived."""
    if working.store(import_id=payload.import_id, judges=judges, keep=keep, now=job.now):
        enqueue(actions.SETTLE, ImportOf(import_id=payload.import_id), now=job.now)


def settle(payload: ImportOf, *, job: JobContext) -> None:
    """Look whether all of it has reached the store, and again until it has."""
    if working.settle(import_id=payload.import_id, now=job.now):
        wait = timedelta(seconds=min(_LONGEST_WAIT, 2**payload.looked))
        again = ImportOf(import_id=payload.import_id, looked=min(payload.looked + 1, 10))
        enqueue(actions.SETTLE, again, now=job.now, run_at=job.now + wait)


def undo(payload: ImportOf, *, job: JobContext) -> None:
    """Take away what an import added."""
    working.undo(import_id=payload.import_id, now=job.now)


def give_up_forgotten(payload: Tick, *, job: JobContext) -> None:
    """Erase uploads that nobody came back to."""
    actions.give_up_forgotten(now=job.now)
