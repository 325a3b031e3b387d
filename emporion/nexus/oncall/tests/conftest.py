"""A problem that opens, and people who may be called for it."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

import pytest

from emporion.nexus.alerts.events import ProblemOpened, ProblemResolved
from emporion.nexus.alerts.models import Problem
from emporion.nexus.alerts.types import Severity
from emporion.plumbing.actions import publish

TITLE = "OpenAI fails for Ask Fieldnote – 12%"


@pytest.fixture
def open_problem(organisation_id: UUID, project_id: UUID, now: datetime) -> Callable[..., Problem]:
    """Opens a problem as the watch does, and says so."""

    def make(*, severity: Severity = Severity.PAGE, title: str = TITLE, at: datetime = now) -> Problem:
        problem = Problem.objects.create(
            organisation_id=organisation_id,
            project_id=project_id,
            number=Problem.objects.count() + 1,
            title=title,
            sentence="297 people feel it, since 14:02.",
            severity=severity,
            priority=1,
            opened_at=at,
            last_seen_at=at,
        )
        publish(ProblemOpened(**said_of(problem, at)), now=at)
        return problem

    return make


@pytest.fixture
def end_problem() -> Callable[..., None]:
    """Ends a problem as the watch does."""

    def end(problem: Problem, at: datetime) -> None:
        Problem.objects.filter(pk=problem.pk).update(state="resolved", resolved_at=at)
        publish(ProblemResolved(**said_of(problem, at)), now=at)

    return end


def said_of(problem: Problem, at: datetime) -> dict[str, object]:
    return {
        "problem_id": problem.pk,
        "organisation_id": problem.organisation_id,
        "project_id": problem.project_id,
        "api_id": None,
        "severity": Severity(problem.severity),
        "title": problem.title,
        "at": at,
    }
