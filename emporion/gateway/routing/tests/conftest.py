"""Somebody's API on this machine, and APIs of alice's that lead to it."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from uuid import UUID

import pytest
from django.conf import LazySettings

from emporion.gateway.routing.actions import register_api
from emporion.gateway.routing.orders import NewApi
from emporion.gateway.routing.types import ApiView
from emporion.plumbing.types import Actor

KEY = "sk-test-0123456789abcdef"


@dataclass
class Provider:
    """A provider's server: what it answers, and what it was asked."""

    url: str
    status: int = 200
    body: str = json.dumps({"object": "list", "data": []})
    kind: str = "application/json"
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)


@pytest.fixture
def provider(settings: LazySettings) -> Iterator[Provider]:
    """A server on `localhost`, which the outbound guard lets through here."""
    served = Provider(url="")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            served.asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
            body = served.body.encode()
            self.send_response(served.status)
            self.send_header("Content-Type", served.kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *words: object) -> None:
            """Stays quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    served.url = f"http://localhost:{server.server_port}"
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, outbound_allow="localhost,127.0.0.1")
    yield served
    server.shutdown()
    server.server_close()


@pytest.fixture
def openai(alice: Actor, project_id: UUID, now: datetime) -> ApiView:
    """Alice's OpenAI, registered without a test call."""
    api = NewApi(preset="openai", secret=KEY, is_unchecked=True)
    return register_api(api=api, project_id=project_id, actor=alice, now=now)[0]


@pytest.fixture
def groq(alice: Actor, project_id: UUID, now: datetime) -> ApiView:
    """Another API that speaks the same, to fall back to."""
    api = NewApi(preset="groq", secret=KEY, is_unchecked=True)
    return register_api(api=api, project_id=project_id, actor=alice, now=now)[0]
