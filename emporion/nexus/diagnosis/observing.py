"""What can be observed in the facts: each function gives one evidence with its weight and the stored fact behind it, or nothing.

A weight is a natural logarithm: 0.7 doubles a cause, 2.3 makes it ten times as likely.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from emporion.gateway.routing.types import Outcome
from emporion.kernel.amounts import in_percent
from emporion.nexus.diagnosis.sifting import Concentration, Family, Sifted, failing
from emporion.nexus.diagnosis.types import DeployFact, Evidence, Facts, OtherApi, RouteFact, Slice, Source, SourceKind

ENOUGH_CALLS = 5
FAILS, WORKS = 0.3, 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """The facts with what was sifted from them, looked at by every rule."""

    facts: Facts
    sifted: Sifted
    usual: float
    model: Concentration | None
    region: Concentration | None
    feature: Concentration | None

    def share(self, *families: Family) -> float:
        """The part of the trouble that these families make; slowness is trouble, too."""
        whole = self.sifted.total + self._slow_calls
        return sum(self.sifted.excess.get(one, 0.0) for one in families) / whole if whole else 0.0

    @property
    def is_slow_with_timeouts(self) -> bool:
        """Whether calls time out because answers take long, not because none comes."""
        return self.sifted.slower > 1.0 and self._good_share >= 0.4

    @property
    def slow_mass(self) -> float:
        """The part of the trouble that is slowness: good answers that came late, and those that came too late."""
        if self.sifted.slower == 1.0 or self._good_share < 0.4:
            return 0.0
        whole = self.sifted.total + self._slow_calls
        return (self._slow_calls + 0.9 * self.sifted.excess.get(Family.TIMEOUT, 0.0)) / whole if whole else 0.0

    @property
    def _good_share(self) -> float:
        now = self.facts.now
        return now.outcomes.get(Outcome.OK, 0) / now.calls if now.calls else 0.0

    @property
    def _slow_calls(self) -> float:
        # A p95 that has doubled says that at least one call in twenty is late; each further doubling, that far more are.
        late = min(0.9, 0.05 * (self.sifted.slower - 1.0) ** 1.5) if self.sifted.slower > 1.0 else 0.0
        return late * self.facts.now.outcomes.get(Outcome.OK, 0)


def usual_rate(facts: Facts) -> float:
    """How often calls failed before."""
    failed = sum(count for outcome, count in facts.before.outcomes.items() if Outcome(outcome).is_failure)
    return failed / facts.before.calls if facts.before.calls else 0.0


def errors_look(look: Look, *families: Family) -> Evidence | None:
    """How much of what is out of the ordinary looks like this."""
    share = look.sifted.share(*families)
    if share < 0.05:
        return None
    top = max(families, key=lambda one: look.sifted.excess.get(one, 0.0))
    values = {"share": _percent(share), "count": str(round(sum(look.sifted.excess.get(one, 0.0) for one in families)))}
    source = Source(kind=SourceKind.CALLS, id=str(look.facts.api_id), name=top)
    return Evidence(code=f"errors_{top}", weight=0.6 * share, source=source, values=values)


def provider_says(look: Look) -> Evidence | None:
    """The provider's own status page reports trouble."""
    if not look.facts.provider_incidents:
        return None
    told = look.facts.provider_incidents[0]
    values = {"title": told.title, "at": _clock(told.at), "name": look.facts.provider or look.facts.api_name}
    return Evidence(code="provider_says", weight=1.4, source=Source(kind=SourceKind.PROVIDER_INCIDENT, id=told.id), values=values)


def provider_silent(look: Look) -> Evidence | None:
    """The provider's status page is read, and says that all is well; they lag, so it weighs little."""
    if not look.facts.reads_status_page or look.facts.provider_incidents:
        return None
    source = Source(kind=SourceKind.PROVIDER_INCIDENT)
    return Evidence(code="provider_silent", weight=0.15, source=source, values={"name": look.facts.provider})


