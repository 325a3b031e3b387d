"""Bodies as clients send them: of one of two types, packed or not, and never larger than was agreed, packed or unpacked."""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

MEBIBYTE: Final = 1024**2
LARGEST_BODY: Final = 64 * MEBIBYTE  # as the OTLP specification proposes, packed and unpacked
LARGEST_IN_FLIGHT: Final = 256 * MEBIBYTE
PROTOBUF: Final = "application/x-protobuf"
JSON: Final = "application/json"
_PACKED: Final = {b"gzip": zlib.MAX_WBITS | 16, b"deflate": zlib.MAX_WBITS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfit(Exception):
    """A body that is not taken: the status says whose fault it is, `retry_seconds` when the same may come again."""

    status: int
    message: str
    retry_seconds: int = 0


class Room:
    """How many bytes of bodies may be held at once, so that many large ones together do not fill the memory."""

    def __init__(self, most: int = LARGEST_IN_FLIGHT) -> None:
        self._left = most

    def take(self, size: int) -> None:
        """Holds so many bytes; `Unfit` with 429 when there is no room for them now."""
        if size > self._left:
            raise Unfit(status=429, message="Too much is being taken in at once.", retry_seconds=2)
        self._left -= size

    def give_back(self, size: int) -> None:
        """Lets go of them."""
        self._left += size


def media_type(headers: Mapping[bytes, bytes]) -> str:
    """The type of a body; `Unfit` with 415 for any other than the two."""
    told = headers.get(b"content-type", b"").partition(b";")[0].strip().lower().decode("latin-1")
    if told not in {PROTOBUF, JSON}:
        raise Unfit(status=415, message=f"Send {PROTOBUF} or {JSON}.")
    return told


def room_for(headers: Mapping[bytes, bytes]) -> int:
    """How much room a body needs while it is read: as announced, or all that it may take; `Unfit` with 413 for too much."""
    told = headers.get(b"content-length", b"")
    size = int(told) if told.isdigit() and len(told) < 16 else LARGEST_BODY + bool(told)
    if size > LARGEST_BODY:
        raise too_large()
    return size


def unpacked(body: bytes, encoding: bytes) -> bytes:
    """The body without its packing; what would unpack to more than is allowed is refused without unpacking all of it."""
    name = encoding.strip().lower()
    if name in {b"", b"identity"}:
        return body
    if name not in _PACKED:
        raise Unfit(status=415, message="Pack the body with gzip, or not at all.")
    unpacker = zlib.decompressobj(_PACKED[name])
    try:
        plain = unpacker.decompress(body, LARGEST_BODY + 1)
    except zlib.error as error:
        raise Unfit(status=400, message="The body is not packed as its header says.") from error
    if len(plain) > LARGEST_BODY:
        raise too_large()
    if not unpacker.eof:
        raise Unfit(status=400, message="The packed body is cut off.")
    return plain


def too_large() -> Unfit:
    """The refusal of a body that is larger than was agreed."""
    return Unfit(status=413, message=f"Send at most {LARGEST_BODY // MEBIBYTE} MiB at once, unpacked.")
