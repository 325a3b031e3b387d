"""Answers that are kept for the same question, where the owner wants that: in memory, within a bound, the oldest first to go."""

import hashlib
import time
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from emporion.edge.transport import Header

MOST_BYTES = 64 * 1024 * 1024
LARGEST = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A whole answer, and until when it may be given again."""

    status: int
    headers: tuple[Header, ...]
    body: bytes
    until: float


def key_of(api_id: UUID, feature: str, path: bytes, asked: Iterable[Header], body: bytes) -> bytes:
    """What makes two questions the same: the API, the feature, the address, the headers that reach it, every byte of the body.

    A header may say whose answer it is, as a user's own token does: nobody gets what somebody else was told.
    """
    digest = hashlib.sha256(api_id.bytes)
    for part in (feature.encode(), path, *(part for header in sorted(asked) for part in header), body):
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.digest()


class Answers:
    """The kept answers of this process."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._kept: OrderedDict[bytes, Kept] = OrderedDict()
        self._bytes = 0

    def find(self, key: bytes) -> Kept | None:
        """The answer to this question, while it is fresh."""
        kept = self._kept.get(key)
        if kept is None:
            return None
        if kept.until <= time.monotonic():
            self._drop(key)
            return None
        self._kept.move_to_end(key)
        return kept

    def keep(self, key: bytes, kept: Kept) -> None:
        """Keeps an answer, unless it is too large to be worth it."""
        if len(kept.body) > LARGEST:
            return
        self._drop(key)
        self._kept[key] = kept
        self._bytes += len(kept.body)
        while self._bytes > self._most_bytes:
            self._drop(next(iter(self._kept)))

    def _drop(self, key: bytes) -> None:
        if (old := self._kept.pop(key, None)) is not None:
            self._bytes -= len(old.body)
