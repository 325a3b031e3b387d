"""Who a key speaks for, which keys there are and how much they are used."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Max, Sum

from emporion.insights.api.models import KeyDay, SiteKey
from emporion.insights.api.types import DayOfUse, KeyHolder, KeyKind, KeyView, Usage
from emporion.insights.sites.queries import projects_with_sites, site_of
from emporion.plumbing.rules import REVOKED_FOR_GOOD
from emporion.plumbing.secrets import digest
from emporion.plumbing.types import Actor, ActorKind, Role

DAYS_SHOWN = 14


def holder_of(secret: str) -> KeyHolder | None:
    """Who a secret speaks for, if it is a living key: an administrator of the projects whose websites it opens."""
    if not secret.startswith(tuple(KeyKind)):
        return None
    row = SiteKey.objects.filter(digest=digest(secret), revoked_at=None).first()
    if row is None:
        return None
    projects = projects_with_sites(row.organisation_id, site_id=row.site_id)
    actor = Actor(
        kind=ActorKind.TOKEN,
        id=row.pk,
        name=row.name,
        organisation_id=row.organisation_id,
        project_ids=projects,
        project_roles=dict.fromkeys(projects, Role.ADMIN),
        can_write=row.can_write,
    )
    return KeyHolder(key_id=row.pk, actor=actor, site_id=row.site_id)


def keys_of(actor: Actor, site_id: UUID, *, now: datetime) -> tuple[KeyView, ...]:
    """The keys that open a website."""
    site = site_of(actor, site_id)
    return _views(list(SiteKey.objects.opening(organisation_id=site.organisation_id, site_id=site_id)), now)


def revoked_key(actor: Actor, site_id: UUID, key_id: UUID | None, *, now: datetime) -> KeyView | None:
    """A key that was just revoked and can still be brought back."""
    if key_id is None:
        return None
    site = site_of(actor, site_id)
    rows = SiteKey.objects.ever(organisation_id=site.organisation_id, site_id=site_id)
    return next(iter(_views(list(rows.filter(pk=key_id, revoked_at__gte=now - REVOKED_FOR_GOOD)), now)), None)


def had_keys(actor: Actor, site_id: UUID) -> bool:
    """Whether a key opens the website, or did."""
    site = site_of(actor, site_id)
    return SiteKey.objects.ever(organisation_id=site.organisation_id, site_id=site_id).exists()


def _views(rows: list[SiteKey], now: datetime) -> tuple[KeyView, ...]:
    today = dict(KeyDay.objects.filter(key__in=rows, day=now.date()).values_list("key_id", "requests"))
    return tuple(
        KeyView(
            id=row.pk,
            name=row.name,
            kind=KeyKind(row.kind),
            prefix=row.prefix,
            can_write=row.can_write,
            created_at=row.created_at,
            last_used_at=row.last_used_at,
            requests_today=today.get(row.pk, 0),
        )
        for row in rows
    )


def usage_of(actor: Actor, site_id: UUID, *, per_minute: int, now: datetime) -> Usage:
    """How much of the API the organisation of a website used lately."""
    site = site_of(actor, site_id)
    since = now.date() - timedelta(days=DAYS_SHOWN - 1)
    rows = KeyDay.objects.filter(key__organisation_id=site.organisation_id, day__gte=since)
    found = {
        row["day"]: (row["total"], row["most"])
        for row in rows.values("day").annotate(total=Sum("requests"), most=Max("busiest_minute"))
    }
    days = [since + timedelta(days=number) for number in range(DAYS_SHOWN)]
    today = found.get(now.date(), (0, 0))
    return Usage(
        today=today[0],
        per_minute=per_minute,
        busiest_minute=today[1],
        days=tuple(DayOfUse(day=day, requests=found.get(day, (0, 0))[0]) for day in days),
    )
