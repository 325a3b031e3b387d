"""Agents call their model through this installation's own gateway, a real one in a process of its own, and do without it."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen
from uuid import UUID

import msgspec
import pytest
from django.conf import LazySettings
from django.test import Client
from structlog.testing import capture_logs

from emporion.agents.runtime.models import Conversation
from emporion.agents.runtime.tests.test_chat import ask, final
from emporion.agents.tests.model_server import ModelServer
from emporion.config import eventlog, snapshot
from emporion.gateway.routing import actions, queries
from emporion.gateway.routing.types import Calls, NewKey
from emporion.plumbing.types import Actor
from emporion.store import Spool, Writer

QUESTION = "How long are both signing secrets valid?"
UseModel = Callable[..., ModelServer]


class Recorded(msgspec.Struct):
    """What was kept of a call."""

    api_id: UUID
    agent_id: UUID
    trace_id: str
    feature: str
    outcome: str
    is_stream: bool


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def told(use_model: UseModel, agent_id: UUID, settings: LazySettings, tmp_path: Path, now: datetime) -> Callable[[str], str]:
    """Connects the model, tells the data plane of alice's agent, and says where its gateway will be."""

    def connect(protocol: str) -> str:
        use_model(protocol)
        address = f"http://127.0.0.1:{_free_port()}"
        settings.ENVIRONMENT = replace(settings.ENVIRONMENT, edge_dir=str(tmp_path / "edge"), gateway_url=address)
        snapshot.write_gateway(now=now)
        return address

    return connect


@dataclass
class Gateway:
    """The data plane as a process of its own; `stop` waits until all that it took is on the disk."""

    tell: Callable[[str], str]
    environment: dict[str, str]
    process: subprocess.Popen[bytes] | None = None

    def start(self, protocol: str) -> str:
        address = self.tell(protocol)
        own = {**os.environ, **self.environment, "EMPORION_PORT": address.rpartition(":")[2]}
        command = [str(Path(sys.executable).parent / "emporion"), "edge"]
        self.process = subprocess.Popen(command, env=own, stdout=subprocess.DEVNULL)
        _await(f"{address}/healthz")
        return address

    def stop(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(20)
            self.process = None


@pytest.fixture
def gateway(told: Callable[[str], str], settings: LazySettings, tmp_path: Path) -> Iterator[Gateway]:
    """Not started yet: the test says which protocol the model speaks."""
    own = {"EMPORION_HOME": str(tmp_path / "home"), "EMPORION_EDGE_DIR": str(tmp_path / "edge")}
    found = Gateway(tell=told, environment={**own, "EMPORION_SECRET_KEY": settings.SECRET_KEY})
    yield found
    found.stop()


def _await(url: str) -> None:
    for _ in range(600):
        try:
            with urlopen(url, timeout=5) as answer:
                assert answer.status == 200
                return
        except (URLError, OSError):
            time.sleep(0.05)  # a process of its own is waited for, not a thing of this one
    raise AssertionError("the gateway did not start")


def recorded(tmp_path: Path, agent_id: UUID) -> list[Recorded]:
    with Spool(tmp_path / "home/spool") as spool, Writer(spool=spool, store=eventlog.store()) as writer:
        writer.flush()
    return eventlog.store().rows(
        "SELECT api_id, agent_id, trace_id, feature, outcome, is_stream FROM api_calls WHERE agent_id = {agent:UUID}",
        {"agent": agent_id},
        as_=Recorded,
    )


@pytest.mark.requirement("NEX-02")
@pytest.mark.parametrize("protocol", ["openai", "anthropic"])
def test_an_agents_call_is_recorded_with_whose_it_is(
    alice_client: Client, agent_id: UUID, gateway: Gateway, model_server: ModelServer, tmp_path: Path, protocol: str
) -> None:
    gateway.start(protocol)
    assert "Both secrets stay valid for 24 hours" in final(ask(alice_client, agent_id, QUESTION))["html"]
    gateway.stop()
    (call,) = recorded(tmp_path, agent_id)
    assert (call.outcome, call.is_stream) == ("ok", True)
    assert call.trace_id == str(Conversation.objects.get(agent_id=agent_id).id)
    assert "sk-secret-key" in str(model_server.headers[-1])
    assert "emp_in_" not in str(model_server.headers[-1])
    assert f"/nexus/apis/{call.api_id}/" in alice_client.get("/nexus/gateway/").content.decode()


@pytest.mark.requirement("NEX-02", "REL-02")
def test_without_the_gateway_the_model_is_called_directly_and_the_log_says_so(
    alice_client: Client, agent_id: UUID, told: Callable[[str], str], model_server: ModelServer
) -> None:
    told("openai")
    with capture_logs() as said:
        assert "Both secrets stay valid for 24 hours" in final(ask(alice_client, agent_id, QUESTION))["html"]
    assert [line["event"] for line in said if line["log_level"] == "warning"] == ["gateway_away"]
    assert len(model_server.requests) == 1


@pytest.mark.requirement("NEX-02", "SEC-01")
def test_a_key_of_somebody_does_not_open_the_operators_model(
    alice: Actor, gateway: Gateway, model_server: ModelServer, now: datetime
) -> None:
    (project_id,) = alice.project_ids
    made = actions.create_key(key=NewKey(name="All of the project"), project_id=project_id, actor=alice, now=now)
    address = gateway.start("openai")
    body = json.dumps({"model": "test-model", "messages": []}).encode()
    wanted = Request(f"{address}/gateway/emporion-models/v1/chat/completions", data=body)
    wanted.add_header("Authorization", f"Bearer {made.plaintext}")
    with pytest.raises(HTTPError) as refused:
        urlopen(wanted, timeout=20)
    assert (refused.value.code, "key_not_for_this_api" in refused.value.read().decode()) == (403, True)
    assert model_server.requests == []


@pytest.mark.requirement("NEX-02", "NEX-09")
def test_what_the_gateway_refuses_is_not_asked_directly(
    alice_client: Client, alice: Actor, agent_id: UUID, gateway: Gateway, model_server: ModelServer, now: datetime
) -> None:
    gateway.start("openai")
    (project_id,) = alice.project_ids
    api = next(one for one in queries.apis_of(alice, project_id) if one.is_platform)
    actions.shed(calls=Calls(api_id=api.id), percent=100, actor=alice, now=now)
    snapshot.write_gateway(now=now)
    html = ""
    for _ in range(100):
        html = final(ask(alice_client, agent_id, QUESTION))["html"]
        if "does not answer right now" in html:
            break
    asked = len(model_server.requests)
    assert "does not answer right now" in final(ask(alice_client, agent_id, QUESTION))["html"]
    assert len(model_server.requests) == asked
