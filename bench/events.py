"""A client for collection in a process of its own: raw sockets, as many connections as asked, one request at a time on each.

`python -m bench.events PORT CONNECTIONS SECONDS BATCH` sends page views of many visitors; what it saw is a line of JSON.
"""

import asyncio
import json
import secrets
import sys
import time
from dataclasses import asdict, dataclass
from uuid import UUID

SITE = "dfid_bench"
# One visitor may do 240 things in a minute, then the rest is dropped: a flood must come of many, as it would.
VISITORS = 25_000
BODIES = {True: 50, False: 2_000}  # batches, single events: made ahead, then sent again and again
AGENTS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15",
    (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
        "Version/18.5 Mobile/15E148 Safari/604.1"
    ),
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
)
REFERRERS = ("", "", "https://www.google.com/", "https://news.ycombinator.com/", "https://chatgpt.com/", "https://t.co/x")


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a run of the client saw; milliseconds of the requests that were answered."""

    sent: int
    acknowledged: int
    refused: int
    seconds: float
    p50_ms: float
    p99_ms: float


def payload(number: int) -> dict[str, object]:
    """A page view as the script sends it, of one of many visitors."""
    visitor = str(UUID(int=(number % VISITORS) * 7_919 + (4 << 76) + (0b10 << 62)))
    return {
        "websiteId": SITE,
        "domain": "shop.example",
        "visitorId": visitor,
        "sessionId": f"s{visitor}",
        "visitorSessionNumber": 1,
        "href": f"https://shop.example/page-{number % 300}?utm_source=news",
        "referrer": REFERRERS[number % len(REFERRERS)],
        "type": "pageview",
        "viewport": {"width": 1200, "height": 800},
        "language": "de-CH",
        "timezone": "Europe/Zurich",
        "screenWidth": 1920,
        "screenHeight": 1080,
        "extraData": {},
    }


def request(number: int, batch: int) -> tuple[bytes, bytes, bytes]:
    """A request in three pieces, between which an eventId of 36 characters goes; a batch has none."""
    events = [payload(number * batch + offset) for offset in range(batch)]
    address = f"85.{number % 200}.{number // 200 % 250}.7"
    body = json.dumps(events if batch > 1 else events[0] | {"eventId": "\0"}, separators=(",", ":")).encode()
    before, _, after = body.partition(b"\\u0000")
    length = len(body) if batch > 1 else len(before) + 36 + len(after)
    head = (
        f"POST /api/events HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: {AGENTS[number % len(AGENTS)]}\r\n"
        f"Origin: https://shop.example\r\nReferer: https://shop.example/\r\nX-Forwarded-For: {address}\r\nAccept: */*\r\n"
        f"Accept-Encoding: gzip, deflate, br\r\nContent-Type: text/plain;charset=UTF-8\r\nContent-Length: {length}\r\n\r\n"
    ).encode()
    return head, before, after


class Connection(asyncio.Protocol):
    """Sends, waits for the answer, sends the next."""

    def __init__(self, run: "Run", number: int) -> None:
        self.run, self.number, self.pending = run, number, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.send()

    def send(self) -> None:
        if time.perf_counter() > self.run.until:
            self.transport.close()
            return
        self.number += 64
        head, before, after = self.run.requests[self.number % len(self.run.requests)]
        self.event_id = "" if self.run.batch > 1 else self.run.next_id()
        self.at = time.perf_counter()
        self.run.sent += 1
        self.transport.write(head + before + self.event_id.encode() + after)

    def data_received(self, data: bytes) -> None:
        self.pending += data
        head, found, rest = self.pending.partition(b"\r\n\r\n")
        if not found or len(rest) < _length(head):
            return
        self.pending = b""
        is_acknowledged = head.startswith(b"HTTP/1.1 202") and b"\r\nx-emporion-dropped" not in head
        self.run.note(time.perf_counter() - self.at, self.event_id, is_acknowledged=is_acknowledged)
        self.send()

    def connection_lost(self, error: Exception | None) -> None:  # noqa: ARG002 - the protocol's
        self.run.open -= 1
        if not self.run.open:
            self.run.over.set()


def _length(head: bytes) -> int:
    lowered = head.lower()
    start = lowered.find(b"content-length:")
    return int(lowered[start + 15 :].split(b"\r", 1)[0]) if start >= 0 else 0


class Run:
    """All connections of one run; `tell` hears of each acknowledged event."""

    def __init__(self, *, seconds: float, batch: int, connections: int) -> None:
        self.batch, self.open = batch, connections
        self.requests = [request(number, batch) for number in range(BODIES[batch > 1])]
        self.until = time.perf_counter() + seconds
        self.sent = self.acknowledged = self.refused = 0
        self.took: list[float] = []
        self.over = asyncio.Event()
        self.tells = False
        self.name = secrets.token_hex(12)[:23]

    def next_id(self) -> str:
        """A name for an event that no other has: a random number for each would cost the client as much as sending it."""
        return f"{self.name}-{self.sent:012d}"

    def note(self, seconds: float, event_id: str, *, is_acknowledged: bool) -> None:
        if not is_acknowledged:
            self.refused += 1
            return
        self.acknowledged += 1
        self.took.append(seconds)
        if self.tells:
            sys.stdout.write(f"{event_id}\n")

    async def drive(self, port: int) -> Seen:
        loop, began = asyncio.get_running_loop(), time.perf_counter()
        for number in range(self.open):
            await loop.create_connection(lambda number=number: Connection(self, number), "127.0.0.1", port)
        await self.over.wait()
        took = sorted(self.took) or [0.0]
        return Seen(
            sent=self.sent * self.batch,
            acknowledged=self.acknowledged * self.batch,
            refused=self.refused * self.batch,
            seconds=time.perf_counter() - began,
            p50_ms=took[len(took) // 2] * 1000,
            p99_ms=took[int(len(took) * 0.99)] * 1000,
        )


async def main() -> None:
    """One run by the command line; with a fifth argument each acknowledged event is told on a line of its own."""
    port, connections, seconds, batch = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4])
    run = Run(seconds=seconds, batch=batch, connections=connections)
    run.tells = len(sys.argv) > 5
    seen = await run.drive(port)
    sys.stdout.write(json.dumps(asdict(seen)) + "\n")


if __name__ == "__main__":
    import uvloop

    uvloop.run(main())
