"""Reads a streamed answer while it passes: what was used, who answered, when the first token came, and whether it ended well.

It never changes or delays a byte; frames may be cut anywhere. What a stream carries is not trusted: a frame that cannot be read
is counted as malformed and skipped, and a frame without end is given up at a megabyte.
"""

from typing import Any

import msgspec

from emporion.gateway.pricing.types import Answer, Usage
from emporion.gateway.pricing.usage import NOTHING, error_in, extract, model_in

MAX_FRAME = 1024 * 1024
MOST_FIGURES = 64  # of a usage; providers tell a dozen
DONE = b"[DONE]"


class _Delta(msgspec.Struct):
    content: Any = None
    tool_calls: Any = None
    reasoning_content: Any = None
    refusal: Any = None
    audio: Any = None


class _Choice(msgspec.Struct):
    delta: _Delta | None = None
    finish_reason: str | None = None
    text: str | None = None


class _Chunk(msgspec.Struct):
    """A frame of OpenAI's chat; only what is looked at is decoded, which is what keeps a long stream cheap."""

    model: str | None = None
    choices: list[_Choice] | None = None
    usage: Any = None
    service_tier: str | None = None
    error: Any = None


class _Event(msgspec.Struct, rename="camel"):
    """A frame of OpenAI's responses, of Anthropic's messages and of Cohere's, which name their type, or of Google's."""

    type: str = ""
    response: Any = None
    message: Any = None
    usage: Any = None
    delta: Any = None
    error: Any = None
    code: Any = None
    usage_metadata: Any = None
    model_version: str | None = None
    candidates: Any = None


_chunk = msgspec.json.Decoder(_Chunk).decode
_event = msgspec.json.Decoder(_Event).decode


