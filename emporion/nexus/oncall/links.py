"""The signed link of a page: lets one person take one page, for a day, without being signed in, and nothing else."""

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

LIFETIME = timedelta(hours=24)
_EXPIRY, _MAC = 8, 16
_BODY = 16 + 16 + _EXPIRY
_PURPOSE = b"emporion.nexus.acknowledge"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a link says: this person, about this page."""

    page_id: UUID
    person_id: UUID


def key_of(secret: str) -> bytes:
    """The key that signs these links and nothing else, out of the installation's secret."""
    return hashlib.blake2b(_PURPOSE, key=hashlib.sha256(secret.encode()).digest(), digest_size=32).digest()


def issue(answer: Answer, *, key: bytes, now: datetime) -> str:
    """The token of a link."""
    expiry = int((now + LIFETIME).timestamp())
    body = answer.page_id.bytes + answer.person_id.bytes + expiry.to_bytes(_EXPIRY, "big")
    return urlsafe_b64encode(body + _mac(body, key)).decode().rstrip("=")


def answer_of(token: str, *, key: bytes, now: datetime) -> Answer | None:
    """What a token says, if it is ours and still good."""
    try:
        raw = urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except ValueError:
        return None
    body, mac = raw[:_BODY], raw[_BODY:]
    if len(raw) != _BODY + _MAC or not hmac.compare_digest(mac, _mac(body, key)):
        return None
    expires = datetime.fromtimestamp(int.from_bytes(body[32:], "big"), UTC)
    return Answer(page_id=UUID(bytes=body[:16]), person_id=UUID(bytes=body[16:32])) if now < expires else None


def _mac(body: bytes, key: bytes) -> bytes:
    return hashlib.blake2b(body, key=key, digest_size=_MAC).digest()
