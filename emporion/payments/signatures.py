"""Signs and checks webhooks as Stripe does: `t=…,v1=…`, HMAC-SHA256 over `"{t}.{raw body}"`, several v1 while secrets rotate."""

import hmac
from collections.abc import Sequence
from datetime import datetime

from emporion.payments.errors import WebhookRefused, WebhooksDisabled

TOLERANCE_SECONDS = 300


def sign(body: bytes, *, secrets: Sequence[str], now: datetime) -> str:
    """The header for a body, with one signature for each secret."""
    stamp = int(now.timestamp())
    return ",".join((f"t={stamp}", *(f"v1={_signature(body, secret, stamp)}" for secret in secrets)))


def verify(header: str, body: bytes, *, secrets: Sequence[str], now: datetime) -> None:
    """Accept a header that one of the secrets signed within the tolerance, before or after now; refuse everything else.

    A time in the future is refused like a stale one: who can predate a signature could otherwise replay it for ever.
    """
    usable = [secret for secret in secrets if secret]
    if not usable:
        raise WebhooksDisabled
    stamps, signatures = _parts(header)
    if len(stamps) != 1 or not (stamps[0].isascii() and stamps[0].isdigit() and len(stamps[0]) <= 12) or not signatures:
        raise WebhookRefused(why="malformed")
    stamp = int(stamps[0])
    genuine = [
        hmac.compare_digest(_signature(body, secret, stamp).encode(), signature.encode())
        for secret in usable
        for signature in signatures
    ]
    if not any(genuine):
        raise WebhookRefused(why="signature")
    if abs(int(now.timestamp()) - stamp) > TOLERANCE_SECONDS:
        raise WebhookRefused(why="time")


def _parts(header: str) -> tuple[list[str], list[str]]:
    pairs = [part.strip().partition("=") for part in header.split(",")]
    return [value for name, _, value in pairs if name == "t"], [value for name, _, value in pairs if name == "v1"]


def _signature(body: bytes, secret: str, stamp: int) -> str:
    return hmac.new(secret.encode(), b"%d." % stamp + body, "sha256").hexdigest()
