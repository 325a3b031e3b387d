"""How many parts a body would become, counted before any is made.

An empty message takes two bytes on the wire and a hundred in memory: sixty kilobytes, packed, would become gigabytes.
"""

from collections.abc import Mapping
from functools import cache
from typing import Final

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from emporion.edge.signals.bodies import MEBIBYTE, Unfit

SMALL: Final = 2 * MEBIBYTE  # whatever is in it, it stays bearable
MOST_PARTS: Final = 1_000_000  # the largest batches of collectors have a third of it
_DEEPEST: Final = 100  # as deep as protobuf reads
_SKIPPED: Final = {1: 8, 5: 4, 3: 0, 4: 0}  # bytes behind a tag: fixed numbers, and groups, whose tags follow like any other


def weigh_protobuf(body: bytes, root: Descriptor) -> None:
    """Refuses a request of too many messages; `Unfit`."""
    if len(body) <= SMALL:
        return
    try:
        parts = _messages(body, root)
    except IndexError:
        return  # cut off: the parser says so, and sees no more of it than was counted
    if parts > MOST_PARTS:
        raise _too_many()


def weigh_json(body: bytes) -> None:
    """Refuses a request of too many objects, lists or texts; `Unfit`."""
    if len(body) > SMALL and (body.count(b"{") + body.count(b"[") > MOST_PARTS or body.count(b'"') > 8 * MOST_PARTS):
        raise _too_many()


def _messages(body: bytes, root: Descriptor) -> int:
    """The messages in a body, in the order in which a parser makes them; it stops where that is clearly too many, or wrong."""
    count, at, end, kind = 0, 0, len(body), root
    outer: list[tuple[int, Descriptor]] = []
    while True:
        while at >= end:
            if not outer:
                return count
            end, kind = outer.pop()
        tag, at = _varint(body, at)
        wire = tag & 7
        if wire == 0:
            _, at = _varint(body, at)
        elif wire != 2:
            if wire not in _SKIPPED:
                return count
            at += _SKIPPED[wire]
        else:
            size, at = _varint(body, at)
            counted = _inside(kind)
            is_counted, inner = (tag >> 3) in counted, counted.get(tag >> 3)
            count += is_counted
            if at + size > end or count > MOST_PARTS or len(outer) > _DEEPEST:
                return count
            if inner is None:
                at += size
            else:
                outer.append((end, kind))
                end, kind = at + size, inner


@cache
def _inside(kind: Descriptor) -> Mapping[int, Descriptor | None]:
    """The fields of which each becomes a part: messages, and lists of texts, in which nothing else is."""
    texts = {FieldDescriptor.TYPE_STRING, FieldDescriptor.TYPE_BYTES}
    return {
        field.number: field.message_type
        for field in kind.fields
        if field.message_type is not None or (field.is_repeated and field.type in texts)
    }


def _varint(body: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        part = body[at]
        at += 1
        value |= (part & 0x7F) << shift
        if part < 0x80 or shift > 63:
            return value, at
        shift += 7


def _too_many() -> Unfit:
    return Unfit(status=413, message=f"Send less at once: the body has more than {MOST_PARTS} parts.")
