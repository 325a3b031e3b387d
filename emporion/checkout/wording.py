"""The words of the checkout: what a plan includes, what the summary says, what the button charges."""

from collections.abc import Mapping
from datetime import datetime

from babel.dates import format_date
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext

from emporion.billing.types import ChargeView, ComponentSpec, Cycle, PlanView, PriceShape, Quote, QuoteLine
from emporion.checkout.types import PaperLine
from emporion.kernel.money import Money
from emporion.ui.types import SumLine, Summary
from emporion.ui.wording import money, number, price_of_one, reader_locale


def day(moment: datetime) -> str:
    """A date as people write it: "21 November 2027"."""
    return str(format_date(moment, "d MMMM y", locale=reader_locale()))


def per(cycle: Cycle) -> str:
    """The word after the stroke of a price."""
    return {Cycle.MONTHLY: _("month"), Cycle.YEARLY: _("year"), Cycle.ONCE: ""}[cycle]


def cycle_name(cycle: Cycle) -> str:
    """The cycle as a choice."""
    return {Cycle.MONTHLY: _("Monthly"), Cycle.YEARLY: _("Yearly"), Cycle.ONCE: _("One time")}[cycle]


def plan_price(plan: PlanView) -> str:
    """The price of a plan in a list of plans."""
    match plan.shape:
        case PriceShape.CONTACT:
            return _("Custom")
        case PriceShape.ONE_TIME:
            return _("%(price)s once") % {"price": money(plan.one_time)} if plan.one_time else ""
        case PriceShape.USAGE:
            rate = next((component.overage for component in plan.components if component.overage), None)
            unit = next((component.unit for component in plan.components if component.overage), "")
            return _("%(price)s / %(unit)s") % {"price": money(rate), "unit": unit} if rate else _("By use")
        case PriceShape.SUBSCRIPTION if plan.monthly is None:
            return _("%(price)s/yr") % {"price": money(plan.yearly)} if plan.yearly else ""
        case PriceShape.SUBSCRIPTION:
            return _("Free") if not plan.monthly else _("%(price)s/mo") % {"price": money(plan.monthly)}


def includes(plan: PlanView) -> str:
    """What a plan includes, in one line: "1,000 calls, then $0.01"."""
    parts = [_includes(component) for component in plan.components[:2]]
    if plan.trial_days:
        parts.append(_("%(days)d days free") % {"days": plan.trial_days})
    return " · ".join(parts)


def _includes(component: ComponentSpec) -> str:
    if component.included is None:
        return _("Unlimited %(label)s") % {"label": component.label}
    amount = _("%(count)s %(label)s") % {"count": number(component.included), "label": component.label}
    if component.overage is None:
        return amount
    if component.included == 0:
        return price_of_one(component.overage, component.unit)
    return _("%(amount)s, then %(price)s") % {"amount": amount, "price": money(component.overage)}


def cycle_hint(quote: Quote) -> str:
    """What the discount of a cycle means in months."""
    line = quote.lines[0]
    if not quote.discount or line.times != 12 or not line.unit:
        return ""
    months, rest = divmod(quote.discount.minor, line.unit.minor)
    if rest:
        return ""
    return ngettext("%(count)d month free", "%(count)d months free", months) % {"count": months}


def badge(quote: Quote) -> str:
    """The discount as a percentage, with a real minus: "−17%"."""
    return f"\N{MINUS SIGN}{quote.percent_off}%" if quote.percent_off else ""


def minus(amount: Money) -> str:
    """An amount taken off, with a real minus."""
    return f"\N{MINUS SIGN}{money(amount)}"


def line_title(line: QuoteLine) -> str:
    """What a line sells: "Pro plan (yearly)"."""
    names = {Cycle.MONTHLY: _("%(plan)s plan (monthly)"), Cycle.YEARLY: _("%(plan)s plan (yearly)")}
    return names.get(line.cycle, _("%(plan)s plan")) % {"plan": line.plan_name}


def summary(quote: Quote, *, bundle_name: str = "", transfer_by: datetime | None = None) -> Summary:
    """The order summary: the working, the discount, what is due when, the total and what happens next."""
    first = quote.lines[0]
    lines = [_work(line, with_name=bool(bundle_name)) for line in quote.lines]
    if quote.discount:
        lines.append(SumLine(label=_("Discount"), amount=minus(quote.discount), kind="off"))
    if quote.trial_days:
        lines.append(SumLine(label=_("Due today"), amount=money(quote.due_today)))
    if quote.due_today:
        lines.append(SumLine(label=_("Due today"), amount=_nothing(quote), kind="on-invoice"))
    if quote.due_today and transfer_by:
        due = _("Due by %(day)s") % {"day": day(transfer_by)}
        lines.append(SumLine(label=due, amount=money(quote.due_today), kind="on-invoice"))
    return Summary(
        title=bundle_name or line_title(first),
        lines=tuple(lines),
        total=money(quote.total),
        per=per(first.cycle),
        note=note(quote),
    )


