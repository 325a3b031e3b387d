"""What a webhook of a team's own receives: a CloudEvent 1.0 in structured JSON, signed as the Standard Webhooks convention says.

Both are conventions that libraries of every language know, so that nobody has to write a parser or a check for us alone.
Sources: the CloudEvents specification 1.0.2 (JSON event format, HTTP binding), the Standard Webhooks specification.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import msgspec

from emporion.notify.types import Message

CONTENT_TYPE = "application/cloudevents+json; charset=utf-8"
SECRET_PREFIX = "whsec_"  # noqa: S105 - how a secret begins


@dataclass(frozen=True, slots=True, kw_only=True)
class _Data:
    title: str
    text: str
    url: str
    topic: str
    facts: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Event:
    specversion: str
    id: str
    source: str
    type: str
    subject: str
    time: str
    datacontenttype: str
    data: _Data


def new_secret() -> str:
    """A signing secret of 256 bits."""
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def body(message: Message, *, delivery_id: UUID, site_url: str, now: datetime) -> bytes:
    """The event as the bytes that are signed and sent; `id` is the delivery's, the same when it is sent again."""
    project = f"/projects/{message.project_id}" if message.project_id else ""
    event = _Event(
        specversion="1.0",
        id=str(delivery_id),
        source=f"{site_url}/organisations/{message.organisation_id}{project}",
        type=f"emporion.{message.kind or f'{message.topic}.notice'}",
        subject=str(message.reference or ""),
        time=now.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        datacontenttype="application/json",
        data=_Data(
            title=message.title,
            text=message.body,
            url=site_url + message.url if message.url.startswith("/") else message.url,
            topic=message.topic,
            facts=message.facts,
        ),
    )
    encoded = msgspec.json.encode(event)
    # `subject` must not be empty where it stands: leave it out instead.
    return encoded if event.subject else encoded.replace(b'"subject":"",', b"", 1)


def signed_headers(content: bytes, *, delivery_id: UUID, secret: str, now: datetime) -> Mapping[str, str]:
    """The headers that prove who sent it and when: HMAC-SHA256 over `id.timestamp.body`."""
    seconds = str(int(now.timestamp()))
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    mac = hmac.digest(key, b".".join((str(delivery_id).encode(), seconds.encode(), content)), hashlib.sha256)
    return {
        "Content-Type": CONTENT_TYPE,
        "webhook-id": str(delivery_id),
        "webhook-timestamp": seconds,
        "webhook-signature": f"v1,{base64.b64encode(mac).decode()}",
    }
