"""Opens what people upload: plain, gzip or zip, a line at a time, and refuses what would fill memory or never end.

Nothing is unpacked onto the disk. A file is told by its first bytes, not by its name.
"""

import gzip
import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import PurePosixPath
from typing import IO, BinaryIO, cast

from django.utils.translation import gettext as _

from emporion.insights.imports.errors import FileRefused

LONGEST_LINE = 64 * 1024
_PIECE_BYTES = 256 * 1024
MOST_UNPACKED = 20 * 1024**3
# Logs shrink to a tenth, very dull ones to a hundredth; what shrinks to less than a five-hundredth is made to fill disks.
MOST_TIMES = 500
FREE_UNPACKED = 32 * 1024**2
MOST_MEMBERS = 500
_PACKED_OTHERWISE = {
    b"BZh": "bzip2",
    b"\xfd7zXZ\x00": "xz",
    b"7z\xbc\xaf\x27\x1c": "7z",
    b"Rar!": "RAR",
    b"\x28\xb5\x2f\xfd": "zstd",
}
_GZIP, _ZIP, _EMPTY_ZIP = b"\x1f\x8b", b"PK\x03\x04", b"PK\x05\x06"


@dataclass(slots=True)
class Gauge:
    """How much of a file was read, in the bytes that make sense for it."""

    total: int
    done: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One text in a file: the file itself, or a member of an archive."""

    name: str
    lines: Iterator[str]


def pieces(file: BinaryIO, *, name: str, size: int, gauge: Gauge) -> Iterator[Piece]:
    """The texts of a file, each to be read before the next is asked for; FileRefused where there is none to be had."""
    head = file.read(4_096)
    file.seek(0)
    _require_readable(head)
    gauge.total = size
    if head.startswith((_ZIP, _EMPTY_ZIP)):
        yield from _members(file, size, gauge)
    elif head.startswith(_GZIP):
        with gzip.open(file) as unpacked:
            one = _Reading(source=_buffered(unpacked), gauge=gauge, packed=size, whole=file)
            yield Piece(name=name, lines=one.lines())
    else:
        _require_text(head)
        yield Piece(name=name, lines=_Reading(source=file, gauge=gauge, whole=file).lines())


def _require_readable(head: bytes) -> None:
    if not head.strip():
        raise FileRefused(_("This file is empty."), next_step=_("Export it again; perhaps that was not finished."))
    for magic, kind in _PACKED_OTHERWISE.items():
        if head.startswith(magic):
            said = _("This file is packed with %(kind)s, which is not read here.") % {"kind": kind}
            raise FileRefused(said, next_step=_("Unpack it, and pack it with gzip or zip."))


def _require_text(head: bytes) -> None:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise FileRefused(
            _("This file is written in UTF-16."), next_step=_("Save it as UTF-8, as editors and spreadsheets offer.")
        )
    if b"\x00" in head:
        raise FileRefused(
            _("This is no text but a program's own file, such as a picture or a table of a spreadsheet."),
            next_step=_("Upload the log or the export itself, as text, gzip or zip."),
        )


def _members(file: BinaryIO, size: int, gauge: Gauge) -> Iterator[Piece]:
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise _broken() from error
    with archive:
        infos = [one for one in archive.infolist() if not one.is_dir() and _is_wanted(one.filename)]
        _require_sane(infos, size)
        gauge.total = sum(one.file_size for one in infos)
        before = 0
        for info in infos:
            try:
                with archive.open(info) as member:
                    packed = max(info.compress_size, 1)
                    one = _Reading(source=_buffered(member), gauge=gauge, packed=packed, before=before)
                    yield Piece(name=PurePosixPath(info.filename).name, lines=one.lines())
            except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
                raise _broken() from error
            before += info.file_size


def _buffered(unpacked: gzip.GzipFile | IO[bytes]) -> BinaryIO:
    """Lines cut out of large pieces by C: both unpackers cut them out one by one in Python, in twice the time."""
    return io.BufferedReader(cast("io.RawIOBase", unpacked), _PIECE_BYTES)


def _is_wanted(name: str) -> bool:
    """What macOS and others put beside the files is nobody's export."""
    path = PurePosixPath(name)
    return not path.name.startswith(".") and "__MACOSX" not in path.parts


def _require_sane(infos: list[zipfile.ZipInfo], size: int) -> None:
    if not infos:
        raise FileRefused(_("There is no file in this archive."), next_step=_("Export it again and upload that."))
    if len(infos) > MOST_MEMBERS:
        raise FileRefused(_("There are too many files in this archive."), next_step=_("Put at most 500 into one."))
    if any(one.flag_bits & 1 for one in infos):
        raise FileRefused(_("This archive is locked with a password."), next_step=_("Pack it again without one."))
    if any("xl/" in one.filename for one in infos):
        raise FileRefused(_("This is a spreadsheet."), next_step=_("Save its table as CSV and upload that."))
    _require_bounded(sum(one.file_size for one in infos), size)


def _require_bounded(unpacked: int, packed: int) -> None:
    if unpacked > MOST_UNPACKED:
        raise FileRefused(_("Unpacked, this file is larger than 20 GB."), next_step=_("Split it and import the parts."))
    if packed and unpacked > FREE_UNPACKED and unpacked > packed * MOST_TIMES:
        raise FileRefused(
            _("This file unpacks to more than 500 times its size, as only files do that are made to do harm."),
            next_step=_("Upload the log or the export unpacked, in parts if need be."),
        )


def _broken() -> FileRefused:
    return FileRefused(
        _("This archive is damaged: it ends too early, or something in it was changed."),
        next_step=_("Download it again and upload that."),
    )


@dataclass(slots=True, kw_only=True)
class _Reading:
    """Reads lines and keeps count; a packed text may grow only so far. What is slow is done once in many lines.

    `whole` is the file whose own position says how far it is; without one it is what came before and what was seen.
    """

    source: BinaryIO
    gauge: Gauge
    packed: int = 0
    before: int = 0
    whole: BinaryIO | None = None
    seen: int = 0

    def lines(self) -> Iterator[str]:
        """The lines without their ends; an endless one is cut, bytes that are no UTF-8 are shown as such."""
        is_rest, unlooked, readline = False, 0, self.source.readline
        with _whole():
            for line in chain(self._first(), iter(lambda: readline(LONGEST_LINE), b"")):
                unlooked += len(line)
                if not is_rest:
                    yield line.rstrip(b"\r\n").decode("utf-8", "replace")
                is_rest = len(line) >= LONGEST_LINE and not line.endswith(b"\n")
                if unlooked > _PIECE_BYTES:
                    self._look(unlooked)
                    unlooked = 0
        self._look(unlooked)

    def _first(self) -> tuple[bytes, ...]:
        """The first line without the mark that some editors begin a text with."""
        line = self.source.readline(LONGEST_LINE)
        return (line.removeprefix(b"\xef\xbb\xbf"),) if line else ()

    def _look(self, more: int) -> None:
        """Keeps count, and refuses what grows without bound."""
        self.seen += more
        self.gauge.done = self.whole.tell() if self.whole else self.before + self.seen
        if self.packed:
            _require_bounded(self.seen, self.packed)


@contextmanager
def _whole() -> Iterator[None]:
    """An archive that breaks off is said to be damaged, wherever the unpacking notices."""
    try:
        yield
    except (EOFError, zlib.error, zipfile.BadZipFile, gzip.BadGzipFile) as error:
        raise _broken() from error
