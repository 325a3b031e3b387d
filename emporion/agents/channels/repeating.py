"""A message that is sent again, because its answer was lost, is answered once, also one that begins a conversation."""

from datetime import timedelta
from uuid import UUID, uuid5

from django.http import HttpRequest

from emporion.agents.channels.types import KeyHolder
from emporion.kernel.clock import utcnow
from emporion.kernel.errors import Invalid
from emporion.plumbing.actions import forget_keys, once

HEADER = "Idempotency-Key"
LONGEST = 100
KEPT = timedelta(days=1)  # how long other content is told from the same; the answer itself stays with its conversation


def key_of(request: HttpRequest) -> str:
    """The key in the header of a request, empty where there is none; `Invalid` for one that is too long."""
    key = request.headers.get(HEADER, "").strip()
    if len(key) > LONGEST or not key.isprintable():
        raise Invalid(
            "The Idempotency-Key is too long.", next_step=f"Send at most {LONGEST} characters, a UUID, say.", field=HEADER
        )
    return key


def claim(key: str, holder: KeyHolder, content: bytes) -> None:
    """Take a key of a header for this content: `KeyReused` where it came with other content before, whatever the conversation."""
    now, scope = utcnow(), f"agent-key:{holder.key_id}"
    forget_keys(scope=scope, before=now - KEPT)
    once(scope=scope, key=key, request=content, now=now)


def conversation_of(key: str, holder: KeyHolder, *, channel: str) -> UUID | None:
    """The conversation that a first message with this key begins, the same each time; None without a key."""
    return uuid5(holder.key_id, f"\x00{channel}\x00{key}") if key else None
