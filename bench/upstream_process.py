"""A provider of models to measure against: `python -m bench.upstream_process PORT`; small, fast, in a process of its own.

`/instant/…` answers at once, `/think/…` after 20 ms, both like OpenAI's chat, streamed (first token at once) when asked for it.
"""

import asyncio
import json
import sys

import httptools
import uvloop

THINKS_SECONDS = 0.02
_WORDS = "The quick brown fox jumps over the lazy dog, and nobody in the office looks up from their coffee. " * 8


def _answer() -> bytes:
    message = {"role": "assistant", "content": _WORDS, "refusal": None}
    usage = {"prompt_tokens": 210, "completion_tokens": 180, "total_tokens": 390}
    choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
    told = {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "gpt-4o-mini-2024-07-18"}
    body = json.dumps({**told, "choices": [choice], "usage": usage}).encode()
    limits = b"x-ratelimit-limit-requests: 10000\r\nx-ratelimit-remaining-requests: 9999\r\nx-ratelimit-reset-requests: 6ms\r\n"
    head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n%s\r\n" % (len(body), limits)
    return head + body


def _stream() -> list[bytes]:
    base = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "gpt-4o-mini-2024-07-18"}
    said = [[{"index": 0, "delta": {"content": word}, "finish_reason": None}] for word in _WORDS.split()[:20]]
    told = [{**base, "choices": choices} for choices in said]
    told.append({**base, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
    told.append({**base, "choices": [], "usage": {"prompt_tokens": 210, "completion_tokens": 20, "total_tokens": 230}})
    pieces = [b"data: " + json.dumps(one).encode() + b"\n\n" for one in told] + [b"data: [DONE]\n\n"]
    return [b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces] + [b"0\r\n\r\n"]


ANSWER, STREAM = _answer(), _stream()
STREAM_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"


class Provider(asyncio.Protocol):
    """One connection of a client."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.parser = httptools.HttpRequestParser(self)
        self.loop = asyncio.get_running_loop()

    def data_received(self, data: bytes) -> None:
        self.parser.feed_data(data)

    def on_message_begin(self) -> None:
        self.url, self.body = b"", b""

    def on_url(self, url: bytes) -> None:
        self.url += url

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        is_stream = b'"stream":true' in self.body or b'"stream": true' in self.body
        if self.url.startswith(b"/think/"):
            self.loop.call_later(THINKS_SECONDS, self._reply, is_stream)
        else:
            self._reply(is_stream)

    def _reply(self, is_stream: bool) -> None:
        if self.transport.is_closing():
            return
        if not is_stream:
            self.transport.write(ANSWER)
            return
        self.transport.write(STREAM_HEAD + STREAM[0])
        for number, piece in enumerate(STREAM[1:]):
            self.loop.call_later(0.002 * (number + 1), self._write, piece)

    def _write(self, piece: bytes) -> None:
        if not self.transport.is_closing():
            self.transport.write(piece)


async def main() -> None:
    """Serves until it is killed."""
    server = await asyncio.get_running_loop().create_server(Provider, "127.0.0.1", int(sys.argv[1]), backlog=1024)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main())
