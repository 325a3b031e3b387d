"""Every address that does not take a method says which it takes (RFC 9110, 15.5.6), whoever asks and whoever refuses."""

import pytest
from django.http import HttpResponse
from django.test import Client

from emporion.accounts.models import Person
from tests.architecture.standing import alice_person, standing, workspace, world
from tests.architecture.tenant_world import World
from tests.architecture.test_tenants import addresses
from tests.cast import client_of

__all__ = ["alice_person", "standing", "workspace", "world"]

pytestmark = [pytest.mark.long, pytest.mark.django_db]

METHODS = ("GET", "POST", "PUT", "DELETE", "TRACE")
NOBODY_S = ("PUT", "TRACE")  # no address takes them
PROGRAMS = ("/api/", "/v1/", "/webhooks/")


@pytest.mark.requirement("BUY-18", "UX-02")
def test_every_refused_method_is_told_what_is_taken_instead(
    world: World, alice_person: Person, robo_writes_headers: dict[str, str]
) -> None:
    clients = {"nobody": Client(), "alice": client_of(alice_person), "a program": Client(headers=robo_writes_headers)}
    faults, refused = [], set()
    for address in addresses(world):
        for method in METHODS:
            for who, client in clients.items():
                if who != "nobody" and (method != "PUT" or (who == "a program" and not is_api(address.path))):
                    continue
                client.raise_request_exception = False
                answer = client.generic(method, address.path, b"{}", content_type="application/json")
                taken = answer.headers.get("Allow", "").split(", ")
                if answer.status_code == 405:
                    refused.add(address.path)
                    if not taken[0] or method in taken or (is_api(address.path) and answer.content and not told(answer)):
                        faults.append(f"{method} {address.path} as {who}: {taken}")
                elif is_api(address.path) and method in NOBODY_S and answer.status_code != 404:
                    faults.append(f"{method} {address.path} as {who} is answered with {answer.status_code}")
    assert faults == [], "\n".join(faults)
    assert {"/v1/models", "/v1/chat/completions", f"/api/agents/{world.ids['agent_id']}/chat"} <= refused


def is_api(path: str) -> bool:
    """Whether programs call it."""
    return path.startswith(PROGRAMS)


def told(answer: HttpResponse) -> bool:
    """Whether a program can read why; OpenAI's clients read a form of their own."""
    return answer["Content-Type"] in {"application/problem+json", "application/json"}
