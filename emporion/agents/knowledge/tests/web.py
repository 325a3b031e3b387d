"""A website on loopback for the tests, as a real server, and the form through which its addresses are added."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from uuid import UUID

from django.test import Client

PAGES = {
    "/robots.txt": "User-agent: *\nDisallow: /private/\nSitemap: {site}/map.xml\n",
    "/map.xml": "<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>"
    "<url><loc>{site}/lions</loc></url><url><loc>{site}/private/x</loc></url><url><loc>{site}/gone</loc></url>"
    "<url><loc>{site}/bears</loc></url><url><loc>http://elsewhere.example/</loc></url><url><loc>http://[</loc></url></urlset>",
    "/lions": "<html><head><title>Lions</title></head><body><main><h1>Lions</h1>"
    "<p>The lions of Chester are fed at 14:20 each day by Rosa.</p></main></body></html>",
    "/bears": "<html><head><title>Bears</title></head><body><main><h1>Bears</h1>"
    "<p>The bears of Chester sleep from November to March in the old mill.</p></main></body></html>",
    "/private/x": "<p>secret</p>",
}
PAGES["/lions/"] = PAGES["/lions"]


@contextmanager
def serving(pages: Mapping[str, str | bytes], asked: list[str]) -> Iterator[str]:
    """The address of a server with these pages, in which `{site}` is that address; `asked` gets each path that is asked for."""

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            pass

        def do_GET(self) -> None:
            asked.append(self.path)
            page = pages.get(self.path)
            body = page if isinstance(page, bytes) else (page or "no").replace("{site}", address).encode()
            kinds = {".xml": "text/xml", ".pdf": "application/pdf"}
            self.send_response(200 if page else 404)
            self.send_header("Content-Type", kinds.get(self.path[-4:], "text/html; charset=utf-8"))
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    address = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield address
    finally:
        server.shutdown()
        server.server_close()


def add(client: Client, agent_id: UUID, address: str, scope: str = "page") -> str:
    """Adds an address as its form does; the page that follows."""
    sent = {"address": address, "scope": scope}
    return client.post(f"/agents/{agent_id}/training/web/", sent, follow=True).content.decode()
