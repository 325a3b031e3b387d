"""The words of changing a plan."""

from dataclasses import dataclass
from uuid import UUID

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from emporion.billing.types import Cycle, PlanChangeQuote
from emporion.ui.wording import money, money_full


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanChoiceWords:
    """One way to change: its name, what it costs and when, and what the button does."""

    plan_id: UUID
    cycle: Cycle
    name: str
    detail: str
    button: str
    due_minor: int


def choice_words(quote: PlanChangeQuote, price: str) -> PlanChoiceWords:
    """A change of plan as a row with a button that names what it charges."""
    per = _("a year") if quote.cycle is Cycle.YEARLY else _("a month")
    detail = _("%(price)s %(per)s") % {"price": price, "per": per}
    if quote.credit:
        amounts = {"debit": money_full(quote.debit), "credit": money_full(quote.credit)}
        detail += " · " + _("now %(debit)s until it renews, less %(credit)s left of the present plan") % amounts
    button = _("Change on %(day)s") % {"day": date_format(quote.starts_at, "j M Y")}
    if quote.is_upgrade:
        button = _("Change now · %(amount)s") % {"amount": money(quote.due_today)}
    return PlanChoiceWords(
        plan_id=quote.plan.id,
        cycle=quote.cycle,
        name=quote.plan.name,
        detail=detail,
        button=button,
        due_minor=quote.due_today.minor,
    )
