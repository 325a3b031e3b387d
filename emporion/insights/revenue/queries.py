"""Answers about payments; each begins at the actor, through the website that it may see."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db.models import Count, Q, Sum

from emporion.insights.revenue import journeys, rules
from emporion.insights.revenue.errors import PaymentNotFound
from emporion.insights.revenue.models import Alias, Connection, Credit, Payment, PaymentQuerySet, Report
from emporion.insights.revenue.types import (
    MODELS,
    ConnectionKind,
    ConnectionView,
    CreditView,
    JourneyVisit,
    Kind,
    Method,
    Outcome,
    Part,
    PaymentDetail,
    PaymentFilter,
    PaymentView,
    ReportView,
    Rung,
    Source,
    SourceTotal,
    Standing,
    Totals,
)
from emporion.insights.sites import queries as sites
from emporion.insights.sites.types import AttributionModel
from emporion.kernel.money import Money
from emporion.plumbing.types import Actor

PER_PAGE = 50


def payments_of(
    actor: Actor, site_id: UUID, wanted: PaymentFilter, *, page: int = 1
) -> tuple[tuple[PaymentView, ...], Page[Payment]]:
    """A page of the payments of a website, newest first, with the page itself for its numbers."""
    rows = _wanted(actor, site_id, wanted).annotate(touches=Count("credits", distinct=True)).order_by("-occurred_at", "-id")
    if wanted.credited:
        its = Q(credits__source=wanted.credited.source)
        rows = rows.annotate(credited=Sum(f"credits__{wanted.credited.model.value}", filter=its))
    found = Paginator(rows, PER_PAGE).get_page(page)
    return tuple(payment_view(row) for row in found.object_list), found


def totals_of(
    actor: Actor, site_id: UUID, wanted: PaymentFilter, *, model: AttributionModel = AttributionModel.LAST_CLICK
) -> tuple[Totals, ...]:
    """What the counted ones among the wanted come to, the website's own currency first; currencies are never added together.

    The sources are credited by `model`; in every model they add up to `net`.
    """
    site = sites.site_of(actor, site_id)
    rows = _wanted(actor, site_id, wanted).counted()
    sums = (
        rows.order_by()
        .values("currency")
        .annotate(
            paid=Sum("amount_minor", filter=Q(reverses=None), default=0),
            returned=Sum("amount_minor", filter=Q(reverses__isnull=False), default=0),
            matched=Sum("amount_minor", filter=~Q(method__in=("", Method.NONE)), default=0),
            number=Count("id", filter=Q(reverses=None)),
        )
    )
    shares = Credit.objects.filter(payment__in=rows).order_by().values("payment__currency", "source")
    by_source: dict[str, list[SourceTotal]] = defaultdict(list)
    number = Count("payment", distinct=True, filter=~Q(**{model.value: 0}))
    for one in shares.annotate(total=Sum(model.value), number=number):
        amount = Money(one["total"], one["payment__currency"])
        by_source[amount.currency].append(SourceTotal(source=one["source"], amount=amount, count=one["number"]))
    found = [
        Totals(
            currency=one["currency"],
            paid=Money(one["paid"], one["currency"]),
            returned=Money(-one["returned"], one["currency"]),
            net=Money(one["paid"] + one["returned"], one["currency"]),
            count=one["number"],
            matched=Money(one["matched"], one["currency"]),
            by_source=tuple(sorted(by_source[one["currency"]], key=lambda entry: (-entry.amount.minor, entry.source))),
        )
        for one in sums
    ]
    return tuple(sorted(found, key=lambda one: (one.currency != site.currency, one.currency)))


def other_currencies(actor: Actor, site_id: UUID, *, start: datetime, end: datetime) -> tuple[Money, ...]:
    """What came in within a period and is in no figure of the dashboard, as it is not in the website's currency; most first."""
    site = sites.site_of(actor, site_id)
    rows = Payment.objects.of(site.id).counted().filter(occurred_at__gte=start, occurred_at__lt=end)
    sums = rows.exclude(currency=site.currency).order_by().values_list("currency").annotate(net=Sum("amount_minor"))
    return tuple(sorted((Money(net, currency) for currency, net in sums), key=lambda one: -one.minor))


