"""What a picture says of itself in its first bytes: of which type it is, and how large, so that a page keeps its place free."""

from dataclasses import dataclass

PNG, WEBP = "image/png", "image/webp"
_PNG_HEAD = b"\x89PNG\r\n\x1a\n"
_LOSSY_START, _LOSSLESS_START = b"\x9d\x01\x2a", 0x2F
_FOURTEEN_BITS = 0x3FFF
_HEAD_BYTES = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """Type and size in pixels."""

    media_type: str
    width: int
    height: int


def read_picture(content: bytes) -> Picture | None:
    """A PNG or WebP; `None` for everything else, whatever its name ends in.

    Sources: PNG 3rd edition, 11.2.1; RFC 9649 (WebP), 2.5 to 2.7, and RFC 6386, 9.1.
    """
    if len(content) < _HEAD_BYTES:
        return None
    if content.startswith(_PNG_HEAD) and content[12:16] == b"IHDR":
        return _sized(PNG, int.from_bytes(content[16:20], "big"), int.from_bytes(content[20:24], "big"))
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return _webp(content)
    return None


def _webp(content: bytes) -> Picture | None:
    """Its first chunk is that of a lossy picture, of a lossless one, or of one with more to it."""
    kind = content[12:16]
    if kind == b"VP8 " and content[23:26] == _LOSSY_START:
        width, height = (int.from_bytes(content[at : at + 2], "little") & _FOURTEEN_BITS for at in (26, 28))
        return _sized(WEBP, width, height)
    if kind == b"VP8L" and content[20] == _LOSSLESS_START:
        bits = int.from_bytes(content[21:25], "little")
        return _sized(WEBP, (bits & _FOURTEEN_BITS) + 1, (bits >> 14 & _FOURTEEN_BITS) + 1)
    if kind == b"VP8X":
        width, height = (int.from_bytes(content[at : at + 3], "little") + 1 for at in (24, 27))
        return _sized(WEBP, width, height)
    return None


def _sized(media_type: str, width: int, height: int) -> Picture | None:
    return Picture(media_type=media_type, width=width, height=height) if width and height else None
