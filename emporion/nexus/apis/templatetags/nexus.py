"""What every page of Nexus has around it: `{% load nexus %}{% nexus_tabs %}`."""

from django import template
from django.http import HttpRequest
from django.template import Context
from django.urls import Resolver404, resolve
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from emporion.ui.types import Option

register = template.Library()
HOME = "/nexus/"
TABS = (
    ("", lazy("Overview")),
    ("incidents/", lazy("Incidents")),
    ("apis/", lazy("APIs")),
    ("alerts/", lazy("Alerts")),
    ("on-call/", lazy("On call")),
    ("checks/", lazy("Signals")),
    ("costs/", lazy("Costs")),
    ("gateway/", lazy("Gateway")),
    ("status-page/", lazy("Status page")),
)
# What lies behind the tab of signals: everything that tells of APIs beside the calls themselves.
SIGNALS = (
    ("checks/", lazy("Checks")),
    ("heartbeats/", lazy("Heartbeats")),
    ("providers/", lazy("Providers")),
    ("deploys/", lazy("Deploys")),
    ("telemetry/", lazy("Telemetry")),
)


@register.inclusion_tag("ui/segmented.html", takes_context=True)
def nexus_signals(context: Context) -> dict[str, object]:
    """The pages of signals beside each other."""
    request: HttpRequest = context["request"]
    here = request.path.removeprefix(HOME)
    options = [
        Option(label=str(label), url=f"{HOME}{path}", value=path, current=here.startswith(path))
        for path, label in SIGNALS
        if _is_served(f"{HOME}{path}")
    ]
    return {"options": options, "label": _("Signals"), "look": "links"}


@register.inclusion_tag("nexus/_tabs.html", takes_context=True)
def nexus_tabs(context: Context) -> dict[str, object]:
    """The tabs of Nexus; only those whose page is served are shown."""
    request: HttpRequest = context["request"]
    here = request.path.removeprefix(HOME)
    options = [
        Option(label=str(label), url=f"{HOME}{path}", value=path, current=_is_current(here, path))
        for path, label in TABS
        if _is_served(f"{HOME}{path}")
    ]
    return {"options": options}


def _is_current(here: str, path: str) -> bool:
    signals = tuple(other for other, _label in SIGNALS)
    if path == signals[0]:
        return here.startswith(signals)
    others = (*signals, *(other for other, _label in TABS if other))
    return here.startswith(path) if path else not here.startswith(others)


def _is_served(path: str) -> bool:
    try:
        resolve(path)
    except Resolver404:
        return False
    return True
