"""Large answers: vectors, pictures and books are walked over, not made into objects, so that reading one never takes long.

Eight megabytes of numbers take a tenth of a second to decode, eight megabytes of empty lists half a second, and every call of the
process would wait as long. Walking over them takes a hundredth of that. What a rule looks at is short, and decoded as ever.
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from typing import Any

import msgspec

LONGEST = 65_536  # of one thing that is decoded
SAYS_SOMETHING = ("choices", "output", "content", "data", "candidates")
_REASON = re.compile(rb'"finish_reason"\s*:\s*"(\w{1,40})"')
_REASON_WITHIN = 4_096
_decode_exact = msgspec.json.Decoder(float_hook=Decimal).decode


def parsed(response: bytes | str, *, names: frozenset[str]) -> Mapping[str, Any] | None:
    """An answer with the `names` of its first level, long ones as a sign that they are there; None where it is no object."""
    fields = tuple(sorted(names))
    try:
        found = _decoder(fields).decode(response)
        return {name: _value(name, bytes(raw)) for name, raw in zip(fields, msgspec.structs.astuple(found), strict=True) if raw}
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _value(name: str, raw: bytes) -> Any:
    if len(raw) <= LONGEST:
        return _decode_exact(raw)
    if name == "choices":
        reasons = _REASON.findall(raw, len(raw) - _REASON_WITHIN)
        return [{"text": "…", "finish_reason": reasons[-1].decode() if reasons else ""}]
    if name == "error":
        return "An error that is too long to be read."
    return ["…"] if name in SAYS_SOMETHING else None


@cache
def _decoder(names: tuple[str, ...]) -> msgspec.json.Decoder[msgspec.Struct]:
    fields = [(f"field_{place}", msgspec.Raw, msgspec.Raw(b"")) for place in range(len(names))]
    renamed = {f"field_{place}": name for place, name in enumerate(names)}
    return msgspec.json.Decoder(msgspec.defstruct("Told", fields, rename=renamed))