def sources_of(actor: Actor, site_id: UUID) -> tuple[str, ...]:
    """The sources that payments of a website were credited to."""
    site = sites.site_of(actor, site_id)
    rows = Payment.objects.of(site.id).exclude(credited_source="").order_by("credited_source")
    return tuple(rows.values_list("credited_source", flat=True).distinct()[:200])


def payment_of(actor: Actor, site_id: UUID, payment_id: UUID) -> PaymentDetail:
    """A payment with everything that says why it belongs where it does; PaymentNotFound."""
    site = sites.site_of(actor, site_id)
    row = Payment.objects.filter(site_id=site.id, pk=payment_id).select_related("merged_into", "reverses").first()
    row = row.merged_into or row if row else None
    if row is None:
        raise PaymentNotFound(payment_id=str(payment_id))
    root = row.reverses or row
    shares = list(row.credits.all())
    reversals = list(Payment.objects.filter(reverses=root, standing=Standing.COUNTED).order_by("occurred_at"))
    return PaymentDetail(
        payment=payment_view(row),
        rungs=tuple(_rung(one) for one in root.rungs),
        credits=tuple(_credit(one, row.currency) for one in shares),
        sums={model: Money(sum(getattr(one, model.value) for one in shares), row.currency) for model in MODELS} if shares else {},
        reversals=tuple(payment_view(one) for one in reversals),
        reports=_reports(root),
        object_ids=tuple(Alias.objects.filter(payment=root).order_by("id").values_list("object_id", flat=True)),
        window_days=root.window_days or site.attribution_days,
        visitor_ids=_visitors(root),
        net=_net(root, reversals),
        lifetime=_lifetime(root),
    )


def journey_of(actor: Actor, site_id: UUID, detail: PaymentDetail) -> tuple[JourneyVisit, ...]:
    """Every visit of the buyer up to a payment, from the event store."""
    site = sites.site_of(actor, site_id)
    return journeys.journey(site.id, detail.visitor_ids, detail.payment.occurred_at)


def payments_named(actor: Actor, site_id: UUID, payment_ids: Collection[UUID]) -> dict[UUID, PaymentView]:
    """These payments of a website by their ids; those that it has not are left out."""
    site = sites.site_of(actor, site_id)
    rows = Payment.objects.of(site.id).filter(pk__in=payment_ids).annotate(touches=Count("credits", distinct=True))
    return {row.pk: payment_view(row) for row in rows}


def payments_of_visitor(actor: Actor, site_id: UUID, visitor_id: UUID) -> tuple[PaymentView, ...]:
    """What a visitor paid and got back, newest first."""
    site = sites.site_of(actor, site_id)
    theirs = Q(credited_visitor_id=visitor_id) | Q(credits__visitor_id=visitor_id) | Q(visitor_id=visitor_id)
    rows = Payment.objects.of(site.id).filter(theirs).distinct().order_by("-occurred_at")
    return tuple(payment_view(row) for row in rows[:200])


def paid_by(actor: Actor, site_id: UUID, visitor_ids: Collection[UUID]) -> dict[UUID, tuple[Money, ...]]:
    """What each of these visitors paid less what went back, by currency; those who paid nothing are left out."""
    site = sites.site_of(actor, site_id)
    rows = Payment.objects.of(site.id).counted().filter(credited_visitor_id__in=visitor_ids)
    found: dict[UUID, tuple[Money, ...]] = {}
    for row in rows.values("credited_visitor_id", "currency").annotate(sum=Sum("amount_minor")).order_by("currency"):
        visitor_id = UUID(str(row["credited_visitor_id"]))
        found[visitor_id] = (*found.get(visitor_id, ()), Money(row["sum"], row["currency"]))
    return found


def paid_before(actor: Actor, site_id: UUID, moments: Mapping[UUID, datetime]) -> dict[UUID, tuple[Money, ...]]:
    """What each of these visitors had paid before a moment of their own, as `paid_by` says it: who is new then is left out."""
    site = sites.site_of(actor, site_id)
    rows = Payment.objects.of(site.id).counted().filter(credited_visitor_id__in=tuple(moments))
    found: dict[UUID, dict[str, int]] = {}
    for visitor_id, currency, minor, at in rows.order_by("currency").values_list(
        "credited_visitor_id", "currency", "amount_minor", "occurred_at"
    ):
        if visitor_id is not None and at < moments[visitor_id]:
            sums = found.setdefault(visitor_id, {})
            sums[currency] = sums.get(currency, 0) + (minor or 0)
    return {visitor_id: tuple(Money(minor, currency) for currency, minor in sums.items()) for visitor_id, sums in found.items()}


