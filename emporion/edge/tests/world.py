"""An edge with websites of its own on a disk of its own, spoken to as a server would: by ASGI."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID, uuid4

from emporion.edge import snapshot
from emporion.edge.application import Edge
from emporion.edge.types import EdgeSettings
from emporion.insights.sites.types import Collection
from emporion.store import Spool, frames
from emporion.store.types import Event, SpoolLimits

CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
VISITOR = "5f0c1c3e-6f5b-4a53-9c6e-0d3c6f0d9f11"
SITE = Collection(
    site_id=UUID("018f0000-0000-7000-8000-000000000001"),
    public_id="dfid_shop",
    organisation_id=UUID("018f0000-0000-7000-8000-000000000002"),
    project_id=UUID("018f0000-0000-7000-8000-000000000003"),
    domain="shop.example",
    hostnames=("pay.example",),
)


@dataclass(frozen=True, kw_only=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, object]:
        return json.loads(self.body)

    @property
    def dropped(self) -> str:
        return self.headers.get("x-emporion-dropped", "")


@dataclass
class World:
    home: Path
    sites: tuple[Collection, ...] = (SITE,)
    trusted_proxies: tuple[str, ...] = ()
    limits: SpoolLimits | None = None
    geo_database: str = ""
    edge: Edge = field(init=False)

    def __post_init__(self) -> None:
        self.settings = EdgeSettings(
            spool=self.home / "spool",
            folder=self.home / "edge",
            trusted_proxies=self.trusted_proxies,
            geo_database=self.geo_database,
        )
        snapshot.write(self.settings.snapshot, lambda: self.sites)
        self.spool = Spool(self.settings.spool, limits=self.limits)
        self.edge = Edge(self.settings, self.spool)

    async def send(
        self, body: object, *, peer: str = "85.3.4.5", method: str = "POST", path: str = "/api/events", **headers: str
    ) -> Reply:
        """One request; a header's name with `_` for `-`."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        told = {"user-agent": CHROME, "content-length": str(len(raw))} | {
            name.replace("_", "-"): text for name, text in headers.items()
        }
        sent: list[Mapping[str, object]] = []

        async def receive() -> Mapping[str, object]:
            return {"type": "http.request", "body": raw, "more_body": False}

        async def send(message: Mapping[str, object]) -> None:
            sent.append(message)

        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "headers": [(name.encode(), text.encode()) for name, text in told.items()],
            "client": (peer, 1234),
        }
        await self.edge(scope, receive, send)
        answered = {name.decode(): text.decode() for name, text in sent[0]["headers"]}
        return Reply(status=sent[0]["status"], headers=answered, body=sent[1]["body"])

    def events(self) -> list[Event]:
        """What lies in the spool, in order."""
        self.spool.seal()
        paths = sorted(self.settings.spool.rglob("*.seg"), key=lambda path: path.stem)
        return [self.spool.codec.decode(record) for path in paths for record in frames.read(path.read_bytes()).records]

    def close(self) -> None:
        self.edge.stop()
        self.spool.close()


def seen(**changes: object) -> dict[str, object]:
    """A page view as the SDK sends it, with changes."""
    payload = {
        "websiteId": SITE.public_id,
        "domain": SITE.domain,
        "visitorId": VISITOR,
        "sessionId": f"s{VISITOR}",
        "visitorFirstSeenAt": "2026-11-20T10:00:00.000Z",
        "visitorSessionNumber": 2,
        "href": "https://www.shop.example/café?utm_source=newsletter&utm_medium=email&token=secret",
        "referrer": "https://www.google.ch/search?q=private",
        "type": "pageview",
        "viewport": {"width": 1200, "height": 800},
        "language": "de-CH",
        "timezone": "Europe/Zurich",
        "screenWidth": 1920,
        "screenHeight": 1080,
    }
    return payload | changes


def new_visitor() -> str:
    return str(uuid4())


def worlds(home: Path) -> Iterator[World]:
    world = World(home=home)
    yield world
    world.close()
