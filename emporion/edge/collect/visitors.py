"""Ids that browsers made: a UUIDv4 for the visitor and `s` with another for the session, as the documented cookies hold them."""

import re
from uuid import UUID

import msgspec

_SESSION = re.compile(r"s[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.IGNORECASE)


def client_id(text: str | None) -> UUID | None:
    """The visitor's id where it has the form that clients make; one of ours (version 8) has not."""
    if text is None or len(text) != 36:
        return None
    try:
        found = msgspec.convert(text, UUID)  # three times as fast as UUID(text)
    except (msgspec.ValidationError, ValueError):
        return None
    return found if found.int >> 76 & 0xF == 4 and found.int >> 62 & 0b11 == 0b10 else None


def own_id(digest: bytes) -> UUID:
    """An id of our own making from 16 bytes: version 8 (RFC 9562), so that no client's version 4 is ever one of them."""
    return msgspec.convert(digest[:6] + bytes([0x80 | digest[6] & 0x0F, digest[7], 0x80 | digest[8] & 0x3F]) + digest[9:], UUID)


def session_id_of(told: str | None, visitor: UUID) -> str:
    """The session that the client named, or one for a client that keeps none."""
    if told and _SESSION.fullmatch(told):
        return told.lower()
    return f"s{visitor}"
