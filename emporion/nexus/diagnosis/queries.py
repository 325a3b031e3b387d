"""Why an API fails and what can be done: asked of a problem, or of an API. Every question begins at the actor."""

from datetime import datetime
from uuid import UUID

from emporion.gateway.routing.queries import api_of
from emporion.nexus.alerts.queries import problem_of
from emporion.nexus.alerts.types import ProblemView
from emporion.nexus.apis.standing import failing_since
from emporion.nexus.apis.types import Scope
from emporion.nexus.diagnosis import presenting, rules
from emporion.nexus.diagnosis.errors import NothingToDiagnose
from emporion.nexus.diagnosis.gathering import Trouble, candidates_of, facts_of, pace_of
from emporion.nexus.diagnosis.suggesting import suggestions
from emporion.nexus.diagnosis.types import Diagnosis, DiagnosisCard
from emporion.plumbing.types import Actor


def diagnose(actor: Actor, about: ProblemView | Scope, now: datetime) -> Diagnosis:
    """The likely causes of a problem, or of what an API goes through now; NothingToDiagnose where no API is named."""
    return _diagnosed(actor, _trouble(actor, about, now))


def diagnose_problem(actor: Actor, problem_id: UUID, now: datetime) -> Diagnosis:
    """The likely causes of a problem that the actor sees."""
    return diagnose(actor, problem_of(actor, problem_id), now)


def card(diagnosis: Diagnosis) -> DiagnosisCard:
    """A diagnosis in words, in the language that is active."""
    return presenting.card(diagnosis)


def _trouble(actor: Actor, about: ProblemView | Scope, now: datetime) -> Trouble:
    if about.api_id is None:
        raise NothingToDiagnose
    api = api_of(actor, about.api_id)
    if isinstance(about, Scope):
        return Trouble(api=api, scope=about, started_at=None, until=now)
    started = min([about.opened_at, *(alert.started_at for alert in about.alerts if alert.api_id == api.id)])
    scope = Scope(project_id=about.project_id, api_id=api.id)
    return Trouble(
        api=api, scope=scope, started_at=failing_since(actor, scope, started), until=min(now, about.resolved_at or now)
    )


def _diagnosed(actor: Actor, trouble: Trouble) -> Diagnosis:
    facts = facts_of(actor, trouble)
    found = rules.causes(facts)
    pace = pace_of(actor, trouble.scope, facts)
    others = candidates_of(actor, trouble.api, trouble.until) if found else ()
    return Diagnosis(
        api_id=trouble.api.id,
        project_id=trouble.api.project_id,
        api_name=trouble.api.name,
        at=trouble.until,
        since=facts.since,
        started_at=facts.started_at,
        verdict=rules.verdict(found),
        causes=found,
        suggestions=suggestions(facts, found, others, pace),
        calls=facts.now.calls,
        failures=round(pace.failure_rate * facts.now.calls),
    )