def fails_everywhere(look: Look) -> Evidence | None:
    """Every model and every feature that is called fails."""
    models, features = _called(look.facts.models), _called(look.facts.features)
    bad_models, bad_features = failing(look.facts.models, usual=look.usual), failing(look.facts.features, usual=look.usual)
    if max(len(models), len(features)) < 2 or len(bad_models) < len(models) or len(bad_features) < len(features):
        return None
    values = {"models": str(len(models)), "features": str(len(features)), "at": _clock(look.facts.started_at)}
    return Evidence(code="fails_everywhere", weight=0.6, source=_calls(look), values=values)


def one_slice(look: Look) -> Evidence | None:
    """Only one model or region fails."""
    found = look.model or look.region
    if found is None:
        return None
    values = {"name": found.slice.name, "rest": _percent(found.rest.rate)}
    return Evidence(code="others_work", weight=1.2, source=_calls(look, found.slice.name), values=values)


def only_slice(found: Concentration, kind: str) -> Evidence:
    """One model or region fails and the others do not."""
    values = {"name": found.slice.name, "rate": _percent(found.slice.rate), "rest": _percent(found.rest.rate)}
    source = Source(kind=SourceKind.CALLS, name=found.slice.name)
    return Evidence(code=f"only_{kind}", weight=1.5, source=source, values=values)


def same_as_region(look: Look) -> Evidence | None:
    """The model that fails is called in one region, which fails more clearly."""
    return _clearer(look, look.region, look.model, "region")


def same_as_model(look: Look) -> Evidence | None:
    """The region that fails gets the model that fails more clearly."""
    return _clearer(look, look.model, look.region, "model")


def _clearer(look: Look, other: Concentration | None, this: Concentration | None, kind: str) -> Evidence | None:
    if other is None or this is None:
        return None
    if other.slice.rate - other.rest.rate < this.slice.rate - this.rest.rate:
        return None
    values = {"name": other.slice.name, "rate": _percent(other.slice.rate), "rest": _percent(other.rest.rate)}
    return Evidence(code=f"clearer_{kind}", weight=1.5, source=_calls(look, other.slice.name), values=values)


def only_feature(look: Look) -> Evidence | None:
    """Only one feature of ours fails, so that it is more likely what we ask than who answers."""
    if look.feature is None:
        return None
    found = look.feature
    values = {"name": found.slice.name, "rate": _percent(found.slice.rate), "rest": _percent(found.rest.rate)}
    return Evidence(code="only_feature", weight=1.0, source=_calls(look, found.slice.name), values=values)


def only_one_feature(look: Look) -> Evidence | None:
    """The same, said against the provider; a feature that alone uses the failing model says nothing."""
    if look.feature is None or look.model is not None:
        return None
    values = {"name": look.feature.slice.name, "rest": _percent(look.feature.rest.rate)}
    return Evidence(code="other_features_work", weight=0.8, source=_calls(look, look.feature.slice.name), values=values)


def also_elsewhere(look: Look) -> Evidence | None:
    """Features fail that a deploy of one cannot touch."""
    bad = failing(look.facts.features, usual=look.usual)
    if len(bad) < 2 or look.share(Family.REFUSED) > 0.5:
        return None
    return Evidence(code="also_elsewhere", weight=0.7, source=_calls(look), values={"count": str(len(bad))})


def others_fine(look: Look) -> Evidence | None:
    """Other APIs answer at the same time, so it is not our network."""
    fine = [one for one in _others(look) if one.rate <= WORKS and not _is_same_provider(look, one)]
    if not fine:
        return None
    values = {"name": fine[0].name, "count": str(len(fine) - 1)}
    return Evidence(code="others_fine", weight=0.8, source=Source(kind=SourceKind.OTHER_API, id=fine[0].id), values=values)


def others_fail(look: Look) -> Evidence | None:
    """APIs of other providers cannot be reached at the same time."""
    bad = [one for one in _others(look) if one.unreachable / one.calls >= FAILS and not _is_same_provider(look, one)]
    if not bad:
        return None
    values = {"name": bad[0].name, "count": str(len(bad) - 1)}
    return Evidence(code="others_fail", weight=2.5, source=Source(kind=SourceKind.OTHER_API, id=bad[0].id), values=values)


