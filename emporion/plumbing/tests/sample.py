"""Handlers that the tests of the plumbing subscribe."""

from dataclasses import dataclass
from datetime import datetime

from emporion.kernel.errors import Invalid, Unavailable
from emporion.plumbing.actions import Tick
from emporion.plumbing.types import JobContext


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    text: str


heard: list[tuple[str, int]] = []
ticks: list[datetime] = []


def hear(event: Said, *, job: JobContext) -> None:
    heard.append((event.text, job.attempt))


def fail_twice(event: Said, *, job: JobContext) -> None:
    if job.attempt < 3:
        raise Unavailable
    heard.append((event.text, job.attempt))


def refuse(event: Said, *, job: JobContext) -> None:
    raise Invalid


def tick(payload: Tick, *, job: JobContext) -> None:
    ticks.append(payload.at)


LISTENERS = {
    "plumbing.tests.sample.Said": (f"{__name__}:hear", f"{__name__}:fail_twice"),
}
QUICK: frozenset[str] = frozenset()
JOBS = {"sample.hear": f"{__name__}:hear", "sample.refuse": f"{__name__}:refuse", "sample.tick": f"{__name__}:tick"}
SCHEDULE: dict[str, object] = {}
EVERYWHERE: dict[str, object] = {}
