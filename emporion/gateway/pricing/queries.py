"""Reading prices: those of one's own, what both lists say of a model, and the corrections of stored costs."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from emporion.gateway.pricing.errors import CorrectionNotFound, PriceNotFound
from emporion.gateway.pricing.models import PriceCorrection, PriceOverride
from emporion.gateway.pricing.rules import rule_for
from emporion.gateway.pricing.types import CorrectionView, NewPrice, PriceRule, PriceView
from emporion.plumbing.types import Actor, Permission

MOST_CORRECTIONS = 50


def price_rules(organisation_id: UUID | None = None, *, entered_by: datetime | None = None) -> tuple[PriceRule, ...]:
    """The own prices of an organisation, or of all for the data plane, whose snapshot is not an actor's; future ones, too.

    `entered_by` leaves out what was entered later: calls of that time were not priced by it.
    """
    rows = PriceOverride.objects.filter(removed_at=None)
    if entered_by is not None:
        rows = rows.filter(created_at__lte=entered_by)
    if organisation_id is not None:
        rows = rows.filter(organisation_id=organisation_id)
    return tuple(rule_of(row) for row in rows)


def prices_of(actor: Actor, *, now: datetime) -> list[PriceView]:
    """The own prices of the actor's organisation, newest first."""
    actor.require(Permission.VIEW)
    rows = list(PriceOverride.objects.of(actor))
    rules = [rule_of(row) for row in rows]
    return [_view(row, rules, now) for row in rows]


def price_of(actor: Actor, price_id: UUID, *, now: datetime) -> PriceView:
    """One own price, also one that was removed; PriceNotFound."""
    actor.require(Permission.VIEW)
    row = PriceOverride.objects.filter(organisation_id=actor.organisation, pk=price_id).first()
    if row is None:
        raise PriceNotFound(price_id=price_id)
    return _view(row, [rule_of(row)], now)


def corrections_of(actor: Actor, project_id: UUID) -> list[CorrectionView]:
    """The corrections of a project's costs, newest first."""
    actor.require(Permission.VIEW, project_id)
    rows = PriceCorrection.objects.filter(organisation_id=actor.organisation, project_id=project_id)
    return [correction_view(row) for row in rows[:MOST_CORRECTIONS]]


def corrections_within(actor: Actor, project_id: UUID, since: datetime, until: datetime) -> list[CorrectionView]:
    """The corrections that touch calls of a stretch of time."""
    actor.require(Permission.VIEW, project_id)
    rows = PriceCorrection.objects.within(project_id, since, until).filter(organisation_id=actor.organisation)
    return [correction_view(row) for row in rows]


def correction_of(actor: Actor, correction_id: UUID) -> CorrectionView:
    """One correction of a project that the actor sees; CorrectionNotFound."""
    row = PriceCorrection.objects.filter(organisation_id=actor.organisation, pk=correction_id).first()
    if row is None or not actor.sees_project(row.project_id):
        raise CorrectionNotFound(correction_id=correction_id)
    return correction_view(row)


def rule_of(row: PriceOverride) -> PriceRule:
    """An own price as the pricing of calls takes it."""
    return PriceRule(
        organisation_id=row.organisation_id,
        rule_id=row.pk,
        provider=row.provider,
        model=row.model,
        input=plain(row.input),
        output=plain(row.output),
        cache_read=plain(row.cache_read),
        cache_write=plain(row.cache_write),
        per_call=plain(row.per_call),
        discount_percent=plain(row.discount_percent),
        valid_from=row.valid_from,
    )


def plain(value: Decimal | None) -> str:
    """A decimal as text without zeros at its end; nothing for `None`, which is not zero."""
    if value is None:
        return ""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _view(row: PriceOverride, rules: Iterable[PriceRule], now: datetime) -> PriceView:
    rule = rule_of(row)
    same = [one for one in rules if (one.provider, one.model) == (rule.provider, rule.model)]
    holding = rule_for(same, provider=rule.provider, model=rule.model, at=now)
    return PriceView(
        id=row.pk,
        price=NewPrice(
            provider=row.provider,
            model=row.model,
            input=row.input,
            output=row.output,
            cache_read=row.cache_read,
            cache_write=row.cache_write,
            per_call=row.per_call,
            discount_percent=row.discount_percent,
            valid_from=row.valid_from,
            note=row.note,
        ),
        rule=rule,
        created_by=row.created_by,
        created_at=row.created_at,
        removed_at=row.removed_at,
        is_in_force=row.removed_at is None and holding is not None and holding.rule_id == row.pk,
    )


def correction_view(row: PriceCorrection) -> CorrectionView:
    """A correction as its people see it."""
    return CorrectionView(
        id=row.pk,
        project_id=row.project_id,
        since=row.since,
        until=row.until,
        provider=row.provider,
        model=row.model,
        reason=row.reason,
        calls=row.calls,
        changed=row.changed,
        delta_picos=int(row.delta_picos),
        started_by=row.started_by,
        started_at=row.started_at,
        finished_at=row.finished_at,
    )
