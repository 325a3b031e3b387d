"""Does what a diagnosis suggests, through the gateway."""

from datetime import datetime

from emporion.gateway.routing import actions as gateway
from emporion.gateway.routing.types import Calls, RouteTarget, RouteView
from emporion.nexus.diagnosis.errors import SuggestionGone
from emporion.nexus.diagnosis.types import Diagnosis, Suggestion, Verb
from emporion.plumbing.types import Actor, Permission

TRIAL_PERCENT = 10


def act(*, diagnosis: Diagnosis, key: str, is_trial: bool, actor: Actor, now: datetime) -> RouteView:
    """Carry out the suggestion with this key; a trial leads a tenth of the calls. SuggestionGone when it no longer stands."""
    actor.require(Permission.CONFIGURE, diagnosis.project_id)
    suggestion = next((one for one in diagnosis.suggestions if one.key == key and one.is_one_tap), None)
    if suggestion is None:
        raise SuggestionGone
    return carry_out(suggestion=suggestion, percent=TRIAL_PERCENT if is_trial else suggestion.percent, actor=actor, now=now)


def carry_out(*, suggestion: Suggestion, percent: int, actor: Actor, now: datetime) -> RouteView:
    """Call the verb of the gateway that a suggestion names; the gateway's own undo takes it back."""
    calls = Calls(api_id=suggestion.api_id, model=suggestion.model, feature=suggestion.feature)
    if suggestion.verb is Verb.DIVERT and suggestion.to_api_id is not None:
        to = RouteTarget(api_id=suggestion.to_api_id, model=suggestion.to_model)
        return gateway.divert(calls=calls, to=to, percent=percent, actor=actor, now=now)
    if suggestion.verb is Verb.SHED:
        return gateway.shed(calls=calls, percent=percent, actor=actor, now=now)
    if suggestion.verb is Verb.SLOW:
        return gateway.slow(calls=calls, per_minute=suggestion.per_minute, actor=actor, now=now)
    raise SuggestionGone