def network_trouble(look: Look) -> bool:
    """Whether providers that have nothing to do with each other are out of reach together."""
    return others_fail(look) is not None


def no_others(look: Look) -> Evidence | None:
    """Nothing else was called, so that ours and theirs cannot be told apart by it."""
    if _others(look):
        return None
    return Evidence(code="no_others", weight=0.7, source=Source(kind=SourceKind.OTHER_API))


def same_provider_fails(look: Look) -> Evidence | None:
    """Another API of the same provider fails, too."""
    bad = [one for one in _others(look) if one.rate >= FAILS and _is_same_provider(look, one)]
    if not bad:
        return None
    source = Source(kind=SourceKind.OTHER_API, id=bad[0].id)
    return Evidence(code="same_provider_fails", weight=0.8, source=source, values={"name": bad[0].name})


def check_fails(look: Look) -> Evidence | None:
    """A check of ours that asks the same API by itself fails, too."""
    bad = next((one for one in look.facts.checks if one.is_failing), None)
    if bad is None:
        return None
    source = Source(kind=SourceKind.CHECK, id=bad.id)
    return Evidence(code="check_fails", weight=0.5, source=source, values={"name": bad.name})


def check_works(look: Look) -> Evidence | None:
    """The check passes while calls fail."""
    if not look.facts.checks or any(one.is_failing for one in look.facts.checks):
        return None
    good = look.facts.checks[0]
    return Evidence(code="check_works", weight=0.3, source=Source(kind=SourceKind.CHECK, id=good.id), values={"name": good.name})


def slower(look: Look) -> Evidence | None:
    """Good answers take longer than before."""
    now, before = look.facts.now, look.facts.before
    if look.sifted.slower == 1.0:
        return None
    is_first = not now.p95_ms or not before.p95_ms or now.p95_ms / before.p95_ms < look.sifted.slower
    pair = (now.first_token_p95_ms, before.first_token_p95_ms) if is_first else (now.p95_ms, before.p95_ms)
    values = {"now": _seconds(pair[0]), "before": _seconds(pair[1])}
    code = "first_token_slower" if is_first else "slower"
    return Evidence(code=code, weight=min(1.5, 0.4 * look.sifted.slower), source=_calls(look), values=values)


def slow_timeouts(look: Look) -> Evidence | None:
    """Some answers did not come in time at all."""
    count = round(look.sifted.excess.get(Family.TIMEOUT, 0.0))
    return (
        Evidence(code="slow_timeouts", weight=0.3, source=_calls(look, "timeout"), values={"count": str(count)})
        if count
        else None
    )


def limit_used(look: Look) -> Evidence | None:
    """Most of the provider's limit is in use."""
    share = look.facts.quota.share
    if share is None or share < 0.85:
        return None
    return Evidence(code="limit_used", weight=0.8, source=Source(kind=SourceKind.QUOTA), values={"share": _percent(share)})


def limit_free(look: Look) -> Evidence | None:
    """Much of the provider's limit is free."""
    share = look.facts.quota.share
    if share is None or share >= 0.7:
        return None
    return Evidence(code="limit_free", weight=0.5, source=Source(kind=SourceKind.QUOTA), values={"share": _percent(share)})


def more_calls(look: Look, weight: float) -> Evidence | None:
    """We call clearly more often than before."""
    now, before = look.facts.now.calls, look.facts.before.calls
    length, earlier = _minutes(look.facts), look.facts.before_minutes
    if not before or not length or not earlier:
        return None
    grown = now / length / (before / earlier)
    if grown < 1.5:
        return None
    return Evidence(code="more_calls", weight=weight, source=_calls(look), values={"factor": f"{grown:.1f}"})


def code_says(look: Look, family: Family) -> Evidence | None:
    """The provider names the reason itself."""
    known = QUOTA_CODES if family is Family.QUOTA else KEY_CODES
    code = max(
        (one for one in look.facts.now.codes if one.lower() in known), key=lambda one: look.facts.now.codes[one], default=""
    )
    if not code:
        return None
    values = {"code": code, "name": look.facts.provider or look.facts.api_name}
    return Evidence(code="code_says", weight=0.7, source=_calls(look, code), values=values)


