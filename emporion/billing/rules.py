"""Decides prices, periods, usage and admission without I/O: every figure on a page, an invoice or an API comes from here."""

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from emporion.billing.errors import PlanNotPriced, QuantityTooFine
from emporion.billing.types import (
    MICROS,
    Admission,
    AtLimit,
    ComponentSpec,
    Cycle,
    MeterView,
    Period,
    PlanChoice,
    PlanView,
    PriceShape,
    Quote,
    QuoteLine,
)
from emporion.kernel.money import Money, Rate, total, whole_percent

MONTHS_PAID_PER_YEAR = 10
THRESHOLDS = (80, 90, 100)
SECONDS_OF_A_DAY = 86_400
MINUTE = timedelta(minutes=1)
INSTANT = timedelta(microseconds=1)


# --- prices -----------------------------------------------------------------------------------------------------------


def price(plan: PlanView, cycle: Cycle) -> Money:
    """What one period of a plan costs; yearly is ten months unless the plan names a price."""
    match (plan.shape, cycle):
        case (PriceShape.USAGE, Cycle.MONTHLY):
            return plan.monthly or Money.zero(plan.currency)
        case (PriceShape.ONE_TIME, Cycle.ONCE) if plan.one_time is not None:
            return plan.one_time
        case (PriceShape.SUBSCRIPTION, Cycle.MONTHLY) if plan.monthly is not None:
            return plan.monthly
        case (PriceShape.SUBSCRIPTION, Cycle.YEARLY) if plan.yearly is not None:
            return plan.yearly
        case (PriceShape.SUBSCRIPTION, Cycle.YEARLY) if plan.monthly is not None:
            return plan.monthly * MONTHS_PAID_PER_YEAR
    raise PlanNotPriced(plan=plan.slug, cycle=str(cycle), field="cycle")


def percent_off(gross: Money, discount: Money) -> int:
    """The discount as people read it: 198 of 1,188 is 17 %."""
    if gross.minor <= 0:
        return 0
    return whole_percent(discount, gross)


def quote_line(choice: PlanChoice) -> QuoteLine:
    """One plan with its work shown: $99 for 12 months is $1,188, less $198."""
    plan, cycle = choice.plan, choice.cycle
    amount = price(plan, cycle)
    unit, times = (plan.monthly, 12) if cycle is Cycle.YEARLY and plan.monthly is not None else (amount, 1)
    gross = unit * times
    if gross < amount:
        unit, times, gross = amount, 1, amount
    return QuoteLine(
        plan_id=plan.id,
        product_name=choice.product_name,
        plan_name=plan.name,
        shape=plan.shape,
        cycle=cycle,
        unit=unit,
        times=times,
        gross=gross,
        discount=gross - amount,
        trial_days=plan.trial_days,
    )


def quote(plan: PlanView, cycle: Cycle, *, now: datetime, product_name: str = "") -> Quote:
    """What one plan costs for a period, and today: nothing during a trial or when only usage is priced."""
    line = quote_line(PlanChoice(plan=plan, cycle=cycle, product_name=product_name))
    return _quote((line,), now=now, trial_days=line.trial_days)


def quote_bundle(choices: Sequence[PlanChoice], *, bundle_percent: int, now: datetime) -> Quote:
    """What several plans cost together: the percentage comes off their sum, shared out to the lines by largest remainder."""
    lines = tuple(replace(quote_line(choice), trial_days=0) for choice in choices)
    currency = lines[0].gross.currency
    before = total((line.amount for line in lines), currency)
    off = Rate(Decimal(bundle_percent).scaleb(-2), currency).times(before.major)
    weights = [line.amount.minor for line in lines]
    shares = off.allocate(weights) if sum(weights) else tuple(Money.zero(currency) for _ in lines)
    lines = tuple(replace(line, discount=line.discount + share) for line, share in zip(lines, shares, strict=True))
    return _quote(lines, now=now, trial_days=0)


