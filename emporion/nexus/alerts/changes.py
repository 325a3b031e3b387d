"""What changed shortly before a problem began: often that is why."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from emporion.nexus.alerts.types import ProblemView
from emporion.nexus.signals.queries import deploys
from emporion.plumbing.types import Actor

BEFORE = timedelta(hours=3)
SHOWN = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Something that was done, and how long before the problem."""

    icon: str
    title: str
    detail: str
    at: datetime


def changes_before(actor: Actor, problem: ProblemView) -> tuple[Change, ...]:
    """The deploys of the three hours before a problem, newest first."""
    since, until = problem.opened_at - BEFORE, problem.opened_at + timedelta(minutes=1)
    found = [
        Change(
            icon="rocket",
            title=_("Deploy %(service)s %(version)s") % {"service": one.service, "version": one.version},
            detail=", ".join(part for part in (one.who, one.change) if part),
            at=one.at,
        )
        for one in deploys(actor, problem.project_id, since, until)
    ]
    return tuple(sorted(found, key=lambda one: one.at, reverse=True)[:SHOWN])
