"""Lays out what a cost page shows: words, numbers and addresses, so that the templates only print."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from emporion.nexus.costs.address import CALLS, HOME, Address
from emporion.nexus.costs.amounts import change, decimal_of, dollars, priced, share_of, short, signed
from emporion.nexus.costs.frames import chips, span_words
from emporion.nexus.costs.types import Anomaly, By, CostReport, Explanation, Line
from emporion.nexus.costs.wording import DRIVERS, KINDS, LABELS, day_words
from emporion.ui.types import Chart, Option, Series
from emporion.ui.wording import number, percent


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A line of a breakdown, written."""

    label: str
    url: str
    cost: str
    share: str
    bar: str
    change: str
    direction: str
    before: str
    calls: str
    tokens: str
    per_call: str


def report_page(report: CostReport) -> dict[str, Any]:
    """Everything that the cost page prints."""
    address = Address(question=report.question)
    return {
        "address": address,
        "span": span_words(report.question, address),
        "stats": list(_stats(report)),
        "chart": _chart(report),
        "breakdown": _breakdown(report, address),
        "why": explanation_words(report.explanation),
        "anomalies": [_anomaly(one, address) for one in report.anomalies],
        "months": list(_months(report)),
        "budgets": list(_budgets(report)),
        "price_changes": [price_change_words(one) for one in report.price_changes],
        "corrections": report.corrections,
        "chips": list(chips(report.question, report.names, address, HOME)),
        "unpriced": report.confidence.unpriced,
        "estimated": dollars(report.confidence.estimated_picos) if report.confidence.estimated_picos else "",
        "calls_url": address.to(CALLS, by=""),
        "is_empty": not report.total.calls and not report.before.calls and not any(one.sums.calls for one in report.months),
        "files": _files(address),
    }


