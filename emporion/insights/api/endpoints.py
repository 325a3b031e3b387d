"""The reports for programs: DataFast's documented addresses under /api/v1, and the short ones under /v1."""

from http import HTTPStatus
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja import Path
from ninja.errors import AuthenticationError, ValidationError

from emporion.insights.api import described, presenting, recording, rules, visitors
from emporion.insights.api.access import SiteKeyBearer, require_write, site_for, with_allowance
from emporion.insights.api.schemas import (
    BreakdownOut,
    DeletedOut,
    ErrorOut,
    GoalIn,
    GoalMade,
    GoalOut,
    MetadataOut,
    MetadataRow,
    MetricsOut,
    OverviewOut,
    Pagination,
    PaymentIn,
    PaymentOut,
    RealtimeOut,
    RealtimeRow,
    RevenueOut,
    RevenueSource,
    SeriesOut,
)
from emporion.insights.reports import queries as reports
from emporion.insights.reports.types import Dimension, Page, ReportQuery
from emporion.kernel.clock import utcnow
from emporion.kernel.errors import DomainError, Invalid
from emporion.plumbing.described import DescribedAPI
from emporion.plumbing.errors import TooManyRequests
from emporion.plumbing.parsing import member_of
from emporion.plumbing.problems import status_of

REFUSALS = frozenset({400, 401, 403, 404, 413, 422, 429, 503})


class KeyedAPI(DescribedAPI):
    """An API whose every answer tells what is left of the plan's minute."""

    def create_response(
        self, request: HttpRequest, data: object, *, status: int | None = None, temporal_response: HttpResponse | None = None
    ) -> HttpResponse:
        """The answer, with its headers."""
        response = super().create_response(request, data, status=status, temporal_response=temporal_response)
        return with_allowance(request, response)


api = KeyedAPI(
    title="Emporion Insights",
    version="1.0.0",
    description="Figures of a website, in the form that DataFast's clients expect.",
    urls_namespace="insights",
    auth=SiteKeyBearer(),
    openapi_url="/v1/openapi.json",
)


@api.exception_handler(DomainError)
def _refused(request: HttpRequest, error: DomainError) -> HttpResponse:
    status = HTTPStatus.BAD_REQUEST if isinstance(error, Invalid) else status_of(error)
    response = with_allowance(request, _error(status, error.message, error.step, str(error.facts.get("field", ""))))
    if isinstance(error, TooManyRequests):
        response["Retry-After"] = str(error.facts.get("retry_after_seconds", 60))
    return response


@api.exception_handler(ValidationError)
def _malformed(request: HttpRequest, error: ValidationError) -> HttpResponse:
    fault = error.errors[0]
    field = member_of(fault["loc"])
    return _error(HTTPStatus.BAD_REQUEST, f"{field}: {fault['msg']}", "Correct it and send the request again.", field)


