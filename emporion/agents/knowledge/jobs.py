"""Jobs of knowledge: read a source, erase what was deleted."""

from emporion.agents.knowledge import reading, starters
from emporion.agents.knowledge.actions import erase_deleted, forget_refused
from emporion.agents.knowledge.events import SourceRead
from emporion.agents.knowledge.library import REFUSED_FOR, UNDO_FOR, ReadSource
from emporion.plumbing.actions import Tick
from emporion.plumbing.types import JobContext


def read_source(payload: ReadSource, *, job: JobContext) -> None:
    """Read a source that somebody added, changed or wants read again."""
    reading.read(source_id=payload.source_id, revision=payload.revision)


def choose_starters(event: SourceRead, *, job: JobContext) -> None:
    """Choose what to suggest to visitors from a source that has just been read."""
    starters.choose(event.source_id)


def erase(payload: Tick, *, job: JobContext) -> None:
    """Erase for good what was deleted more than an hour ago, and the word of what was refused more than a day ago."""
    erase_deleted(before=payload.at - UNDO_FOR)
    forget_refused(before=payload.at - REFUSED_FOR)
