"""The card that stands first when something is wrong: what, since when, who feels it, and what can be done with one tap."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from emporion.gateway.routing.types import ApiView
from emporion.nexus.alerts.types import ProblemState, ProblemView, Severity
from emporion.nexus.apis import figures, rules
from emporion.nexus.apis.standing import NOTICED_WITHIN
from emporion.nexus.apis.types import Cause, Health, Impact, Scope, Standing
from emporion.nexus.overview import charts, wording
from emporion.nexus.overview.addresses import address
from emporion.nexus.overview.changes import Change
from emporion.nexus.overview.charts import Axis
from emporion.nexus.overview.drawing import Drawn
from emporion.plumbing.types import Actor, Permission
from emporion.ui.wording import number, percent

CHART, LONGEST_CHART, BEFORE = timedelta(minutes=39), timedelta(hours=3), timedelta(minutes=15)
LONGEST_IMPACT = timedelta(hours=24)
SHORTLY = timedelta(minutes=30)
BROKEN = frozenset({Health.FAILING, Health.DEGRADED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One of the three facts of the trouble card."""

    name: str
    value: str
    detail: str
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Acts:
    """What can be done about it with one tap; an empty address hides the button."""

    declare_url: str = ""
    problem_id: UUID | None = None
    incident_url: str = ""
    acknowledge_url: str = ""
    taken_by: str = ""
    divert_url: str = ""
    divert_id: UUID | None = None
    divert_name: str = ""

    @property
    def are_any(self) -> bool:
        """Whether there is more to do than to look closer."""
        return any((self.declare_url, self.incident_url, self.acknowledge_url, self.divert_url))


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """The card that stands first when something is wrong."""

    tone: str
    broken: str
    headline: str
    text: str
    facts: tuple[Fact, ...]
    chart: Drawn | None
    burn: str
    acts: Acts
    url: str
    more: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What the overview was gathered from: the APIs and how they stand, the open problems, and what happened lately."""

    actor: Actor
    project_id: UUID
    now: datetime
    apis: dict[UUID, ApiView]
    stand: list[Standing]
    problems: list[ProblemView]
    happened: tuple[Change, ...]

    def scope(self, api_id: UUID) -> Scope:
        """The calls of one API."""
        return Scope(project_id=self.project_id, api_id=api_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Worst:
    """What is said first: a problem, where there is one, and the API that it is about."""

    standing: Standing | None
    problem: ProblemView | None

    @property
    def since(self) -> datetime | None:
        """When it began, where that is known: with the calls that failed, which a problem is noticed by a little later."""
        failing = self.standing.verdict.since if self.standing else None
        if self.problem is None:
            return failing
        opened_at = self.problem.opened_at
        return failing if failing and opened_at - NOTICED_WITHIN <= failing < opened_at else opened_at

    @property
    def felt_since(self) -> datetime | None:
        """From when on is counted who feels it: of a problem the same calls as in its sentence."""
        return self.problem.opened_at - NOTICED_WITHIN if self.problem else self.since

    @property
    def is_bad(self) -> bool:
        """Whether somebody has to act now."""
        if self.problem:
            return self.problem.severity is Severity.PAGE
        return bool(self.standing and self.standing.verdict.health is Health.FAILING)


def worst_of(scene: Scene) -> Worst | None:
    """The one thing that is said first; nothing when all is well."""
    by_id = {one.api_id: one for one in scene.stand}
    if scene.problems:
        first = scene.problems[0]
        about = first.api_id or next(iter(first.api_ids), None)
        return Worst(standing=by_id.get(about) if about else None, problem=first)
    bad = [one for one in scene.stand if one.verdict.health in BROKEN]
    return Worst(standing=bad[0], problem=None) if bad else None


def trouble_of(scene: Scene, worst: Worst) -> Trouble:
    """The card."""
    standing, problem = worst.standing, worst.problem
    bad = {one.api_id for one in scene.stand if one.verdict.health in BROKEN}
    bad |= {api_id for one in scene.problems for api_id in one.about if api_id in scene.apis}
    burn = rules.burn(standing.now.failure_rate, standing.watch.target) if standing else 0.0
    return Trouble(
        tone="bad" if worst.is_bad else "warn",
        broken=wording.broken(max(1, len(bad)), len(scene.stand), is_bad=worst.is_bad),
        headline=problem.title if problem else wording.headline(standing) if standing else "",
        text=_text(scene, worst),
        facts=_facts(scene, worst),
        chart=_chart(scene, worst),
        burn=_("Burns the error budget %(n)s times too fast") % {"n": number(round(burn))} if burn >= 2 else "",
        acts=_acts(scene, worst),
        url=address("nexus_alerts:problem", problem.id) if problem else _api_url(standing),
        more=max(0, len(scene.problems) - 1),
    )


def _api_url(standing: Standing | None) -> str:
    return address("nexus_overview:api", standing.api_id) if standing else ""


def _chart(scene: Scene, worst: Worst) -> Drawn | None:
    if worst.standing is None:
        return None
    since = worst.since
    span = max(CHART, min(scene.now - since, LONGEST_CHART) + BEFORE) if since else CHART
    axis = Axis(since=rules.floor(scene.now - span, rules.MINUTE), until=scene.now, changes=scene.happened)
    minutes = figures.minutes(scene.actor, scene.scope(worst.standing.api_id), axis.since, scene.now)
    return charts.errors_of_minutes(minutes, axis, target=worst.standing.watch.target, since=since)


def _text(scene: Scene, worst: Worst) -> str:
    standing, since, now = worst.standing, worst.since, scene.now
    parts = [worst.problem.sentence if worst.problem else wording.reason(standing) if standing else ""]
    said = next((one for one in scene.happened if one.kind == "provider" and one.until is None), None)
    if said and standing and standing.api_id in said.api_ids:
        words = _("The provider confirmed trouble at %(at)s, so this is probably not you.")
        parts.append(words % {"at": wording.clock(said.at, now)})
    elif since:
        before = (one for one in scene.happened if one.kind == "deploy" and timedelta() <= since - one.at <= SHORTLY)
        if deploy := next(before, None):
            words = _("%(deploy)s went live at %(at)s, shortly before.")
            parts.append(words % {"deploy": deploy.title, "at": wording.clock(deploy.at, now)})
    return " ".join(part for part in parts if part)


def _facts(scene: Scene, worst: Worst) -> tuple[Fact, ...]:
    standing, since, now = worst.standing, worst.since, scene.now
    found = []
    if since:
        found.append(Fact(name=_("Since"), value=wording.length(now - since), detail=wording.clock(since, now)))
    if standing is None or standing.verdict.cause is Cause.QUOTA_RUNS_OUT:
        return tuple(found)
    began = max(worst.felt_since or now - timedelta(hours=1), now - LONGEST_IMPACT)
    felt = figures.impact(scene.actor, scene.scope(standing.api_id), began, now)
    url = _calls_url(standing, now - began) if felt.failed_calls else ""
    people = wording.people(felt.customers)
    found.append(Fact(name=_("Who feels it"), value=people, detail=_share_of_active(felt), url=url if felt.customers else ""))
    if felt.failed_calls:
        failed = ngettext("%(n)s failed call", "%(n)s failed calls", felt.failed_calls) % {"n": number(felt.failed_calls)}
        found.append(Fact(name=_("What they see"), value=failed, detail=_features(felt), url=url))
    return tuple(found)


def _calls_url(standing: Standing, length: timedelta) -> str:
    period = "1h" if length <= timedelta(hours=1) else ""
    calls = address("nexus_overview:calls", standing.api_id)
    return f"{calls}?period={period}" if calls and period else calls


def _share_of_active(felt: Impact) -> str:
    if not felt.active_customers:
        return _("Calls carry no customer, so nobody can be counted")
    share = percent(min(1.0, felt.customers / felt.active_customers), 1)
    return _("%(share)s of %(active)s active") % {"share": share, "active": number(felt.active_customers)}


def _features(felt: Impact) -> str:
    return ", ".join(f"{one.name} {wording.people(one.customers)}" for one in felt.features[:3])


def _acts(scene: Scene, worst: Worst) -> Acts:
    standing, problem = worst.standing, worst.problem
    may_use = scene.actor.may(Permission.USE, scene.project_id)
    other = _other(scene, standing) if standing and standing.verdict.outcome else None
    is_free = bool(problem and may_use and not problem.incident_id)
    is_open = bool(problem and may_use and problem.state is ProblemState.OPEN)
    return Acts(
        declare_url=address("nexus_incidents:declare") if is_free else "",
        problem_id=problem.id if problem else None,
        incident_url=address("nexus_incidents:incident", problem.incident_id) if problem and problem.incident_id else "",
        acknowledge_url=address("nexus_alerts:acknowledge", problem.id) if problem and is_open else "",
        taken_by=problem.acknowledged_by if problem else "",
        divert_url=address("nexus_overview:divert", standing.api_id) if other and standing else "",
        divert_id=other.api_id if other else None,
        divert_name=other.name if other else "",
    )


def _other(scene: Scene, failing: Standing) -> Standing | None:
    """The API that could take the calls: one that speaks the same, does well, and has the most calls today."""
    apis, me = scene.apis, scene.apis[failing.api_id]
    if me.is_platform or not scene.actor.may(Permission.CONFIGURE, scene.project_id):
        return None
    fit = [
        one
        for one in scene.stand
        if one.api_id != failing.api_id
        and apis[one.api_id].protocol is me.protocol
        and not (apis[one.api_id].is_paused or apis[one.api_id].is_platform)
        and one.verdict.health not in BROKEN
    ]
    return max(fit, key=lambda one: one.today.calls, default=None)
