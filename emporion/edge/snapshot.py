"""What the control plane tells the data plane, as a file: written whole or not at all, read again when it changes.

A missing, damaged or older file changes nothing: the last good one stays in force.
"""

import fcntl
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec
import structlog

from emporion.edge.collect.policies import SitePolicy
from emporion.edge.latest import Latest
from emporion.insights.sites.types import Collection

log = structlog.get_logger(__name__)

FORMAT = 1


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """Every website that takes events; `number` grows with each one that is written."""

    format: int = FORMAT
    number: int
    sites: tuple[Collection, ...] = ()


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Snapshot)


def write(path: Path, ask: Callable[[], Sequence[Collection]]) -> Snapshot:
    """Puts a newer snapshot in the place of the last one; each writer asks for the websites only when it is its turn."""
    with turn(path):
        last = read(path)
        snapshot = Snapshot(number=(last.number if last else 0) + 1, sites=tuple(ask()))
        put(path, _encoder.encode(snapshot))
    return snapshot


@contextmanager
def turn(path: Path) -> Iterator[None]:
    """One writer of a file at a time, so that who asks later also writes later."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with path.with_suffix(".lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def put(path: Path, content: bytes) -> None:
    """Puts a file in the place of the last one, whole or not at all, whatever happens meanwhile."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.rename(path)


def read(path: Path) -> Snapshot | None:
    """The snapshot that lies there, if it is one that this version understands."""
    try:
        found = _decoder.decode(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        log.warning("edge.snapshot_unreadable", path=str(path), problem=str(error)[:200])
        return None
    if found.format != FORMAT:
        log.warning("edge.snapshot_of_another_version", path=str(path), format=found.format)
        return None
    return found


class Sites:
    """The websites of the last good snapshot, by their public id; policies are worked out at the first event."""

    def __init__(self, path: Path) -> None:
        self._latest = Latest(path, Snapshot, form=FORMAT)
        self._collections: dict[str, Collection] = {}
        self._policies: dict[str, SitePolicy] = {}
        self.number = 0
        if self._latest.value is not None:
            self._take(self._latest.value)

    def find(self, public_id: str) -> SitePolicy | None:
        """The website with this id, if it takes events."""
        policy = self._policies.get(public_id)
        if policy is None and (collection := self._collections.get(public_id)):
            policy = self._policies[public_id] = SitePolicy(collection)
        return policy

    def refresh(self) -> bool:
        """Looks whether the file changed and takes it when it is good and newer; says whether it did."""
        if not self._latest.refresh() or (found := self._latest.value) is None:
            return False
        self._take(found)
        log.info("edge.snapshot_read", number=found.number, sites=len(found.sites))
        return True

    def _take(self, found: Snapshot) -> None:
        fresh = {site.public_id: site for site in found.sites}
        kept = {key: policy for key, policy in self._policies.items() if fresh.get(key) == policy.collection}
        self.number, self._collections, self._policies = found.number, fresh, kept
