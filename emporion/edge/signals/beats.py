"""Signs of life: a request to an address that only one job knows. Any method and any client will do, curl in a cron line best."""

import re
from collections import defaultdict
from datetime import datetime
from hashlib import sha256
from typing import Final
from uuid import UUID

from emporion.edge.latest import Latest
from emporion.edge.signals import scrubbing
from emporion.kernel.ids import new_id
from emporion.nexus.signals.types import BeatGrant, SignalsSnapshot
from emporion.store.schemas import Heartbeat

PREFIX: Final = "/beat/"
LARGEST_BODY: Final = 64 * 1024
MOST_A_MINUTE: Final = 60
_LONGEST_DETAIL: Final = 2_000
_PATH = re.compile(r"/beat/(?P<token>[A-Za-z0-9_-]{20,80})(?:/(?P<word>start|fail|\d{1,3}))?/?")
METHODS: Final = frozenset({"GET", "HEAD", "POST"})


class Beats:
    """The heartbeats that are waited for, by the digest of their token; unknown ones are told so."""

    def __init__(self, latest: Latest[SignalsSnapshot]) -> None:
        self._latest = latest
        self._number = -1
        self._grants: dict[str, BeatGrant] = {}
        self._minute = 0
        self._counts: dict[UUID, int] = defaultdict(int)

    def find(self, path: str) -> tuple[BeatGrant | None, str]:
        """Whose address it is, and the word behind the token."""
        found = _PATH.fullmatch(path)
        if found is None:
            return None, ""
        snapshot = self._latest.value
        if snapshot and snapshot.number != self._number:
            self._number = snapshot.number
            self._grants = {grant.digest: grant for grant in snapshot.beats}
        return self._grants.get(sha256(found["token"].encode()).hexdigest()), found["word"] or ""

    def has_room(self, grant: BeatGrant, now: datetime) -> bool:
        """Whether this one may still come in this minute; a job in a tight loop must not fill the store."""
        minute = int(now.timestamp()) // 60
        if minute != self._minute:
            self._minute = minute
            self._counts.clear()
        self._counts[grant.heartbeat_id] += 1
        return self._counts[grant.heartbeat_id] <= MOST_A_MINUTE


def event_of(grant: BeatGrant, word: str, body: bytes, now: datetime) -> Heartbeat:
    """The sign of life: `start`, `fail`, an exit code of which 0 is well, or nothing, which is well, too."""
    state = word if word in {"start", "fail"} else "ok"
    detail = scrubbing.text(body[:LARGEST_BODY].decode("utf-8", "replace"), _LONGEST_DETAIL)
    if word.isdigit() and int(word):
        state, detail = "fail", f"exit code {int(word)}\n{detail}".strip()
    return Heartbeat(
        event_id=new_id(),
        occurred_at=now,
        organisation_id=grant.organisation_id,
        project_id=grant.project_id,
        heartbeat_id=grant.heartbeat_id,
        state=state,
        detail=detail,
    )
