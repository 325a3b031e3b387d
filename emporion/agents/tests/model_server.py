"""A model provider on loopback: OpenAI chat completions and Anthropic messages, streaming, with whatever can go wrong."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(slots=True)
class ModelServer:
    """What the provider should say next, and what it was asked."""

    url: str = ""
    text: str = "Both secrets stay valid for 24 hours [1]."
    echo: str = ""
    status: int = 200
    break_after: int = -1
    malformed: bool = False
    stall: threading.Event | None = None
    tool: str = ""
    requests: list[dict] = field(default_factory=list)
    headers: list[dict] = field(default_factory=list)

    def said(self) -> str:
        """Everything that the last request told the model, as one text."""
        return json.dumps(self.requests[-1], ensure_ascii=False)

    def answer_to(self, request: dict) -> str:
        """The text to answer: fixed, or what it was told, whole or in part (an obedient model under attack)."""
        if self.echo == "everything":
            return " ".join(str(one["content"]) for one in request["messages"]) + " [1]"
        if self.echo != "instructions":
            return self.text
        if isinstance(request.get("system"), str):
            return request["system"]
        if request.get("system"):
            return " ".join(part["text"] for part in request["system"])
        return " ".join(str(one["content"]) for one in request["messages"] if one["role"] in {"system", "developer"})


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    plan: ModelServer

    def log_message(self, *args: object) -> None:
        """Quiet."""

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.plan.requests.append(request)
        self.plan.headers.append(dict(self.headers))
        if self.plan.status != 200:
            self._plain(self.plan.status, b'{"error": {"message": "no", "type": "server_error"}}')
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        chunks = self._anthropic(request) if self.path.endswith("/messages") else self._openai(request)
        try:
            for number, chunk in enumerate(chunks):
                if self.plan.stall is not None and number == 2:
                    self.plan.stall.wait(20)
                if number == self.plan.break_after:
                    return
                self.wfile.write(chunk.encode())
                self.wfile.flush()
        except OSError:
            return

    def _plain(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _pieces(self, request: dict) -> list[str]:
        # Cut across words and marks on purpose.
        text = self.plan.answer_to(request)
        return [text[at : at + 7] for at in range(0, len(text), 7)]

    def _openai(self, request: dict) -> Iterator[str]:
        base = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "test-model"}

        def chunk(delta: dict, finish: str | None = None) -> str:
            return f"data: {json.dumps({**base, 'choices': [{'index': 0, 'delta': delta, 'finish_reason': finish}]})}\n\n"

        if self.plan.malformed:
            yield "data: {not json\n\n"
        if self.plan.tool and not any(one["role"] == "tool" for one in request["messages"]):
            call = {"index": 0, "id": "t1", "type": "function"}
            call["function"] = {"name": self.plan.tool, "arguments": '{"question": "secret"}'}
            yield chunk({"role": "assistant", "tool_calls": [call]})
            yield chunk({}, "tool_calls")
        else:
            yield chunk({"role": "assistant", "content": ""})
            for piece in self._pieces(request):
                yield chunk({"content": piece})
            yield chunk({}, "stop")
        yield "data: [DONE]\n\n"

    def _anthropic(self, request: dict) -> Iterator[str]:
        def event(name: str, data: dict) -> str:
            return f"event: {name}\ndata: {json.dumps({'type': name, **data})}\n\n"

        message = {"id": "m1", "type": "message", "role": "assistant", "model": "test-model", "content": [], "stop_reason": None}
        yield event("message_start", {"message": {**message, "usage": {"input_tokens": 9, "output_tokens": 1}}})
        yield event("content_block_start", {"index": 0, "content_block": {"type": "text", "text": ""}})
        for piece in self._pieces(request):
            yield event("content_block_delta", {"index": 0, "delta": {"type": "text_delta", "text": piece}})
        yield event("content_block_stop", {"index": 0})
        yield event("message_delta", {"delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 9}})
        yield event("message_stop", {})


@contextmanager
def serving() -> Iterator[ModelServer]:
    """The provider, for as long as the block lasts."""
    plan = ModelServer()
    handler = type("Handler", (_Handler,), {"plan": plan})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    plan.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield plan
    finally:
        if plan.stall is not None:
            plan.stall.set()
        server.shutdown()
        server.server_close()
