"""The real gateway in a process of its own, upstreams that behave as they do on bad days, and everything that was recorded."""

import hashlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid5

import httpx
import msgspec

from emporion.edge.gateway.tests import behaviours
from emporion.edge.gateway.tests.provider import Provider
from emporion.gateway.routing.types import (
    BudgetPeriod,
    BudgetRule,
    BudgetScope,
    CachePolicy,
    GatewaySnapshot,
    KeyGrant,
    Protocol,
    RouteMode,
    RouteRule,
    RouteTarget,
    Upstream,
)
from emporion.plumbing.sealing import seal
from emporion.store import frames
from emporion.store.schemas import ApiBody, ApiCalled
from emporion.store.spool import EventCodec

SECRET = "the installation's own"
UPSTREAM_KEY = "sk-upstream-secret-key"
ORGANISATION, PROJECT, OTHER_PROJECT = UUID(int=0xA), UUID(int=0xB), UUID(int=0xC)
MICRO_USD = 10**6  # in picos
ASK = {"model": "gpt-4o-mini", "max_tokens": 50, "messages": [{"role": "user", "content": "Grüezi?"}]}
CHAT = "v1/chat/completions"
FIXED = {"x-fixed": "1"}


def id_of(name: str) -> UUID:
    return uuid5(UUID(int=1), name)


def api(slug: str, base_url: str, protocol: Protocol = Protocol.OPENAI, **changes: object) -> Upstream:
    is_anthropic = protocol is Protocol.ANTHROPIC
    told = {
        "provider": {Protocol.OPENAI: "openai", Protocol.ANTHROPIC: "anthropic"}.get(protocol, ""),
        "auth_header": "x-api-key" if is_anthropic else "Authorization",
        "auth_prefix": "" if is_anthropic else "Bearer ",
        "secret": seal(UPSTREAM_KEY, key=SECRET),
        "timeout_seconds": 5,
        "is_internal": True,
        "project_id": PROJECT,
    }
    return Upstream(
        api_id=id_of(slug), organisation_id=ORGANISATION, slug=slug, protocol=protocol, base_url=base_url, **(told | changes)
    )


def key(name: str, **changes: object) -> KeyGrant:
    told = {"organisation_id": ORGANISATION, "project_id": PROJECT}
    return KeyGrant(key_id=id_of(name), digest=hashlib.sha256(name.encode()).hexdigest(), **(told | changes))


def route(slug: str, mode: RouteMode, *targets: RouteTarget, **changes: object) -> RouteRule:
    return RouteRule(
        route_id=id_of(f"route {slug}"),
        organisation_id=ORGANISATION,
        project_id=PROJECT,
        api_id=id_of(slug),
        mode=mode,
        targets=targets,
        **changes,
    )


def budget(name: str, scope: BudgetScope, value: str, micro_usd: int, **changes: object) -> BudgetRule:
    told = {"project_id": PROJECT, "period": BudgetPeriod.MONTH, "is_hard": True, "limit_picos": micro_usd * MICRO_USD}
    return BudgetRule(budget_id=id_of(name), organisation_id=ORGANISATION, scope=scope, value=value, **(told | changes))


def to(slug: str, model: str = "") -> RouteTarget:
    return RouteTarget(api_id=id_of(slug), model=model)


def snapshot(provider: Provider, number: int = 1, **more: Upstream) -> GatewaySnapshot:
    well = provider.url("well")
    apis = [api(name.replace("_", "-"), provider.url(name), timeout_seconds=1) for name in provider.behaviours]
    apis += [
        api("openai", well, body_days=0),
        api("anthropic", well, Protocol.ANTHROPIC),
        api("claude-overloaded", provider.url("overloaded"), Protocol.ANTHROPIC),
        api("claude-error-first", provider.url("error_first"), Protocol.ANTHROPIC),
        api("shop", provider.url("echo") + "/base", Protocol.HTTP, auth_header="x-shop-key", auth_prefix="", headers=FIXED),
        api("shop-down", provider.url("broken"), Protocol.HTTP),
        api("keeping", well, body_days=3),
        api("paused", well, is_paused=True),
        api("internal-address", well, is_internal=False),
        api("metadata", "http://169.254.169.254/latest", is_internal=False),
        api("broken-key", well, secret="not sealed"),
        api("cached", well),
        api("falling-back", provider.url("broken")),
        api("quota-falling-back", provider.url("quota")),
        api("bad-falling-back", provider.url("bad_request")),
        api("diverted", provider.url("broken")),
        api("shed", well),
        api("half-shed", well),
        api("waiting", well),
        api("slowed", well),
        api("refused-port", f"http://127.0.0.1:{unused_port()}"),
        api("elsewhere", well, project_id=OTHER_PROJECT),
        *more.values(),
    ]  # fmt: skip
    return GatewaySnapshot(
        number=number,
        upstreams=tuple(apis),
        keys=(
            key("emp_alice"),
            key("emp_bound", team="bound", feature="search", environment="production"),
            key("emp_charlie", project_id=OTHER_PROJECT),
            key("emp_one", api_ids=(id_of("openai"),)),
            key("emp_expired", expires_at=datetime.now(UTC) - timedelta(seconds=1)),
            key("emp_slow", requests_per_minute=2),
            key("emp_tokens", tokens_per_minute=10),
            key("emp_budget"),
            key("emp_tight"),
        ),
        routes=(
            route("falling-back", RouteMode.FALLBACK, to("well", "gpt-4.1-mini")),
            route("quota-falling-back", RouteMode.FALLBACK, to("anthropic"), to("hang"), to("well")),
            route("bad-falling-back", RouteMode.FALLBACK, to("well")),
            route("diverted", RouteMode.DIVERT, to("well"), feature="search"),
            route("shed", RouteMode.SHED, until=datetime.now(UTC) + timedelta(hours=1)),
            route("openai", RouteMode.SHED, until=datetime.now(UTC) - timedelta(hours=1)),
            route("slowed", RouteMode.SLOW, per_minute=2, wait_seconds=1),
            route("half-shed", RouteMode.SHED, percent=50),
            route("waiting", RouteMode.SLOW, per_minute=1_200, wait_seconds=5),
        ),
        caches=(CachePolicy(api_id=id_of("cached"), seconds=60),),
        budgets=(
            budget("of a key", BudgetScope.KEY, str(id_of("emp_budget")), 100),
            budget("of a team", BudgetScope.TEAM, "spenders", 5, period=BudgetPeriod.EVER),
            budget("soft", BudgetScope.TEAM, "soft", 0, is_hard=False),
            budget("tight", BudgetScope.KEY, str(id_of("emp_tight")), 0),
        ),
    )


