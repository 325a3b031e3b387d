"""Knows a person again without keeping who it is: keyed hashes of addresses and user ids, different for every website."""

import hmac
from collections.abc import Collection
from datetime import datetime
from functools import cache
from uuid import UUID

from django.conf import settings
from django.db.models import F
from django.db.models.functions import Greatest, Least

from emporion.insights.revenue.models import Identity


def email_key(site_id: UUID, email: str) -> str:
    """The hash of an e-mail address; empty for what is none."""
    plain = email.strip().lower()
    return _key(site_id, "email", plain) if "@" in plain else ""


def user_key(site_id: UUID, user_ref: str) -> str:
    """The hash of a user id that the website gave; an e-mail address used as one is the same person as by e-mail."""
    plain = user_ref.strip()
    if "@" in plain:
        return email_key(site_id, plain)
    return _key(site_id, "user", plain) if plain else ""


def hint_of(email: str) -> str:
    """What a person recognises an address by, and nobody else: m…@northwind.example."""
    name, at, host = email.strip().lower().rpartition("@")
    return f"{name[:1]}…@{host}"[:120] if at and name else ""


def remember(*, site_id: UUID, key: str, visitor_id: UUID, at: datetime) -> bool:
    """Keep that a visitor is somebody; whether that is news."""
    if not key or visitor_id.int == 0:
        return False
    row, is_new = Identity.objects.get_or_create(
        site_id=site_id, key=key, visitor_id=visitor_id, defaults={"first_at": at, "last_at": at}
    )
    if not is_new and not row.first_at <= at <= row.last_at:
        Identity.objects.filter(pk=row.pk).update(first_at=Least(F("first_at"), at), last_at=Greatest(F("last_at"), at))
    return is_new


def visitors(site_id: UUID, keys: Collection[str]) -> tuple[UUID, ...]:
    """Who said that they are one of these, latest first."""
    rows = Identity.objects.filter(site_id=site_id, key__in=[key for key in keys if key]).order_by("-last_at", "visitor_id")
    return tuple(dict.fromkeys(rows.values_list("visitor_id", flat=True)))


def _key(site_id: UUID, kind: str, value: str) -> str:
    return hmac.new(_secret(settings.SECRET_KEY), f"{site_id}\x1f{kind}\x1f{value}".encode(), "sha256").hexdigest()


@cache
def _secret(key: str) -> bytes:
    return hmac.digest(key.encode(), b"emporion:insights-identities:v1", "sha256")
