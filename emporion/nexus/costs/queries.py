"""What costs were, on what they were spent, and why they changed; every question begins at the actor."""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from django.utils.translation import gettext as _

from emporion.gateway.pricing.changes import price_changes
from emporion.gateway.pricing.queries import corrections_within, price_rules
from emporion.gateway.routing.queries import budgets_of, names_of
from emporion.gateway.routing.rules import forecast
from emporion.gateway.routing.types import BudgetPeriod, BudgetScope, BudgetView
from emporion.nexus.apis.asking import soon
from emporion.nexus.costs import reading
from emporion.nexus.costs.drivers import Prices, between, of_day
from emporion.nexus.costs.periods import DAY, add_months, all_days, midnight
from emporion.nexus.costs.reading import DayRow, LineRow, PeriodRow, PricedRow
from emporion.nexus.costs.rules import LOOK_BACK_DAYS, explain, unusual_days
from emporion.nexus.costs.types import (
    Anomaly,
    By,
    Confidence,
    CostReport,
    Line,
    Month,
    Question,
    Span,
    Sums,
    Variance,
)
from emporion.plumbing.types import Actor, Permission

MONTHS = 6
MOST_ANOMALIES = 5


def report(actor: Actor, question: Question, *, now: datetime) -> CostReport:
    """Everything that a cost page says."""
    actor.require(Permission.VIEW, question.project_id)
    span, project_id = question.span, question.project_id
    first_month = midnight(add_months(span.since.date().replace(day=1), 1 - MONTHS))
    asked = _ask(question, first_month)
    corrections = tuple(corrections_within(actor, project_id, min(first_month, span.before_since), span.until))
    names = names_of(actor, project_id)
    # A price that was entered after the calls, and not applied to them by a correction, is not what they were charged by.
    entered_by = None if corrections else span.since + (span.until - span.since) / 2
    prices = Prices(rules=price_rules(actor.organisation, entered_by=entered_by), labels=names)
    rows = asked.days.result()
    current = [row for row in rows if row.day >= span.since.date()]
    before = _before(span, rows, asked.rest.result() if asked.rest else ())
    total, was = sums_of(current), sums_of(before)
    return CostReport(
        question=question,
        names=names,
        total=total,
        before=was,
        forecast_picos=forecast(total.cost_picos, start=span.since, end=span.end, at=now) if span.is_running else None,
        days=_by_day(current, span.since, span.until),
        lines=_lines(asked.lines.result(), question, names, (total.cost_picos, was.cost_picos)),
        months=_months(asked.months.result(), first_month, now=now),
        explanation=explain(between(before, current, span, prices)),
        anomalies=_anomalies(rows, question, prices, now=now),
        budgets=_budgets(actor, question, total.cost_picos, now=now),
        confidence=_confidence(asked.priced.result()) if asked.priced else Confidence(),
        price_changes=_price_changes(current, question),
        corrections=tuple(one for one in corrections if one.since < span.until and one.until > span.since),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What the event store was asked for; the answers come while other things are read."""

    days: Future[list[DayRow]]
    rest: Future[list[DayRow]] | None
    lines: Future[list[LineRow]]
    months: Future[list[PeriodRow]]
    priced: Future[PricedRow] | None


def _ask(question: Question, first_month: datetime) -> _Asked:
    span = question.span
    look_back = midnight(span.since.date() - timedelta(days=LOOK_BACK_DAYS))
    last_day = midnight(span.before_until.date())
    after_last = midnight(add_months(span.since.date().replace(day=1), 1))
    return _Asked(
        lines=soon(reading.line_rows, question),
        days=soon(reading.day_rows, question, min(look_back, span.before_since), span.until),
        months=soon(reading.month_rows, question, first_month, after_last),
        priced=None if By.CUSTOMER in question.narrowed else soon(reading.priced_row, question),
        rest=soon(reading.day_rows, question, last_day, span.before_until) if last_day < span.before_until else None,
    )


def lines_of(actor: Actor, question: Question, *, limit: int) -> tuple[Line, ...]:
    """The costs of a stretch broken down, for files: as many values as asked for, and a line for the rest."""
    actor.require(Permission.VIEW, question.project_id)
    span = question.span
    whole = sums_of(reading.day_rows(question, span.since, span.until))
    past = sums_of(reading.day_rows(question, span.before_since, span.before_until))
    rows = reading.line_rows(question, limit=limit)
    return _lines(rows, question, names_of(actor, question.project_id), (whole.cost_picos, past.cost_picos), limit=limit)


def sums_of(rows: Iterable[DayRow | LineRow]) -> Sums:
    """Everything together."""
    calls = cost = read = written = cached = kept = thought = 0
    for row in rows:
        calls, cost = calls + row.calls, cost + row.cost_picos
        read, written = read + row.input_tokens, written + row.output_tokens
        cached, kept = cached + row.cache_read_tokens, kept + row.cache_write_tokens
        thought += row.reasoning_tokens
    return Sums(
        calls=calls,
        cost_picos=cost,
        input_tokens=read,
        output_tokens=written,
        cache_read_tokens=cached,
        cache_write_tokens=kept,
        reasoning_tokens=thought,
    )


def _before(span: Span, rows: Iterable[DayRow], rest: Iterable[DayRow]) -> list[DayRow]:
    """The stretch that is compared with; where it ends within a day, `rest` is that day by the hour."""
    return [*(row for row in rows if span.before_since.date() <= row.day < span.before_until.date()), *rest]


def _by_day(rows: Iterable[DayRow], since: datetime, until: datetime) -> tuple[tuple[date, Sums], ...]:
    by_day: dict[date, list[DayRow]] = {day: [] for day in all_days(since, until)}
    for row in rows:
        by_day.setdefault(row.day, []).append(row)
    return tuple((day, sums_of(found)) for day, found in sorted(by_day.items()))


def _lines(
    rows: Sequence[LineRow],
    question: Question,
    names: Mapping[UUID, str],
    whole: tuple[int, int],
    *,
    limit: int = reading.MOST_LINES,
) -> tuple[Line, ...]:
    """The dearest values, and one line for what has none of them, so that the lines add up to the whole, now and before."""
    total, before = whole
    lines = [
        Line(key=row.key, label=label_of(question.by, row.key, names), now=sums_of([row]), before_picos=row.before_picos)
        for row in rows
    ]
    left, left_before = total - sum(row.cost_picos for row in rows), before - sum(row.before_picos for row in rows)
    # Calls that come between two questions are no others: what is not cut off leaves nothing.
    is_cut = len(rows) >= limit or question.by is By.CUSTOMER
    if is_cut and (left > 0 or (left_before > 0 and question.by is not By.CUSTOMER)):
        label = _("No customer named") if question.by is By.CUSTOMER else _("All others")
        lines.append(Line(key="", label=label, now=Sums(cost_picos=left), before_picos=left_before, is_rest=True))
    return tuple(lines)


def label_of(by: By, key: str, names: Mapping[UUID, str]) -> str:
    """What a value is called."""
    if by is By.API:
        try:
            return names.get(UUID(key)) or _("An API that is gone")
        except ValueError:
            return key
    unnamed = {By.MODEL: _("No model"), By.TEAM: _("No team"), By.FEATURE: _("No feature"), By.CUSTOMER: _("No customer")}
    return key or unnamed[by]


def _months(counted: Iterable[PeriodRow], first: datetime, *, now: datetime) -> tuple[Month, ...]:
    rows = {row.first: row for row in counted}
    months = []
    for number in range(MONTHS):
        day = add_months(first.date(), number)
        row = rows.get(day)
        found = Sums(
            calls=row.calls if row else 0,
            cost_picos=row.cost_picos if row else 0,
            input_tokens=row.input_tokens if row else 0,
            output_tokens=row.output_tokens if row else 0,
        )
        months.append(Month(first=day, sums=found, is_running=midnight(add_months(day, 1)) > now))
    return tuple(months)


def _anomalies(rows: list[DayRow], question: Question, prices: Prices, *, now: datetime) -> tuple[Anomaly, ...]:
    """The days of the stretch that are over and were out of the ordinary, the greatest first, each with why."""
    costs: dict[date, int] = {}
    if rows:
        costs = dict.fromkeys(all_days(midnight(rows[0].day), question.span.until), 0)
    for row in rows:
        costs[row.day] = costs.get(row.day, 0) + row.cost_picos
    over = [day for day in all_days(question.span.since, question.span.until) if midnight(day + DAY) <= now]
    found = [
        Anomaly(day=day, cost_picos=costs.get(day, 0), usual_picos=usual, explanation=explain(of_day(rows, day, prices)))
        for day, usual in unusual_days(costs, over)
    ]
    return tuple(sorted(found, key=lambda one: -abs(one.cost_picos - one.usual_picos))[:MOST_ANOMALIES])


def _budgets(actor: Actor, question: Question, spent: int, *, now: datetime) -> tuple[Variance, ...]:
    """The budgets of a month against it; those of this month know their own spending, which every call counts up."""
    span = question.span
    if not span.is_month or question.narrowed:
        return ()
    found = []
    for budget in budgets_of(actor, question.project_id, now=now):
        if budget.period is not BudgetPeriod.MONTH:
            continue
        if budget.scope is BudgetScope.ORGANISATION and not span.is_running:
            continue  # what the other projects spent then is not asked for here
        used = budget.spent_picos if span.is_running and budget.counted_at else _spent(question, budget, spent)
        ends_at = forecast(used, start=span.since, end=span.end, at=now) if span.is_running else None
        found.append(Variance(budget=budget, spent_picos=used, forecast_picos=ends_at))
    return tuple(found)


def _spent(question: Question, budget: BudgetView, whole: int) -> int:
    by = {BudgetScope.TEAM: By.TEAM, BudgetScope.FEATURE: By.FEATURE, BudgetScope.API: By.API}.get(budget.scope)
    if by is None:
        return whole if budget.scope is BudgetScope.PROJECT else budget.spent_picos
    rows = reading.day_rows(replace(question, narrowed={by: budget.value}), question.span.since, question.span.until)
    return sums_of(rows).cost_picos


def _confidence(row: PricedRow) -> Confidence:
    return Confidence(
        calls=row.calls,
        unpriced=row.unpriced,
        estimated_picos=row.estimated_picos,
        compared=row.compared,
        disagreeing=row.disagreeing,
        compared_picos=row.compared_picos,
        second_picos=row.second_picos,
    )


def _price_changes(rows: Iterable[DayRow], question: Question) -> tuple:  # type: ignore[type-arg]
    used = sorted({(row.provider, row.model) for row in rows if row.model})
    return price_changes(used, since=question.span.before_since, until=question.span.until)
