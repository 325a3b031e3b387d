"""Tells the data plane which websites take events: at every start, and whenever one changes."""

from django.conf import settings

from emporion.edge import snapshot
from emporion.insights.sites.events import SiteChanged
from emporion.insights.sites.queries import collections
from emporion.plumbing.types import JobContext


def write() -> None:
    """Writes what the database says now."""
    snapshot.write(settings.ENVIRONMENT.edge.snapshot, collections)


def on_change(event: SiteChanged, *, job: JobContext) -> None:
    """A website changed: whichever one, the whole is written, so that any order of changes ends in the same."""
    write()