def _quote(lines: tuple[QuoteLine, ...], *, now: datetime, trial_days: int) -> Quote:
    currency = lines[0].gross.currency
    gross = total((line.gross for line in lines), currency)
    discount = total((line.discount for line in lines), currency)
    renewing = [line.cycle for line in lines if line.cycle is not Cycle.ONCE]
    renews_at = min((add_months(now, cycle.months) for cycle in renewing), default=None)
    if trial_days:
        renews_at = now + timedelta(days=trial_days)
    return Quote(
        lines=lines,
        gross=gross,
        discount=discount,
        total=gross - discount,
        due_today=Money.zero(currency) if trial_days else gross - discount,
        percent_off=percent_off(gross, discount),
        trial_days=trial_days,
        renews_at=renews_at,
    )


# --- periods ----------------------------------------------------------------------------------------------------------


def add_months(anchor: datetime, months: int) -> datetime:
    """The anchor's day and time some months on, or that month's last day: 31 January + 1 is 28 or 29 February."""
    month = anchor.month - 1 + months
    year, month = anchor.year + month // 12, month % 12 + 1
    return anchor.replace(year=year, month=month, day=min(anchor.day, monthrange(year, month)[1]))


def period_at(anchor: datetime, months: int, moment: datetime) -> Period:
    """The period that holds a moment, counted from the anchor, so that month ends never drift."""
    elapsed = (moment.year - anchor.year) * 12 + moment.month - anchor.month
    index = elapsed // months
    while add_months(anchor, index * months) > moment:
        index -= 1
    while add_months(anchor, (index + 1) * months) <= moment:
        index += 1
    return Period(start=add_months(anchor, index * months), end=add_months(anchor, (index + 1) * months))


@dataclass(frozen=True, slots=True, kw_only=True)
class Proration:
    """The unused part of the old price and the remaining part of the new one."""

    credit: Money
    debit: Money

    @property
    def due(self) -> Money:
        """What the change costs now; negative when it gives back."""
        return self.debit - self.credit


def prorate(period: Period, at: datetime, *, old: Money, new: Money) -> Proration:
    """Shares of both prices for the seconds that are left, exact fractions rounded once each."""
    left = _seconds(period.end - at)
    whole = _seconds(period.length)
    return Proration(credit=_share(old, left, whole), debit=_share(new, left, whole))


def prorate_to_new_cycle(period: Period, at: datetime, *, old: Money, new: Money) -> Proration:
    """The unused part of the old price against a full new period that starts now."""
    return Proration(credit=_share(old, _seconds(period.end - at), _seconds(period.length)), debit=new)


def _seconds(span: timedelta) -> int:
    return span.days * 86_400 + span.seconds


def _share(amount: Money, part: int, whole: int) -> Money:
    numerator = abs(amount.minor) * part
    rounded = (2 * numerator + whole) // (2 * whole)
    return Money(rounded if amount.minor >= 0 else -rounded, amount.currency)


# --- usage ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """Units up to and including `up_to` (counted from the first) cost `rate` each; `None` is the rest."""

    up_to: int | None
    rate: Rate


def rate_graduated(tiers: Sequence[Tier], quantity: Decimal) -> Rate:
    """The exact sum of a quantity priced tier by tier, before rounding."""
    amount, floor = Decimal(0), Decimal(0)
    for tier in tiers:
        ceiling = quantity if tier.up_to is None else min(quantity, Decimal(tier.up_to))
        amount += max(ceiling - floor, Decimal(0)) * tier.rate.amount
        floor = max(floor, ceiling)
    return Rate(amount, tiers[0].rate.currency)


def tiers_of(component: ComponentSpec, currency: str) -> tuple[Tier, ...]:
    """What is included costs nothing, what is beyond costs the overage."""
    free = Rate(Decimal(0), currency)
    if component.included is None:
        return (Tier(up_to=None, rate=free),)
    return (Tier(up_to=component.included, rate=free), Tier(up_to=None, rate=component.overage or free))


def rate_usage(component: ComponentSpec, used: Decimal | int, currency: str) -> Money:
    """What the usage of a month costs beyond the plan's price, rounded once, half away from zero."""
    return rate_graduated(tiers_of(component, currency), Decimal(used)).times(1)