def _work(line: QuoteLine, *, with_name: bool) -> SumLine:
    label = _("%(unit)s × %(times)d") % {"unit": money(line.unit), "times": line.times}
    if line.times == 1:
        label = {Cycle.MONTHLY: _("One month"), Cycle.YEARLY: _("One year")}.get(line.cycle, _("Price"))
    if with_name:
        label = f"{line.product_name} · {line.plan_name}"
    return SumLine(label=label, amount=money(line.gross), kind="work")


def note(quote: Quote) -> str:
    """When it renews and how to leave."""
    if quote.shape is PriceShape.USAGE:
        return _("Nothing is due today. Your usage is charged at the end of each month.")
    if quote.renews_at is None:
        return _("Paid once. Nothing renews.")
    if quote.trial_days:
        return _("Free until %(day)s, then %(price)s. No card is needed now. Cancel at any time before.") % {
            "day": day(quote.renews_at),
            "price": money(quote.total),
        }
    if not quote.total:
        return _("Free of charge. Nothing is charged until you choose a larger plan.")
    return _("Renews on %(day)s. Cancel at any time before.") % {"day": day(quote.renews_at)}


def charge_note(quote: Quote) -> str:
    """What is charged today, and what again and when: beside the button that does it."""
    if quote.renews_at is None:
        return _("Charged once, today.")
    words = {
        Cycle.MONTHLY: _("%(amount)s today, then %(total)s each month, next on %(day)s."),
        Cycle.YEARLY: _("%(amount)s today, then %(total)s each year, next on %(day)s."),
    }
    figures = {"amount": money(quote.due_today), "total": money(quote.total), "day": day(quote.renews_at)}
    return words.get(quote.lines[0].cycle, "") % figures


def charge_note_on_invoice(quote: Quote, transfer_by: datetime | None) -> str:
    """The same where it is bought on invoice: nothing today, and until when it is to be paid; without an account it never is."""
    if transfer_by is None:
        return _("Nothing is due today, and no transfer is expected: this installation is for trying out.")
    figures = {"amount": money(quote.due_today), "total": money(quote.total), "by": day(transfer_by)}
    if quote.renews_at is None:
        return _("Nothing is due today. Pay %(amount)s by bank transfer, by %(by)s.") % figures
    words = {
        Cycle.MONTHLY: _(
            "Nothing is due today. Pay %(amount)s by bank transfer, by %(by)s; then %(total)s each month, next on %(day)s."
        ),
        Cycle.YEARLY: _(
            "Nothing is due today. Pay %(amount)s by bank transfer, by %(by)s; then %(total)s each year, next on %(day)s."
        ),
    }
    return words.get(quote.lines[0].cycle, "") % (figures | {"day": day(quote.renews_at)})


ENTRIES: Mapping[str, Promise] = {
    "wallet.top_up": lazy("Credit bought"),
    "wallet.spend": lazy("Purchase or renewal"),
    "wallet.return": lazy("Refund to the wallet"),
    "wallet.usage": lazy("Usage"),
    "wallet.grant": lazy("Credit given"),
    "wallet.expiry": lazy("Given credit that expired"),
}


def entry_words(kind: str) -> str:
    """What a movement of the wallet was, in words; a kind that has none yet reads as it is named, without its dots."""
    words = ENTRIES.get(kind)
    return str(words) if words is not None else kind.replace(".", " ").replace("_", " ").capitalize()


def charge_title(charge: ChargeView) -> str:
    """What a charge of a running subscription is for: "Support agent: Starter → Pro", "Support agent Pro"."""
    if not charge.from_plan_name:
        return f"{charge.product_name} {charge.plan_name}"
    before, after = charge.from_plan_name, charge.plan_name
    if charge.from_cycle is not None and charge.from_cycle is not charge.cycle:
        before, after = f"{before} ({cycle_name(charge.from_cycle)})", f"{after} ({cycle_name(charge.cycle)})"
    return f"{charge.product_name}: {before} → {after}"


def charge_lines(charge: ChargeView) -> tuple[PaperLine, ...]:
    """The working of a change of plan: the new plan until it renews, less what was left of the one before."""
    figures = {"plan": charge.plan_name, "day": day(charge.period.end)}
    line = PaperLine(label=_("%(plan)s until %(day)s") % figures, amount=charge.debit)
    if not charge.credit:
        return (line,)
    left = PaperLine(
        label=_("Unused time of %(plan)s") % {"plan": charge.from_plan_name}, amount=charge.credit, is_taken_off=True
    )
    return line, left


def button(quote: Quote) -> str:
    """What the one button does, and how much it charges."""
    if quote.trial_days:
        return _("Start %(days)d-day trial · %(amount)s today") % {"days": quote.trial_days, "amount": money(quote.due_today)}
    return _("Complete purchase · %(amount)s") % {"amount": money(quote.due_today)}


def button_on_invoice(quote: Quote) -> str:
    """The same where it is bought on invoice: what it charges is nothing, today."""
    return _("Complete purchase · %(amount)s today") % {"amount": _nothing(quote)}


def _nothing(quote: Quote) -> str:
    return money(Money.zero(quote.total.currency))
