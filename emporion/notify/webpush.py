"""Web push: what a device is sent, sealed for that device alone (RFC 8291), and who sends it (VAPID, RFC 8292).

The push service in the middle sees neither title nor text. Imported by jobs and by the page that offers push; what only
sealing needs is imported when something is sealed.
"""

import base64
import hashlib
import time
from collections.abc import Mapping
from email.utils import parseaddr
from functools import cache
from urllib.parse import urlsplit

import msgspec
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from django.templatetags.static import static

from emporion.notify.types import Message, NewDevice
from emporion.plumbing.outbound import Request

_TEXT = 900  # a push service takes about 4,000 bytes; a screen shows far fewer
_PAGE_SECONDS = 3600  # a page that comes later than that is history
_NOTICE_SECONDS = 24 * 3600
_TOKEN_SECONDS = 12 * 3600  # push services refuse more than 24 hours
_REQUEST_SECONDS = 10.0


class Payload(msgspec.Struct, frozen=True, kw_only=True):
    """What the service worker reads."""

    title: str
    body: str = ""
    url: str = "/"
    tag: str = ""
    is_urgent: bool = False
    receipt_url: str = ""
    answer_url: str = ""
    answer_label: str = ""
    decide_url: str = ""
    decide_label: str = ""
    icon: str = ""
    badge: str = ""


@cache
def _key(pem: str) -> ec.EllipticCurvePrivateKey:
    key = serialization.load_pem_private_key(pem.encode(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise TypeError("The key for web push must be an elliptic curve key on P-256.")
    return key


def public_key() -> str:
    """The installation's public key as browsers ask for it: the uncompressed point, base64url."""
    point = _key(settings.PUSH_KEY).public_key()
    raw = point.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def payload_of(message: Message, *, receipt_url: str) -> bytes:
    """A message as the device reads it, short enough for every push service."""
    return msgspec.json.encode(
        Payload(
            title=message.title[:200],
            body=message.body[:_TEXT],
            url=message.url or "/notifications/",
            tag=message.tag,
            is_urgent=message.is_urgent,
            receipt_url=receipt_url,
            answer_url=message.answer_url,
            answer_label=message.answer_label,
            decide_url=message.decide_url,
            decide_label=message.decide_label,
            icon=static("notify/icon-192.png"),
            badge=static("notify/badge-96.png"),
        )
    )


def request_for(device: NewDevice, payload: bytes) -> Request:
    """The post to the device's push service; only the device can read it."""
    from pywebpush import WebPusher  # noqa: PLC0415 - half a second that only sending needs

    keys = {"p256dh": device.p256dh, "auth": device.auth}
    sealed = WebPusher({"endpoint": device.endpoint, "keys": keys}).encode(payload)["body"]
    told = msgspec.json.decode(payload, type=Payload)
    headers = {
        "Content-Type": "application/octet-stream",
        "Content-Encoding": "aes128gcm",
        "TTL": str(_PAGE_SECONDS if told.is_urgent else _NOTICE_SECONDS),
        "Urgency": "high" if told.is_urgent else "normal",
        **_authorization(device.endpoint),
    }
    if told.tag:
        headers["Topic"] = hashlib.sha256(told.tag.encode()).hexdigest()[:32]  # short, and nothing for the push service to read
    return Request(
        url=device.endpoint, method="POST", headers=headers, body=bytes(sealed), seconds=_REQUEST_SECONDS, max_bytes=65536
    )


def _authorization(endpoint: str) -> Mapping[str, str]:
    import jwt  # noqa: PLC0415 - only sending signs

    scheme, host = urlsplit(endpoint)[:2]
    address = parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    claims = {"aud": f"{scheme}://{host}", "exp": int(time.time()) + _TOKEN_SECONDS, "sub": f"mailto:{address}"}
    token = jwt.encode(claims, _key(settings.PUSH_KEY), algorithm="ES256")
    return {"Authorization": f"vapid t={token}, k={public_key()}"}