@api.exception_handler(AuthenticationError)
def _unknown(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    return _error(
        HTTPStatus.UNAUTHORIZED, "This request carries no API key.", "Send `Authorization: Bearer …` with a key of the website."
    )


def _error(status: int, message: str, next_step: str, field: str = "") -> JsonResponse:
    body: dict[str, object] = {"code": int(status), "message": message, "next_step": next_step}
    if field:
        body["field"] = field
    return JsonResponse({"status": "error", "error": body}, status=status)


def _asked(request: HttpRequest, *, is_all_time: bool = True) -> tuple[ReportQuery, str]:
    """The question of a request, with the currency of its answers."""
    _, site = site_for(request)
    query = rules.question(request.GET.dict(), site, now=utcnow(), is_all_time=is_all_time)
    return query, site.currency


@api.get(
    "/v1/analytics/overview",
    response={200: OverviewOut, REFUSALS: ErrorOut},
    exclude_none=True,
    tags=["analytics"],
    openapi_extra=described.OVERVIEW,
)
def overview(request: HttpRequest) -> OverviewOut:
    """The headline figures of a period, of all time where none is named."""
    actor, _ = site_for(request)
    wanted = rules.fields(request.GET.dict(), presenting.OVERVIEW_FIELDS)
    query, currency = _asked(request)
    found = reports.overview(query, actor=actor)
    return OverviewOut(status="success", data=[presenting.overview_row(found.total, currency, wanted)])


@api.get(
    "/v1/analytics/timeseries",
    response={200: SeriesOut, REFUSALS: ErrorOut},
    exclude_none=True,
    tags=["analytics"],
    openapi_extra=described.SERIES,
)
def timeseries(request: HttpRequest) -> SeriesOut:
    """The figures in steps of an hour, a day, a week or a month."""
    actor, _ = site_for(request)
    params = request.GET.dict()
    wanted = rules.fields(params, presenting.SERIES_FIELDS)
    if "revenue" in wanted and "payments" not in wanted:
        wanted = (*wanted, "payments")  # as DataFast: who asks for revenue is told of how many payments
    page = rules.paging(params)
    query, currency = _asked(request, is_all_time=False)
    found = reports.overview(query, actor=actor)
    rows = [presenting.series_row(point, query.interval, currency, wanted) for point in found.points]
    return SeriesOut(
        status="success",
        fields=list(wanted),
        interval=query.interval,
        timezone=query.period.zone,
        currency=currency if "revenue" in wanted else None,
        totals=presenting.series_totals(found.total, currency, wanted),
        data=rows[page.offset : page.offset + page.limit],
        pagination=Pagination(limit=page.limit, offset=page.offset, total=len(rows)),
    )


@api.get(
    "/v1/analytics/realtime", response={200: RealtimeOut, REFUSALS: ErrorOut}, tags=["realtime"], openapi_extra=described.WEBSITE
)
def realtime(request: HttpRequest) -> RealtimeOut:
    """How many visitors are on the website now."""
    actor, site = site_for(request)
    return RealtimeOut(status="success", data=[RealtimeRow(visitors=reports.visitors_now(site.id, actor=actor, now=utcnow()))])


@api.get(
    "/v1/analytics/realtime/map",
    response={200: visitors.MapOut, REFUSALS: ErrorOut},
    tags=["realtime"],
    openapi_extra=described.WEBSITE,
)
def realtime_map(request: HttpRequest) -> visitors.MapOut:
    """Who was active in the last ten minutes, where from, and what they did."""
    actor, site = site_for(request)
    return visitors.live_map(actor, site, now=utcnow())


@api.get(
    "/v1/analytics/metadata", response={200: MetadataOut, REFUSALS: ErrorOut}, tags=["analytics"], openapi_extra=described.WEBSITE
)
def metadata(request: HttpRequest) -> MetadataOut:
    """The website of the key."""
    _, site = site_for(request)
    row = MetadataRow(
        websiteId=site.public_id, domain=site.domain, timezone=site.time_zone, currency=site.currency, name=site.name
    )
    return MetadataOut(status="success", data=[row])


@api.get(
    "/v1/analytics/{kind}",
    response={200: BreakdownOut, REFUSALS: ErrorOut},
    exclude_none=True,
    tags=["analytics"],
    openapi_extra=described.BREAKDOWN,
)
def breakdown(request: HttpRequest, kind: Path[presenting.BreakdownKind]) -> BreakdownOut:
    """The figures by the values of a dimension: pages, referrers, countries and so on, of all time where no period is named."""
    actor, _ = site_for(request)
    dimension, name = presenting.BREAKDOWNS[kind]
    page = rules.paging(request.GET.dict())
    query, currency = _asked(request)
    found = reports.breakdown(query, dimension, Page(limit=page.limit, offset=page.offset), actor=actor)
    return BreakdownOut(
        status="success",
        data=[presenting.breakdown_row(row, dimension, name, currency) for row in found.rows],
        pagination=Pagination(limit=page.limit, offset=page.offset, total=found.count),
    )


@api.get(
    "/v1/visitors", response={200: visitors.VisitorsOut, REFUSALS: ErrorOut}, tags=["visitors"], openapi_extra=described.VISITORS
)
def visitor_list(request: HttpRequest) -> visitors.VisitorsOut:
    """Visitors of a period with what is known of them, the latest first."""
    actor, site = site_for(request)
    return visitors.listed(actor, site, request.GET.dict(), now=utcnow())


@api.get(
    "/v1/visitors/{visitor_id}",
    response={200: visitors.VisitorOut, REFUSALS: ErrorOut},
    tags=["visitors"],
    openapi_extra=described.WEBSITE,
)
def visitor(request: HttpRequest, visitor_id: UUID) -> visitors.VisitorOut:
    """One visitor: who, what they did, what they paid."""
    actor, site = site_for(request)
    return visitors.one(actor, site, visitor_id, now=utcnow())


@api.post("/v1/goals", response={200: GoalOut, REFUSALS: ErrorOut}, tags=["events"], openapi_extra=described.WEBSITE)
def create_goal(request: HttpRequest, goal: GoalIn) -> GoalOut:
    """Record a goal that your server saw; the visitor must have been seen before."""
    require_write(request)
    actor, site = site_for(request)
    event_id = recording.record_goal(actor, site, goal, now=utcnow())
    return GoalOut(status="success", data=GoalMade(message="Goal recorded.", eventId=event_id))


@api.post("/v1/payments", response={200: PaymentOut, REFUSALS: ErrorOut}, tags=["payments"], openapi_extra=described.WEBSITE)
def create_payment(request: HttpRequest, payment: PaymentIn) -> PaymentOut:
    """Record a payment; the same `transaction_id` again is the same payment."""
    require_write(request)
    actor, site = site_for(request)
    recording.record_payment(actor, site, payment, now=utcnow())
    return PaymentOut(message="Payment recorded.", transaction_id=payment.transaction_id)


@api.delete("/v1/payments", response={200: DeletedOut, REFUSALS: ErrorOut}, tags=["payments"], openapi_extra=described.PAYMENTS)
def delete_payments(request: HttpRequest) -> DeletedOut:
    """Take payments back by `transaction_id`, by visitor or by period."""
    require_write(request)
    actor, site = site_for(request)
    count = recording.delete_payments(actor, site, request.GET.dict(), now=utcnow())
    return DeletedOut(status="success", message=f"{count} payments deleted.", deleted=count)


short = KeyedAPI(
    title="Emporion Insights, short",
    version="1.0.0",
    urls_namespace="insights-short",
    auth=SiteKeyBearer(),
    openapi_url="/insights/openapi.json",
)
for _kind, _handler in ((DomainError, _refused), (ValidationError, _malformed), (AuthenticationError, _unknown)):
    short.add_exception_handler(_kind, _handler)  # type: ignore[arg-type]  # one handler a kind, as above


def _short(request: HttpRequest) -> tuple[ReportQuery, str]:
    """The question of a short address, whose dates are called start_date and end_date and may be words."""
    _, site = site_for(request)
    return rules.short_question(request.GET.dict(), site, now=utcnow()), site.currency


@short.get("/metrics", response={200: MetricsOut, REFUSALS: ErrorOut}, tags=["metrics"], openapi_extra=described.SHORT)
def metrics(request: HttpRequest) -> MetricsOut:
    """The headline figures from `start_date` to `end_date`, both included; `today`, `yesterday` and `7d` are dates, too."""
    actor, _ = site_for(request)
    query, currency = _short(request)
    figures = reports.overview(query, actor=actor).total
    first, last = rules.days_of(query)
    return MetricsOut(
        start_date=first,
        end_date=last,
        currency=currency,
        visitors=figures.visitors,
        sessions=figures.sessions,
        pageviews=figures.pageviews,
        bounce_rate=figures.bounce_rate,
        revenue=presenting.major(figures.revenue_minor, currency),
        payments=figures.payments,
        rpv=presenting.per_visitor(figures, currency),
        conversion_rate=figures.conversion_rate,
    )


@short.get("/revenue", response={200: RevenueOut, REFUSALS: ErrorOut}, tags=["metrics"], openapi_extra=described.SHORT)
def revenue(request: HttpRequest) -> RevenueOut:
    """The money of a period and the sources that brought it."""
    actor, _ = site_for(request)
    query, currency = _short(request)
    figures = reports.overview(query, actor=actor).total
    sources = reports.breakdown(query, Dimension.SOURCE, Page(limit=100), actor=actor)
    first, last = rules.days_of(query)
    return RevenueOut(
        start_date=first,
        end_date=last,
        currency=currency,
        attribution_model=query.model,
        revenue=presenting.major(figures.revenue_minor, currency),
        payments=figures.payments,
        sources=[
            RevenueSource(
                source=row.label,
                visitors=row.figures.visitors,
                revenue=presenting.major(row.figures.revenue_minor, currency),
                payments=row.figures.payments,
            )
            for row in sources.rows
        ],
    )
