"""Tenants cannot see each other: every address is tried by people and programs who have no business there.

The addresses come from the table itself, so that a new one is tried from its first day. When a test here says that it does
not know a parameter, add alice's object of that kind to `tenant_world.py` (make it through a verb, plant the word in its
texts) and its id to `World.ids` under the parameter's name, or under `<view name>:<parameter>` where one name means two things.
"""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import pytest
from asgiref.sync import async_to_sync
from django.apps import apps
from django.db import models, transaction
from django.http import HttpResponseBase
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from emporion.accounts.actions import create_token
from emporion.accounts.models import Person, Project, ProjectMembership
from emporion.accounts.types import TokenScope
from emporion.plumbing.types import Role
from tests.architecture.standing import alice_person, standing, workspace
from tests.architecture.standing import world as world_that_stands
from tests.architecture.tenant_world import OF_ORGANISATION, OF_PROJECT, World
from tests.architecture.writes import written_tables
from tests.cast import actor_of, client_of

__all__ = ["alice_person", "standing", "workspace", "world", "world_that_stands"]

pytestmark = [pytest.mark.long, pytest.mark.django_db, pytest.mark.requirement("SEC-01", "ACC-05")]

REFUSALS = {400, 401, 403, 404, 405, 410, 422, 429}
PROGRAMS = ("/api/", "/v1/", "/widget/", "/webhooks/")  # what reads JSON is tried with it, too
# Who knows these values may come in: they are the key itself. What is tried instead is an id that could be taken for one.
KEYS = {"token": "invitation_id", "ref": "payment_id", "key": "token_id", "uidb36": "person_id", "provider_id": "organisation_id"}
NEUTRAL = {
    "slug": "docs-agent",
    "frame": "colours",
    "name": "icon.svg",
    "provider": "sandbox",
    "pk": "1",
    "number": "1",
    "kind": "notes",
    "receipt": "nobodys",
    "answer:token": "nobodys",
    "shared:token": "nobodys",
    "shared-card:token": "nobodys",
    "unsubscribe:token": "nobodys",
    "card_key": "sources",
    "dimension": "page",
    "export": "events",
    "docs-page:slug": "operators/configuration",
}
# Addresses that answer anybody on purpose; that nothing of alice's is told or changed there is tried like everywhere else.
OPEN = {
    "logo": "the logo that every visitor of the agent sees",
    "widget-config": "how the launcher looks",
    "widget-frame": "the document that every visitor's browser loads",
    "widget-session": "where a visitor begins",
    "account_confirm_email": "says that the link is not valid",
    "account_reset_password_from_key": "says that the link is not valid",
}
PAGES_HIMSELF = ("nexus_oncall.Page", "nexus_oncall.Notice", "notify.Notification")  # to see whether a page reaches him
UNTRIED = {"account_logout": "ends the session that the test tries with"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """One address with alice's ids filled in; `names_alice` when one of them is hers."""

    path: str
    name: str
    names_alice: bool


def patterns(resolver: URLResolver | None = None, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for entry in (resolver or get_resolver()).url_patterns:
        path = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from patterns(entry, path)
        else:
            yield path, entry


def parameters(path: str) -> list[tuple[str, str]]:
    """What stands for each parameter in the path, and its name; `<uuid:x>` as well as `(?P<x>…)`."""
    plain = [(match[0], match[1]) for match in re.finditer(r"(?<!\?P)<(?:\w+:)?(\w+)>", path)]
    return plain + [(match[0], match[1]) for match in re.finditer(r"\(\?P<(\w+)>(?:\[[^\]]*\]|[^()])*\)", path)]


def value_of(world: World, name: str, parameter: str) -> tuple[str, bool]:
    for known in (f"{name}:{parameter}", parameter):
        if known in world.ids:
            return world.ids[known], True
        if known in NEUTRAL:
            return NEUTRAL[known], False
    if parameter in KEYS:
        return world.ids[KEYS[parameter]], True
    raise AssertionError(
        f"The address of {name!r} has the parameter {parameter!r}, which the world does not know. Make alice's"
        f" object of that kind in tests/architecture/tenant_world.py and add its id to World.ids[{parameter!r}]"
        f" (or [{name + ':' + parameter!r}])."
    )


def addresses(world: World) -> list[Address]:
    found = []
    for path, entry in patterns():
        name, names_alice = entry.name or "", False
        if name in UNTRIED:
            continue
        filled = path
        for text, parameter in parameters(path):
            value, is_hers = value_of(world, name, parameter)
            filled, names_alice = filled.replace(text, value), names_alice or is_hers
        found.append(Address(path="/" + re.sub(r"[\^$\\]", "", filled), name=name, names_alice=names_alice))
    return found


def body(world: World) -> dict[str, str]:
    """A form that names alice's things in every field that any form or query of ours has."""
    ids = world.ids
    place = {"project": ids["project_id"], "organisation": ids["organisation_id"], "organisation_id": ids["organisation_id"]}
    things = {
        "agent": ids["agent_id"],
        "pair": ids["pair_id"],
        "message": ids["message_id"],
        "source": ids["source_id"],
        "passage": ids["source_id"],
        "document": ids["source_id"],
        "before": ids["notification_id"],
        "payment": ids["payment_id"],
        "connection": ids["stripe_webhook:connection_id"],
        "conversation": ids["conversation_id"],
        "conversation_id": ids["conversation_id"],
        "message_id": ids["message_id"],
        "retry_of": ids["message_id"],
        "remove": ids["topic_id"],
        "into": ids["problem_id"],
        "alert": ids["alert_id"],
        "person": ids["person_id"],
        "payment_token": world.secrets["payment_token"],
        "plan": str(world.plan_id),
    }
    words = {
        "q": OF_PROJECT[:5],
        "question": "How long does the secret stay valid?",
        "message ": "x",
        "text": "How long does the secret stay valid?",
        "answer": "Taken over.",
        "name": "Taken over",
        "key": "attack",
        "verb": "take",
        "do": "remove",
        "state": "paused",
        "rating": "bad",
        "value": "down",
        "grant": f"admin:{ids['project_id']}",
        "email": "charlie@elsewhere.example",
        "cycle": "monthly",
        "method": "card",
        "terms": "on",
        "address": "https://example.com/",
        "url": "https://example.com/",
        "host": "elsewhere.example",
        "next": "https://elsewhere.example/",
    }
    return place | things | words


def send(client: Client, method: str, address: Address, world: World) -> HttpResponseBase:
    said = body(world)
    if method == "get":
        return client.get(address.path, {name: value for name, value in said.items() if name != "key"})
    if method == "json":
        quick = {"offering_uuid": str(world.product_id), "plan_uuid": str(world.plan_id), "payment_method": "card"}
        return client.post(address.path, json.dumps(said | quick), content_type="application/json")
    return getattr(client, method)(address.path, said if method == "post" else None)


def text_of(response: HttpResponseBase) -> str:
    """Everything that the answer tells: body, place and other headers."""

    async def read() -> bytes:
        return b"".join([part if isinstance(part, bytes) else part.encode() async for part in response])

    if not getattr(response, "streaming", False):
        content = response.content
    elif response.is_async:
        content = async_to_sync(read)()
    else:
        content = b"".join(response)
    return content.decode("utf-8", "replace") + "\n".join(f"{name}: {value}" for name, value in response.headers.items())


def _leads_to_a_door(address: str) -> bool:
    """The product's log-in, or the door of an app, which asks the OpenID provider who somebody is."""
    return "/accounts/login/" in address or bool(re.match(r"/app/(notes|status)/sign-in/", address))


def is_refusal(response: HttpResponseBase) -> bool:
    return response.status_code in REFUSALS or (response.status_code == 302 and _leads_to_a_door(response["Location"]))


# What may change by itself: when a key or place was last seen, and what an answer to a visitor counts.
RESTLESS = {"last_used_at", "last_seen_at", "last_login", "last_at"}
SHARED = {"checkout.NumberSeries"}  # one for all: an intruder's own order takes the next number


def ours(written: set[str] | None = None) -> list[type[models.Model]]:
    """The tables of ours; with `written`, those among them."""
    every = [one for one in apps.get_models() if one.__module__.startswith("emporion")]
    return [one for one in every if written is None or one._meta.db_table in written]


def fingerprint(written: set[str] | None = None) -> dict[str, str]:
    """A digest of every row of ours, by table and key."""
    found = {}
    for model in ours(written):
        if model._meta.label in SHARED:
            continue
        names = [one.attname for one in model._meta.concrete_fields if one.attname not in RESTLESS]
        for row in model._base_manager.values_list("pk", *names):
            found[f"{model._meta.label} {row[0]}"] = hashlib.sha256(repr(row[1:]).encode()).hexdigest()
    return found


def changed(before: dict[str, str], written: set[str] | None = None) -> list[str]:
    after = fingerprint(written)
    looked_at = {model._meta.label for model in ours(written)}
    return [row for row, digest in before.items() if row.split()[0] in looked_at and after.get(row) != digest]


def planted_elsewhere(world: World, before: dict[str, str], written: set[str]) -> list[str]:
    """New rows that name alice's organisation or project: something was put into her house."""
    hers = {world.ids["organisation_id"], world.ids["project_id"], world.ids["agent_id"], world.ids["conversation_id"]}
    found = []
    for model in ours(written):
        if model._meta.label in {"agents_channels.Implementation", "plumbing.Job"}:
            continue
        fields = [one.attname for one in model._meta.concrete_fields if isinstance(one, models.UUIDField | models.ForeignKey)]
        rows = model._base_manager.values_list("pk", *fields)
        named = [f"{model._meta.label} {row[0]}" for row in rows if hers & {str(value) for value in row[1:]}]
        found += [row for row in named if row not in before]
    return found


@pytest.fixture
def world(world_that_stands: World) -> World:
    """With how all of its rows looked before anybody tried."""
    world_that_stands.rows = fingerprint()
    return world_that_stands


@dataclass(frozen=True, slots=True, kw_only=True)
class Intruder:
    """Somebody who tries: how they come in, and the words that they may not read."""

    client: Client
    words: tuple[str, ...]
    makes: frozenset[str] = frozenset()


@pytest.fixture
def intruders(world: World, charlie_person: Person, bob_person: Person, now: datetime) -> dict[str, Intruder]:
    both = (OF_ORGANISATION, OF_PROJECT)
    charlie = actor_of(charlie_person)
    _, secret = create_token(name="charlie", scope=TokenScope.READ_WRITE, actor=charlie, now=now)
    held = {"Authorization": f"Bearer {secret}", "Idempotency-Key": "attack"}
    return {
        "nobody": Intruder(client=Client(), words=both),
        "a stranger": Intruder(client=client_of(charlie_person), words=both),
        "a stranger's program": Intruder(client=Client(headers=held), words=both),
        # Bob is a member of alice's first project; all of this is in another one.
        "a member of another project": Intruder(
            client=client_of(bob_person),
            words=(OF_PROJECT,),
            makes=frozenset(
                {"accounts.ApiToken", "accounts.AuditEntry", "accounts.DataExport", *PAGES_HIMSELF}
            ),  # tokens of his own
        ),
    }


def tried(intruder: Intruder, world: World) -> list[str]:
    """What went wrong while every address was tried; each attempt is undone, so that the next meets the same world."""
    faults: list[str] = []
    known, cookies = fingerprint(), intruder.client.cookies.copy()
    intruder.client.raise_request_exception = False
    for address in addresses(world):
        for method in ("get", "post", *(["json"] if address.path.startswith(PROGRAMS) else [])):
            intruder.client.cookies = cookies.copy()
            mark = transaction.savepoint()  # no atomic block: payments refuse to begin inside of one
            with written_tables() as written:
                response = send(intruder.client, method, address, world)
            attempt = Attempt(address=address, response=response, written=written)
            found = [*told(intruder, address, response), *done(intruder, world, known, attempt)]
            faults += [f"{method} {address.path} {fault}" for fault in found]
            transaction.set_rollback(False)
            transaction.savepoint_rollback(mark)
    return faults


def told(intruder: Intruder, address: Address, response: HttpResponseBase) -> list[str]:
    said = text_of(response)
    # What somebody asked for, and what lies above it, they knew.
    parts = address.path.split("/")
    for length in range(len(parts), 2, -1):
        said = said.replace("/".join(parts[:length]), "")
    faults = [f"tells {word!r}" for word in intruder.words if word in said]
    if address.names_alice and address.name not in OPEN and not is_refusal(response):
        faults.append(f"is answered with {response.status_code}")
    return [*faults, "breaks"] if response.status_code == 500 else faults


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One request, its answer, and the tables that it wrote to."""

    address: Address
    response: HttpResponseBase
    written: set[str]


def done(intruder: Intruder, world: World, known: dict[str, str], attempt: Attempt) -> list[str]:
    """What the attempt changed of the world or put into it."""
    address, response = attempt.address, attempt.response
    if response.request["REQUEST_METHOD"] == "GET" or (is_refusal(response) and not address.names_alice):
        return []
    planted = [row for row in planted_elsewhere(world, known, attempt.written) if row.split()[0] not in intruder.makes]
    return [f"changes {row}" for row in changed(world.rows, attempt.written)] + [f"plants {row}" for row in planted]


@pytest.mark.parametrize("who", ["nobody", "a stranger", "a stranger's program", "a member of another project"])
def test_every_address_keeps_to_itself_what_is_not_the_visitors(who: str, world: World, intruders: dict[str, Intruder]) -> None:
    faults = tried(intruders[who], world)
    assert faults == [], "\n".join(faults)


# What a member of a project may do with its agents without being allowed to configure them or to buy.
# What somebody who uses a project does in it; notes on a chart are everybody's.
USES = {"chat", "log", "hand_over", "rate", "inbox_act", "welcome", "widget-messages", "note", "remove-note", "restore-note"}
USES |= {"declare", "undo-declaration", "edit-incident", "assign-role", "post-update", "close-incident", "incident-report"}
USES |= {"draft-report", "add-item", "tick-item", "add-learning", "remove-learning"}  # whoever uses a project works on incidents
USES |= {"release", "resolve", "reopen", "silence", "unsilence", "split", "merge", "undo-regrouping"}  # and on its problems
USES |= {"add-api-note"}
USES |= {"test_page", "acknowledge", "take_over", "swap", "give_back"}  # whoever uses a project may be on call for it


def test_a_member_of_the_project_does_nothing_that_takes_another_right(world: World, bob_person: Person, now: datetime) -> None:
    project = Project.objects.get(pk=world.ids["project_id"])
    ProjectMembership.objects.create(person=bob_person, project=project, role=Role.MEMBER, created_at=now)
    bob = Intruder(
        client=client_of(bob_person),
        words=(),
        makes=frozenset({"accounts.ApiToken", "accounts.AuditEntry", "accounts.DataExport"}),
    )
    assert bob.client.get(f"/agents/{world.ids['agent_id']}/").status_code == 200
    known, faults = fingerprint(), []
    for address in addresses(world):
        if address.name in USES:
            continue
        mark = transaction.savepoint()
        with written_tables() as written:
            response = send(bob.client, "post", address, world)
        attempt = Attempt(address=address, response=response, written=written)
        faults += [f"post {address.path} {fault}" for fault in done(bob, world, known, attempt)]
        transaction.set_rollback(False)
        transaction.savepoint_rollback(mark)
    assert faults == [], "\n".join(faults)


def test_an_address_whose_parameter_is_unknown_says_how_to_add_it(world: World) -> None:
    with pytest.raises(AssertionError, match=r"add its id to World.ids\['crane_id'\]"):
        value_of(world, "lift", "crane_id")
