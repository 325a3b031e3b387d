"""Gives a payment to visits: climbs the ladder to a visitor, reads the visits in the window, and keeps what each model credits.

Runs again whenever visits, identities or the window may have changed; the same findings change nothing.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from emporion.insights.revenue import earnings, identities, rules, visits
from emporion.insights.revenue.events import PaymentAttributed
from emporion.insights.revenue.models import Book, Credit, Payment
from emporion.insights.revenue.recording import ATTRIBUTE, Due
from emporion.insights.revenue.types import MODELS, Kind, Method, Rung, Standing, Touch
from emporion.insights.revenue.visits import DIRECT, Visit
from emporion.insights.sites import queries as sites
from emporion.insights.sites.types import AttributionModel, SiteView
from emporion.kernel.money import Money
from emporion.plumbing.actions import enqueue, publish

# Visits reach the store in seconds, but a phone that was offline sends its own a day later.
CHECK_AGAIN = (timedelta(seconds=30), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=3), timedelta(hours=24))
_GUESSED_FROM = {Method.VISITOR_ID, Method.CHECKOUT, Method.EMAIL}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Whom a payment belongs to: the rungs that were tried, the visits that may earn it, and the moment they are weighed at."""

    rungs: tuple[Rung, ...]
    method: Method
    confidence: float
    visits: tuple[Visit, ...]
    weighed_at: datetime
    visitor_id: UUID | None
    original: Payment | None = None

    @property
    def touches(self) -> tuple[Touch, ...]:
        """The visits as the rules see them."""
        return tuple(visit.touch for visit in self.visits)


def attribute(*, payment_id: UUID, now: datetime) -> None:
    """Give a payment, and what went back of it, to visits; then write the credits where the reports read them."""
    payment = Payment.objects.received().filter(pk=payment_id).first()
    site = sites.measured(payment.site_id) if payment else None
    if payment is None or site is None:
        return
    if payment.standing != Standing.COUNTED:
        _give_up(payment, now)
    else:
        _give(payment, _find(payment, site, now), site, now)
    write(payment_id=payment_id)


def write(*, payment_id: UUID) -> None:
    """Bring the credits of a payment and of what went back of it to the event store; again without harm."""
    root = Payment.objects.get(pk=payment_id)
    rows = [root, *Payment.objects.filter(reverses=root)]
    due = [row for row in rows if row.version != row.written_version]
    if due:
        earnings.write(root, due)


def _find(payment: Payment, site: SiteView, now: datetime) -> Finding:
    original = _original(payment)
    if original is not None:
        return _as_original(payment, original, site, now)
    rungs = _ladder(payment)
    for chosen in (rung for rung in rungs if rung.found):
        finding = _weighed(payment, site, rungs, chosen)
        if finding.visits:
            return finding
    guess = _guess(payment)
    rungs = (*rungs, guess)
    if guess.found and (finding := _weighed(payment, site, rungs, guess)).visits:
        return finding
    return _weighed(payment, site, rungs, rules.climb(rungs[:-1]))


def _weighed(payment: Payment, site: SiteView, rungs: tuple[Rung, ...], chosen: Rung) -> Finding:
    """What follows if a rung is the one: the visits of those whom it found, within the window."""
    start = payment.occurred_at - timedelta(days=site.attribution_days)
    found = visits.of_visitors(site.id, rules.visitors_of(chosen, rungs), start=start, end=payment.occurred_at)
    touches = rules.touches_in_window([visit.touch for visit in found], payment.occurred_at, site.attribution_days)
    by_touch = {visit.touch: visit for visit in found}
    return Finding(
        rungs=rungs,
        method=chosen.method,
        confidence=rules.confidence(chosen.method, touches=len(touches), candidates=len(chosen.visitor_ids)),
        visits=tuple(by_touch[touch] for touch in touches),
        weighed_at=payment.occurred_at,
        visitor_id=chosen.visitor_ids[0] if chosen.found else None,
    )


def _guess(payment: Payment) -> Rung:
    """Who was there from the same address with the same browser, shortly before; asked only when nothing surer has a visit."""
    found: tuple[UUID, ...] = ()
    if payment.network_id:
        since = payment.occurred_at - rules.GUESS_WINDOW
        found = visits.on_network(payment.site_id, payment.network_id, start=since, end=payment.occurred_at)
    confidence = rules.CONFIDENCE[Method.NETWORK]
    return Rung(method=Method.NETWORK, asked=bool(payment.network_id), visitor_ids=found, confidence=confidence)


