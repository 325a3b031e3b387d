"""An edge with a key and registered APIs of its own, behind a real port on this machine for real clients."""

import asyncio
import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from uuid import UUID

import msgspec

from emporion.edge.tests.world import World
from emporion.gateway.pricing.types import PriceRule
from emporion.gateway.routing.types import GatewaySnapshot, KeyGrant, Protocol, Upstream
from emporion.nexus.signals.types import BeatGrant, SignalsSnapshot

KEY = "emp_gw_q7WmS2cXr0dYtZ5vB8nK1uJ4"
BEAT = "hb_3hVt6yQpL0sWcXr9dZ5vB8nK1uJ4aE7G"
ORGANISATION = UUID("018f0000-0000-7000-8000-0000000000a1")
PROJECT = UUID("018f0000-0000-7000-8000-0000000000a2")
OPENAI = UUID("018f0000-0000-7000-8000-0000000000b1")
STRIPE = UUID("018f0000-0000-7000-8000-0000000000b2")
CLAUDE = UUID("018f0000-0000-7000-8000-0000000000b3")
HEARTBEAT = UUID("018f0000-0000-7000-8000-0000000000c1")


def digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def upstream(api_id: UUID, slug: str, url: str, protocol: Protocol = Protocol.HTTP, provider: str = "") -> Upstream:
    return Upstream(
        api_id=api_id,
        organisation_id=ORGANISATION,
        project_id=PROJECT,
        slug=slug,
        protocol=protocol,
        base_url=url,
        provider=provider,
    )


def snapshot(*, prices: tuple[PriceRule, ...] = ()) -> GatewaySnapshot:
    return GatewaySnapshot(
        number=1,
        upstreams=(
            upstream(OPENAI, "openai", "https://api.openai.com/v1", Protocol.OPENAI, "openai"),
            upstream(STRIPE, "payments", "https://api.stripe.com", provider="stripe"),
            upstream(CLAUDE, "claude", "https://api.anthropic.com", Protocol.ANTHROPIC, "anthropic"),
        ),
        keys=(
            KeyGrant(
                key_id=UUID(int=7),
                digest=digest(KEY),
                organisation_id=ORGANISATION,
                project_id=PROJECT,
                team="search",
                environment="production",
            ),
        ),
        prices=prices,
    )


def furnish(world: World, *, prices: tuple[PriceRule, ...] = ()) -> World:
    """Puts the snapshots where the edge reads them."""
    beats = SignalsSnapshot(
        number=1,
        beats=(BeatGrant(heartbeat_id=HEARTBEAT, digest=digest(BEAT), organisation_id=ORGANISATION, project_id=PROJECT),),
    )
    world.settings.gateway_snapshot.write_bytes(msgspec.msgpack.encode(snapshot(prices=prices)))
    world.settings.signals_snapshot.write_bytes(msgspec.msgpack.encode(beats))
    world.edge.signals.refresh()
    return world


@contextmanager
def listening(world: World) -> Iterator[str]:
    """The edge at a real address, for clients that speak HTTP."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", "0")))
            told = {name.lower().replace("-", "_"): text for name, text in self.headers.items()}
            reply = asyncio.run(world.send(body, method=self.command, path=self.path, **told))
            self.send_response(reply.status)
            for name, text in reply.headers.items():
                self.send_header(name, text)
            self.send_header("content-length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body)

        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self._answer()

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
