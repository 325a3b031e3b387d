"""What every page of an agent shows around its own content: name, state, plan meter, tabs."""

from dataclasses import dataclass
from datetime import datetime

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from emporion.agents.knowledge.queries import reading_state
from emporion.agents.runtime.types import AgentView
from emporion.billing import queries as billing
from emporion.billing.types import MeterView, SubscriptionView
from emporion.kernel.errors import DomainError
from emporion.plumbing.types import Actor, Permission
from emporion.ui.types import Crumb, Option


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """The head of an agent's pages."""

    agent: AgentView
    crumbs: tuple[Crumb, ...]
    tabs: tuple[Option, ...]
    subscription: SubscriptionView | None
    meter: MeterView | None
    renews_at: datetime | None
    may_configure: bool
    tile: str


def frame_of(actor: Actor, agent: AgentView, *, tab: str, now: datetime) -> Frame:
    """The head for one page."""
    subscription, meter, renews_at = _plan(actor, agent, now)
    return Frame(
        agent=agent,
        crumbs=(Crumb(label=_("My Agents"), url=reverse("agents_runtime:list")), Crumb(label=agent.name)),
        tabs=_tabs(agent, tab),
        subscription=subscription,
        meter=meter,
        renews_at=renews_at,
        may_configure=actor.may(Permission.CONFIGURE, agent.project_id),
        tile=agent.icon,
    )


def _plan(actor: Actor, agent: AgentView, now: datetime) -> tuple[SubscriptionView | None, MeterView | None, datetime | None]:
    if agent.subscription_id is None:
        return None, None, None
    try:
        subscription = billing.subscription(actor, agent.subscription_id)
        usage = billing.usage_of(actor, agent.subscription_id, now=now)
    except DomainError:
        return None, None, None
    return subscription, usage.primary, usage.period.end


def _tabs(agent: AgentView, tab: str) -> tuple[Option, ...]:
    failed, _busy = reading_state([agent.id]).get(agent.id, (0, 0))
    own = (
        _tab("overview", _("Overview"), "agents_runtime:overview", agent, tab),
        _tab("training", _("Training"), "agents_knowledge:training", agent, tab, problems=failed),
        _tab("persona", _("Persona"), "agents_runtime:persona", agent, tab),
        _tab("branding", _("Branding"), "agents_runtime:branding", agent, tab),
    )
    # The channels are a part of their own; without it their tabs are not there.
    further = [_tab("keys", _("API keys"), "agents_channels:keys", agent, tab)]
    further.append(_tab("widget", _("Widget"), "agents_channels:widget", agent, tab))
    there = [option for option in further if option is not None]
    gap = (Option(label=""),) if there else ()
    return (*[option for option in own if option is not None], *gap, *there)


def _tab(key: str, label: str, name: str, agent: AgentView, tab: str, *, problems: int = 0) -> Option | None:
    try:
        url = reverse(name, args=[agent.id])
    except NoReverseMatch:
        return None
    return Option(label=label, url=url, current=key == tab, count=problems or None, tone="bad" if problems else "")