def connections_of(actor: Actor, site_id: UUID) -> tuple[ConnectionView, ...]:
    """The ways in that are open for a website."""
    site = sites.site_of(actor, site_id)
    rows = Connection.objects.filter(site_id=site.id, ended_at=None).order_by("created_at")
    return tuple(connection_view(row) for row in rows)


def has_payments(actor: Actor, site_id: UUID) -> bool:
    """Whether any payment of a website was ever reported."""
    return Payment.objects.of(sites.site_of(actor, site_id).id).exists()


def sites_with_payments(*, since: datetime, but: frozenset[UUID], limit: int) -> tuple[UUID, ...]:
    """The websites that had a payment since a moment, some left out; for what works by itself."""
    rows = Payment.objects.counted().filter(occurred_at__gte=since, merged_into=None).exclude(site_id__in=but)
    return tuple(rows.order_by("site_id").values_list("site_id", flat=True).distinct()[:limit])


def last_reports(actor: Actor, site_id: UUID, source: Source, *, limit: int = 1) -> tuple[datetime, ...]:
    """When a way in was last heard of."""
    site = sites.site_of(actor, site_id)
    rows = Report.objects.filter(site_id=site.id, source=source).order_by("-received_at")
    return tuple(rows.values_list("received_at", flat=True)[:limit])


def marketplace_sites(organisation_ids: Iterable[UUID]) -> dict[UUID, tuple[UUID, ...]]:
    """The websites on which organisations have their sales here counted; for the composition root."""
    rows = Connection.objects.filter(kind=ConnectionKind.MARKETPLACE, ended_at=None, organisation_id__in=list(organisation_ids))
    found: dict[UUID, list[UUID]] = defaultdict(list)
    for organisation_id, site_id in rows.values_list("organisation_id", "site_id"):
        found[organisation_id].append(site_id)
    return {organisation_id: tuple(theirs) for organisation_id, theirs in found.items()}


def payment_view(row: Payment) -> PaymentView:
    """A payment as its owner sees it."""
    touches, credited = getattr(row, "touches", None), getattr(row, "credited", None)
    return PaymentView(
        id=row.pk,
        site_id=row.site_id,
        provider=row.provider,
        object_id=row.object_id,
        kind=Kind(row.kind),
        standing=Standing(row.standing),
        amount=None if row.amount_minor is None else Money(row.amount_minor, row.currency),
        occurred_at=row.occurred_at,
        description=row.description,
        buyer_hint=row.buyer_hint,
        visitor_id=row.credited_visitor_id,
        method=Method(row.method or Method.NONE),
        confidence=row.confidence,
        source=row.credited_source,
        channel=row.credited_channel,
        touch_count=row.credits.count() if touches is None else touches,
        ways=tuple(Source(way) for way in row.ways),
        reverses_id=row.reverses_id,
        original_id=row.original_id,
        is_attributed=bool(row.method),
        credited=None if credited is None else Money(credited, row.currency),
    )


def connection_view(row: Connection) -> ConnectionView:
    """A way in as its owner sees it."""
    return ConnectionView(
        id=row.pk,
        site_id=row.site_id,
        kind=ConnectionKind(row.kind),
        hint=row.hint,
        created_at=row.created_at,
        last_event_at=row.last_event_at,
        last_event=row.last_event,
        events=row.events,
        checked_at=row.checked_at,
        problem=row.problem,
        is_busy=row.kind == ConnectionKind.STRIPE_KEY and row.checked_at is None and not row.problem,
    )


