"""What diagnosis says about an incident: asked now, or where calls were led elsewhere since, of the minutes before that."""

from datetime import datetime

from emporion.gateway.routing.errors import ApiNotFound
from emporion.gateway.routing.queries import routes_of
from emporion.nexus.alerts.queries import problem_of
from emporion.nexus.alerts.types import ProblemView
from emporion.nexus.apis.types import Scope
from emporion.nexus.diagnosis import queries as diagnosis
from emporion.nexus.diagnosis.errors import NothingToDiagnose
from emporion.nexus.diagnosis.types import Diagnosis, DiagnosisCard, Suggestion, SuggestionCard, Verdict
from emporion.nexus.incidents.drafting import LikelyCause
from emporion.nexus.incidents.errors import SuggestionGone
from emporion.nexus.incidents.types import IncidentView
from emporion.nexus.incidents.wording import VERDICTS
from emporion.plumbing.types import Actor


def diagnosed(actor: Actor, incident: IncidentView, now: datetime) -> DiagnosisCard | None:
    """The causes in words; `None` where there is no API to look at."""
    found = _asked(actor, incident, min(now, incident.closed_at or now))
    if incident.mitigated_at is not None and (found is None or not found.causes):
        found = _asked(actor, incident, incident.mitigated_at) or found
    return diagnosis.card(found) if found else None


def suggestion_now(actor: Actor, card: DiagnosisCard | None, incident: IncidentView, now: datetime) -> SuggestionCard | None:
    """What is best done now, where it is not in force already."""
    if card is None or not incident.is_open:
        return None
    routes = routes_of(actor, incident.project_id, now=now)
    done = {(str(one.mode), one.api_id, one.model, one.feature) for one in routes}
    for shown in card.suggestions:
        one = shown.suggestion
        if (str(one.verb), one.api_id, one.model, one.feature) not in done:
            return shown
    return None


def suggestion_of(actor: Actor, incident: IncidentView, key: str, now: datetime) -> Suggestion:
    """The suggestion that a form names, as it stands now; SuggestionGone."""
    card = diagnosed(actor, incident, now)
    found = next((one.suggestion for one in card.suggestions if one.suggestion.key == key), None) if card else None
    if found is None or not found.is_one_tap:
        raise SuggestionGone
    return found


def likely_causes(card: DiagnosisCard | None) -> tuple[LikelyCause, ...]:
    """The causes for a report."""
    return tuple(
        LikelyCause(
            text=cause.title,
            percent=cause.percent,
            supporting=tuple(line.text for line in cause.evidence if line.is_for),
            opposing=tuple(line.text for line in cause.evidence if not line.is_for),
        )
        for cause in (card.causes if card else ())
    )


def verdict_of(card: DiagnosisCard | None) -> Verdict:
    """Whose doing it is."""
    return card.diagnosis.verdict if card and card.causes else Verdict.UNCLEAR


def said_verdict(card: DiagnosisCard | None) -> str:
    """The same in a sentence."""
    return str(VERDICTS[verdict_of(card)])


def _asked(actor: Actor, incident: IncidentView, at: datetime) -> Diagnosis | None:
    about = _about(actor, incident)
    if about is None:
        return None
    try:
        return diagnosis.diagnose(actor, about, at)
    except (NothingToDiagnose, ApiNotFound):
        return None


def _about(actor: Actor, incident: IncidentView) -> ProblemView | Scope | None:
    for problem_id in incident.problem_ids:
        problem = problem_of(actor, problem_id)
        if problem.api_id is not None:
            return problem
    for api_id in incident.api_ids:
        return Scope(project_id=incident.project_id, api_id=api_id)
    return None
