"""Jobs of knowledge: read a source, erase what was deleted."""

from emporion.agents.knowledge import reading, starters
from emporion.agents.knowledge.actions import erase_deleted
from emporion.agents.knowledge.events import SourceRead
from emporion.agents.knowledge.library import UNDO_FOR, ReadSource
from emporion.plumbing.actions import Tick
from emporion.plumbing.types import JobContext


def read_source(payload: ReadSource, *, job: JobContext) -> None:
    """Read a source that somebody added, changed or wants read again."""
    reading.read(source_id=payload.source_id, revision=payload.revision)


def choose_starters(event: SourceRead, *, job: JobContext) -> None:
    """Choose what to suggest to visitors from a source that has just been read."""
    starters.choose(event.source_id)


def erase(payload: Tick, *, job: JobContext) -> None:
    """Erase for good what was deleted more than an hour ago."""
    erase_deleted(before=payload.at - UNDO_FOR)
