"""What leaves as a file: the figures that a page shows as CSV, and everything that was recorded, streamed."""

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.views.decorators.http import require_GET

from emporion.accounts.access import ActorRequest, signed_in
from emporion.accounts.actions import record_audit
from emporion.insights.goals import queries as goals
from emporion.insights.reports import queries
from emporion.insights.reports.exporting import ExportForm, ExportKind
from emporion.insights.reports.funnel_places import BREAKDOWNS
from emporion.insights.reports.goal_reports import StepLine, step_lines
from emporion.insights.reports.pages import Question
from emporion.insights.reports.types import Dimension, Figures, Page, Period, ReportQuery
from emporion.insights.sites.queries import site_of
from emporion.kernel.clock import utcnow
from emporion.kernel.errors import NotFound
from emporion.kernel.money import Money, exponent
from emporion.plumbing.parsing import uuid_of
from emporion.plumbing.types import Permission

MOST_ROWS = 100_000
FIGURES = (
    *("visitors", "sessions", "pageviews", "bounce_rate", "duration_seconds"),
    *("revenue", "payments", "conversion_rate", "revenue_per_visitor", "currency"),
)
FUNNEL: tuple[str, ...] = (
    *("funnel", "part", "step", "kind", "pattern", "visitors", "of_step_before", "of_first_step", "dropped_off"),
    *("revenue", "currency"),
)
EVER = datetime(1995, 1, 1, tzinfo=UTC)  # no import reaches back further
AHEAD = timedelta(hours=1)  # visitors' clocks may be a little ahead of ours
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n")  # what a spreadsheet would run


@require_GET
@signed_in
def csv_file(request: ActorRequest, site_id: UUID, export: str) -> HttpResponseBase:
    """The timeline, the totals, a breakdown, or all recorded rows as CSV."""
    question = _question(request, site_id)
    if export in tuple(ExportKind):
        return _raw(question, ExportKind(export), ExportForm.CSV)
    if export == "funnel":
        head, rows = FUNNEL, _funnels(question, uuid_of(request.GET.get("funnel", "")))
    else:
        named, rows = _table(question, export)
        head = (*named, *FIGURES)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(head)
    writer.writerows(rows)
    response = HttpResponse(text.getvalue(), content_type="text/csv; charset=utf-8")
    return _named(response, question, f"{export}.csv")


@require_GET
@signed_in
def ndjson(request: ActorRequest, site_id: UUID, export: str) -> HttpResponseBase:
    """All recorded rows of one kind, one JSON object a line."""
    return _raw(_question(request, site_id), _kind(export), ExportForm.NDJSON)


@require_GET
@signed_in
def parquet(request: ActorRequest, site_id: UUID, export: str) -> HttpResponseBase:
    """All recorded rows of one kind, as Parquet."""
    return _raw(_question(request, site_id), _kind(export), ExportForm.PARQUET)


def _question(request: ActorRequest, site_id: UUID) -> Question:
    return Question.of(request, site_of(request.actor, site_id), request.actor, utcnow())


def _kind(text: str) -> ExportKind:
    try:
        return ExportKind(text)
    except ValueError as error:
        raise NotFound from error


def _raw(question: Question, kind: ExportKind, form: ExportForm) -> HttpResponseBase:
    """Streamed from the store; who may not configure the website does not take its visitors' rows away."""
    site, actor = question.site, question.actor
    actor.require(Permission.CONFIGURE, site.project_id)
    record_audit(actor=actor, verb="export", object_type="website", object_id=site.id, detail=f"{kind}.{form}", now=question.now)
    pieces = queries.export_rows(_since_ever(question), kind, form, actor=actor)
    return _named(StreamingHttpResponse(pieces, content_type=form.content_type), question, f"{kind}.{form}")


def _since_ever(question: Question) -> ReportQuery:
    """What is asked; where no period is named, all that there is, history that was brought in too."""
    if question.address.get("period") or question.address.get("from"):
        return question.query
    return replace(question.query, period=Period(start=EVER, end=question.now + AHEAD, zone=question.site.time_zone))


def _named(response: HttpResponseBase, question: Question, ending: str) -> HttpResponseBase:
    response.headers["Content-Disposition"] = f'attachment; filename="{question.site.domain}-{ending}"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _table(question: Question, export: str) -> tuple[tuple[str, ...], Iterator[tuple[object, ...]]]:
    """The rows of an export, and what their columns before the figures are called; NotFound for what there is not."""
    if export == "figures":
        return ("start",), _timeline(question)
    if export == "totals":
        return ("start", "end"), _totals(question)
    if export == Dimension.GOAL:
        return (export, "completions"), _goals(question)
    if export in tuple(Dimension):
        return (export,), _values(question, Dimension(export))
    raise NotFound


def _timeline(question: Question) -> Iterator[tuple[object, ...]]:
    overview = queries.overview(question.query, actor=question.actor, now=question.now)
    for point in overview.points:
        yield (point.start.isoformat(), *_written(point.figures, question.query.currency))


def _totals(question: Question) -> Iterator[tuple[object, ...]]:
    """The figures of the period, and below them those of the one that it is compared with."""
    query = question.query
    overview = queries.overview(query, actor=question.actor, now=question.now)
    for period, figures in ((query.period, overview.total), (query.compared, overview.compared)):
        if period and figures:
            yield (period.start.isoformat(), period.end.isoformat(), *_written(figures, query.currency))


def _values(question: Question, dimension: Dimension) -> Iterator[tuple[object, ...]]:
    found = queries.breakdown(question.query, dimension, Page(limit=MOST_ROWS), actor=question.actor)
    return ((_harmless(row.value), *_written(row.figures, question.query.currency)) for row in found.rows)


def _goals(question: Question) -> Iterator[tuple[object, ...]]:
    found = queries.goals(question.query, actor=question.actor)
    return ((_harmless(row.value), row.completions, *_written(row.figures, question.query.currency)) for row in found.rows)


def _funnels(question: Question, funnel_id: UUID | None) -> Iterator[tuple[object, ...]]:
    """The steps of one funnel, or of all that are saved; after those of everybody those of each part that is asked for."""
    actor, query, site_id = question.actor, question.query, question.site.id
    asked = goals.funnels_of(actor, site_id) if funnel_id is None else (goals.funnel(actor, site_id, funnel_id),)
    by = next((one for one in BREAKDOWNS if one.value == question.address.get("by")), None)
    for one in asked:
        found = queries.funnel(query, one.steps, one.window.seconds, actor=actor, by=by)
        for part, results in (("", found.results), *((part.label, part.results) for part in found.parts)):
            for step in step_lines(results, query.currency):
                yield (_harmless(one.name), _harmless(part), *_step(step))


def _step(step: StepLine) -> tuple[object, ...]:
    share, before = _ratio(step.share), _ratio(step.of_previous)
    paid = (str(step.revenue.major), step.revenue.currency)
    return (step.number, step.kind.value, _harmless(step.label), step.visitors, before, share, step.lost, *paid)


def _written(figures: Figures, currency: str) -> tuple[object, ...]:
    return (
        figures.visitors,
        figures.sessions,
        figures.pageviews,
        _ratio(figures.bounce_rate),
        _ratio(figures.average_duration),
        str(Money(figures.revenue_minor, currency).major),
        figures.payments,
        _ratio(figures.conversion_rate),
        _major(figures.revenue_per_visitor, currency),
        currency,
    )


def _ratio(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"


def _major(minor: float | None, currency: str) -> str:
    return "" if minor is None else f"{Decimal(f'{minor:.4f}').scaleb(-exponent(currency)):.4f}"


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(DANGEROUS) else text
