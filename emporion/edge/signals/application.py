"""Answers what programs send of themselves: OTLP over HTTP at its usual addresses, and signs of life."""

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Final

from msgspec import structs

from emporion.edge.latest import Latest
from emporion.edge.signals import answers, beats
from emporion.edge.signals.bodies import JSON, LARGEST_BODY, PROTOBUF, Room, Unfit, media_type, room_for, too_large
from emporion.edge.signals.known import Known, endpoints_of
from emporion.edge.transport import BodyTooLarge, Exchange
from emporion.edge.types import Answer, EdgeSettings
from emporion.gateway.routing.types import GatewaySnapshot, KeyGrant
from emporion.nexus.signals.types import SignalsSnapshot
from emporion.store import Spool
from emporion.store.errors import SpoolBroken, SpoolFull

if TYPE_CHECKING:
    from emporion.edge.signals.intake import Intake

# The documented addresses, and the bare ones that a client makes of an endpoint without a path.
ADDRESSES: Final = {f"{root}/v1/{signal}": signal for root in ("/otlp", "") for signal in ("traces", "metrics", "logs")}
SHARED: Final = frozenset({"/v1/metrics"})  # with the API of Insights, which only reads there
_TEXT = (
    (b"content-type", b"text/plain; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
)
_THREADS = 2


def serves(method: str, path: str) -> bool:
    """Whether a request is for here."""
    if path in SHARED:
        return method == "POST"
    return path in ADDRESSES or path.startswith(beats.PREFIX)


class Signals:
    """Takes signals in for one process; `refresh` looks for newer snapshots."""

    def __init__(self, settings: EdgeSettings, spool: Spool) -> None:
        self._spool = spool
        self._room = Room()
        self._gateway = Latest(settings.gateway_snapshot, GatewaySnapshot)
        self._heartbeats = Latest(settings.signals_snapshot, SignalsSnapshot)
        self._known = Known(lambda: self._gateway.value)
        self._beats = beats.Beats(self._heartbeats)
        self._own = endpoints_of(settings.public_url)
        self._making = threading.Lock()
        self._made: Intake | None = None

    def _intake(self) -> "Intake":
        """What reads telemetry, made once, at the first: protobuf and the prices take a moment to load."""
        from emporion.edge.signals.intake import Intake  # noqa: PLC0415 - see above

        with self._making:
            if self._made is None:
                self._made = Intake(self._spool)
        return self._made

    @cached_property
    def _threads(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(max_workers=_THREADS, thread_name_prefix="signals")

    def refresh(self) -> None:
        """Takes what changed."""
        self._gateway.refresh()
        self._heartbeats.refresh()

    def close(self) -> None:
        """Ends what is under way."""
        if "_threads" in self.__dict__:
            self._threads.shutdown()

    async def handle(self, exchange: Exchange) -> None:
        """Answers one request; ClientGone."""
        if exchange.path.startswith(beats.PREFIX):
            answer = await self._beat(exchange)
            await exchange.answer(structs.replace(answer, body=b"") if exchange.method == "HEAD" else answer)
            return
        kind = PROTOBUF
        try:
            kind = media_type(exchange.headers)
            await exchange.answer(await self._telemetry(exchange, kind))
        except Unfit as unfit:
            # An answer in JSON is readable for whoever sent neither.
            await exchange.answer(answers.refused(unfit, JSON if unfit.status in {405, 415} else kind))

    async def _telemetry(self, exchange: Exchange, kind: str) -> Answer:
        if exchange.method != "POST":
            raise Unfit(status=405, message="Telemetry is sent with POST.")
        grant = self._known.key(exchange.headers, datetime.now(UTC))
        if grant is None:
            step = "Send a gateway key of the project as `Authorization: Bearer …` or `x-emporion-key`."
            raise Unfit(status=401, message=step)
        size = room_for(exchange.headers)
        self._room.take(size)
        try:
            body = await exchange.body(LARGEST_BODY)
            return await asyncio.get_running_loop().run_in_executor(self._threads, self._take, exchange, body, kind, grant)
        except BodyTooLarge as error:
            raise too_large() from error
        except (SpoolFull, SpoolBroken) as error:
            wait = error.facts.get("retry_after_seconds", 1)
            raise Unfit(status=503, message=error.title, retry_seconds=int(str(wait))) from error
        finally:
            self._room.give_back(size)

    def _take(self, exchange: Exchange, body: bytes, kind: str, grant: KeyGrant) -> Answer:
        from emporion.edge.signals.calls import Sender  # noqa: PLC0415 - brings the prices, see `_intake`
        from emporion.edge.signals.intake import Parcel  # noqa: PLC0415 - brings protobuf
        from emporion.edge.signals.reading import Signal  # noqa: PLC0415 - as above

        project = self._known.project(grant.project_id, grant.organisation_id)
        asked = exchange.headers.get(b"host", b"").decode("latin-1")
        parcel = Parcel(
            signal=Signal(ADDRESSES[exchange.path]),
            body=body,
            encoding=exchange.headers.get(b"content-encoding", b""),
            is_json=kind == JSON,
            sender=Sender(grant=grant, project=project, own=self._own | endpoints_of(f"//{asked}")),
            now_nanos=time.time_ns(),
        )
        return answers.taken(parcel.signal, self._intake().take(parcel), kind)

    async def _beat(self, exchange: Exchange) -> Answer:
        """One sign of life, acknowledged when it is on the disk."""
        if exchange.method not in beats.METHODS:
            return _said(405, "Send GET, HEAD or POST.", (b"allow", b"GET, HEAD, POST"))
        grant, word = self._beats.find(exchange.path)
        if grant is None:
            return _said(404, "There is no heartbeat at this address. Copy it again from its page.")
        now = datetime.now(UTC)
        if not self._beats.has_room(grant, now):
            return _said(429, "This heartbeat has come often enough in this minute.", (b"retry-after", b"60"))
        try:
            body = await exchange.body(beats.LARGEST_BODY) if exchange.method == "POST" else b""
            await self._spool.append(beats.event_of(grant, word, body, now))
        except BodyTooLarge:
            return _said(413, f"Send at most {beats.LARGEST_BODY // 1024} kB with a heartbeat.")
        except (SpoolFull, SpoolBroken) as error:
            return _said(503, error.title, (b"retry-after", b"5"))
        return _said(200, "OK")


def _said(status: int, text: str, *headers: tuple[bytes, bytes]) -> Answer:
    return Answer(status=status, headers=(*_TEXT, *headers), body=text.encode())
