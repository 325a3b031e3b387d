"""A client of a gateway that sends when it is time to, whatever is still under way: `python -m bench.callers PLAN`.

The plan is JSON: `targets` (port and path of each), `arrivals` (seconds, index of a target, size of the question), `stream`,
`tell`.
It writes what it saw as JSON in the plan's place, or with `tell` prints the id of each call that was answered whole, as it is.
"""

import asyncio
import json
import sys
import time
from pathlib import Path

import httptools
import uvloop

HEAD = (
    "POST {path} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\nauthorization: Bearer emp_bench\r\ncontent-type: application/json\r\n"
    "user-agent: OpenAI/Python 3.52.0\r\naccept: application/json\r\nx-stainless-lang: python\r\ncontent-length: {size}\r\n\r\n"
)


def question(size: int, *, stream: bool) -> bytes:
    asked = {"model": "gpt-4o-mini", "max_tokens": 300, "messages": [{"role": "user", "content": "word " * (size // 5)}]}
    if stream:
        asked["stream"] = True
    return json.dumps(asked).encode()


class Client(asyncio.Protocol):
    """One connection; `first` and `ended` are moments of the present answer."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport, self.done, self.is_open = transport, None, True

    def ask(self, data: bytes) -> "asyncio.Future[bool]":
        self.parser, self.first, self.status, self.call = httptools.HttpResponseParser(self), 0.0, 0, b""
        self.done = asyncio.get_running_loop().create_future()
        self.transport.write(data)
        return self.done

    def data_received(self, data: bytes) -> None:
        self.parser.feed_data(data)

    def on_header(self, name: bytes, value: bytes) -> None:
        if name == b"x-emporion-call":
            self.call = value

    def on_headers_complete(self) -> None:
        self.status = self.parser.get_status_code()

    def on_body(self, _: bytes) -> None:
        self.first = self.first or time.perf_counter()

    def on_message_complete(self) -> None:
        self.ended = time.perf_counter()
        if self.done is not None and not self.done.done():
            self.done.set_result(self.status == 200)

    def connection_lost(self, _: Exception | None) -> None:
        self.is_open = False
        if self.done is not None and not self.done.done():
            self.done.set_result(False)


class Load:
    """Carries out a plan."""

    def __init__(self, plan: dict) -> None:
        self.targets = plan["targets"]
        self.stream, self.tell = plan.get("stream", False), plan.get("tell", False)
        self.idle: list[list[Client]] = [[] for _ in self.targets]
        self.whole: list[list[float]] = [[] for _ in self.targets]
        self.firsts: list[list[float]] = [[] for _ in self.targets]
        self.failed = [0 for _ in self.targets]
        self.requests: dict[tuple[int, int], bytes] = {}

    def _request(self, target: int, size: int) -> bytes:
        if (target, size) not in self.requests:
            body = question(size, stream=self.stream)
            told = self.targets[target]
            self.requests[target, size] = HEAD.format(path=told["path"], port=told["port"], size=len(body)).encode() + body
        return self.requests[target, size]

    async def one(self, target: int, size: int) -> None:
        request = self._request(target, size)
        try:
            if self.idle[target]:
                client = self.idle[target].pop()
            else:
                port = self.targets[target]["port"]
                _, client = await asyncio.get_running_loop().create_connection(Client, "127.0.0.1", port)
        except OSError:
            self.failed[target] += 1
            return
        began = time.perf_counter()
        if not await client.ask(request):
            self.failed[target] += 1
            return
        self.whole[target].append((client.ended - began) * 1_000)
        self.firsts[target].append((client.first - began) * 1_000)
        if client.is_open:
            self.idle[target].append(client)
        if self.tell:
            sys.stdout.write(client.call.decode() + "\n")
            sys.stdout.flush()

    async def run(self, arrivals: list[tuple[float, int, int]]) -> None:
        began = time.perf_counter()
        under_way = set()
        for at, target, size in arrivals:
            wait = began + at - time.perf_counter()
            if wait > 0:
                await asyncio.sleep(wait)
            task = asyncio.ensure_future(self.one(target, size))
            under_way.add(task)
            task.add_done_callback(under_way.discard)
        if under_way:
            await asyncio.wait(under_way, timeout=60)


def main() -> None:
    plan = json.loads(Path(sys.argv[1]).read_bytes())
    load = Load(plan)
    uvloop.run(load.run(plan["arrivals"]))
    if not load.tell:
        seen = {"whole": load.whole, "firsts": load.firsts, "failed": load.failed}
        Path(sys.argv[1]).write_text(json.dumps(seen))  # in the plan's place: a pipe takes no more than 64 kB at once


if __name__ == "__main__":
    main()
