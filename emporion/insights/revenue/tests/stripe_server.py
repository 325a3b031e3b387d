"""Stripe's list endpoints as far as we ask them, on the loopback: real HTTP, the shapes of Stripe's fixtures, pages of two."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

KEY = "rk_test_abcdefgh12345678"
PAGE = 2


@dataclass(slots=True)
class StripeServer:
    """What it has, by path; `refuses` are paths that the key may not read."""

    objects: dict[str, list[dict[str, object]]] = field(default_factory=dict)
    refuses: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)
    url: str = ""


def _answer(server: StripeServer, path: str, authorization: str) -> tuple[int, dict[str, object]]:
    parts, query = urlsplit(path), parse_qs(urlsplit(path).query)
    server.asked.append(path)
    if authorization != f"Bearer {KEY}":
        return 401, {"error": {"type": "invalid_request_error", "message": "Invalid API Key provided"}}
    if parts.path in server.refuses:
        return 403, {"error": {"type": "invalid_request_error", "message": "The key does not have the required permissions"}}
    since = int(query.get("created[gte]", ["0"])[0])
    found = [one for one in server.objects.get(parts.path, []) if int(one["created"]) >= since]
    names = [one["id"] for one in found]
    start = names.index(query["starting_after"][0]) + 1 if "starting_after" in query else 0
    page = found[start : start + PAGE]
    return 200, {"object": "list", "url": parts.path, "data": page, "has_more": start + PAGE < len(found)}


@contextmanager
def running() -> Iterator[StripeServer]:
    server = StripeServer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = _answer(server, self.path, self.headers.get("Authorization", ""))
            data = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *args: object) -> None:
            pass

    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.url = f"http://127.0.0.1:{httpd.server_port}"
    thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        httpd.shutdown()
        thread.join()
        httpd.server_close()
