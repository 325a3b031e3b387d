"""A website of alice's, and somebody's web server on this machine that serves it."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from uuid import UUID

import pytest
from django.conf import LazySettings

from emporion.insights.sites.actions import add_site
from emporion.insights.sites.types import NewSite, SiteView
from emporion.plumbing.types import Actor


@pytest.fixture
def website(alice: Actor, project_id: UUID, now: datetime) -> SiteView:
    """Measured under its own domain."""
    return add_site(site=NewSite(domain="halyard.example", currency="EUR"), project_id=project_id, actor=alice, now=now)


@pytest.fixture
def local_website(alice: Actor, project_id: UUID, now: datetime) -> SiteView:
    """Measured on this computer, where its pages can be served to the verifier."""
    return add_site(site=NewSite(domain="localhost"), project_id=project_id, actor=alice, now=now)


@dataclass
class Host:
    """Somebody's web server: `pages` by path, each a body, a status and headers."""

    url: str
    pages: dict[str, tuple[str, int, dict[str, str]]] = field(default_factory=dict)

    def put(self, path: str, body: str, *, status: int = 200, **headers: str) -> str:
        """Publish a page and return its address."""
        self.pages[path] = (body, status, {name.replace("_", "-"): value for name, value in headers.items()})
        return self.url + path


@pytest.fixture
def host(settings: LazySettings) -> Iterator[Host]:
    """A server on `localhost`, which the verifier may read."""
    served = Host(url="")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path, _, query = self.path.partition("?")
            body, status, headers = served.pages.get(
                f"{path}?*" if query and f"{path}?*" in served.pages else path, ("", 404, {})
            )
            self.send_response(status)
            for name, value in {"Content-Type": "text/html; charset=utf-8", **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *words: object) -> None:
            """Stays quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    served.url = f"http://localhost:{server.server_port}"
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, outbound_allow="localhost,127.0.0.1")
    yield served
    server.shutdown()
    server.server_close()
