"""A stream of events on its way to its caller: never delayed, never framed anew, without the one frame that we asked for."""

import re

import msgspec

_NO_CHOICES = re.compile(rb'"choices"\s*:\s*\[\s*\]')
_FRAME_END = re.compile(rb"\r?\n\r?\n")
_LONGEST_WAIT = 64 * 1024  # far more than the usage takes; what waits is looked through again with every piece


class _Tail(msgspec.Struct):
    choices: list[msgspec.Raw]
    usage: dict[str, msgspec.Raw] | None = None


_tail = msgspec.json.Decoder(_Tail).decode


class UsageRemover:
    """Takes the frame that is nothing but the usage out of a stream whose caller did not ask for it; the rest passes as it came.

    Only the part behind the last whole frame waits for what follows.
    """

    def __init__(self) -> None:
        self._rest = b""

    def pass_on(self, piece: bytes) -> bytes:
        """What goes to the caller of these bytes, and of those that waited."""
        data = self._rest + piece if self._rest else piece
        ends = [match.end() for match in _FRAME_END.finditer(data)]
        end = ends[-1] if ends else 0
        self._rest = data[end:]
        if len(self._rest) > _LONGEST_WAIT:
            self._rest = b""
            return data
        whole = data[:end]
        if b'"usage"' not in whole or not _NO_CHOICES.search(whole):
            return whole
        frames = [data[start:stop] for start, stop in zip([0, *ends], ends, strict=False)]
        return b"".join(frame for frame in frames if not _is_usage_alone(frame))

    def rest(self) -> bytes:
        """What waits when the stream has ended."""
        rest, self._rest = self._rest, b""
        return rest


def _is_usage_alone(frame: bytes) -> bool:
    if not frame.startswith(b"data:") or not _NO_CHOICES.search(frame):
        return False
    try:
        tail = _tail(frame[5:].strip())
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return False
    return not tail.choices and tail.usage is not None
