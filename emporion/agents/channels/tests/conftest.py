"""The real ASGI application on a real port, as streams and MCP need it; Django's own test server speaks WSGI only."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from uuid import UUID

import pytest
import uvicorn
from django.conf import LazySettings
from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler
from django.core.asgi import get_asgi_application
from django.db import connections

from emporion.agents.channels import actions
from emporion.agents.channels.models import Widget
from emporion.agents.runtime.models import Agent
from emporion.config.asgi import application
from emporion.plumbing.types import Actor


@pytest.fixture(scope="session")
def running(django_db_setup: None, django_db_blocker) -> Iterator[str]:
    """The address of a server that lives as long as the tests do."""
    files = ASGIStaticFilesHandler(get_asgi_application())

    async def app(scope, receive, send) -> None:
        path = scope.get("path", "")
        if path.startswith("/keyed/"):  # for clients that can send no header of their own
            _, _, key, agent = path.split("/", 3)
            headers = [*scope["headers"], (b"authorization", f"Bearer {key}".encode())]
            scope = dict(scope, path=f"/mcp/{agent}", headers=headers)
        await (files if path.startswith("/static/") else application)(scope, receive, send)

    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="critical", ws="none", loop="asyncio"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the server did not start"
        thread.join(0.02)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(10)
    if connections["default"].vendor == "postgresql":  # its threads' sessions would keep the test database from being dropped
        with django_db_blocker.unblock(), connections["default"].cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )


@pytest.fixture
def site(running: str, transactional_db: None, settings: LazySettings) -> str:
    """The server's address, for a test whose rows it sees."""
    settings.SITE_URL = running
    for connection in connections.all():
        connection.settings_dict["CONN_MAX_AGE"] = 0
    return running


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
    thread = threading.Thread(target=server.serve_forever, daemon=True)
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
