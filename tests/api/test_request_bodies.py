"""Whatever our APIs read, a member that they do not know is refused and named: no slip of the pen is passed over."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client
from django.urls import get_resolver
from ninja import NinjaAPI

from emporion.insights.api.actions import create_key
from emporion.insights.api.types import NewKey
from emporion.kernel.clock import utcnow
from emporion.kernel.ids import new_id
from emporion.plumbing.members import MOST_TOLD
from tests.architecture.test_access import patterns

# Bodies that others have defined, each with whose they are: their clients send more than we read, and must not be refused for it.
OF_OTHERS = {
    "/api/v1/goals": "DataFast's documented address",
    "/api/v1/payments": "DataFast's documented address",
}
SLIP = "plna"


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """What takes a body; `shapes` are those of its API, by the name that the description has for them."""

    method: str
    path: str
    body: dict[str, Any]
    shapes: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    def url(self) -> str:
        """An address where nothing stands: bodies are read before anything is looked for."""
        parts = (str(new_id()) if part.startswith("{") else part for part in self.path.split("/"))
        return "/".join(parts)

    def shape(self, said: dict[str, Any]) -> dict[str, Any]:
        """The object that a part of the description leads to, of a list what it lists; empty where it is a plain value."""
        for choice in (said, *said.get("anyOf", ()), *said.get("allOf", ())):
            if "$ref" in choice:
                return self.shape(self.shapes[choice["$ref"].rpartition("/")[2]])
            if choice.get("type") == "array":
                return self.shape(choice["items"])
            if "properties" in choice:
                return choice
        return {}

    def slipping(self, said: dict[str, Any], place: str = "") -> tuple[dict[str, Any], list[str]]:
        """A body with an unknown member in each of its objects, and where those stand."""
        made, places = {SLIP: 1}, [place + SLIP]
        for name, part in self.shape(said)["properties"].items():
            if not self.shape(part):
                continue
            is_list = part.get("type") == "array"
            inner, more = self.slipping(part, f"{place}{name}.{'0.' if is_list else ''}")
            made, places = {**made, name: [inner] if is_list else inner}, places + more
        return made, places


def apis() -> list[NinjaAPI]:
    """Every API that the address table has."""
    found = (getattr(entry.callback, "keywords", {}).get("api") for _, entry in patterns(get_resolver()))
    return list(dict.fromkeys(api for api in found if isinstance(api, NinjaAPI)))


def operations() -> Iterator[Operation]:
    for api in apis():
        said = api.get_openapi_schema()
        for path, methods in said["paths"].items():
            for method, operation in methods.items():
                for content in operation.get("requestBody", {}).get("content", {}).values():
                    yield Operation(method=method, path=path, body=content["schema"], shapes=said["components"]["schemas"])


ALL = list(operations())
OURS = [one for one in ALL if one.path not in OF_OTHERS]


@pytest.fixture
def program(robo_writes_headers: dict[str, str]) -> Client:
    return Client(headers={**robo_writes_headers, "Idempotency-Key": "one"})


@pytest.mark.requirement("UX-02", "BUY-09", "INS-06", "NEX-01", "NEX-02", "NEX-11")
@pytest.mark.django_db
@pytest.mark.parametrize("one", OURS, ids=str)
def test_a_body_with_a_member_that_is_not_known_is_refused_wherever_it_stands(program: Client, one: Operation) -> None:
    body, places = one.slipping(one.body)
    answer = program.generic(one.method.upper(), one.url(), json.dumps(body), content_type="application/json")
    problem = answer.json()
    assert (answer.status_code, problem["type"]) == (422, "/docs/buyers/errors#invalid")
    assert problem["field"] in places
    assert problem["title"].startswith(f"No member '{SLIP}'")
    told = {part.partition(": No member ")[0] for part in problem["fields"].split("; ") if ": No member " in part}
    assert told == set(places)


@pytest.mark.requirement("INS-16")
@pytest.mark.django_db
@pytest.mark.parametrize("path", OF_OTHERS)
def test_a_body_that_others_have_defined_may_have_more_than_we_read(client: Client, alice, site, path: str) -> None:
    assert path in {one.path for one in ALL}
    key = create_key(site_id=site.id, key=NewKey(name="Server", can_write=True), actor=alice, now=utcnow())[1]
    answer = client.post(path, {SLIP: 1}, content_type="application/json", headers={"Authorization": f"Bearer {key}"})
    assert answer.json()["error"]["field"] in {"name", "amount"}  # the first that is missing


@pytest.mark.requirement("NEX-02")
@pytest.mark.django_db
def test_a_member_of_a_member_is_named_with_its_place_and_the_one_that_was_meant(program: Client) -> None:
    assert "/api/nexus/routes" in {one.path for one in OURS}
    route = {"api_id": str(new_id()), "mode": "divert", "targets": [{"api_id": str(new_id())}, {"api_id": "x", "modle": "m"}]}
    answer = program.post("/api/nexus/routes", route, content_type="application/json")
    assert answer.status_code == 422
    assert answer.json()["title"] == "No member 'modle'; did you mean 'model'?"
    assert answer.json()["field"] == "targets.1.modle"
    assert "targets.1.api_id: " in answer.json()["fields"]


@pytest.mark.requirement("SEC-02", "UX-02")
@pytest.mark.django_db
def test_a_body_of_nothing_but_unknown_members_gets_a_short_answer(program: Client) -> None:
    many = {f"plan_{number}": 1 for number in range(5_000)} | {"x" * 5_000: 1}
    first = program.post("/api/nexus/prices", {"y" * 5_000: 1} | many, content_type="application/json").json()
    assert first["title"] == f"No member '{'y' * 60}…'."
    assert first["fields"].count("No member") == MOST_TOLD
