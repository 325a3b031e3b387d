"""Alice's agent with its key and widget, and somebody else's website that it is embedded in."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from uuid import UUID

import pytest

from emporion.agents.channels import actions
from emporion.agents.channels.models import Widget
from emporion.agents.runtime.models import Agent
from emporion.plumbing.types import Actor


@pytest.fixture
def site(served: str) -> str:
    """The server's address, for a test whose rows it sees."""
    return served


@dataclass
class HostSite:
    """Somebody else's web server: `pages` by path, with the headers that it sends."""

    url: str
    pages: dict[str, tuple[str, dict[str, str]]] = field(default_factory=dict)

    def put(self, path: str, body: str, **headers: str) -> str:
        """Publish a page and return its address."""
        self.pages["/favicon.ico"] = ("", {})
        self.pages[path] = (body, {name.replace("_", "-"): value for name, value in headers.items()})
        return self.url + path


@pytest.fixture
def host_site() -> Iterator[HostSite]:
    """Another origin: `localhost` on a port of its own, where ours is `127.0.0.1`."""
    site = HostSite(url="")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body, headers = site.pages.get(self.path.split("?")[0], (None, {}))
            self.send_response(404 if body is None else int(headers.get("status", "200")))
            for name, value in {"content-type": "text/html; charset=utf-8", **headers}.items():
                if name != "status":
                    self.send_header(name, value)
            self.end_headers()
            self.wfile.write((body or "").encode())

        def log_message(self, *_: object) -> None:
            """Stay quiet."""

    server = ThreadingHTTPServer(("localhost", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    site.url = f"http://localhost:{server.server_port}"
    yield site
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def agent(agent_id: UUID) -> UUID:
    """The id of alice's agent itself."""
    return Agent.objects.get(subscription_id=agent_id).id


@pytest.fixture
def key(alice: Actor, agent: UUID, now) -> str:
    """A key of alice's agent."""
    return actions.create_key(agent_id=agent, name="Website", actor=alice, now=now).plaintext


@pytest.fixture
def widget(agent: UUID) -> Widget:
    """The widget that came with the agent."""
    return Widget.objects.get(agent_id=agent)


@pytest.fixture
def embed(site: str, widget: Widget, host_site: HostSite) -> Callable[..., str]:
    """Publishes a page with the embed code on the other site."""

    def put(path: str = "/", *, attributes: str = "", head: str = "", body: str = "<h1>Hôtel</h1>", **headers: str) -> str:
        tag = f'<script defer src="{site}/widget/v1.js" data-agent="{widget.public_id}" {attributes}></script>'
        page = (
            f'<!doctype html><html lang="en"><head><title>Host</title>{head}</head><body><main>{body}</main>{tag}</body></html>'
        )
        return host_site.put(path, page, **headers)

    return put
