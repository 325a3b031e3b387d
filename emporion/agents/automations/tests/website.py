"""A real website on this machine whose pages a test changes."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Website:
    """Its pages by path; what is not there answers 404, a number instead of a text answers with that status."""

    pages: dict[str, str | int] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    url: str = ""

    def page(self, path: str, title: str, *blocks: str) -> None:
        body = "".join(block if block.startswith("<") else f"<p>{block}</p>" for block in blocks)
        self.pages[path] = f"<!doctype html><html><head><title>{title}</title></head><body><main>{body}</main></body></html>"


@contextmanager
def serving() -> Iterator[Website]:
    site = Website()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.asked.append(self.path)
            found = site.pages.get(self.path, 404)
            status, text = (found, "") if isinstance(found, int) else (200, found)
            kind = "text/plain" if self.path.endswith(".txt") else "text/html; charset=utf-8"
            body = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    site.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
