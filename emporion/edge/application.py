"""The data plane: which addresses it answers, and how what went wrong is said."""

import contextlib
import gc
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cached_property

import msgspec
import structlog
from starlette.types import Receive, Scope, Send

from emporion.edge.collect.agents import warm_up
from emporion.edge.collect.collector import Arrival, Collector, Taken
from emporion.edge.collect.payload import LARGEST_BODY, Unreadable
from emporion.edge.gateway.proxy import Gateway
from emporion.edge.realtime import watch
from emporion.edge.serving import script_answer
from emporion.edge.signals import application as signals
from emporion.edge.signals.application import Signals
from emporion.edge.transport import AsgiExchange, AsgiSocket, BodyTooLarge, ClientGone, Exchange, Header
from emporion.edge.types import Answer, EdgeSettings
from emporion.gateway.pricing import rules as pricing
from emporion.insights.live.tickets import key_of
from emporion.store import Spool
from emporion.store.errors import InvalidEvent, SpoolBroken, SpoolFull

log = structlog.get_logger(__name__)

EVENTS_PATH = "/api/events"
GATEWAY_PATH = "/gateway/"
HEALTH_PATH = "/healthz"  # of a process that is edge alone; beside the pages, theirs answers
SCRIPTS_PATH = "/js/"
REALTIME_PATH = "/realtime/"
_LOOK_SECONDS = 0.5
_JSON = (b"content-type", b"application/json")
_PROBLEM = (b"content-type", b"application/problem+json")
_ALWAYS = (
    (b"access-control-expose-headers", b"x-emporion-dropped, retry-after"),
    (b"vary", b"origin"),
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
)
_encoder = msgspec.json.Encoder()


def serves(path: str, method: str = "GET") -> bool:
    """Whether a request belongs to the data plane."""
    return path == EVENTS_PATH or path.startswith((GATEWAY_PATH, SCRIPTS_PATH, REALTIME_PATH)) or signals.serves(method, path)


