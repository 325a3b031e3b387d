"""Answers that join domains: the buyer's dashboard, and where the palette leads."""

from collections.abc import Iterator
from datetime import datetime
from urllib.parse import urlencode

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from emporion.agents.channels import queries as channels
from emporion.agents.channels.types import ImplementationView
from emporion.agents.knowledge.queries import reading_state
from emporion.agents.runtime import queries as agents
from emporion.agents.runtime.types import AgentView
from emporion.billing import queries as billing
from emporion.billing.types import SubscriptionState, SubscriptionView
from emporion.checkout import queries as checkout
from emporion.kernel.money import Money, total
from emporion.ledger import queries as ledger
from emporion.notify import queries as notify
from emporion.plumbing.types import Actor, Permission
from emporion.web import reports
from emporion.web.context import BUY, SETTINGS, TEAM
from emporion.web.types import Attention, Board, Destination, DestinationGroup, Place, Spending, Use

LIVE = frozenset({SubscriptionState.ACTIVE, SubscriptionState.PAST_DUE})
MOST_ENTRIES = 8


def dashboard(actor: Actor, *, now: datetime) -> Board:
    """What the organisation has, what it costs and what needs attention, worst first."""
    uses = running(actor, now=now)
    subscriptions = tuple(use.subscription for use in uses)
    places = channels.implementations_of(actor)
    renewing = [one for one in subscriptions if one.period_end_at and not one.cancel_at_period_end]
    owned = agents.agents(actor)
    attention = [*_payments(uses), *_limits(uses), *_sources(owned), *_blocked(places), *_wallet(actor, now)]
    names = {agent.id: agent.name for agent in owned}
    spending = _spending(actor, now)
    return Board(
        attention=tuple(attention),
        spending=spending,
        forecast=reports.forecast(spending.total, uses, now=now),
        spent_by_day=reports.spent_by_day(actor, spending.total.currency, now=now),
        used_by_day=reports.used_by_day(actor, uses, now=now),
        places=tuple(Place(seen=place, agent_name=names.get(place.agent_id, "")) for place in places[:MOST_ENTRIES]),
        calls=sum(int(use.meter.used) for use in uses if use.meter),
        widgets_live=sum(1 for place in places if place.state == "live"),
        widgets_all=len(places),
        active=len(subscriptions),
        next_renewal=min(renewing, key=lambda one: one.period_end_at or now, default=None),
        uses=uses,
        activity=notify.notifications_of(actor, limit=6),
        may_add_credits=actor.may(Permission.MANAGE_BILLING),
        may_invite=actor.may(Permission.INVITE),
        may_buy=any(actor.may(Permission.PURCHASE, project_id) for project_id in (None, *actor.project_ids)),
    )


def running(actor: Actor, *, now: datetime) -> tuple[Use, ...]:
    """Every subscription that runs, with its first meter."""
    return tuple(_use(actor, one, now) for one in billing.subscriptions_of(actor) if one.state in LIVE)


def _use(actor: Actor, one: SubscriptionView, now: datetime) -> Use:
    usage = billing.usage_of(actor, one.id, now=now)
    return Use(subscription=one, meter=usage.primary, period=usage.period)


def destinations(actor: Actor, text: str) -> tuple[DestinationGroup, ...]:
    """Where the actor can go, by a few letters of its name: pages, agents, subscriptions."""
    wanted = text.strip().casefold()
    pages = [_place(str(label), icon, name) for label, icon, name in (*BUY, *TEAM, *SETTINGS)]
    owned = [
        Destination(label=agent.name, url=reverse("agents_runtime:overview", args=[agent.id]), icon="bot")
        for agent in agents.agents(actor)
    ]
    groups = (("pages", _("Pages"), [place for place in pages if place]), ("agents", _("My Agents"), owned))
    found: list[DestinationGroup] = []
    for key, label, places in groups:
        fitting = [place for place in places if wanted in place.label.casefold()][:MOST_ENTRIES]
        if fitting:
            found.append(DestinationGroup(key=key, label=label, entries=tuple(fitting)))
    if wanted:
        found.append(_marketplace(text.strip(), label=_("Marketplace") if found else _("Nothing of yours is called that")))
    return tuple(found)