def usage_micros(component: ComponentSpec, before: Decimal, after: Decimal, currency: str) -> int:
    """What the step from one counter value to the next costs, in millionths of a major unit."""
    tiers = tiers_of(component, currency)
    return rate_graduated(tiers, after).micros(1) - rate_graduated(tiers, before).micros(1)


def percent_used(used: Decimal, included: int | None) -> int | None:
    """Whole percent of what is included, rounded down: 100 means used up."""
    if included is None:
        return None
    if included == 0:
        return 100
    return int(used * 100 // included)


def crossed(before: Decimal, after: Decimal, included: int | None) -> tuple[int, ...]:
    """The thresholds that lie between two counter values."""
    if not included:
        return ()
    return tuple(mark for mark in THRESHOLDS if before * 100 < mark * included <= after * 100)


def meter(plan: PlanView, component: ComponentSpec, used: Decimal, *, period: Period, now: datetime) -> MeterView:
    """The month of one metric as people read it, with a straight projection to its end."""
    elapsed = max(_seconds(min(now, period.end) - period.start), 1)
    whole = _seconds(period.length)
    # A projection from the first minutes says nothing: one call a second after the start is not a million a month.
    expected = int(used * whole // elapsed) if elapsed >= SECONDS_OF_A_DAY else int(used)
    full_at = None
    if component.included and used < component.included < expected:
        full_at = period.start + timedelta(seconds=int(elapsed * component.included // used))
    return MeterView(
        metric=component.metric,
        label=component.label,
        unit=component.unit,
        used=used,
        included=component.included,
        percent=percent_used(used, component.included),
        expected_by_end=max(expected, int(used)),
        expected_percent=percent_used(Decimal(expected), component.included),
        full_about_at=full_at,
        overage=component.overage,
        at_limit=plan.at_limit,
        throttle_per_minute=plan.throttle_per_minute,
        cost_so_far=rate_usage(component, used, plan.currency),
        cost_by_end=rate_usage(component, max(Decimal(expected), used), plan.currency),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """A use that asks to be admitted: how much was used, how much more is asked for, how much came in the last minute."""

    used: Decimal
    quantity: Decimal
    in_last_minute: Decimal
    period_end: datetime


def admit(plan: PlanView, component: ComponentSpec, demand: Demand) -> Admission:
    """Whether the plan's rule at the limit lets a use through."""
    if component.included is None or demand.used + demand.quantity <= component.included:
        return Admission(allowed=True)
    until = f"{demand.period_end:%d %B %Y}".lstrip("0")
    match plan.at_limit:
        case AtLimit.OVERAGE:
            return Admission(allowed=True, is_overage=True)
        case AtLimit.THROTTLE if demand.in_last_minute + demand.quantity <= plan.throttle_per_minute:
            return Admission(allowed=True, throttled=True)
        case AtLimit.THROTTLE:
            return Admission(
                allowed=False,
                throttled=True,
                reason=f"{component.included:,} {component.label} are used up; {plan.throttle_per_minute} a minute go on.",
                next_step=f"Wait a minute, or choose a larger plan. The allowance starts again on {until}.",
                retry_after_seconds=60,
            )
        case AtLimit.PAUSE:
            return Admission(
                allowed=False,
                reason=f"All {component.included:,} {component.label} of the {plan.name} plan are used.",
                next_step=f"Choose a larger plan to go on at once, or wait until {until}.",
            )


def to_micros(quantity: Decimal | int) -> int:
    """A quantity in millionths, as counters store it; finer parts are refused."""
    micros = Decimal(quantity) * MICROS
    if micros != micros.to_integral_value():
        raise QuantityTooFine(quantity=str(quantity), field="quantity")
    return int(micros)


def from_micros(micros: int) -> Decimal:
    """A stored quantity in whole units, exact."""
    return Decimal(micros).scaleb(-6).normalize() if micros % MICROS else Decimal(micros // MICROS)
