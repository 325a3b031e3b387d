"""Attributes as they come over the wire become plain values with bounds: no depth, length or number is taken on trust."""

from collections.abc import Iterable, Mapping
from typing import Final, TypeAlias

import msgspec
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

from emporion.edge.signals import names, scrubbing

Value: TypeAlias = str | int | float | bool | list["Value"]

MOST_ATTRIBUTES: Final = 1_000  # of one span, point or line; beyond it nobody means them
MOST_KEPT: Final = 64
LONGEST_KEPT: Final = 500
LONGEST_NAME: Final = 200
_DEEPEST: Final = 8
_encode = msgspec.json.Encoder().encode


class Refused(ValueError):
    """An item that is not taken in; the text says why and is told to the sender."""


def attributes_of(pairs: Iterable[KeyValue]) -> dict[str, Value]:
    """The attributes of an item; `Refused` when there are too many. Of a name that comes twice the last one counts."""
    found: dict[str, Value] = {}
    for count, pair in enumerate(pairs):
        if count >= MOST_ATTRIBUTES:
            raise Refused(f"more than {MOST_ATTRIBUTES} attributes")
        if pair.key and len(pair.key) <= LONGEST_NAME:
            found[pair.key] = plain(pair.value)
    return found


def plain(value: AnyValue, depth: int = 0) -> Value:
    """The value itself; of lists the first entries, of maps their JSON, and nothing of what is too deep."""
    kind = value.WhichOneof("value")
    if kind in {"string_value", "bool_value", "int_value", "double_value"}:
        found: Value = getattr(value, kind)
        return found
    if depth >= _DEEPEST or kind is None:
        return ""
    if kind == "array_value":
        return [plain(one, depth + 1) for one in value.array_value.values[:MOST_KEPT]]
    if kind == "kvlist_value":
        pairs = value.kvlist_value.values[:MOST_KEPT]
        inner = {one.key[:LONGEST_NAME]: plain(one.value, depth + 1) for one in pairs if scrubbing.is_kept(one.key)}
        return _encode(inner).decode()
    return ""  # bytes and what is yet to be invented


def first(attributes: Mapping[str, Value], what: str) -> Value | None:
    """What stands under the first of a thing's names that is there."""
    return next((attributes[name] for name in names.SPAN[what] if name in attributes), None)


def word(attributes: Mapping[str, Value], what: str, most: int = LONGEST_NAME) -> str:
    """A thing as one short text."""
    found = first(attributes, what)
    if isinstance(found, list):
        found = found[0] if found else ""
    return "" if found is None else str(found)[:most].replace("\0", "")


def count(attributes: Mapping[str, Value], what: str, most: int = 2**32 - 1) -> int | None:
    """A thing as a whole number that is not negative; what is none counts as not told."""
    found = number(attributes, what)
    return None if found is None else min(int(found), most)


def number(attributes: Mapping[str, Value], what: str) -> float | None:
    """A thing as a number that is not negative, also where it came as text."""
    found = first(attributes, what)
    try:
        value = float(found) if isinstance(found, int | float | str) else None
    except ValueError:
        return None
    return value if value is not None and 0 <= value < float("inf") else None


def kept(attributes: Mapping[str, Value]) -> dict[str, str]:
    """What is stored of attributes: so many, so long, under today's names, without secrets and without what was said."""
    found: dict[str, str] = {}
    for name, value in attributes.items():
        if len(found) >= MOST_KEPT:
            break
        if scrubbing.is_kept(name):
            found[names.ATTRIBUTES.get(name, name)] = scrubbing.text(shown(value), LONGEST_KEPT)
    return found


def shown(value: Value) -> str:
    """A value as text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else _encode(value).decode() if isinstance(value, list) else str(value)
