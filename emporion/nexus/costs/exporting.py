"""Costs as files: a breakdown as CSV, the report as a workbook; amounts exact, and no cell that a spreadsheet would run."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from emporion.nexus.costs.amounts import decimal_of
from emporion.nexus.costs.types import By, CostReport, Line
from emporion.nexus.costs.wording import DRIVERS, KINDS, LABELS, before_label, span_label

if TYPE_CHECKING:
    from xlsxwriter import Workbook

Cell = str | int | Decimal
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n")  # what a spreadsheet would run
SUMS = ("calls", "input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens", "reasoning_tokens")


def harmless(text: str) -> str:
    """A text that a spreadsheet shows rather than runs."""
    return f"'{text}" if text.startswith(DANGEROUS) else text


def csv_text(head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """Rows as CSV; numbers stay numbers, with every decimal they have."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(head)
    writer.writerows([_written(cell) for cell in row] for row in rows)
    return text.getvalue()


def _written(cell: Cell) -> str:
    if isinstance(cell, str):
        return harmless(cell)
    return f"{cell:f}" if isinstance(cell, Decimal) else str(cell)


def line_head(by: By) -> list[str]:
    """The columns of a breakdown."""
    return [by.value, "name", "cost_usd", "before_usd", "change_usd", *SUMS]


def line_cells(lines: Iterable[Line]) -> Iterator[list[Cell]]:
    """The rows of a breakdown."""
    for line in lines:
        cost, before = line.now.cost_picos, line.before_picos
        yield [
            line.key,
            line.label,
            decimal_of(cost),
            decimal_of(before),
            decimal_of(cost - before),
            *(getattr(line.now, name) for name in SUMS),
        ]


def workbook(report: CostReport, breakdowns: dict[By, tuple[Line, ...]]) -> bytes:
    """The report as a workbook: a summary, every breakdown, days, months, budgets, drivers and price changes, each on a sheet."""
    from xlsxwriter import Workbook  # noqa: PLC0415 - only who asks for one waits for it

    held = io.BytesIO()
    with Workbook(held, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        _sheet(book, _("Summary"), [_("What"), _("Value")], _summary(report))
        for by, lines in breakdowns.items():
            head = [str(LABELS[by]), _("Name"), _("Cost (USD)"), _("Before (USD)"), _("Change (USD)"), *SUMS]
            _sheet(book, str(LABELS[by]), head, line_cells(lines))
        _sheet(book, _("Days"), [_("Day"), _("Cost (USD)"), *SUMS], _days(report))
        _sheet(book, _("Months"), [_("Month"), _("Cost (USD)"), _("Calls")], _months(report))
        _sheet(book, _("Why"), [_("Driver"), _("Effect (USD)")], _drivers(report))
        if report.budgets:
            head = [_("Budget"), _("Limit (USD)"), _("Spent (USD)"), _("Left (USD)"), _("At this pace (USD)")]
            _sheet(book, _("Budgets"), head, _budgets(report))
        if report.price_changes:
            head = [_("Day"), _("Provider"), _("Model"), _("Kind"), _("Was (USD)"), _("Now (USD)"), _("Source")]
            _sheet(book, _("Price changes"), head, _price_changes(report))
    return held.getvalue()


def _sheet(book: "Workbook", name: str, head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    sheet = book.add_worksheet(name[:31])
    bold, money = book.add_format({"bold": True}), book.add_format({"num_format": "#,##0.00####"})
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, len(head) - 1, 18)
    sheet.write_row(0, 0, head, bold)
    for place, row in enumerate(rows, 1):
        for column, cell in enumerate(row):
            if isinstance(cell, str):
                sheet.write_string(place, column, cell)
            elif isinstance(cell, Decimal):
                # A workbook holds binary fractions; the exact figure is in the CSV.
                sheet.write_number(place, column, Fraction(cell), money)
            else:
                sheet.write_number(place, column, cell)


def _summary(report: CostReport) -> Iterator[list[Cell]]:
    total, before = report.total, report.before
    yield [_("Period"), span_label(report.question.span)]
    yield [_("Compared with"), before_label(report.question.span)]
    yield [_("Cost (USD)"), decimal_of(total.cost_picos)]
    yield [_("Before (USD)"), decimal_of(before.cost_picos)]
    yield [_("Change (USD)"), decimal_of(total.cost_picos - before.cost_picos)]
    if report.forecast_picos is not None:
        yield [_("At this pace (USD)"), decimal_of(report.forecast_picos)]
    yield [_("Calls"), total.calls]
    yield [_("Tokens"), total.tokens]
    yield [_("Calls without a price"), report.confidence.unpriced]
    yield [_("Of it estimated (USD)"), decimal_of(report.confidence.estimated_picos)]


def _days(report: CostReport) -> Iterator[list[Cell]]:
    for day, sums in report.days:
        yield [day.isoformat(), decimal_of(sums.cost_picos), *(getattr(sums, name) for name in SUMS)]


def _months(report: CostReport) -> Iterator[list[Cell]]:
    for one in report.months:
        yield [f"{one.first:%Y-%m}", decimal_of(one.sums.cost_picos), one.sums.calls]


def _drivers(report: CostReport) -> Iterator[list[Cell]]:
    for effect in report.explanation.effects:
        yield [str(DRIVERS[effect.driver][0]), decimal_of(effect.picos)]
    yield [_("Change"), decimal_of(report.explanation.change_picos)]


def _budgets(report: CostReport) -> Iterator[list[Cell]]:
    for one in report.budgets:
        ends = decimal_of(one.forecast_picos) if one.forecast_picos is not None else ""
        yield [one.budget.name, decimal_of(one.budget.limit_picos), decimal_of(one.spent_picos), decimal_of(one.left_picos), ends]


def _price_changes(report: CostReport) -> Iterator[list[Cell]]:
    for one in report.price_changes:
        yield [
            one.at.date().isoformat(),
            one.provider,
            one.model,
            str(KINDS.get(one.kind, one.kind)),
            one.was,
            one.now,
            one.source,
        ]
