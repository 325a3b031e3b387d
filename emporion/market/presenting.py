"""Puts prices, plans and comparisons into words for a reader's language; decides nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from emporion.kernel.money import Money
from emporion.market.queries.browsing import category_words
from emporion.market.types import ComponentView, OfferingPage, PlanView, PriceKind, PriceTag
from emporion.ui.types import PlanCard, PlanFeature
from emporion.ui.wording import money, number, price_of_one


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelChoice:
    """A plan in the purchase panel."""

    value: str
    label: str
    hint: str
    price: str
    current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """The purchase panel: what is chosen, what it costs, and where the button leads; no amount for a plan on request."""

    choices: tuple[PanelChoice, ...]
    plan: PlanView
    cycle: str
    cycles: tuple[str, ...]
    percent: int | None
    amount: str
    per: str
    note: str
    url: str
    button: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CompareRow:
    """A line of a comparison; each cell is a list of short lines."""

    label: str
    cells: tuple[tuple[str, ...], ...]
    differs: bool


def price_words(price: PriceTag, pricing_models: Sequence[str]) -> tuple[str, str, str]:
    """The price of an offering in three parts, of which the middle one is set in bold: "from", "$29", "/ month"."""
    if price.kind is PriceKind.FREE:
        return "", _("Free"), _("to begin") if len(pricing_models) > 1 else ""
    if price.kind is PriceKind.CONTACT:
        return "", _("On request"), ""
    before = _("from") if price.is_from and price.kind is not PriceKind.UNIT else ""
    after = {PriceKind.MONTH: _("/ month"), PriceKind.ONCE: _("once"), PriceKind.UNIT: f"/ {price.unit}"}[price.kind]
    return before, money(price.price), after


def component_words(component: ComponentView) -> tuple[str, str, str]:
    """What is included, of what, and what one more costs: "1,000", "calls a month", "then $0.01 a call"."""
    after = ""
    if component.overage is not None:
        price = price_of_one(component.overage, component.unit)
        after = _("then %(price)s") % {"price": price} if component.included else price
    if component.included is None:
        return _("Unlimited"), component.label, after
    if component.included == 0:
        return "", "", after
    return number(component.included), component.label, after


def plan_cards(page: OfferingPage, cycle: str, *, chosen: PlanView) -> tuple[PlanCard, ...]:
    """The plans side by side, smallest first; what only larger ones have stands in the smaller ones with a dash."""
    return tuple(
        PlanCard(
            name=plan.name,
            amount=_amount(plan, cycle)[0],
            per=_amount(plan, cycle)[1],
            audience=plan.audience,
            second_line=_second_line(plan, cycle),
            url=buy_url(page, plan, cycle),
            button=_plan_button(page, plan),
            badge=_("Recommended") if plan.is_recommended and len(page.plans) > 1 else "",
            chosen=plan is chosen and len(page.plans) > 1,
            features=_features(plan, _points(page.plans[number:])),
        )
        for number, plan in enumerate(page.plans)
    )


def _points(plans: Sequence[PlanView]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(point for plan in plans for point in plan.points))


def panel(page: OfferingPage, plan_slug: str, cycle: str) -> Panel:
    """The purchase panel for a choice; without one it leads with the plan whose price is announced."""
    plan = next((plan for plan in page.plans if plan.slug == plan_slug), page.chosen_plan)
    cycles = ("monthly", "yearly") if plan.monthly and plan.yearly else ()
    chosen = cycle if cycle in cycles else "monthly"
    amount, per = _amount(plan, chosen)
    return Panel(
        choices=tuple(_panel_choice(one, current=one is plan) for one in page.plans),
        plan=plan,
        cycle=chosen,
        cycles=cycles,
        percent=plan.saving_percent,
        amount=amount,
        per=per,
        note=_panel_note(plan, chosen),
        url=buy_url(page, plan, chosen),
        button=_panel_button(page, plan),
    )


def buy_url(page: OfferingPage, plan: PlanView, cycle: str) -> str:
    """Where a plan is bought, or asked for where its price is on request."""
    if plan.shape == "contact":
        return f"/checkout/{page.card.slug}/?{urlencode({'plan': plan.slug})}"
    sold = {"subscription": cycle, "usage": "monthly", "one_time": "once"}[plan.shape]
    if plan.shape == "subscription" and not (plan.monthly and plan.yearly):
        sold = "monthly"
    return f"/checkout/{page.card.slug}/?{urlencode({'plan': plan.slug, 'cycle': sold})}"


def comparison(pages: Sequence[OfferingPage]) -> tuple[CompareRow, ...]:
    """Everything that is worth comparing, one row each; rows where nobody has anything are left out."""
    words = category_words()
    rows = [
        _row(_("Price"), [[_price_line(page)] for page in pages]),
        _row(_("Rating"), [[_rating(page)] for page in pages]),
        _row(_("Category"), [[words[page.card.category][0]] for page in pages]),
        _row(_("Provider"), [[_provider(page)] for page in pages]),
        _row(_("Plans"), [[_plan_line(plan) for plan in page.plans] for page in pages]),
        _row(_("Included"), [[_included_line(plan) for plan in page.plans if plan.components] for page in pages]),
        _row(_("Free trial"), [[_days(page.card.trial_days)] for page in pages]),
        _row(_("Money back"), [[_days(page.manifest.terms.refund_days)] for page in pages]),
        _row(_("What it does"), [[part.title for part in page.manifest.features] for page in pages]),
        *_facts([{fact.name: fact.values or (fact.value or "",) for fact in page.manifest.compatibility} for page in pages]),
        *_facts([{fact.name: fact.values or (fact.value or "",) for fact in page.manifest.specifications} for page in pages]),
    ]
    return tuple(row for row in rows if any(any(cell) for cell in row.cells))


def _facts(sheets: Sequence[Mapping[str, Sequence[str]]]) -> list[CompareRow]:
    names = dict.fromkeys(name for sheet in sheets for name in sheet)
    return [_row(name, [list(sheet.get(name, ())) for sheet in sheets]) for name in names]


def _row(label: str, cells: Sequence[Sequence[str]]) -> CompareRow:
    lines = tuple(tuple(line for line in cell if line) for cell in cells)
    return CompareRow(label=label, cells=lines, differs=len(set(lines)) > 1)


def _amount(plan: PlanView, cycle: str) -> tuple[str, str]:
    if plan.shape == "contact":
        return _("Custom"), ""
    if plan.shape == "usage" and plan.usage_component and plan.usage_component.overage:
        return money(plan.usage_component.overage), plan.usage_component.unit
    if plan.one_time is not None:
        return money(plan.one_time), _("once")
    if plan.is_free or plan.monthly is None:
        return _("Free"), ""
    return (money(plan.yearly), _("year")) if cycle == "yearly" and plan.yearly else (money(plan.monthly), _("month"))


def _second_line(plan: PlanView, cycle: str) -> str:
    if plan.shape == "contact":
        return _("by agreement")
    if plan.shape == "usage":
        return _("charged at the end of the month")
    if plan.shape == "one_time":
        return _("no subscription")
    if plan.is_free or plan.monthly is None or plan.yearly is None:
        return _("no card needed") if plan.is_free else ""
    if cycle == "yearly" and plan.yearly_as_monthly:
        return _("%(price)s a month, paid yearly") % {"price": money(plan.yearly_as_monthly)}
    return (
        _("or %(price)s a year, 2 months free") % {"price": money(plan.yearly)} if _is_two_months(plan) else _yearly(plan.yearly)
    )


def _is_two_months(plan: PlanView) -> bool:
    return plan.monthly is not None and plan.yearly == plan.monthly * 10


def _yearly(price: Money) -> str:
    return _("or %(price)s a year") % {"price": money(price)}


def _features(plan: PlanView, points: Sequence[str]) -> tuple[PlanFeature, ...]:
    lines: list[PlanFeature] = []
    for component in plan.components:
        strong, text, after = component_words(component)
        if text:
            lines.append(PlanFeature(strong=strong, text=text))
        if after:
            lines.append(PlanFeature(text=after))
        elif component.included is not None:
            lines.append(PlanFeature(text=_at_limit(plan)))
        else:
            lines.append(PlanFeature(text=_("no price per %(unit)s") % {"unit": component.unit}))
    if plan.trial_days:
        lines.append(PlanFeature(strong=number(plan.trial_days), text=_("days free to try")))
    lines += [PlanFeature(text=point, included=point in plan.points) for point in points]
    return tuple(lines)


def _at_limit(plan: PlanView) -> str:
    return _("then slower until next month") if plan.at_limit == "throttle" else _("then pauses until next month")


def _plan_button(page: OfferingPage, plan: PlanView) -> str:
    if plan.shape == "contact":
        return _("Ask for a price")
    return _("Get it for free") if plan.is_free else _("Choose %(plan)s") % {"plan": plan.name}


def _panel_button(page: OfferingPage, plan: PlanView) -> str:
    if plan.shape == "contact":
        return _("Ask for a price")
    return _("Get it for free") if plan.is_free else _("Continue to checkout")


def _panel_choice(plan: PlanView, *, current: bool) -> PanelChoice:
    amount, per = _amount(plan, "monthly")
    short = {_("month"): _("%(amount)s/mo") % {"amount": amount}}.get(per, amount)
    first = next((component_words(component) for component in plan.components), ("", "", ""))
    hint = f"{first[0]} {first[1]}".strip() or first[2] or plan.audience
    return PanelChoice(value=plan.slug, label=plan.name, hint=hint, price=short, current=current)


def _panel_note(plan: PlanView, cycle: str) -> str:
    if cycle == "yearly" and plan.yearly_saving and plan.yearly_as_monthly:
        values = {"monthly": money(plan.yearly_as_monthly), "saving": money(plan.yearly_saving)}
        return _("%(monthly)s a month. You save %(saving)s.") % values
    if plan.trial_days:
        return ngettext("%(days)s day free first.", "%(days)s days free first.", plan.trial_days) % {"days": plan.trial_days}
    return _second_line(plan, cycle).capitalize()


def _plan_line(plan: PlanView) -> str:
    amount, per = _amount(plan, "monthly")
    price = f"{amount} {per}" if per == _("once") else f"{amount} / {per}" if per else amount
    return f"{plan.name}: {price}"


def _included_line(plan: PlanView) -> str:
    parts = (
        ", ".join(part for part in (f"{strong} {text}".strip(), after) if part)
        for strong, text, after in map(component_words, plan.components)
    )
    return f"{plan.name}: {'; '.join(parts)}"


def _price_line(page: OfferingPage) -> str:
    return " ".join(part for part in price_words(page.card.price, page.card.pricing_models) if part)


def _rating(page: OfferingPage) -> str:
    summary = page.reviews
    if not summary.count:
        return _("Not rated yet")
    words = ngettext("%(rating)s from %(count)s review", "%(rating)s from %(count)s reviews", summary.count)
    text = words % {"rating": number(summary.rating), "count": number(summary.count)}
    return f"{text} ({_('demo')})" if summary.demo_count == summary.count else text


def _provider(page: OfferingPage) -> str:
    return _("%(name)s (demo)") % {"name": page.provider.name} if page.provider.is_demo else page.provider.name


def _days(days: int) -> str:
    return ngettext("%(days)s day", "%(days)s days", days) % {"days": days} if days else ""