def _wanted(actor: Actor, site_id: UUID, wanted: PaymentFilter) -> PaymentQuerySet:
    site = sites.site_of(actor, site_id)
    rows = Payment.objects.of(site.id)
    rows = rows.filter(standing=wanted.standing) if wanted.standing else rows.exclude(standing=Standing.VOID)
    if wanted.method:
        rows = rows.filter(method=wanted.method)
    if wanted.kind:
        rows = rows.filter(kind=wanted.kind)
    if wanted.source:
        rows = rows.filter(credited_source=wanted.source)
    if wanted.start:
        rows = rows.filter(occurred_at__gte=wanted.start)
    if wanted.end:
        rows = rows.filter(occurred_at__lt=wanted.end)
    if wanted.currency:
        rows = rows.filter(currency=wanted.currency)
    if wanted.part:
        rows = _part(rows.counted(), wanted.part)
    if wanted.credited:
        its = Credit.objects.filter(source=wanted.credited.source).exclude(**{wanted.credited.model.value: 0})
        rows = rows.counted().filter(pk__in=its.values("payment"))
    if wanted.search:
        named = Q(aliases__object_id=wanted.search) | Q(reverses__aliases__object_id=wanted.search)
        words = Q(description__icontains=wanted.search) | Q(buyer_hint__icontains=wanted.search) | Q(customer_ref=wanted.search)
        rows = rows.filter(pk__in=rows.filter(named | words | Q(object_id=wanted.search)).values("pk"))
    return rows


def _part(rows: PaymentQuerySet, part: Part) -> PaymentQuerySet:
    """Of the counted ones those that a total adds up."""
    match part:
        case Part.PAID:
            return rows.filter(reverses=None)
        case Part.RETURNED:
            return rows.filter(reverses__isnull=False)
        case Part.MATCHED:
            return rows.exclude(method__in=("", Method.NONE))
        case Part.NET:
            return rows


def _rung(kept: dict[str, object]) -> Rung:
    visitors = kept["visitor_ids"]
    assert isinstance(visitors, list)
    return Rung(
        method=Method(str(kept["method"])),
        asked=bool(kept["asked"]),
        visitor_ids=tuple(UUID(str(one)) for one in visitors),
        confidence=float(str(kept["confidence"])),
    )


def _credit(row: Credit, currency: str) -> CreditView:
    return CreditView(
        touch=row.touch,
        visitor_id=row.visitor_id,
        started_at=row.started_at,
        source=row.source,
        channel=row.channel,
        campaign=row.campaign,
        amounts={model: Money(getattr(row, model.value), currency) for model in MODELS},
    )


def _visitors(root: Payment) -> tuple[UUID, ...]:
    """Whose journey it was: those who were found, and those whose visits earned it."""
    rungs = tuple(_rung(one) for one in root.rungs)
    credited = root.credits.exclude(visitor_id=None).values_list("visitor_id", flat=True)
    found = () if root.original_id else rules.visitors_of(rules.climb(rungs), rungs)
    return tuple(dict.fromkeys((*found, *(one for one in credited if one))))


def _reports(root: Payment) -> tuple[ReportView, ...]:
    rows = Report.objects.filter(Q(payment=root) | Q(payment__merged_into=root)).order_by("received_at", "id")
    return tuple(
        ReportView(
            source=Source(row.source),
            kind=Kind(row.kind),
            object_ids=tuple(row.object_ids),
            amount=None if row.amount_minor is None else Money(row.amount_minor, row.currency),
            outcome=Outcome(row.outcome),
            occurred_at=row.occurred_at,
            received_at=row.received_at,
        )
        for row in rows
    )


def _net(root: Payment, reversals: Iterable[Payment]) -> Money | None:
    if root.amount_minor is None:
        return None
    return Money(root.amount_minor + sum(one.amount_minor or 0 for one in reversals), root.currency)


def _lifetime(root: Payment) -> tuple[Money, ...]:
    """What the same buyer paid in all, less what went back, by currency."""
    same = Q(pk=root.pk) | Q(reverses=root)
    if root.customer_ref:
        same |= Q(customer_ref=root.customer_ref) | Q(reverses__customer_ref=root.customer_ref)
    if root.email_key:
        same |= Q(email_key=root.email_key) | Q(reverses__email_key=root.email_key)
    rows = Payment.objects.of(root.site_id).counted().filter(same).order_by().values("currency")
    return tuple(Money(one["total"], one["currency"]) for one in rows.annotate(total=Sum("amount_minor", default=0)))