def unused_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@dataclass
class Scene:
    home: Path
    provider: Provider
    port: int
    process: "subprocess.Popen[bytes]"
    client: httpx.Client
    codec: EventCodec = field(default_factory=EventCodec)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/gateway"

    def post(self, path: str, body: object = None, *, key: str = "emp_alice", **headers: str) -> httpx.Response:
        raw = body if isinstance(body, bytes) else msgspec.json.encode(ASK if body is None else body)
        told = {"authorization": f"Bearer {key}"} if key else {}
        told["content-type"] = "application/json"
        told |= {name.replace("_", "-"): text for name, text in headers.items()}
        return self.client.post(f"{self.url}/{path}", content=raw, headers=told)

    def ask(self, slug: str, **changes: object) -> httpx.Response:
        """A question to the chat of an API, not streamed."""
        return self.post(f"{slug}/{CHAT}", ASK | changes)

    def events(self) -> list[ApiCalled | ApiBody]:
        """Everything that was recorded; what is not on the disk yet can be read all the same."""
        while True:
            files = [path for path in (self.home / "spool").rglob("*") if path.suffix in {".open", ".seg"}]
            try:
                segments = [path.read_bytes() for path in sorted(files, key=lambda path: path.stem)]
            except FileNotFoundError:  # since it was listed, one was closed and bears another name
                continue
            return [self.codec.decode(record) for segment in segments for record in frames.read(segment).records]

    def event(self, response: httpx.Response) -> ApiCalled:
        """The one event of a call that reached an API."""
        named = UUID(response.headers["x-emporion-call"])
        [found] = [event for event in self.events() if isinstance(event, ApiCalled) and event.event_id == named]
        return found

    def of_outcome(self, outcome: str) -> list[ApiCalled]:
        """Every call that ended like this."""
        return [event for event in self.events() if isinstance(event, ApiCalled) and event.outcome == outcome]

    def last(self, slug: str) -> ApiCalled:
        """The last event of an API; also of calls that were never made."""
        return [event for event in self.events() if isinstance(event, ApiCalled) and event.api_id == id_of(slug)][-1]


@contextmanager
def running(home: Path, provider: Provider, told: GatewaySnapshot, **environment: str) -> Iterator[Scene]:
    """`emporion edge` from its first answer to its end."""
    port = unused_port()
    (home / "edge").mkdir(exist_ok=True)
    (home / "edge" / "gateway.msgpack").write_bytes(msgspec.msgpack.encode(told))
    settings = {"EMPORION_HOME": str(home), "EMPORION_PORT": str(port), "EMPORION_SECRET_KEY": SECRET} | environment
    command = [
        sys.executable,
        "-c",
        "import sys; from emporion.cli.main import main; sys.argv = ['emporion', 'edge']; sys.exit(main())",
    ]
    with (home / "edge.log").open("ab") as log:
        process = subprocess.Popen(command, env=os.environ | settings, stdout=log, stderr=log)
    try:
        until = time.monotonic() + 60
        while time.monotonic() < until and process.poll() is None:
            with suppress(httpx.TransportError):
                if httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=5).status_code == 200:
                    break
            time.sleep(0.02)
        else:
            raise TimeoutError((home / "edge.log").read_text()[-2_000:])
        everybody = httpx.Limits(max_connections=None)
        with httpx.Client(timeout=30, limits=everybody, verify=False) as client:  # nothing is encrypted on the way to it
            yield Scene(home=home, provider=provider, port=port, process=process, client=client)
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(timeout=30)


def provider() -> Provider:
    made = Provider()
    behaviours.all_of(made)
    return made.start()
