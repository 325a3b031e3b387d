"""What every page of a measured website has around it: `{% load insights %}{% site_tabs site %}{% site_switcher site %}`."""

from functools import cache

from django import template
from django.conf import settings
from django.http import HttpRequest
from django.template import Context
from django.urls import Resolver404, resolve
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as lazy

from emporion.insights.sites.queries import sites_of
from emporion.insights.sites.types import SiteView
from emporion.store.backlog import backlog
from emporion.store.types import NOBODY
from emporion.ui.types import Option

register = template.Library()
TABS = (
    ("", lazy("Dashboard")),
    ("realtime/", lazy("Realtime")),
    ("payments/", lazy("Payments")),
    ("goals/", lazy("Goals")),
    ("funnels/", lazy("Funnels")),
    ("visitors/", lazy("Visitors")),
    ("intent/", lazy("Intent")),
    ("dropped/", lazy("Not counted")),
    ("setup/", lazy("Install")),
    ("api/", lazy("API")),
    ("settings/", lazy("Settings")),
)


@register.inclusion_tag("insights_sites/_tabs.html", takes_context=True)
def site_tabs(context: Context, site: SiteView) -> dict[str, object]:
    """The tabs of a website, of which only those are shown whose page is served; and a word when events wait for the store."""
    here = _below(context["request"], site)
    options = [
        (Option(label=str(label), url=f"{home(site)}{path}", value=path, current=_is_current(here, path)), path == "realtime/")
        for path, label in _served_tabs()
    ]
    return {"options": options, "is_late": backlog(settings.SPOOL_DIR).is_alarming}


@register.inclusion_tag("insights_sites/_switcher.html", takes_context=True)
def site_switcher(context: Context, site: SiteView) -> dict[str, object]:
    """The website that is looked at, and the way to the same page of another one."""
    here = _below(context["request"], site)
    tab = next((path for path, _ in TABS if path and here.startswith(path)), "")
    others = [
        (one, Option(label=one.domain, url=f"{home(one)}{tab}", current=one.id == site.id))
        for one in sites_of(context["request"].actor)
    ]
    return {"site": site, "options": others, "all": "/insights/"}


def home(site: SiteView) -> str:
    """Where the pages of a website begin."""
    return f"/insights/{site.id}/"


def _below(request: HttpRequest, site: SiteView) -> str:
    return request.path.removeprefix(home(site))


def _is_current(here: str, path: str) -> bool:
    return here.startswith(path) if path else not any(here.startswith(other) for other, _ in TABS if other)


@cache
def _served_tabs() -> tuple[tuple[str, Promise], ...]:
    """The tabs whose pages there are, on every website alike: looked up once."""
    return tuple((path, label) for path, label in TABS if _is_served(f"/insights/{NOBODY}/{path}"))


def _is_served(path: str) -> bool:
    try:
        resolve(path)
    except Resolver404:
        return False
    return True