class StreamReader:
    """Fed with the bytes of one streamed answer; `answer()` tells what is known so far, whenever it is asked."""

    def __init__(self, *, provider: str, operation: str) -> None:
        self._provider = provider
        self._operation = operation
        self._rest = b""
        self._data: list[bytes] = []
        self._held = 0  # bytes of the frame that is not whole yet
        self._body: dict[str, Any] = {}  # what an answer in one piece would have held
        self._usage: dict[str, Any] = {}
        self._root = "usage"
        self._finish_reason = ""
        self._error: tuple[str, str] = ("", "")
        self._is_complete = False
        self._is_malformed = False
        self._first_token_at: int | None = None
        self._at = 0
        self.characters = 0  # of text that was streamed, for an estimate where no usage follows

    def feed(self, chunk: bytes, at: int) -> None:
        """Bytes as they arrived, at a moment of the caller's clock (any unit, only handed back)."""
        self._at = at
        text = self._rest + chunk if self._rest else chunk
        *lines, self._rest = text.split(b"\n")
        for line in lines:
            self._line(line[:-1] if line.endswith(b"\r") else line)
        if len(self._rest) > MAX_FRAME:
            self._rest, self._is_malformed = b"", True

    @property
    def is_complete(self) -> bool:
        """Whether the protocol's own end has passed; a chat's usage may still follow."""
        return self._is_complete

    def answer(self) -> Answer:
        """What the stream has said of itself; call it when the stream has ended, however it did."""
        if self._rest or self._data:  # an end without the blank line that should close the last frame
            self._line(self._rest)
            self._line(b"")
            self._rest = b""
        return Answer(
            usage=self._used(),
            model=model_in(self._body),
            finish_reason=self._finish_reason,
            has_content=self._first_token_at is not None,
            is_complete=self._is_complete,
            is_malformed=self._is_malformed,
            first_token_at=self._first_token_at,
            error_code=self._error[0],
            error_message=self._error[1],
        )

    def _used(self) -> Usage:
        if not self._usage:
            return NOTHING
        return extract(provider=self._provider, operation=self._operation, response={**self._body, self._root: self._usage})

    def _line(self, line: bytes) -> None:
        if line.startswith(b"data:"):
            self._data.append(line[6:] if line.startswith(b"data: ") else line[5:])
            self._held += len(line)
            if self._held > MAX_FRAME:
                self._data, self._held, self._is_malformed = [], 0, True
        elif not line and self._data:
            data = self._data[0] if len(self._data) == 1 else b"\n".join(self._data)
            self._data, self._held = [], 0
            self._frame(data)

    def _frame(self, data: bytes) -> None:
        if data == DONE or data.strip() == DONE:
            self._is_complete = True
            return
        try:
            if b'"choices"' in data:
                self._take_chunk(_chunk(data))
            else:
                self._take_event(_event(data))
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            self._is_malformed = True

    def _take_chunk(self, chunk: _Chunk) -> None:
        if chunk.model:
            self._body["model"] = chunk.model
        if chunk.service_tier:
            self._body["service_tier"] = chunk.service_tier
        if isinstance(chunk.usage, dict):
            self._merge(chunk.usage)
        if chunk.error:
            self._error = error_in({"error": chunk.error})
        for choice in chunk.choices or ():
            if choice.finish_reason:
                self._finish_reason = choice.finish_reason
                self._is_complete = True  # `[DONE]` follows, but not everybody sends it
            if choice.text:
                self._saw(choice.text)
            if choice.delta is not None:
                self._take_delta(choice.delta)

    def _take_delta(self, delta: _Delta) -> None:
        if delta.content:
            self._saw(delta.content)
        elif delta.reasoning_content or delta.tool_calls or delta.refusal or delta.audio:
            self._saw(delta.reasoning_content or delta.refusal or "")

    def _take_event(self, event: _Event) -> None:
        kind = event.type
        if kind.startswith("response.") and event.response is not None:
            self._take_response(kind.removeprefix("response."), event.response)
        elif kind == "message_start" and isinstance(event.message, dict):
            self._take_body(event.message)
        elif kind in {"message_delta", "message-end"}:
            self._take_last(event)
        elif kind == "message_stop":
            self._is_complete = True
        elif event.usage_metadata is not None or event.candidates is not None:
            self._take_google(event)
        elif event.delta is not None:
            self._saw(_text_of(event.delta))
        elif isinstance(event.usage, dict):
            self._merge(event.usage)
        if kind == "error" or event.error:
            self._error = error_in({"error": event.error or {"code": event.code or "error"}})

    def _take_last(self, event: _Event) -> None:
        """What Anthropic and Cohere say when they have finished: why, and the totals."""
        delta = event.delta if isinstance(event.delta, dict) else {}
        if reason := delta.get("stop_reason") or delta.get("finish_reason"):
            self._finish_reason = str(reason)
        for usage in (event.usage, delta.get("usage")):
            if isinstance(usage, dict):
                self._merge(usage)
        self._is_complete = self._is_complete or event.type == "message-end"

    def _take_google(self, event: _Event) -> None:
        """Google's frames are whole answers; their totals grow from one to the next, the last one has the reason."""
        self._root = "usageMetadata"
        if event.model_version:
            self._body["model"] = event.model_version
        if isinstance(event.usage_metadata, dict):
            self._merge(event.usage_metadata)
        for candidate in event.candidates if isinstance(event.candidates, list) else ():
            if not isinstance(candidate, dict):
                continue
            content = candidate.get("content")
            for part in (content.get("parts") or ()) if isinstance(content, dict) else ():
                self._saw(part.get("text") if isinstance(part, dict) else "")
            if candidate.get("finishReason"):
                self._finish_reason, self._is_complete = str(candidate["finishReason"]), True

    def _take_response(self, state: str, response: Any) -> None:
        if not isinstance(response, dict):
            return
        self._take_body(response)
        if state in {"completed", "incomplete", "failed"}:
            details = response.get("incomplete_details")
            reason = details.get("reason") if isinstance(details, dict) else None
            self._finish_reason = str(reason or response.get("status") or state)
            self._is_complete = state != "failed"
            if state == "failed":
                self._error = error_in(response)

    def _take_body(self, body: dict[str, Any]) -> None:
        for key in ("model", "service_tier"):
            if body.get(key):
                self._body[key] = body[key]
        if isinstance(body.get("usage"), dict):
            self._merge(body["usage"])

    def _merge(self, usage: dict[str, Any]) -> None:
        """Later figures replace earlier ones: both providers say running totals, and only what they changed."""
        for key, value in usage.items():
            if key not in self._usage and len(self._usage) >= MOST_FIGURES:
                continue
            if value is not None or key not in self._usage:
                self._usage[key] = value

    def _saw(self, text: Any) -> None:
        if self._first_token_at is None:
            self._first_token_at = self._at
        if isinstance(text, str):
            self.characters += len(text)


def _text_of(delta: Any) -> Any:
    """The text of a delta: bare (OpenAI), by the name of its kind (Anthropic), or within a message (Cohere)."""
    if isinstance(delta, dict):
        return delta.get("text") or delta.get("thinking") or delta.get("partial_json") or ""
    return delta
