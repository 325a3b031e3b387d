"""The last good state of a snapshot file: read again when the file changes, kept when what lies there is not readable."""

from pathlib import Path
from typing import Generic, Protocol, TypeVar

import msgspec
import structlog

log = structlog.get_logger(__name__)


class Numbered(Protocol):
    """What every snapshot says of itself."""

    @property
    def format(self) -> int:
        """The version of its shape."""

    @property
    def number(self) -> int:
        """Grows with each one that is written."""


Kind = TypeVar("Kind", bound=Numbered)


class Latest(Generic[Kind]):
    """One snapshot file and what it last said; `refresh` looks whether it changed."""

    def __init__(self, path: Path, kind: type[Kind], *, form: int = 1) -> None:
        self._path, self._form = path, form
        self._decoder = msgspec.msgpack.Decoder(kind)
        self._seen: tuple[int, int, int] | None = None
        self.value: Kind | None = None
        self.refresh()

    def refresh(self) -> bool:
        """Takes the file's state when it changed and is good and newer; says whether it did."""
        try:
            status = self._path.stat()
            mark = (status.st_ino, status.st_mtime_ns, status.st_size)
            if mark == self._seen:
                return False
            self._seen = mark
            found = self._decoder.decode(self._path.read_bytes())
        except FileNotFoundError:
            return False
        except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
            log.warning("edge.snapshot_unreadable", path=str(self._path), problem=str(error)[:200])
            return False
        if found.format != self._form:
            log.warning("edge.snapshot_of_another_version", path=str(self._path), format=found.format)
            return False
        if self.value is not None and found.number <= self.value.number:
            return False
        self.value = found
        return True
