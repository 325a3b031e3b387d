"""Routes and budgets in plain words, the same on every page, in the timeline of an incident and in the audit log."""

from django.utils.translation import gettext as _

from emporion.gateway.routing.types import BudgetScope, RouteMode, TargetView


def route_sentence(mode: RouteMode, *, api: str, which: str, targets: tuple[TargetView, ...], amount: int) -> str:
    """What a route does; `which` names the model and feature it is narrowed to, `amount` is a percentage or calls a minute."""
    of_what = f"{api} ({which})" if which else api
    to = " → ".join(f"{one.name} ({one.model})" if one.model else one.name for one in targets)
    facts = {"api": of_what, "to": to, "amount": amount}
    if mode is RouteMode.FALLBACK:
        return _("When %(api)s fails, calls go to %(to)s") % facts
    if mode is RouteMode.DIVERT:
        return _("%(amount)d %% of the calls of %(api)s go to %(to)s") % facts
    if mode is RouteMode.SHED:
        return _("%(amount)d %% of the calls of %(api)s are refused") % facts
    return _("At most %(amount)d calls of %(api)s a minute; the others wait") % facts


def narrowed(model: str, feature: str) -> str:
    """The model and feature to which something is narrowed."""
    return ", ".join(part for part in (model, feature) if part)


def budget_name(scope: BudgetScope, value: str) -> str:
    """What a budget limits; `value` is a name already, not an id."""
    names = {
        BudgetScope.ORGANISATION: _("The whole organization"),
        BudgetScope.PROJECT: _("This project"),
        BudgetScope.KEY: _("Key %(value)s"),
        BudgetScope.TEAM: _("Team %(value)s"),
        BudgetScope.FEATURE: _("Feature %(value)s"),
        BudgetScope.API: _("API %(value)s"),
    }
    return names[scope] % {"value": value} if "%(" in names[scope] else names[scope]