def _ladder(payment: Payment) -> tuple[Rung, ...]:
    """Every sure rung is tried, also below the one that found somebody: the page shows why a payment belongs where it does."""
    by_email = identities.visitors(payment.site_id, (payment.email_key, payment.user_key))
    by_customer = _customer_before(payment)
    found: Mapping[Method, tuple[bool, tuple[UUID, ...]]] = {
        Method.VISITOR_ID: (True, (payment.visitor_id,) if payment.visitor_id else ()),
        Method.CHECKOUT: (True, (payment.checkout_visitor_id,) if payment.checkout_visitor_id else ()),
        Method.EMAIL: (bool(payment.email_key or payment.user_key), by_email),
        Method.CUSTOMER: (bool(payment.customer_ref or payment.email_key), by_customer),
    }
    return tuple(
        Rung(method=method, asked=found[method][0], visitor_ids=found[method][1], confidence=rules.CONFIDENCE[method])
        for method in found
    )


def _customer_before(payment: Payment) -> tuple[UUID, ...]:
    """Who paid before as the same customer, or with the same address, where that was not a guess."""
    same = Q(pk=None)
    if payment.customer_ref:
        same |= Q(customer_ref=payment.customer_ref)
    if payment.email_key:
        same |= Q(email_key=payment.email_key)
    before = Payment.objects.of(payment.site_id).received().filter(same, occurred_at__lt=payment.occurred_at)
    known = before.filter(method__in=_GUESSED_FROM, credited_visitor_id__isnull=False).order_by("-occurred_at")
    return tuple(dict.fromkeys(one for one in known.values_list("credited_visitor_id", flat=True)[:5] if one))


def _original(payment: Payment) -> Payment | None:
    """The first payment of a renewed subscription; without a subscription's name, of the same customer."""
    if payment.kind == Kind.RENEWAL and not payment.subscription_ref:
        same = Q(customer_ref=payment.customer_ref) if payment.customer_ref else Q(email_key=payment.email_key)
        if not (payment.customer_ref or payment.email_key):
            return None
    elif payment.subscription_ref:
        same = Q(subscription_ref=payment.subscription_ref)
    else:
        return None
    before = Payment.objects.of(payment.site_id).received().filter(same, standing=Standing.COUNTED)
    return before.filter(occurred_at__lt=payment.occurred_at).exclude(pk=payment.pk).order_by("occurred_at", "id").first()


def _as_original(payment: Payment, original: Payment, site: SiteView, now: datetime) -> Finding:
    """A renewal earns for the visits that brought the subscription, in the same proportions."""
    if not original.attributed_at or (original.check_at is not None and original.check_at <= now):
        _give(original, _find(original, site, now), site, now)
        original.refresh_from_db()
    return Finding(
        rungs=_ladder(payment),
        method=Method.ORIGINAL if original.method != Method.NONE else Method.NONE,
        confidence=original.confidence,
        visits=tuple(visits.of_credit(one) for one in original.credits.all() if one.visitor_id),
        weighed_at=original.occurred_at if original.original is None else original.original.occurred_at,
        visitor_id=original.credited_visitor_id,
        original=original,
    )


def _give(payment: Payment, finding: Finding, site: SiteView, now: datetime) -> None:
    """Keep a finding and what follows from it, if it is news."""
    amount = Money(payment.amount_minor or 0, payment.currency)
    shares = rules.credits_of(amount, finding.touches, finding.weighed_at)
    with transaction.atomic():
        Book.objects.select_for_update().filter(site_id=payment.site_id).first()
        fresh = Payment.objects.get(pk=payment.pk)
        if (fresh.amount_minor, fresh.currency, fresh.standing) != (payment.amount_minor, payment.currency, payment.standing):
            return  # a report came in between; its own job follows
        reversals = list(Payment.objects.filter(reverses=fresh, standing=Standing.COUNTED).order_by("occurred_at", "object_id"))
        digest = _digest(fresh, finding, shares, reversals)
        if fresh.digest != digest:
            _keep_credits(fresh, finding.visits, shares)
            taken = {model: rules.reversed_credits(shares[model], [_gone(one) for one in reversals]) for model in MODELS}
            for position, one in enumerate(reversals):
                _copy(one, fresh, finding)
                _keep_credits(one, finding.visits, {model: taken[model][position] for model in MODELS})
            for one in Payment.objects.filter(reverses=fresh).exclude(standing=Standing.COUNTED):
                _keep_credits(one, (), {})
            fresh.digest = digest
            Payment.objects.filter(original=fresh).update(check_at=now, checks=0)
            publish(
                PaymentAttributed(
                    site_id=fresh.site_id, payment_id=fresh.id, method=finding.method, visitor_id=finding.visitor_id
                ),
                now=now,
            )
        _copy(fresh, fresh, finding)
        fresh.window_days, fresh.attributed_at = site.attribution_days, now
        fresh.rungs = [_rung_kept(rung) for rung in finding.rungs]
        _plan_check(fresh, now)
        fresh.save()