class Edge:
    """The application; `spool` is that of the process. Only once it is started does it hear of changes."""

    def __init__(self, settings: EdgeSettings, spool: Spool) -> None:
        self._settings = settings
        self._spool = spool
        self._ticket_key = key_of(settings.secret)
        self._watcher: threading.Thread | None = None
        self._stopped = threading.Event()

    @cached_property
    def collector(self) -> Collector:
        """What takes events in, made at the first use."""
        return Collector(self._settings, self._spool)

    @cached_property
    def gateway(self) -> Gateway:
        """What calls of APIs pass through, made at the first use."""
        return Gateway(self._settings, self._spool)

    @cached_property
    def signals(self) -> Signals:
        """What takes signals of programs in, made at the first use."""
        return Signals(self._settings, self._spool)

    def start(self) -> "Edge":
        """Watches the snapshot and the salts in the background from now on."""
        self._watcher = threading.Thread(target=self._watch, name="edge-watch", daemon=True)
        self._watcher.start()
        return self

    def warm(self) -> "Edge":
        """Reads the lists of prices, which the first call would wait for half a second; before the server listens."""
        pricing.warm()
        gc.freeze()  # they stay for good: looking through them again and again is a seventh of the processor
        return self

    def stop(self) -> None:
        """Stops watching, and brings what the gateway has written to the disk."""
        self._stopped.set()
        if self._watcher is not None:
            self._watcher.join()
        if "gateway" in self.__dict__:
            self.gateway.close()
        self.signals.close()

    def look(self, now: datetime) -> None:
        """Takes what changed since the last look: the snapshot, and the day with its salt."""
        self.collector.sites.refresh()
        self.collector.salts.of(now)
        if "gateway" in self.__dict__:
            self.gateway.look()
        self.signals.refresh()

    def _watch(self) -> None:
        warm_up()
        while not self._stopped.wait(_LOOK_SECONDS):
            try:
                self.look(datetime.now(UTC))
            except OSError as error:
                log.warning("edge.look_failed", problem=str(error))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request or WebSocket of an ASGI server, or the server's own questions at its start and end."""
        if scope["type"] == "http":
            await self.handle(AsgiExchange(scope, receive, send))
        elif scope["type"] == "websocket":
            if (await receive())["type"] == "websocket.connect":
                await watch(AsgiSocket(scope, receive, send), hub=self.collector.hub, key=self._ticket_key)
        else:
            await _aside(scope, receive, send)

    async def handle(self, exchange: Exchange) -> None:
        """Answers one request."""
        path = exchange.path
        if path == EVENTS_PATH:
            with contextlib.suppress(ClientGone):
                await exchange.answer(await self._event(exchange))
        elif path.startswith(GATEWAY_PATH):
            await self.gateway.handle(exchange)
        elif signals.serves(exchange.method, path):
            with contextlib.suppress(ClientGone):
                await self.signals.handle(exchange)
        elif path.startswith(SCRIPTS_PATH):
            await exchange.answer(script_answer(exchange.method, path, exchange.headers))
        elif path == HEALTH_PATH:
            await exchange.answer(self._health())
        else:
            step = "The data plane answers /api/events, /gateway/ and /js/."
            await exchange.answer(_problem(404, "There is nothing at this address.", step))

    async def _event(self, exchange: Exchange) -> Answer:
        if exchange.method == "POST":
            answer = await self._collect(exchange)
        elif exchange.method == "OPTIONS":
            answer = Answer(status=204, headers=(*_permission(exchange.headers), (b"access-control-max-age", b"86400")))
        else:
            answer = _problem(405, "Events are sent with POST.", "Send the event with POST.", (b"allow", b"POST, OPTIONS"))
        return Answer(status=answer.status, headers=(*answer.headers, *_shared(exchange.headers)), body=answer.body)

    def _health(self) -> Answer:
        """Whether events are taken in now, and what was done with those that came; for monitors and load balancers."""
        spool, collector = self._spool.stats(), self.collector
        told: dict[str, object] = {
            "status": "full" if spool.is_full else "ok",
            "snapshot": collector.sites.number,
            "accepted": collector.accepted,
            "dropped": {reason.value: count for reason, count in collector.counts.items()},
            "waiting_bytes": spool.used_bytes,
            "oldest_seconds": round(spool.oldest_seconds, 1),
        }
        if "gateway" in self.__dict__:
            told["gateway"] = self.gateway.figures()
        return Answer(status=503 if spool.is_full else 200, headers=(_JSON,), body=_encoder.encode(told))

    async def _collect(self, exchange: Exchange) -> Answer:
        try:
            body = await exchange.body(LARGEST_BODY)
        except BodyTooLarge:
            step = f"Send at most {LARGEST_BODY // 1024**2} MB at once."
            return _problem(413, "The request is too large.", step, (b"connection", b"close"))
        arrival = Arrival(peer=exchange.peer, headers=exchange.headers, body=body, received_at=datetime.now(UTC))
        try:
            return _accepted(await self.collector.take(arrival))
        except (Unreadable, InvalidEvent) as error:
            return _problem(400, "This is no event.", "Send the documented JSON object, or a list of them.", detail=str(error))
        except (SpoolFull, SpoolBroken) as error:
            wait = str(error.facts.get("retry_after_seconds", 1)).encode()
            return _problem(503, error.title, "Send the event again in a moment.", (b"retry-after", wait))


async def _aside(scope: Scope, receive: Receive, send: Send) -> None:
    """Start and end need nothing; other connections than requests are not served."""
    while scope["type"] == "lifespan":
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
    await send({"type": "websocket.close"})


def _accepted(taken: Taken) -> Answer:
    told: dict[str, object] = {"status": "success", "visitorId": taken.visitor_id, "sessionId": taken.session_id}
    if taken.is_batch:
        told |= {"accepted": taken.accepted, "dropped": {reason.value: count for reason, count in taken.dropped.items()}}
    headers = [_JSON]
    if taken.dropped:
        headers.append((b"x-emporion-dropped", ", ".join(sorted(taken.dropped)).encode()))
    return Answer(status=202, headers=tuple(headers), body=_encoder.encode(told))


def _problem(status: int, title: str, step: str, *headers: Header, detail: str = "") -> Answer:
    """What went wrong, as RFC 9457 has it, with what to do now."""
    body = {"type": "about:blank", "title": title, "status": status, "next_step": step} | ({"detail": detail} if detail else {})
    return Answer(status=status, headers=(_PROBLEM, *headers), body=_encoder.encode(body))


def _shared(headers: Mapping[bytes, bytes]) -> tuple[Header, ...]:
    """Any page may send events and read the answer, which holds nothing but its own ids."""
    return ((b"access-control-allow-origin", headers.get(b"origin", b"*")), *_ALWAYS)


def _permission(headers: Mapping[bytes, bytes]) -> tuple[Header, ...]:
    asked = headers.get(b"access-control-request-headers", b"content-type")
    return (
        (b"access-control-allow-methods", b"POST, OPTIONS"),
        (b"access-control-allow-headers", asked),
        (b"access-control-allow-credentials", b"true"),
    )
