"""Decides, without I/O, why an API fails: every cause gets the part of the trouble that it explains, then evidence moves it.

A cause begins with the share of the excess that has its look (`mass`); evidence for it multiplies that by e^weight, evidence
against it divides. What is left is shared out so that the percents sum to 100. So a cause needs both: trouble of its look,
and circumstances that fit.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from math import exp

from emporion.nexus.diagnosis import observing as see
from emporion.nexus.diagnosis.observing import Look
from emporion.nexus.diagnosis.sifting import Family, concentrated, sift
from emporion.nexus.diagnosis.types import Cause, CauseKind, Evidence, Facts, Verdict

LEAST_SHARE = 0.02
LEAST_TROUBLE = 3.0
THEIRS = frozenset(
    {
        CauseKind.PROVIDER_DOWN,
        CauseKind.PROVIDER_SLOW,
        CauseKind.CUT_SHORT,
        CauseKind.EMPTY_ANSWERS,
        CauseKind.ONE_MODEL,
        CauseKind.ONE_REGION,
    }
)
CLEAR_PERCENT = 60
DEPLOY_BEFORE = timedelta(minutes=45)

Draft = tuple[CauseKind, str, float, list[Evidence | None], list[Evidence | None]]


def causes(facts: Facts) -> tuple[Cause, ...]:
    """The likely causes, most likely first; none where nothing is out of the ordinary."""
    look = _look(facts)
    if look.sifted.total < LEAST_TROUBLE and look.sifted.slower == 1.0:
        return ()
    drafts = [draft for rule in RULES for draft in rule(look) if draft[2] > 0]
    scored = [(_score(draft), draft) for draft in drafts]
    whole = sum(score for score, _draft in scored)
    kept = [(score, draft) for score, draft in scored if whole and score / whole >= LEAST_SHARE]
    kept.sort(key=lambda one: (-one[0], one[1][0]))
    percents = shared_out([score for score, _draft in kept])
    return tuple(_cause(draft, percent) for (_score_, draft), percent in zip(kept, percents, strict=True))


def verdict(found: Sequence[Cause]) -> Verdict:
    """Who has to act: clear where three fifths of the likelihood lie on one side."""
    theirs = sum(cause.share_percent for cause in found if cause.verdict is Verdict.THEIRS)
    ours = sum(cause.share_percent for cause in found if cause.verdict is Verdict.OURS)
    if theirs >= CLEAR_PERCENT:
        return Verdict.THEIRS
    return Verdict.OURS if ours >= CLEAR_PERCENT else Verdict.UNCLEAR


def shared_out(scores: Sequence[float]) -> list[int]:
    """Whole percents in proportion to scores, by largest remainder; they sum to 100."""
    whole = sum(scores)
    if not whole:
        return []
    exact = [100 * score / whole for score in scores]
    percents = [int(one) for one in exact]
    by_remainder = sorted(range(len(exact)), key=lambda place: (percents[place] - exact[place], place))
    for place in by_remainder[: 100 - sum(percents)]:
        percents[place] += 1
    return percents


def _look(facts: Facts) -> Look:
    sifted = sift(facts)
    usual = see.usual_rate(facts)
    model, region = concentrated(facts.models, usual=usual), concentrated(facts.regions, usual=usual)
    feature = concentrated(facts.features, usual=usual)
    return Look(facts=facts, sifted=sifted, usual=usual, model=model, region=region, feature=feature)


def _score(draft: Draft) -> float:
    _kind, _subject, mass, supporting, opposing = draft
    pull = sum(one.weight for one in supporting if one) - sum(one.weight for one in opposing if one)
    return mass * exp(pull)


def _cause(draft: Draft, percent: int) -> Cause:
    kind, subject, _mass, supporting, opposing = draft
    return Cause(
        kind=kind,
        share_percent=percent,
        verdict=Verdict.THEIRS if kind in THEIRS else Verdict.OURS,
        subject=subject,
        supporting=tuple(sorted((one for one in supporting if one), key=lambda one: -one.weight)),
        opposing=tuple(sorted((one for one in opposing if one), key=lambda one: -one.weight)),
    )


def _provider_down(look: Look) -> list[Draft]:
    network = see.network_trouble(look)
    mass = look.share(Family.DOWN, Family.TIMEOUT) + look.share(Family.UNREACHABLE) * (0.05 if network else 1.0)
    mass *= 0.06 if look.model or look.region else 1.0
    if look.is_slow_with_timeouts:
        mass -= look.share(Family.TIMEOUT) * 0.9
    supporting = [
        see.errors_look(look, Family.DOWN, Family.TIMEOUT, Family.UNREACHABLE),
        see.provider_says(look),
        see.fails_everywhere(look),
        see.others_fine(look),
        see.same_provider_fails(look),
        see.check_fails(look),
    ]
    opposing = [
        see.one_slice(look),
        see.only_one_feature(look),
        see.others_fail(look),
        see.check_works(look),
        see.provider_silent(look),
    ]
    return [(CauseKind.PROVIDER_DOWN, look.facts.provider or look.facts.api_name, mass, supporting, opposing)]


def _provider_slow(look: Look) -> list[Draft]:
    mass = look.slow_mass
    if not mass:
        return []
    supporting = [see.slower(look), see.slow_timeouts(look), see.provider_says(look), see.others_fine(look)]
    return [(CauseKind.PROVIDER_SLOW, look.facts.provider or look.facts.api_name, mass, supporting, [see.more_calls(look, 0.4)])]


def _cut_short(look: Look) -> list[Draft]:
    mass = look.share(Family.CUT_SHORT) * (0.15 if look.model or look.region else 1.0)
    supporting = [see.errors_look(look, Family.CUT_SHORT), see.provider_says(look), see.fails_everywhere(look)]
    return [(CauseKind.CUT_SHORT, "", mass, supporting, [see.others_fail(look)])]


def _empty(look: Look) -> list[Draft]:
    mass = look.share(Family.EMPTY) * (0.15 if look.model or look.region else 1.0)
    supporting = [see.errors_look(look, Family.EMPTY), see.provider_says(look), see.fails_everywhere(look)]
    return [(CauseKind.EMPTY_ANSWERS, "", mass, supporting, [see.only_one_feature(look)])]


def _one_model(look: Look) -> list[Draft]:
    if look.model is None:
        return []
    mass = look.share(Family.DOWN, Family.TIMEOUT, Family.UNREACHABLE, Family.CUT_SHORT, Family.EMPTY)
    mass += 0.3 * look.share(Family.REFUSED, Family.THROTTLED)
    supporting = [see.only_slice(look.model, "model"), see.provider_says(look), see.others_fine(look)]
    return [(CauseKind.ONE_MODEL, look.model.slice.name, mass, supporting, [see.same_as_region(look)])]


def _one_region(look: Look) -> list[Draft]:
    if look.region is None:
        return []
    mass = look.share(Family.DOWN, Family.TIMEOUT, Family.UNREACHABLE, Family.CUT_SHORT, Family.EMPTY)
    supporting = [see.only_slice(look.region, "region"), see.provider_says(look)]
    return [(CauseKind.ONE_REGION, look.region.slice.name, mass, supporting, [see.same_as_model(look)])]


def _throttled(look: Look) -> list[Draft]:
    mass = look.share(Family.THROTTLED)
    supporting = [see.errors_look(look, Family.THROTTLED), see.limit_used(look), see.more_calls(look, 0.5)]
    return [(CauseKind.THROTTLED, "", mass, supporting, [see.limit_free(look)])]


def _quota(look: Look) -> list[Draft]:
    mass = look.share(Family.QUOTA)
    supporting = [see.errors_look(look, Family.QUOTA), see.code_says(look, Family.QUOTA), see.nothing_gets_through(look)]
    return [(CauseKind.QUOTA_EXHAUSTED, "", mass, supporting, [see.some_get_through(look)])]


def _key(look: Look) -> list[Draft]:
    mass = look.share(Family.KEY)
    supporting = [see.errors_look(look, Family.KEY), see.code_says(look, Family.KEY), see.nothing_gets_through(look)]
    return [(CauseKind.KEY_REFUSED, "", mass, supporting, [see.some_get_through(look)])]


def _deploy(look: Look) -> list[Draft]:
    mass = look.share(Family.REFUSED)
    nearest = see.last_deploy(look, DEPLOY_BEFORE)
    if nearest is None:
        found: list[Draft] = []
        if mass:
            found.append((CauseKind.OUR_DEPLOY, "", mass, [see.errors_look(look, Family.REFUSED), see.only_feature(look)], []))
        return found
    if look.feature is not None and look.model is None and look.region is None:
        mass += 0.6 * look.share(Family.KEY, Family.THROTTLED, Family.EMPTY, Family.TIMEOUT, Family.DOWN)
    supporting = [see.deploy_before(look, nearest), see.errors_look(look, Family.REFUSED), see.only_feature(look)]
    opposing = [see.deploy_is_far(look, nearest), see.also_elsewhere(look)]
    # People ask for it first: what was put out just before is named with what speaks against it, too.
    least = 0.25 if supporting[0] else 0.05
    return [(CauseKind.OUR_DEPLOY, nearest.name, max(mass, least), supporting, opposing)]


def _network(look: Look) -> list[Draft]:
    mass = look.share(Family.UNREACHABLE) + (0.5 * look.share(Family.TIMEOUT) if see.network_trouble(look) else 0.0)
    supporting = [see.others_fail(look), see.errors_look(look, Family.UNREACHABLE)]
    opposing = [see.others_fine(look), see.provider_says(look), see.no_others(look)]
    return [(CauseKind.OUR_NETWORK, "", mass, supporting, opposing)]


def _own_limits(look: Look) -> list[Draft]:
    mass = look.share(Family.OWN_LIMITS)
    return [(CauseKind.OUR_LIMITS, "", mass, [see.errors_look(look, Family.OWN_LIMITS)], [])]


def _route(look: Look) -> list[Draft]:
    changed = see.last_route(look)
    if changed is None:
        return []
    return [(CauseKind.OUR_ROUTE, changed.name, 0.05, [see.route_before(look, changed)], [see.provider_says(look)])]


RULES: tuple[Callable[[Look], list[Draft]], ...] = (
    _provider_down,
    _provider_slow,
    _cut_short,
    _empty,
    _one_model,
    _one_region,
    _throttled,
    _quota,
    _key,
    _deploy,
    _network,
    _own_limits,
    _route,
)
