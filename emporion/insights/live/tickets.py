"""A ticket lets one browser listen to one website for a while; the page gives it, the data plane checks it."""

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from uuid import UUID

LIFETIME = timedelta(hours=12)
_SITE, _EXPIRY, _MAC = 16, 8, 16
_PURPOSE = b"emporion.insights.realtime"


def key_of(secret: str) -> bytes:
    """The key that signs tickets, out of the installation's secret."""
    return hashlib.blake2b(_PURPOSE, key=hashlib.sha256(secret.encode()).digest(), digest_size=32).digest()


def issue(site_id: UUID, *, key: bytes, now: datetime) -> str:
    """A ticket for a website."""
    expiry = int((now + LIFETIME).timestamp())
    body = site_id.bytes + expiry.to_bytes(_EXPIRY, "big")
    return urlsafe_b64encode(body + _mac(body, key)).decode().rstrip("=")


def site_of(ticket: str, *, key: bytes, now: datetime) -> UUID | None:
    """The website that a ticket opens, if it is ours and still good."""
    try:
        raw = urlsafe_b64decode(ticket + "=" * (-len(ticket) % 4))
    except ValueError:
        return None
    body, mac = raw[: _SITE + _EXPIRY], raw[_SITE + _EXPIRY :]
    if len(raw) != _SITE + _EXPIRY + _MAC or not hmac.compare_digest(mac, _mac(body, key)):
        return None
    expires = datetime.fromtimestamp(int.from_bytes(body[_SITE:], "big"), UTC)
    return UUID(bytes=body[:_SITE]) if now < expires else None


def _mac(body: bytes, key: bytes) -> bytes:
    return hashlib.blake2b(body, key=key, digest_size=_MAC).digest()
