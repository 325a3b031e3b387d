"""What the frames of every page show: the rail and top bar of a signed-in person, the light header of everybody else."""

from dataclasses import replace
from typing import cast
from uuid import UUID

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext

from emporion.accounts import queries as accounts
from emporion.accounts.access import ActorRequest, current_project_id
from emporion.agents.runtime import queries as agents
from emporion.gateway.routing import queries as gateway
from emporion.insights.sites import queries as sites
from emporion.kernel.clock import utcnow
from emporion.ledger import queries as ledger
from emporion.nexus.alerts import queries as problems
from emporion.notify import queries as notify
from emporion.plumbing.types import Actor, ActorKind, Permission
from emporion.ui.types import Measured, Navigation, NavItem, NavLinks, NavPerson, NavSection, Site, Workspace

# Section, label, icon and the name of the address; what a domain does not serve is not shown.
BUY = (
    (lazy("Dashboard"), "layout-dashboard", "web:dashboard"),
    (lazy("Marketplace"), "store", "market:marketplace"),
    (lazy("My Agents"), "bot", "agents_runtime:list"),
    (lazy("Inbox"), "inbox", "agents_runtime:inbox"),
    (lazy("Widgets"), "messages-square", "agents_channels:widgets"),
    (lazy("Automations"), "workflow", "agents_automations:automations"),
    (lazy("Apps"), "app-window", "agents_apps:apps"),
    (lazy("Subscriptions"), "repeat", "billing:subscriptions"),
    (lazy("Orders"), "receipt", "checkout:orders"),
    (lazy("Billing"), "credit-card", "checkout:billing"),
)
MEASURE = ((lazy("Insights"), "chart-line", "insights_sites:list"),)
WATCH = ((lazy("Nexus"), "activity", "nexus_overview:overview"),)
TEAM = ((lazy("Members and roles"), "users", "accounts:team"),)
SETTINGS = ((lazy("Settings"), "settings", "accounts:settings"),)
NOT_PARENTS = {"/", "/marketplace/"}  # their neighbours begin alike
PHONE = ("web:dashboard", "market:marketplace", "agents_runtime:list", "agents_runtime:inbox")
# Whoever depends on APIs is woken because of them, and then holds a phone.
WATCHING_PHONE = ("web:dashboard", "nexus_overview:overview", "agents_runtime:list", "agents_runtime:inbox")


def frames(request: HttpRequest) -> dict[str, object]:
    """Context processor: `site` always, `navigation` for people who are signed in."""
    actor = getattr(request, "actor", None)
    found: dict[str, object] = {
        "site": SimpleLazyObject(lambda: _site(request)),
        "measured": SimpleLazyObject(lambda: _measured(actor)),
    }
    if isinstance(actor, Actor) and actor.kind is ActorKind.PERSON:
        # Fragments have no frame: what nobody prints is not asked.
        found["navigation"] = SimpleLazyObject(lambda: _navigation(cast("ActorRequest", request), actor))
    return found


def _measured(actor: Actor | None) -> Measured | None:
    """The website that measures this installation, if its operator has chosen one."""
    public_id, host = sites.installation_site(), sites.installation_host()
    if not public_id:
        return None
    person = str(actor.id) if isinstance(actor, Actor) and actor.kind is ActorKind.PERSON else ""
    return Measured(
        public_id=public_id,
        domain=host,
        is_local=host == "localhost",
        user_ref=person,
    )


def _site(request: HttpRequest) -> Site:
    header = ((_("Marketplace"), "market:marketplace"), (_("Bundles"), "market:bundles"), (_("Documentation"), "web:docs"))
    footer = ((_("Documentation"), "web:docs"),)
    return Site(
        header=_items(request, tuple((label, "circle", name) for label, name in header)),
        footer=_items(request, tuple((label, "circle", name) for label, name in footer)),
        note=_("Prices in US dollars, tax not included"),
        home="/",
        sign_in=reverse("account_login"),
        register=reverse("account_signup"),
    )


def _navigation(request: ActorRequest, actor: Actor) -> Navigation:
    project_id = current_project_id(request)
    watched = project_id if project_id and gateway.has_apis(actor, project_id) else None
    sections = (
        NavSection(key="buy", label=_("Buy"), items=_with_waiting(_items(request, BUY), actor)),
        NavSection(key="measure", label=_("Measure"), items=_items(request, MEASURE)),
        NavSection(key="watch", label=_("Watch"), items=_watched(_items(request, WATCH), actor, watched)),
        NavSection(key="team", label=_("Team"), items=_items(request, TEAM)),
        NavSection(key="settings", label=_("Settings"), items=_items(request, SETTINGS)),
    )
    return Navigation(
        sections=tuple(section for section in sections if section.items),
        person=NavPerson(name=actor.name, email=getattr(request.user, "email", "")),
        workspaces=_workspaces(request, actor),
        links=NavLinks(
            home=_address("web:dashboard"),
            wallet=_address("checkout:billing"),
            notifications=_address("notify:notifications"),
            help=_address("web:docs"),
            palette=_address("web:palette"),
            switch_workspace=_address("accounts:switch"),
            sign_out=_address("account_logout"),
        ),
        bottom=_bottom(sections, WATCHING_PHONE if watched else PHONE),
        wallet=_wallet(actor),
        unread=notify.unread_count(actor),
    )


def _watched(items: tuple[NavItem, ...], actor: Actor, project_id: UUID | None) -> tuple[NavItem, ...]:
    """The way to Nexus, with how many problems are open in the project of this page."""
    if project_id is None or not actor.may(Permission.VIEW, project_id) or not (found := problems.open_count(actor, project_id)):
        return items
    means = ngettext("open problem", "open problems", found)
    return tuple(replace(item, count=found, count_means=means, count_tone="bad") for item in items)


def _with_waiting(items: tuple[NavItem, ...], actor: Actor) -> tuple[NavItem, ...]:
    """The way to the inbox, with how many visitors wait there for a person."""
    if not (found := agents.waiting_count(actor)):
        return items
    means = ngettext("visitor waiting", "visitors waiting", found)
    inbox = _address("agents_runtime:inbox")
    return tuple(replace(item, count=found, count_means=means, count_tone="bad") if item.url == inbox else item for item in items)


def _bottom(sections: tuple[NavSection, ...], names: tuple[str, ...]) -> tuple[NavItem, ...]:
    urls = {_address(name): place for place, name in enumerate(names)}
    found = [item for section in sections for item in section.items if item.url in urls]
    return tuple(sorted(found, key=lambda item: urls[item.url]))


def _workspaces(request: ActorRequest, actor: Actor) -> tuple[Workspace, ...]:
    project_id = current_project_id(request)
    return tuple(
        Workspace(
            organisation=organisation.name,
            project=project.name,
            value=f"{organisation.id}:{project.id}",
            current=organisation.id == actor.organisation_id and project.id == project_id,
        )
        for organisation in accounts.organisations_of(actor)
        for project in organisation.projects
    )


def _wallet(actor: Actor) -> str:
    if actor.organisation_id is None:
        return ""
    return ledger.wallet_of(actor, now=utcnow()).available.format()


def _items(request: HttpRequest, entries: tuple[tuple[object, str, str], ...]) -> tuple[NavItem, ...]:
    items: list[NavItem] = []
    for label, icon, name in entries:
        if url := _address(name):
            current = request.path == url or (url not in NOT_PARENTS and request.path.startswith(url))
            items.append(NavItem(label=str(label), url=url, icon=icon, current=current))
    return tuple(items)


def _address(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
