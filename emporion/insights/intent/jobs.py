"""What runs in the background: learn from the past once a day, and look who is there."""

from dataclasses import dataclass
from uuid import UUID

from emporion.insights.intent import actions, queries
from emporion.plumbing.actions import Tick, enqueue
from emporion.plumbing.types import JobContext


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnOf:
    """Which website's past."""

    site_id: UUID


def learn_all(payload: Tick, *, job: JobContext) -> None:
    """Hand each website that is due to a job of its own."""
    for site_id in queries.to_learn(job.now):
        enqueue(
            "insights.learn_of", LearnOf(site_id=site_id), now=job.now, key=f"learn:{site_id}:{job.now.date()}:{job.now.hour}"
        )


def learn_of(payload: LearnOf, *, job: JobContext) -> None:
    """Learn from one website's past."""
    actions.learn(site_id=payload.site_id, now=job.now)


def look_for_visitors(payload: Tick, *, job: JobContext) -> None:
    """Look at every website of whose visitors people want to hear."""
    for site_id in queries.watched():
        actions.look(site_id=site_id, now=job.now)
