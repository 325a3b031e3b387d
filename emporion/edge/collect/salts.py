"""What makes visitors without cookies unknowable the day after tomorrow: random salts, one a day, destroyed after 48 hours.

The salt is the only link between an address and an id. It is drawn at random, never derived, and lies in a file that all edge
processes of an installation share; whoever is first in the day draws it. It is overwritten before it is removed.
"""

import hashlib
import os
import secrets
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from pathlib import Path

import structlog

from emporion.edge.collect.clients import Client
from emporion.edge.collect.policies import SitePolicy
from emporion.edge.collect.types import Identities
from emporion.edge.collect.visitors import own_id
from emporion.store.segments import sync_folder

log = structlog.get_logger(__name__)

_SALT_BYTES = 32
_LIFE = timedelta(hours=48)


class Salts:
    """Today's salt, drawn when there is none; those of the day before yesterday and of other times are destroyed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._today: tuple[date | None, bytes] = (None, b"")
        self._identities = lru_cache(maxsize=8_192)(_identities)

    def identify(self, site: SitePolicy, client: Client, user_agent: str, now: datetime) -> Identities:
        """Who a browser is today on this site, and the link that a payment from the same place would carry."""
        return self._identities(self.of(now), site.key, client.packed, user_agent)

    def of(self, now: datetime) -> bytes:
        """The salt of this day, in UTC."""
        today = now.astimezone(UTC).date()
        day, salt = self._today
        if day != today:
            self.destroy_old(now)
            self._identities.cache_clear()
            salt = self._take(self._folder / today.isoformat())
            self._today = (today, salt)  # at once: requests and the watcher ask from two threads
        return salt

    def destroy_old(self, now: datetime) -> int:
        """Destroys every salt whose day began 48 hours ago or more, or lies in the future; says how many."""
        gone = 0
        for path in sorted(self._folder.iterdir()):
            if _is_due(path.name, now):
                _shred(path)
                gone += 1
        if gone:
            sync_folder(self._folder)
            log.info("edge.salts_destroyed", salts=gone)
        return gone

    def _take(self, path: Path) -> bytes:
        """The salt in a file; whoever finds none offers one, and all read the one that won."""
        if not path.exists():
            draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(secrets.token_bytes(_SALT_BYTES))
                file.flush()
                os.fsync(file.fileno())
            try:
                os.link(draft, path)
            except FileExistsError:
                _shred(draft)
            else:
                draft.unlink()
            sync_folder(self._folder)
        return path.read_bytes()


def _identities(salt: bytes, site: bytes, address: bytes, user_agent: str) -> Identities:
    message = address + user_agent.encode("utf-8", "replace")
    visitor = hashlib.blake2b(message, digest_size=16, key=salt, salt=site, person=b"visitor").digest()
    network = hashlib.blake2b(message, digest_size=8, key=salt, salt=site, person=b"network").digest()
    return Identities(visitor_id=own_id(visitor), network_id=int.from_bytes(network, "big", signed=True))


def _is_due(name: str, now: datetime) -> bool:
    try:
        day = datetime.fromisoformat(name).replace(tzinfo=UTC)
    except ValueError:
        return name.startswith(".") and not name.startswith(f".{now.astimezone(UTC).date().isoformat()}")
    return not timedelta(days=-2) < now - day < _LIFE


def _shred(path: Path) -> None:
    try:
        with path.open("r+b") as file:
            file.write(bytes(_SALT_BYTES))
            file.flush()
            os.fsync(file.fileno())
        path.unlink()
    except FileNotFoundError:
        return  # another edge process did it
