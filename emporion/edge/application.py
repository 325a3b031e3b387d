"""The data plane as an ASGI application: which addresses it answers, and how what went wrong is said."""

import threading
from datetime import UTC, datetime
from functools import cached_property

import msgspec
import structlog
from starlette.types import Message, Receive, Scope, Send

from emporion.edge.collect.agents import warm_up
from emporion.edge.collect.collector import Arrival, Collector, Taken
from emporion.edge.collect.payload import LARGEST_BODY, Unreadable
from emporion.edge.realtime import watch
from emporion.edge.serving import script_answer
from emporion.edge.types import Answer, EdgeSettings
from emporion.insights.live.tickets import key_of
from emporion.store import Spool
from emporion.store.errors import InvalidEvent, SpoolBroken, SpoolFull

log = structlog.get_logger(__name__)

EVENTS_PATH = "/api/events"
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


def serves(path: str) -> bool:
    """Whether an address belongs to the data plane."""
    return path == EVENTS_PATH or path.startswith((SCRIPTS_PATH, REALTIME_PATH))


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

    def start(self) -> "Edge":
        """Watches the snapshot and the salts in the background from now on."""
        self._watcher = threading.Thread(target=self._watch, name="edge-watch", daemon=True)
        self._watcher.start()
        return self

    def stop(self) -> None:
        """Stops watching."""
        self._stopped.set()
        if self._watcher is not None:
            self._watcher.join()

    def look(self, now: datetime) -> None:
        """Takes what changed since the last look: the snapshot, and the day with its salt."""
        self.collector.sites.refresh()
        self.collector.salts.of(now)

    def _watch(self) -> None:
        warm_up()
        while not self._stopped.wait(_LOOK_SECONDS):
            try:
                self.look(datetime.now(UTC))
            except OSError as error:
                log.warning("edge.look_failed", problem=str(error))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request or WebSocket, or the server's own questions at its start and end."""
        if scope["type"] == "lifespan":
            await _aside(scope, receive, send)
            return
        if scope["type"] == "websocket":
            await watch(scope, receive, send, hub=self.collector.hub, key=self._ticket_key)
            return
        headers: dict[bytes, bytes] = dict(scope["headers"])
        method, path = scope["method"], scope["path"]
        if path.startswith(SCRIPTS_PATH):
            answer = script_answer(method, path, headers)
        elif path == HEALTH_PATH:
            answer = self._health()
        elif path != EVENTS_PATH:
            answer = _problem(404, "There is nothing at this address.", "The data plane answers /api/events and /js/.")
        elif method == "POST":
            answer = await self._collect(scope, headers, receive)
        elif method == "OPTIONS":
            answer = Answer(status=204, headers=(*_permission(headers), (b"access-control-max-age", b"86400")))
        else:
            answer = _problem(405, "Events are sent with POST.", "Send the event with POST.", (b"allow", b"POST, OPTIONS"))
        shared = _shared(headers) if path == EVENTS_PATH else ()
        await send({"type": "http.response.start", "status": answer.status, "headers": [*answer.headers, *shared]})
        await send({"type": "http.response.body", "body": answer.body})

    def _health(self) -> Answer:
        """Whether events are taken in now, and what was done with those that came; for monitors and load balancers."""
        spool, collector = self._spool.stats(), self.collector
        told = {
            "status": "full" if spool.is_full else "ok",
            "snapshot": collector.sites.number,
            "accepted": collector.accepted,
            "dropped": {reason.value: count for reason, count in collector.counts.items()},
            "waiting_bytes": spool.used_bytes,
            "oldest_seconds": round(spool.oldest_seconds, 1),
        }
        return Answer(status=503 if spool.is_full else 200, headers=(_JSON,), body=_encoder.encode(told))

    async def _collect(self, scope: Scope, headers: dict[bytes, bytes], receive: Receive) -> Answer:
        body = await _body(headers, receive)
        if body is None:
            step = f"Send at most {LARGEST_BODY // 1024**2} MB at once."
            return _problem(413, "The request is too large.", step, (b"connection", b"close"))
        peer = scope["client"][0] if scope.get("client") else ""
        arrival = Arrival(peer=peer, headers=headers, body=body, received_at=datetime.now(UTC))
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


def _problem(status: int, title: str, step: str, *headers: tuple[bytes, bytes], detail: str = "") -> Answer:
    """What went wrong, as RFC 9457 has it, with what to do now."""
    body = {"type": "about:blank", "title": title, "status": status, "next_step": step} | ({"detail": detail} if detail else {})
    return Answer(status=status, headers=(_PROBLEM, *headers), body=_encoder.encode(body))


def _shared(headers: dict[bytes, bytes]) -> tuple[tuple[bytes, bytes], ...]:
    """Any page may send events and read the answer, which holds nothing but its own ids."""
    return ((b"access-control-allow-origin", headers.get(b"origin", b"*")), *_ALWAYS)


def _permission(headers: dict[bytes, bytes]) -> tuple[tuple[bytes, bytes], ...]:
    asked = headers.get(b"access-control-request-headers", b"content-type")
    return (
        (b"access-control-allow-methods", b"POST, OPTIONS"),
        (b"access-control-allow-headers", asked),
        (b"access-control-allow-credentials", b"true"),
    )


async def _body(headers: dict[bytes, bytes], receive: Receive) -> bytes | None:
    """The whole body, or None when it is too large; what was announced is refused before it is read."""
    told = headers.get(b"content-length", b"0")
    if not told.isdigit() or int(told) > LARGEST_BODY:
        return None
    message: Message = await receive()
    body: bytes = message.get("body", b"")
    if not message.get("more_body"):
        return body
    pieces, size = [body], len(body)
    while message.get("more_body"):
        message = await receive()
        pieces.append(message.get("body", b""))
        size += len(pieces[-1])
        if size > LARGEST_BODY:
            return None
    return b"".join(pieces)
