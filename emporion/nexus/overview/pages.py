"""What the overview shows, gathered: trouble first, then every API, then what may have caused it."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from emporion.gateway.routing.queries import apis_of, budget_now, budgets_of
from emporion.gateway.routing.types import ApiView, BudgetPeriod, BudgetScope, BudgetView
from emporion.nexus.alerts.queries import open_problems
from emporion.nexus.alerts.types import AlertState, AlertView, ProblemView, Severity
from emporion.nexus.apis.standing import standings
from emporion.nexus.apis.types import Standing
from emporion.nexus.overview import cards, wording
from emporion.nexus.overview.addresses import address
from emporion.nexus.overview.cards import Card
from emporion.nexus.overview.changes import LOOKED_BACK, SHOWN, Change, changes
from emporion.nexus.overview.trouble import Fact, Scene, Trouble, trouble_of, worst_of
from emporion.plumbing.types import Actor, Permission
from emporion.ui.wording import number, picos

MOST_ALERTS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertLine:
    """One alert in the list."""

    tone: str
    icon: str
    title: str
    detail: str
    at: datetime
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What was spent today, and of which budget."""

    amount: str
    percent: int | None = None
    hint: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calm:
    """What stands first when nothing is wrong."""

    title: str
    text: str
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The overview; `mark` changes when anything on it does."""

    trouble: Trouble | None
    calm: Calm | None
    cards: tuple[Card, ...]
    alerts: tuple[AlertLine, ...]
    alert_count: int
    why: str
    changes: tuple[Change, ...]
    cost: Cost
    new_url: str
    rules_url: str

    @property
    def mark(self) -> str:
        """A short name for exactly this content."""
        return hashlib.sha256(
            repr((self.trouble, self.calm, self.cards, self.alerts, self.changes, self.cost)).encode()
        ).hexdigest()[:16]


def midnight(now: datetime) -> datetime:
    """When the reader's day began."""
    return timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)


def overview_page(actor: Actor, project_id: UUID, now: datetime) -> Page | None:
    """The overview of a project; nothing where it has no API yet."""
    apis = {api.id: api for api in apis_of(actor, project_id)}
    if not apis:
        return None
    scene = Scene(
        actor=actor,
        project_id=project_id,
        now=now,
        apis=apis,
        stand=standings(actor, project_id, now, midnight(now)),
        problems=open_problems(actor, project_id),
        happened=changes(actor, project_id, now - LOOKED_BACK, now),
    )
    worst = worst_of(scene)
    problems = scene.problems
    alerts = [(problem, alert) for problem in problems for alert in problem.alerts if alert.state is AlertState.FIRING]
    return Page(
        trouble=trouble_of(scene, worst) if worst else None,
        calm=None if worst else _calm(scene.stand),
        cards=cards_of(scene.stand, apis, now, problems),
        alerts=tuple(_alert(problem, alert) for problem, alert in alerts[:MOST_ALERTS]),
        alert_count=len(alerts),
        why=" ".join(problems[0].why) if len(problems) == 1 else "",
        changes=scene.happened[:SHOWN],
        cost=_cost(actor, project_id, scene.stand, now),
        new_url=address("nexus_gateway:new") if actor.may(Permission.CONFIGURE, project_id) else "",
        rules_url=address("nexus_alerts:rules"),
    )


def cards_of(
    stand: list[Standing], apis: dict[UUID, ApiView], now: datetime, problems: Sequence[ProblemView]
) -> tuple[Card, ...]:
    """The cards of APIs, in their order; none does well of which an open problem says otherwise."""
    about = {api_id for problem in problems for api_id in problem.about}
    return tuple(
        cards.card(
            one,
            url=address("nexus_overview:api", one.api_id),
            tile=apis[one.api_id].tile,
            now=now,
            has_problem=one.api_id in about,
        )
        for one in stand
    )


def _alert(problem: ProblemView, alert: AlertView) -> AlertLine:
    tone, icon = ("bad", "octagon-alert") if alert.severity is Severity.PAGE else ("warn", "triangle-alert")
    return AlertLine(
        tone=tone,
        icon=icon,
        title=alert.title,
        detail=alert.sentence,
        at=alert.started_at,
        url=address("nexus_alerts:problem", problem.id),
    )


def _calm(stand: list[Standing]) -> Calm:
    called = [one for one in stand if one.today.calls]
    calls, failures = sum(one.today.calls for one in stand), sum(one.today.failures for one in stand)
    slowest = max((one for one in stand if one.now.p95_ms is not None), key=lambda one: one.now.p95_ms or 0.0, default=None)
    quiet = [one.name for one in stand if not one.today.calls]
    title = ngettext("%(n)s API does well", "All %(n)s APIs do well", len(called)) % {"n": number(len(called))}
    facts = [
        Fact(
            name=_("Calls today"),
            value=number(calls),
            detail=_("%(rate)s of them failed") % {"rate": wording.rate(failures / calls if calls else 0.0)},
        )
    ]
    if slowest:
        facts.append(
            Fact(
                name=_("Slowest now"),
                value=wording.seconds(slowest.now.p95_ms),
                detail=_("p95 of %(name)s") % {"name": slowest.name},
            )
        )
    facts.append(
        Fact(
            name=_("Cost today"),
            value=picos(sum(one.today.cost_picos for one in stand)),
            detail=ngettext("of %(n)s API", "of %(n)s APIs", len(stand)) % {"n": number(len(stand))},
        )
    )
    text = _("Nothing fails more than it may. This page says so first when that changes.")
    if quiet:
        text += " " + _("No calls today: %(names)s.") % {"names": ", ".join(quiet[:4])}
    return Calm(title=title if called else _("No calls today"), text=text, facts=tuple(facts))


def _cost(actor: Actor, project_id: UUID, stand: list[Standing], now: datetime) -> Cost:
    spent = sum(one.today.cost_picos for one in stand)
    whole = {BudgetScope.PROJECT: 0, BudgetScope.ORGANISATION: 1}
    fit = [one for one in budgets_of(actor, project_id, now=now) if one.scope in whole]
    fit.sort(key=lambda one: (one.period is not BudgetPeriod.DAY, whole[one.scope]))
    url = address("nexus_costs:costs")
    if not fit:
        return Cost(amount=picos(spent), hint=_("No budget is set."), url=url)
    shown = budget_now(actor, fit[0], now=now)
    return Cost(amount=picos(spent), percent=min(100, shown.spent_percent), hint=_budget(shown), url=url)


def _budget(one: BudgetView) -> str:
    words = {
        BudgetPeriod.DAY: _("%(percent)s%% of the %(limit)s daily budget."),
        BudgetPeriod.MONTH: _("%(percent)s%% of the %(limit)s monthly budget."),
    }.get(one.period, _("%(percent)s%% of the %(limit)s budget."))
    said = words % {"percent": number(one.spent_percent), "limit": picos(one.limit_picos)}
    if one.forecast_picos is not None:
        said += " " + _("At this pace it ends at %(amount)s.") % {"amount": picos(one.forecast_picos)}
    return said