def _stats(report: CostReport) -> Iterator[dict[str, Any]]:
    total, before = report.total, report.before
    up = total.cost_picos > before.cost_picos
    yield {
        "name": _("Spent"),
        "value": dollars(total.cost_picos),
        "course": [decimal_of(sums.cost_picos) for _day, sums in report.days],
        "tone": "money",
        "change": change(total.cost_picos, before.cost_picos),
        "direction": "up" if up else "down",
        "note": _("from %(was)s") % {"was": dollars(before.cost_picos)},
        "url": Address(question=report.question).to(CALLS, by=""),
    }
    if report.forecast_picos is not None:
        yield {"name": _("At this pace"), "value": dollars(report.forecast_picos), "note": _("at the end of the period")}
    yield {
        "name": _("Calls"),
        "value": short(total.calls),
        "change": change(total.calls, before.calls),
        "direction": "up" if total.calls > before.calls else "down",
        "note": _("from %(was)s") % {"was": short(before.calls)},
    }
    yield {
        "name": _("For 1,000 calls"),
        "value": dollars(total.cost_picos * 1000 // total.calls) if total.calls else "–",
        "note": _("%(tokens)s tokens") % {"tokens": short(total.tokens)},
    }
    if report.confidence.compared:
        agreed = report.confidence.compared - report.confidence.disagreeing
        yield {
            "name": _("Price confidence"),
            "value": percent(share_of(agreed, report.confidence.compared), 1),
            "note": _("of %(calls)s calls, two lists agree") % {"calls": short(report.confidence.compared)},
            "url": f"{HOME}prices/",
        }


def _chart(report: CostReport) -> Chart:
    return Chart(
        id="cost-days",
        title=_("Cost of each day in US dollars"),
        labels=[day_words(day, "d MMM") for day, _sums in report.days],
        series=(Series(label=_("Cost in USD"), values=[_cents(sums.cost_picos) for _day, sums in report.days], tone="s2"),),
        kind="bar",
        x_title=_("Day"),
        decimals=2,
    )


def _cents(picos: int) -> Any:
    """Rounded for drawing; the exact figures are in the files and behind the lines."""
    return decimal_of(picos).quantize(decimal_of(10**10))


def _breakdown(report: CostReport, address: Address) -> dict[str, Any]:
    by = report.question.by
    dearest = max((line.now.cost_picos for line in report.lines), default=0)
    return {
        "column": LABELS[by],
        "tabs": [
            Option(
                label=str(LABELS[one]),
                value=one.value,
                url=address.to(by=one.value if one is not By.API else ""),
                current=one is by,
            )
            for one in By
        ],
        "rows": [_row(line, report, address, dearest) for line in report.lines],
    }


def _named(by: By) -> str:
    return "" if by is By.API else by.value


def _row(line: Line, report: CostReport, address: Address, dearest: int) -> Row:
    now, total = line.now, report.total.cost_picos
    return Row(
        label=line.label,
        url="" if line.is_rest else address.narrowed_to(report.question.by, line.key),
        cost=dollars(now.cost_picos),
        share=percent(share_of(now.cost_picos, total), 1) if total else "–",
        bar=f"{max(share_of(now.cost_picos, dearest) * 100, 0):.1f}" if dearest > 0 else "0",
        change=change(now.cost_picos, line.before_picos),
        direction="up" if now.cost_picos > line.before_picos else "down",
        before=dollars(line.before_picos),
        calls="" if line.is_rest else number(now.calls),
        tokens="" if line.is_rest else short(now.tokens),
        per_call=dollars(now.cost_picos // now.calls) if now.calls else "",
    )


def explanation_words(found: Explanation) -> dict[str, Any]:
    """A change and its drivers, with a sentence that names the greatest."""
    rows = [
        {
            "name": DRIVERS[effect.driver][0],
            "hint": DRIVERS[effect.driver][1],
            "amount": signed(effect.picos),
            "through": [{"name": key, "amount": signed(picos)} for key, picos in effect.through],
            "is_none": not effect.picos,
        }
        for effect in found.effects
    ]
    greatest = max(found.effects, key=lambda effect: abs(effect.picos), default=None)
    sentence = _("Nothing changed.")
    if found.change_picos and greatest is not None:
        direction = _("%(amount)s more") if found.change_picos > 0 else _("%(amount)s less")
        why = _("%(change)s, above all by %(driver)s (%(effect)s).")
        sentence = why % {
            "change": direction % {"amount": dollars(abs(found.change_picos))},
            "driver": str(DRIVERS[greatest.driver][0]).lower(),
            "effect": signed(greatest.picos),
        }
    return {"rows": rows, "sentence": sentence, "change": signed(found.change_picos), "before": dollars(found.before_picos),
            "after": dollars(found.after_picos)}  # fmt: skip


def _anomaly(one: Anomaly, address: Address) -> dict[str, Any]:
    day = f"{one.day:%Y-%m-%d}"
    return {
        "day": day_words(one.day, "EEEE, d MMMM"),
        "cost": dollars(one.cost_picos),
        "usual": dollars(one.usual_picos),
        "is_up": one.cost_picos > one.usual_picos,
        "why": explanation_words(one.explanation),
        "url": address.to(CALLS, month="", by="", **{"from": day, "to": day}),
    }


def _months(report: CostReport) -> Iterator[dict[str, Any]]:
    dearest = max((one.sums.cost_picos for one in report.months), default=0)
    before = None
    for one in report.months:
        cost = one.sums.cost_picos
        yield {
            "name": day_words(one.first, "LLLL y"),
            "url": Address(question=report.question).to(month=f"{one.first:%Y-%m}", **{"from": "", "to": ""}),
            "cost": dollars(cost),
            "calls": short(one.sums.calls),
            "tokens": short(one.sums.tokens),
            "change": "" if before is None or one.is_running else change(cost, before),
            "direction": "up" if before is not None and cost > before else "down",
            "is_running": one.is_running,
            "bar": f"{share_of(cost, dearest) * 100:.1f}" if dearest > 0 else "0",
        }
        before = cost


def _budgets(report: CostReport) -> Iterator[dict[str, Any]]:
    for one in report.budgets:
        yield {
            "name": one.budget.name,
            "limit": dollars(one.budget.limit_picos),
            "spent": dollars(one.spent_picos),
            "left": dollars(abs(one.left_picos)),
            "is_over": one.left_picos < 0,
            "used": decimal_of(one.spent_picos),
            "of": decimal_of(one.budget.limit_picos),
            "expected": decimal_of(one.forecast_picos) if one.forecast_picos is not None else None,
            "forecast": dollars(one.forecast_picos) if one.forecast_picos is not None else "",
            "runs_over": one.forecast_picos is not None and one.forecast_picos > one.budget.limit_picos >= one.spent_picos,
            "is_hard": one.budget.is_hard,
        }


def price_change_words(one: Any) -> dict[str, Any]:
    """A vendor's change of a price."""
    return {
        "model": one.model,
        "provider": one.provider,
        "kind": KINDS.get(one.kind, one.kind),
        "was": priced(one.was),
        "now": priced(one.now),
        "is_up": one.now > one.was,
        "change": percent(abs(one.now - one.was) / one.was, 1) if one.was else "",
        "at": one.at,
        "source": one.source,
        "is_link": one.source.startswith("https://"),
    }


def _files(address: Address) -> list[dict[str, str]]:
    kinds = (
        ("costs.csv", _("CSV"), _("this breakdown")),
        ("costs.xlsx", _("Excel"), _("every breakdown, days, budgets")),
        ("costs.pdf", _("PDF"), _("the report to hand on")),
        ("focus.csv", _("FOCUS 1.2"), _("for FinOps tools, by day")),
    )
    return [{"url": address.to(f"{HOME}{name}"), "label": label, "hint": hint} for name, label, hint in kinds]
