"""The folder of segments that processes share: one sub-folder per process, locked while that process lives.

`<root>/<host-pid-id>/lock`, `<id>.open` (being written), `<id>.seg` (closed); `<root>/damaged/` keeps what could not be read.
"""

import fcntl
import os
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import structlog

from emporion.kernel.ids import new_id
from emporion.store import frames

log = structlog.get_logger(__name__)

OPEN, SEALED, DAMAGED = ".open", ".seg", "damaged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What lies in the root at one moment."""

    segments: int
    used_bytes: int
    free_bytes: int
    oldest_seconds: float
    damaged_files: int


def lock(path: Path) -> int | None:
    """A lock that the kernel gives back when the process dies, however it dies; None when another holds it."""
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(fd)
        return None
    return fd


def sync_folder(path: Path) -> None:
    """Makes the names in a folder survive a power cut."""
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def make_folder(root: Path) -> tuple[Path, int]:
    """A sub-folder of this process's own and the lock on it; it appears under its name only once it is locked."""
    root.mkdir(parents=True, exist_ok=True)
    name = f"{socket.gethostname()}-{os.getpid()}-{new_id().hex}"
    hidden = root / f".{name}"
    hidden.mkdir(mode=0o700)
    held = lock(hidden / "lock")
    if held is None:
        raise RuntimeError("a folder that was made this instant is locked by another")
    folder = hidden.rename(root / name)
    sync_folder(root)
    return folder, held


def _folders(root: Path) -> Iterator[Path]:
    for entry in os.scandir(root):
        if entry.is_dir() and not entry.name.startswith(".") and entry.name != DAMAGED:
            yield Path(entry.path)


def sealed(root: Path) -> list[Path]:
    """The closed segments of all processes, oldest first: their names are ids that grow with time."""
    found = [path for folder in _folders(root) for path in folder.glob(f"*{SEALED}")]
    return sorted(found, key=lambda path: path.stem)


def _segments_in(folder: Path) -> Iterator[os.stat_result]:
    try:
        for entry in os.scandir(folder):
            if entry.name.endswith((OPEN, SEALED)):
                yield entry.stat()
    except FileNotFoundError:
        return  # the writer took the segment, or the whole folder, while we looked


def usage(root: Path) -> Usage:
    """Counts the root; files that leave meanwhile are not counted."""
    seen = [status for folder in _folders(root) for status in _segments_in(folder)]
    disk = os.statvfs(root)
    damaged = root / DAMAGED
    return Usage(
        segments=len(seen),
        used_bytes=sum(status.st_size for status in seen),
        free_bytes=disk.f_bavail * disk.f_frsize,
        # A journal keeps a file ready for the next record; one without any makes nobody wait, however old it is.
        oldest_seconds=max((time.time() - one.st_mtime for one in seen if one.st_size > frames.HEADER_BYTES), default=0.0),
        damaged_files=sum(1 for _ in damaged.iterdir()) if damaged.exists() else 0,
    )


def set_aside(root: Path, name: str, data: bytes) -> None:
    """Keeps bytes that could not be read, for a person to look at; the same name again holds the same bytes."""
    folder = root / DAMAGED
    folder.mkdir(exist_ok=True)
    passing = folder / f".{name}"
    with passing.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    passing.rename(folder / name)
    sync_folder(folder)
    log.warning("spool.bytes_set_aside", file=name, size=len(data))


def _cut(root: Path, path: Path) -> None:
    """Closes a segment that its process left open: what follows the last whole record was never acknowledged."""
    data = path.read_bytes()
    content = frames.read(data)
    if content.good_bytes < len(data):
        set_aside(root, f"{path.stem}.tail", data[content.good_bytes :])
        os.truncate(path, content.good_bytes)
    if content.records:
        path.rename(path.with_suffix(SEALED))
    else:
        path.unlink()


def adopt_the_dead(root: Path) -> None:
    """Closes what processes that are gone left open, and removes their empty folders."""
    for folder in _folders(root):
        held = lock(folder / "lock")
        if held is None:
            continue
        try:
            for path in sorted(folder.glob(f"*{OPEN}")):
                _cut(root, path)
            if not any(folder.glob(f"*{SEALED}")):
                (folder / "lock").unlink()
                folder.rmdir()
        finally:
            os.close(held)