QUOTA_CODES = frozenset({"insufficient_quota", "credit_balance_exhausted", "billing_hard_limit_reached", "billing_error"})
KEY_CODES = frozenset({"invalid_api_key", "authentication_error", "permission_error", "unauthorized"})


def nothing_gets_through(look: Look) -> Evidence | None:
    """Every call since then fails."""
    now = look.facts.now
    if now.calls < ENOUGH_CALLS or now.outcomes.get(Outcome.OK, 0) > 0.05 * now.calls:
        return None
    return Evidence(code="nothing_gets_through", weight=0.4, source=_calls(look), values={"at": _clock(look.facts.started_at)})


def some_get_through(look: Look) -> Evidence | None:
    """Many calls succeed at the same time, with the same key and account."""
    now = look.facts.now
    good = now.outcomes.get(Outcome.OK, 0) / now.calls if now.calls else 0.0
    if good < 0.5:
        return None
    return Evidence(code="some_get_through", weight=0.3, source=_calls(look, Outcome.OK), values={"share": _percent(good)})


def last_deploy(look: Look, before: timedelta) -> DeployFact | None:
    """The last thing of ours that was put out before it began, within a time."""
    began = look.facts.started_at or look.facts.since
    near = [
        one for one in look.facts.deploys if timedelta(0) <= began - one.at + timedelta(minutes=1) and began - one.at <= before
    ]
    return max(near, key=lambda one: one.at, default=None)


def deploy_before(look: Look, deploy: DeployFact) -> Evidence | None:
    """Something was put out just before it began."""
    minutes = _apart(look, deploy.at)
    if minutes > 12:
        return None
    values = {"name": deploy.name, "at": _clock(deploy.at), "minutes": str(minutes)}
    weight = 1.2 if minutes <= 5 else 0.8
    return Evidence(code="deploy_before", weight=weight, source=Source(kind=SourceKind.DEPLOY, id=deploy.id), values=values)


def deploy_is_far(look: Look, deploy: DeployFact) -> Evidence | None:
    """It began long after the deploy."""
    minutes = _apart(look, deploy.at)
    if minutes <= 12:
        return None
    values = {"name": deploy.name, "minutes": str(minutes)}
    return Evidence(code="deploy_is_far", weight=0.8, source=Source(kind=SourceKind.DEPLOY, id=deploy.id), values=values)


def last_route(look: Look) -> RouteFact | None:
    """A route of ours that was changed within the quarter of an hour before it began."""
    began = look.facts.started_at or look.facts.since
    near = [
        one
        for one in look.facts.routes
        if abs(began - one.at) <= timedelta(minutes=15) and one.at <= began + timedelta(minutes=1)
    ]
    return max(near, key=lambda one: one.at, default=None)


def route_before(look: Look, route: RouteFact) -> Evidence:
    """A route was changed just before it began."""
    values = {"name": route.name, "at": _clock(route.at)}
    return Evidence(code="route_before", weight=0.8, source=Source(kind=SourceKind.ROUTE, id=route.id), values=values)


def _others(look: Look) -> list[OtherApi]:
    return [one for one in look.facts.others if one.calls >= ENOUGH_CALLS]


def _is_same_provider(look: Look, other: OtherApi) -> bool:
    return bool(look.facts.provider) and other.provider == look.facts.provider


def _called(slices: Sequence[Slice]) -> list[Slice]:
    return [one for one in slices if one.name and one.calls >= 2]


def _calls(look: Look, name: str = "") -> Source:
    return Source(kind=SourceKind.CALLS, id=str(look.facts.api_id), name=name)


def _apart(look: Look, at: datetime) -> int:
    return max(0, round(((look.facts.started_at or look.facts.since) - at) / timedelta(minutes=1)))


def _minutes(facts: Facts) -> float:
    return (facts.until - facts.since) / timedelta(minutes=1)


def _clock(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""


def _seconds(milliseconds: float | None) -> str:
    return f"{(milliseconds or 0) / 1000:.1f}"


def _percent(share: float) -> str:
    value = 100 * share
    return f"{in_percent(share, 1 if 0 < value < 10 else 0):f}"
