"""Who feels an incident, counted from the calls since it began: never estimated."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from emporion.gateway.routing.queries import names_of
from emporion.nexus.apis import figures
from emporion.nexus.apis.asking import soon
from emporion.nexus.apis.queries import watches_of
from emporion.nexus.apis.types import Felt, Figures, Scope, Watch
from emporion.nexus.incidents.types import IncidentView
from emporion.plumbing.types import Actor

NOW_LOOKS_AT = timedelta(minutes=5)
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiNow:
    """An API of an incident as it does now; `allowed` is the share of calls that may fail."""

    api_id: UUID
    name: str
    now: Figures
    allowed: float

    @property
    def is_out_of_bounds(self) -> bool:
        """Whether more calls fail than may."""
        return self.now.failure_rate > self.allowed


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentImpact:
    """What an incident did so far. `is_attributed` says whether calls name their customer at all."""

    since: datetime
    until: datetime
    calls: int
    failed_calls: int
    customers: int
    active_customers: int
    cost_picos_per_minute: int
    features: tuple[Felt, ...]
    top_customers: tuple[Felt, ...]
    apis: tuple[ApiNow, ...]

    @property
    def is_attributed(self) -> bool:
        """Whether calls say for which customer they are made."""
        return self.active_customers > 0

    @property
    def worst(self) -> ApiNow | None:
        """The API that fails most now."""
        return max(self.apis, key=lambda one: (one.now.failure_rate, one.now.calls), default=None)

    @property
    def failure_rate(self) -> float:
        """The share of calls that failed since it began."""
        return self.failed_calls / self.calls if self.calls else 0.0


def impact_of(actor: Actor, incident: IncidentView, now: datetime) -> IncidentImpact:
    """The impact until now, or until it was over."""
    until = max(min(now, incident.closed_at or now), incident.began_at + MINUTE)
    names, watches = names_of(actor, incident.project_id), watches_of(actor, incident.project_id)
    scopes = {api_id: Scope(project_id=incident.project_id, api_id=api_id) for api_id in incident.api_ids}
    asked = {
        api_id: (
            soon(figures.impact, actor, scope, incident.began_at, until),
            soon(figures.figures, actor, scope, until - NOW_LOOKS_AT, until),
        )
        for api_id, scope in scopes.items()
    }
    found = {api_id: (impact.result(), now_figures.result()) for api_id, (impact, now_figures) in asked.items()}
    impacts = [impact for impact, _now in found.values()]
    return IncidentImpact(
        since=incident.began_at,
        until=until,
        calls=sum(one.calls for one in impacts),
        failed_calls=sum(one.failed_calls for one in impacts),
        # Whom two APIs failed is one customer; the larger number is the one that is certain.
        customers=max((one.customers for one in impacts), default=0),
        active_customers=max((one.active_customers for one in impacts), default=0),
        cost_picos_per_minute=sum(one.cost_picos_per_minute for one in impacts),
        features=_merged([one.features for one in impacts]),
        top_customers=_merged([one.top_customers for one in impacts]),
        apis=tuple(
            ApiNow(
                api_id=api_id,
                name=names.get(api_id, ""),
                now=now_figures,
                allowed=1 - watches.get(api_id, Watch(api_id=api_id)).target,
            )
            for api_id, (_impact, now_figures) in found.items()
        ),
    )


def _merged(lists: list[tuple[Felt, ...]]) -> tuple[Felt, ...]:
    found: dict[str, Felt] = {}
    for felt in (one for some in lists for one in some):
        before = found.get(felt.name, Felt(name=felt.name, customers=0, failed_calls=0))
        found[felt.name] = Felt(
            name=felt.name,
            customers=max(before.customers, felt.customers),
            failed_calls=before.failed_calls + felt.failed_calls,
        )
    return tuple(sorted(found.values(), key=lambda one: (-one.customers, -one.failed_calls, one.name)))
