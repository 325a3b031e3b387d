"""What every page of an agent shows around its own content: name, state, plan meter, tabs."""

from dataclasses import dataclass, replace
from datetime import datetime

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from emporion.agents.knowledge.queries import reading_state
from emporion.agents.runtime.types import AgentView
from emporion.billing import queries as billing
from emporion.billing.types import AtLimit, MeterView, SubscriptionState, SubscriptionView
from emporion.kernel.errors import DomainError
from emporion.plumbing.types import Actor, Permission
from emporion.ui.types import Crumb, Option
from emporion.ui.wording import money


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Whether the agent answers now, in one word; the banner says why not, or what more answers cost."""

    tone: str
    label: str
    icon: str = ""
    banner_title: str = ""
    banner_text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """The head of an agent's pages."""

    agent: AgentView
    crumbs: tuple[Crumb, ...]
    tabs: tuple[Option, ...]
    subscription: SubscriptionView | None
    meter: MeterView | None
    standing: Standing
    renews_at: datetime | None
    may_configure: bool
    tile: str

    @property
    def is_read_only(self) -> bool:
        """Whether who looks at it may change nothing."""
        return not self.may_configure


def frame_of(actor: Actor, agent: AgentView, *, tab: str, now: datetime) -> Frame:
    """The head for one page."""
    subscription, meter, renews_at = _plan(actor, agent, now)
    return Frame(
        agent=agent,
        crumbs=(Crumb(label=_("My Agents"), url=reverse("agents_runtime:list")), Crumb(label=agent.name)),
        tabs=tabs_of(agent, tab),
        subscription=subscription,
        meter=meter,
        standing=standing_of(agent, subscription, meter),
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


def standing_of(agent: AgentView, subscription: SubscriptionView | None, meter: MeterView | None) -> Standing:
    """What a visitor gets now: an agent whose plan is over or used up does not answer, whatever its switch says."""
    if subscription is not None and subscription.state is SubscriptionState.ENDED:
        return Standing(
            tone="idle",
            icon="circle-pause",
            label=_("Ended"),
            banner_title=_("The subscription has ended"),
            banner_text=_("It answers nobody any more. What it has learnt is kept; buy it again to go on."),
        )
    if subscription is not None and subscription.is_paused:
        return Standing(
            tone="bad",
            icon="circle-pause",
            label=_("Paused"),
            banner_title=_("The subscription is paused, because an invoice was not paid"),
            banner_text=_("It answers nobody until the money has arrived. The subscription's page says where to pay it."),
        )
    full = _full(meter) if meter is not None and meter.is_full else Standing(tone="good", label=_("Answering"))
    return full if agent.is_answering else replace(full, tone="idle", icon="circle-pause", label=_("Away"))


def _full(meter: MeterView) -> Standing:
    """At the plan's limit: the rule of the plan, in the words of what it means for visitors."""
    title = _("Everything that the plan includes this month is used")
    if meter.at_limit is AtLimit.PAUSE:
        text = _("It answers nobody until the next month begins, or until you choose a larger plan.")
        return Standing(tone="bad", label=_("Paused by the plan"), banner_title=title, banner_text=text)
    if meter.at_limit is AtLimit.THROTTLE:
        text = _("It answers %(count)s a minute until the next month begins, or until you choose a larger plan.")
        text %= {"count": meter.throttle_per_minute}
        return Standing(tone="warn", label=_("Slowed by the plan"), banner_title=title, banner_text=text)
    text = _("It goes on answering at no charge.")
    if meter.overage:
        text = _("It goes on answering, and each one costs %(rate)s.") % {"rate": money(meter.overage)}
    return Standing(tone="good", label=_("Answering"), banner_title=title, banner_text=text)


def tabs_of(agent: AgentView, tab: str) -> tuple[Option, ...]:
    """The tabs of an agent, with how many of its sources could not be read."""
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
