"""A receipt is the signed address by which a device says, without being signed in, that a push arrived or was opened."""

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from uuid import UUID

_MAC = 16
_PURPOSE = b"emporion.notify.receipt"


def key_of(secret: str) -> bytes:
    """The key that signs receipts, out of the installation's secret."""
    return hashlib.blake2b(_PURPOSE, key=hashlib.sha256(secret.encode()).digest(), digest_size=32).digest()


def issue(delivery_id: UUID, *, key: bytes) -> str:
    """The receipt of a delivery; it opens nothing, so it needs no end."""
    return urlsafe_b64encode(delivery_id.bytes + _mac(delivery_id.bytes, key)).decode().rstrip("=")


def delivery_of(receipt: str, *, key: bytes) -> UUID | None:
    """The delivery that a receipt is for, if it is ours."""
    try:
        raw = urlsafe_b64decode(receipt + "=" * (-len(receipt) % 4))
    except ValueError:
        return None
    body, mac = raw[:16], raw[16:]
    return UUID(bytes=body) if len(raw) == 16 + _MAC and hmac.compare_digest(mac, _mac(body, key)) else None


def _mac(body: bytes, key: bytes) -> bytes:
    return hashlib.blake2b(body, key=key, digest_size=_MAC).digest()