def _marketplace(text: str, *, label: str) -> DestinationGroup:
    """The way on from the palette: the same words in the marketplace."""
    search = Destination(
        label=_("Search the marketplace for “%(words)s”") % {"words": text},
        url=f"{reverse('market:marketplace')}?{urlencode({'q': text})}",
        icon="store",
    )
    return DestinationGroup(key="marketplace", label=label, entries=(search,))


def _place(label: str, icon: str, name: str) -> Destination | None:
    try:
        return Destination(label=label, url=reverse(name), icon=icon)
    except NoReverseMatch:
        return None


def _spending(actor: Actor, now: datetime) -> Spending:
    spent = checkout.spending(actor, since=reports.month_of(now), until=now)
    currency = spent[0].amount.currency if spent else "USD"
    return Spending(
        total=total((one.amount for one in spent if one.amount.currency == currency), currency),
        lines=tuple((one.name, one.amount) for one in spent),
    )


def _payments(uses: tuple[Use, ...]) -> Iterator[Attention]:
    for use in uses:
        if use.subscription.is_paused:
            yield Attention(
                tone="bad",
                title=_("%(name)s is paused") % {"name": use.subscription.name},
                text=_("An invoice was not paid. It works again as soon as the money has arrived."),
                url=reverse("billing:subscription", args=[use.subscription.id]),
                button=_("See the invoice"),
            )
        elif use.subscription.state is SubscriptionState.PAST_DUE:
            yield Attention(
                tone="bad",
                title=_("%(name)s could not be renewed") % {"name": use.subscription.name},
                text=_("The payment failed. It still works for now."),
                url=reverse("billing:subscriptions"),
                button=_("Pay now"),
            )


def _limits(uses: tuple[Use, ...]) -> Iterator[Attention]:
    for use in uses:
        meter = use.meter
        if meter is None or not meter.included or meter.percent is None or meter.percent < 80:
            continue
        yield Attention(
            tone="bad" if meter.percent >= 100 else "warn",
            title=_("%(name)s has used %(percent)s%% of its %(unit)s")
            % {"name": use.subscription.name, "percent": meter.percent, "unit": meter.label.lower()},
            text=_("At the limit: %(rule)s.") % {"rule": _RULES.get(str(meter.at_limit), str(meter.at_limit))},
            url=reverse("billing:subscriptions"),
            button=_("Review plan"),
        )


_RULES = {
    "overage": lazy("each further one is charged"),
    "throttle": lazy("answers become slower"),
    "pause": lazy("it pauses until the next period"),
}


def _sources(owned: tuple[AgentView, ...]) -> Iterator[Attention]:
    states = reading_state([agent.id for agent in owned])
    for agent in owned:
        failed, _busy = states.get(agent.id, (0, 0))
        if failed:
            yield Attention(
                tone="warn",
                title=_("%(name)s could not read %(count)s of its documents") % {"name": agent.name, "count": failed},
                text=_("The files are kept. The other documents are in use."),
                url=reverse("agents_knowledge:training", args=[agent.id]),
                button=_("See documents"),
            )


def _blocked(places: tuple[ImplementationView, ...]) -> Iterator[Attention]:
    for place in places:
        if place.state == "blocked":
            yield Attention(
                tone="bad",
                title=_("The widget on %(host)s is blocked") % {"host": place.host},
                # Only a host that is not allowed is ever known as blocked: what a page's own policy stops does not reach us.
                text=_("%(host)s is not among its allowed domains. If the site is yours, add it there and publish.")
                % {"host": place.host},
                url=f"{reverse('agents_channels:widget', args=[place.agent_id])}#id_allowed_domains",
                button=_("Go to Allowed domains"),
            )


def _wallet(actor: Actor, now: datetime) -> Iterator[Attention]:
    wallet = ledger.wallet_of(actor, now=now)
    if wallet.is_low and wallet.purchased != Money.zero(wallet.currency):
        yield Attention(
            tone="warn",
            title=_("Your wallet is low: %(amount)s left") % {"amount": wallet.available},
            text=_("Usage that is paid from it stops when it is empty."),
            url=reverse("checkout:billing"),
            button=_("Add credits"),
        )
