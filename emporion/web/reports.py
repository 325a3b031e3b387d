"""What stands behind the numbers of the dashboard: the payments and uses that sum to them, their course, and where they lead."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from emporion.billing import queries as billing
from emporion.billing.types import Cycle
from emporion.checkout import queries as checkout
from emporion.kernel.money import Money, total
from emporion.plumbing.types import Actor
from emporion.web.types import CallsOf, Forecast, Month, Use

DAYS_SHOWN = 30


def month_of(moment: datetime) -> datetime:
    """The beginning of the calendar month, in UTC."""
    return moment.replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def month_after(start: datetime) -> datetime:
    """The beginning of the next calendar month."""
    return month_of(start + timedelta(days=31))


def spending_month(actor: Actor, start: datetime, *, now: datetime) -> Month:
    """Every payment of a calendar month: what the dashboard sums."""
    after = month_after(start)
    items = checkout.paid(actor, since=start, until=min(after, now))
    currencies = sorted({one.amount.currency for one in items}) or ["USD"]
    return Month(
        start=start,
        items=items,
        totals=tuple(total((one.amount for one in items if one.amount.currency == name), name) for name in currencies),
        before=month_of(start - timedelta(days=1)),
        after=after if after <= now else None,
    )


def calls(actor: Actor, uses: Sequence[Use]) -> tuple[CallsOf, ...]:
    """For every subscription that counts something: its meter, and the sum of the single uses."""
    found: list[CallsOf] = []
    for use in uses:
        if use.meter is not None:
            count, summed = billing.uses_summed(actor, use.subscription.id, use.meter.metric, use.period)
            found.append(CallsOf(subscription=use.subscription, meter=use.meter, period=use.period, count=count, sum=summed))
    return tuple(found)


def forecast(paid: Money, uses: Sequence[Use], *, now: datetime) -> Forecast:
    """What the month will have cost at its end; use is projected straight on, and only where it is charged before then."""
    until = month_after(month_of(now))
    live = [use for use in uses if use.subscription.price.currency == paid.currency]
    renewing = [use.subscription.price for use in live if _renews(use, now, until)]
    beyond = [use.meter.cost_by_end for use in live if use.meter and now < use.period.end < until]
    renewals, usage = total(renewing, paid.currency), total(beyond, paid.currency)
    return Forecast(
        paid=paid,
        renewals=renewals,
        renewal_count=len([price for price in renewing if price]),
        usage=usage,
        total=paid + renewals + usage,
        until=until - timedelta(days=1),
    )


def _renews(use: Use, now: datetime, until: datetime) -> bool:
    one = use.subscription
    return (
        one.cycle is not Cycle.ONCE
        and not one.cancel_at_period_end
        and bool(one.period_end_at and now < one.period_end_at < until)
    )


def spent_by_day(actor: Actor, currency: str, *, now: datetime) -> tuple[float, ...]:
    """What was paid on each of the last days, for a line without numbers."""
    first = now.date() - timedelta(days=DAYS_SHOWN - 1)
    since = now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=DAYS_SHOWN - 1)
    sums: dict[date, int] = defaultdict(int)
    for one in checkout.paid(actor, since=since, until=now):
        if one.amount.currency == currency:
            sums[one.at.date()] += one.amount.minor
    return _line({day: float(minor) for day, minor in sums.items()}, first)


def used_by_day(actor: Actor, uses: Sequence[Use], *, now: datetime) -> tuple[float, ...]:
    """How much was used on each of the last days, for a line without numbers."""
    first = now.date() - timedelta(days=DAYS_SHOWN - 1)
    since = now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=DAYS_SHOWN - 1)
    metrics = {use.subscription.id: use.meter.metric for use in uses if use.meter}
    days = billing.uses_by_day(actor, metrics, since=since) if metrics else {}
    return _line({day: float(sum_) for day, sum_ in days.items()}, first)


def _line(values: dict[date, float], first: date) -> tuple[float, ...]:
    """Nothing where there is nothing to see: a flat line at zero says no more than the number."""
    return tuple(values.get(first + timedelta(days=day), 0.0) for day in range(DAYS_SHOWN)) if values else ()
