"""Costs as files: CSV, a workbook, the report as PDF, and FOCUS."""

from dataclasses import replace

from django.http import HttpResponse
from django.views.decorators.http import require_GET

from emporion.accounts.access import ActorRequest, signed_in
from emporion.accounts.queries import organisation_name, projects_of
from emporion.gateway.routing.queries import names_of
from emporion.kernel.clock import utcnow
from emporion.nexus.costs import queries
from emporion.nexus.costs.address import question_of
from emporion.nexus.costs.exporting import csv_text, line_cells, line_head, workbook
from emporion.nexus.costs.focus import COLUMN_NAMES, Account, focus_rows
from emporion.nexus.costs.pages import report_page
from emporion.nexus.costs.paper import report_pdf
from emporion.nexus.costs.types import By, Question
from emporion.nexus.costs.views import project_of

MOST_LINES = 20_000
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_GET
@signed_in
def csv_file(request: ActorRequest) -> HttpResponse:
    """The breakdown that the page shows, with every line."""
    question = _question(request)
    lines = queries.lines_of(request.actor, question, limit=MOST_LINES)
    return _file(csv_text(line_head(question.by), line_cells(lines)), "text/csv; charset=utf-8", question, f"{question.by}.csv")


@require_GET
@signed_in
def xlsx_file(request: ActorRequest) -> HttpResponse:
    """The report as a workbook, every breakdown on a sheet."""
    question = _question(request)
    report = queries.report(request.actor, question, now=utcnow())
    breakdowns = {by: queries.lines_of(request.actor, replace(question, by=by), limit=MOST_LINES) for by in By}
    return _file(workbook(report, breakdowns), XLSX, question, "report.xlsx")


@require_GET
@signed_in
def pdf_file(request: ActorRequest) -> HttpResponse:
    """The report to hand on."""
    question = _question(request)
    report = queries.report(request.actor, question, now=utcnow())
    breakdowns = [
        report_page(replace(report, question=replace(question, by=by), lines=lines))["breakdown"]
        for by in By
        if (lines := queries.lines_of(request.actor, replace(question, by=by), limit=12))
    ]
    context = report_page(report) | {"breakdowns": breakdowns, "account": _account(request, question), "made_at": utcnow()}
    return _file(report_pdf(context), "application/pdf", question, "report.pdf")


@require_GET
@signed_in
def focus_file(request: ActorRequest) -> HttpResponse:
    """The charges in the FinOps Open Cost and Usage Specification."""
    question = _question(request)
    names = dict(names_of(request.actor, question.project_id))
    rows = focus_rows(request.actor, question, _account(request, question), names)
    return _file(csv_text(COLUMN_NAMES, rows), "text/csv; charset=utf-8", question, "focus-1.2.csv")


def _question(request: ActorRequest) -> Question:
    return question_of(request.GET, project_of(request), utcnow())


def _account(request: ActorRequest, question: Question) -> Account:
    actor = request.actor
    return Account(
        organisation_id=actor.organisation,
        organisation=organisation_name(actor.organisation),
        project_id=question.project_id,
        project=next((one.name for one in projects_of(actor) if one.id == question.project_id), ""),
    )


def _file(content: str | bytes, content_type: str, question: Question, ending: str) -> HttpResponse:
    span = question.span
    name = f"costs-{span.since:%Y-%m}" if span.is_month else f"costs-{span.since:%Y-%m-%d}-{span.end:%Y-%m-%d}"
    response = HttpResponse(content, content_type=content_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}-{ending}"'
    response.headers["Cache-Control"] = "no-store"
    return response
