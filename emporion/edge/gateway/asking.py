"""What a request says of itself, as far as the gateway has to know: whose API, which model, streamed or not, how much at most."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, get_type_hints

import msgspec

from emporion.gateway.routing.types import Protocol

PREFIX = "/gateway/"
LARGEST_BODY = 32 * 1024 * 1024
MOST_NAMES = 1_000  # a question has a few dozen; each more holds everybody up while it is written anew
DEFAULT_OUTPUT_TOKENS = 4_096  # where a request names no limit
_MODEL_TOKENS = 1_000_000  # no model reads more; what else a body holds are images
_VERSIONS = frozenset({"v1", "v1beta", "openai", "api"})
_OPERATIONS = {
    "chat/completions": "chat",
    "completions": "completions",
    "responses": "responses",
    "embeddings": "embeddings",
    "models": "models",
    "messages": "messages",
    "messages/count_tokens": "count_tokens",
}
GENERATING = frozenset({"chat", "completions", "responses", "messages", "embeddings"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What an address names: an API of the project, and the path behind it as it was sent."""

    name: str
    path: bytes


class TooManyNames(Exception):
    """A question has to be written anew, and names more than anybody asks."""


class _Name(str):
    """A name in an object that is written anew; a kind of its own, so that names are counted while they are read."""

    __slots__ = ()


class StreamOptions(msgspec.Struct, frozen=True):
    """What is asked of a stream, as far as the gateway looks; named fields alone, or a million names would hold everybody up."""

    include_usage: msgspec.Raw = msgspec.Raw(b"")


class Asked(msgspec.Struct, frozen=True):
    """The fields of a question to a model that the gateway looks at."""

    model: str = ""
    stream: bool = False
    max_tokens: int | None = None
    max_completion_tokens: int | None = None
    max_output_tokens: int | None = None
    n: int | None = None
    stream_options: StreamOptions | None = None

    @property
    def wants_usage(self) -> bool:
        """Whether the caller itself asked for the usage of a stream."""
        return self.stream_options is not None and bytes(self.stream_options.include_usage) == b"true"

    @property
    def most_output_tokens(self) -> int:
        """How much may be written at most; a sane guess where the request does not say."""
        told = self.max_completion_tokens or self.max_tokens or self.max_output_tokens or DEFAULT_OUTPUT_TOKENS
        return max(1, told) * max(1, min(self.n or 1, 128))


NOTHING_ASKED = Asked()
_KINDS = get_type_hints(Asked)
_decode = msgspec.json.Decoder(Asked, strict=False).decode
_each = msgspec.json.Decoder(msgspec.defstruct("Each", [(name, msgspec.Raw, msgspec.Raw(b"")) for name in _KINDS])).decode
_few = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_SHORTEST = b'"":0,'  # what a name takes at least
_encode = msgspec.json.Encoder().encode


def target_of(raw_path: bytes) -> Target | None:
    """What `/gateway/<name>/<path>` names; None where it names nothing."""
    name, _, path = raw_path.decode("latin-1").removeprefix(PREFIX).partition("/")
    if not name or not path.isascii():
        return None
    return Target(name=name, path=b"/" + path.encode())


def operation_of(path: bytes, protocol: Protocol) -> str:
    """What a call does: chat, messages, …; of other APIs the first part of the path that is no version."""
    parts = [part for part in path.decode("latin-1").split("/") if part]
    if parts and parts[0] in _VERSIONS:
        parts = parts[1:]
    if protocol is not Protocol.HTTP:
        known = _OPERATIONS.get("/".join(parts[:2])) or _OPERATIONS.get(parts[0] if len(parts) == 1 else "")
        if known:
            return known
    return parts[0][:60] if parts else ""


def read(body: bytes, headers: Mapping[bytes, bytes]) -> Asked:
    """What a body asks for; nothing where it is no JSON object, which is the upstream's to refuse."""
    if not body or b"json" not in headers.get(b"content-type", b"application/json"):
        return NOTHING_ASKED
    body = body.removeprefix(b"\xef\xbb\xbf")  # which JSON must not have, and servers take
    try:
        return _decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return _as_far_as_readable(body)


def _as_far_as_readable(body: bytes) -> Asked:
    """What can be read of a question of which a field is not what it should be: its model and its limits count all the same."""
    try:
        fields = _each(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return NOTHING_ASKED
    told: dict[str, Any] = {}
    for name, kind in _KINDS.items():
        with suppress(msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            told[name] = msgspec.json.decode(getattr(fields, name), type=kind, strict=False)
    return Asked(**told) if told else NOTHING_ASKED


def _fields(body: bytes | msgspec.Raw) -> dict[str, msgspec.Raw]:
    """The fields of an object as they were sent; reading ends with `TooManyNames` at the first name too many."""
    if len(memoryview(body)) <= MOST_NAMES * len(_SHORTEST):
        return _few(body)
    counted = 0

    def name(kind: type, text: str) -> _Name:
        nonlocal counted
        counted += 1
        if counted > MOST_NAMES:
            raise TooManyNames
        return _Name(text)

    return {str(key): value for key, value in msgspec.json.decode(body, type=dict[_Name, msgspec.Raw], dec_hook=name).items()}


def with_usage(body: bytes) -> bytes:
    """The same question with a request for the usage of its stream; unchanged where that cannot be written into it."""
    try:
        fields = _fields(body)
        given = fields.get("stream_options")
        options = {} if given is None or bytes(given) == b"null" else _fields(given)
        options["include_usage"] = msgspec.Raw(b"true")
        fields["stream_options"] = msgspec.Raw(_encode(options))
        return _encode(fields)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return body


def with_model(body: bytes, model: str) -> bytes | None:
    """The same question to another model; None where it names none."""
    try:
        fields = _fields(body)
        if "model" not in fields:
            return None
        fields["model"] = msgspec.Raw(_encode(model))
        return _encode(fields)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def most_input_tokens(body: bytes) -> int:
    """How many tokens a body can be at most: one a byte while it is short, a third in long ones, where nothing is so dense."""
    size = len(body)
    return size if size <= 16_384 else min(_MODEL_TOKENS, 16_384 + (size - 16_384) // 3)
