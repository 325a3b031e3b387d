"""How a segment file is written: a header, then frames that show whether they were written whole."""

import struct
import zlib
from dataclasses import dataclass

_MAGIC = b"EMPSEG1\n"
_HEADER = struct.Struct("<8sI")
_FRAME = struct.Struct("<II")
# A file of this size holds no record yet.
HEADER_BYTES = _HEADER.size

# How many records go into one insert. It is written into each segment: an insert that is tried again by a later version must
# cut the segment at the same places, because its token names the piece.
CHUNK_RECORDS = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a segment holds: whole records up to the first frame that is not; `good_bytes` is where that one begins."""

    records: tuple[bytes, ...]
    good_bytes: int
    chunk_records: int


def header() -> bytes:
    """The first bytes of a segment."""
    return _HEADER.pack(_MAGIC, CHUNK_RECORDS)


def frame(payload: bytes) -> bytes:
    """A record as it lies in the file: length, checksum, bytes. Empty records do not exist, so that zeros are no record."""
    return _FRAME.pack(len(payload), zlib.crc32(payload)) + payload


def read(data: bytes) -> Content:
    """The records of a segment, in order, up to its end or to the first torn frame."""
    if len(data) < _HEADER.size:
        return Content(records=(), good_bytes=0, chunk_records=CHUNK_RECORDS)
    magic, chunk_records = _HEADER.unpack_from(data)
    if magic != _MAGIC or not chunk_records:
        return Content(records=(), good_bytes=0, chunk_records=CHUNK_RECORDS)
    records, at = [], _HEADER.size
    while at + _FRAME.size <= len(data):
        length, checksum = _FRAME.unpack_from(data, at)
        payload = data[at + _FRAME.size : at + _FRAME.size + length]
        if not length or len(payload) < length or zlib.crc32(payload) != checksum:
            break
        records.append(payload)
        at += _FRAME.size + length
    return Content(records=tuple(records), good_bytes=at, chunk_records=chunk_records)