def _give_up(payment: Payment, now: datetime) -> None:
    """What does not count earns nothing."""
    with transaction.atomic():
        Book.objects.select_for_update().filter(site_id=payment.site_id).first()
        for row in (payment, *Payment.objects.filter(reverses=payment)):
            row.refresh_from_db()
            if row.credits.exists():
                _keep_credits(row, (), {})
        payment.digest, payment.method = "", ""
        _plan_check(payment, now)
        payment.save()


def _keep_credits(row: Payment, found: Sequence[Visit], shares: Mapping[AttributionModel, tuple[Money, ...]]) -> None:
    """Replace a payment's credits and count its version up, which has them written."""
    row.credits.all().delete()
    count = len(next(iter(shares.values()), ()))
    Credit.objects.bulk_create(
        Credit(
            payment=row,
            touch=index,
            visitor_id=found[index].visitor_id if found else None,
            started_at=found[index].started_at if found else None,
            source=found[index].source if found else DIRECT,
            channel=found[index].channel if found else DIRECT,
            campaign=found[index].utm_campaign if found else "",
            **{model.value: shares[model][index].minor for model in MODELS},
        )
        for index in range(count)
    )
    row.version += 1
    row.save(update_fields=["version"])


def _copy(row: Payment, root: Payment, finding: Finding) -> None:
    """What the lists show of a finding, on the payment and on what went back of it."""
    last = finding.visits[-1] if finding.visits else None
    row.method, row.confidence, row.credited_visitor_id = finding.method, finding.confidence, finding.visitor_id
    row.credited_source = last.source if last else DIRECT
    row.credited_channel = last.channel if last else DIRECT
    row.original = finding.original
    if row.pk != root.pk:
        row.save(update_fields=["method", "confidence", "credited_visitor_id", "credited_source", "credited_channel", "original"])


def _plan_check(payment: Payment, now: datetime) -> None:
    """When to look again: soon at first, for a day."""
    after = CHECK_AGAIN[payment.checks] if payment.checks < len(CHECK_AGAIN) else None
    payment.check_at = now + after if after else None
    payment.checks = min(payment.checks + 1, len(CHECK_AGAIN))


def _gone(reversal: Payment) -> Money:
    return Money(-(reversal.amount_minor or 0), reversal.currency)


def _rung_kept(rung: Rung) -> dict[str, object]:
    return asdict(rung) | {"method": rung.method.value, "visitor_ids": [str(one) for one in rung.visitor_ids]}


def _digest(
    payment: Payment, finding: Finding, shares: Mapping[AttributionModel, tuple[Money, ...]], reversals: Sequence[Payment]
) -> str:
    said = [payment.occurred_at, finding.method, finding.confidence, finding.visitor_id]
    said += [(visit.visitor_id, visit.started_at, visit.source, visit.channel) for visit in finding.visits]
    said += [tuple(one.minor for one in shares[model]) for model in MODELS]
    said += [(one.id, one.amount_minor, one.occurred_at) for one in reversals]
    return hashlib.sha256(repr(said).encode()).hexdigest()


def look_again(*, now: datetime, limit: int = 500) -> int:
    """Enqueue what is due to be looked at again; returns how many."""
    due = list(Payment.objects.due_for_attribution(now)[:limit])
    for payment in due:
        key = f"attribute:{payment.pk}:{payment.checks}:{int(payment.check_at.timestamp()) if payment.check_at else 0}"
        enqueue(ATTRIBUTE, Due(payment_id=payment.pk), now=now, key=key)
    return len(due)
