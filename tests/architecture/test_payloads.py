"""Whatever people write stays text: every field that a person fills holds an attack, and every page is opened.

The fields are found by their names, so that those of a new table are filled from its first day; that the rows are there is the
business of `tenant_world.py`.
"""

from collections.abc import Iterator
from datetime import datetime

import lxml.html
import pytest
from django.apps import apps
from django.db import connection, models
from django.http import HttpResponseBase
from django.test import Client

from emporion.accounts.models import Person
from emporion.agents.channels.actions import publish_widget, save_draft
from emporion.agents.channels.models import Widget
from emporion.agents.channels.types import WidgetSettings
from emporion.insights.sites.snippets import ignore_bookmark
from tests.architecture.standing import alice_person, standing, workspace
from tests.architecture.standing import world as world_that_stands
from tests.architecture.tenant_world import World
from tests.architecture.test_tenants import addresses, text_of
from tests.cast import actor_of
from tests.guards import lifted

__all__ = ["alice_person", "standing", "workspace", "world_that_stands"]

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("SEC-02")]

MARK = "xss-mark"
ATTACK = f"'\"></title></textarea></script><img src={MARK} onerror=alert(1)>{{{{7777*7}}}}{{% now 'Y' %}}"
SHORT = f'"><img src={MARK} onerror=alert(1)>'
SOLVED = str(7777 * 7)  # what a template would have made of it
WORDS = (
    "name title text note body subject question answer avoid_message message description detail tone rules welcome instructions"
    " handover_message persona_name author author_name actor_name company reply line tagline label heading summary problem"
    " declared_by closed_by close_reason api_name applied_by owner_name"
    " next_step page_url customer_id reason person_name created_by bundle_name product_name plan_name provider_name buyer_hint"
)
# Words of the program itself under names that people's words have, too; a page is right to choose by them.
OWN_WORDS = {"plumbing.Job", "checkout.NumberSeries", "billing.Charge", "checkout.Order.reason", "payments.Refund.reason"}


def fields() -> Iterator[tuple[type[models.Model], models.Field]]:
    for model in apps.get_models():
        if not model.__module__.startswith("emporion"):
            continue
        for field in model._meta.concrete_fields:
            is_words = isinstance(field, models.CharField | models.TextField) and not field.choices and not field.unique
            named = {model._meta.label, f"{model._meta.label}.{field.name}"}
            if is_words and field.name in WORDS.split() and OWN_WORDS.isdisjoint(named):
                yield model, field


def fill_everything() -> int:
    """An attack in every field of every row, past all checks, as though each check had been got round."""
    filled = 0
    with lifted(connection):
        for model, field in fields():
            room = (getattr(field, "max_length", None) or 1000) - 4
            attack = ATTACK if room >= len(ATTACK) else SHORT
            if room < len(attack):
                continue
            for number, row in enumerate(model._base_manager.values_list("pk", flat=True)):  # names are used once in their place
                filled += model._base_manager.filter(pk=row).update(**{field.name: f"{number:03} {attack}"})
    return filled


@pytest.fixture
def world(world_that_stands: World, alice_person: Person, now: datetime) -> World:
    made, owner = world_that_stands, actor_of(alice_person)
    attacked = WidgetSettings(title=SHORT, welcome=ATTACK[:200], starters=(SHORT,), label=SHORT[:40])
    widget = Widget.objects.get(agent_id=made.ids["agent_id"])
    save_draft(agent_id=widget.agent_id, settings=attacked, actor=owner, now=now)
    publish_widget(agent_id=widget.agent_id, note=ATTACK[:200], actor=owner, now=now)
    assert fill_everything() > 100
    return made


def faults(response: HttpResponseBase) -> list[str]:
    """What of the attack came alive in a page."""
    if response.status_code == 500:
        return ["breaks"]
    said = text_of(response)
    found = ["a template inside of what was written was run"] if SOLVED in said else []
    kind = response.headers.get("Content-Type", "")
    if not kind.startswith(("text/html", "image/svg")) or not said.strip():
        return found
    for element in lxml.html.document_fromstring(said.encode(), parser=lxml.html.HTMLParser(encoding="utf-8")).iter():
        if not isinstance(element.tag, str):
            continue
        names = {name.lower(): value for name, value in element.attrib.items()}
        found += [f"<{element.tag} {name}={value[:60]}>" for name, value in names.items() if name.startswith("on")]
        if names.get("src") == MARK:
            found.append(f"<{element.tag} src={MARK}>")
        found += [
            f"leads to {names[name][:60]}"
            for name in ("href", "action", "src")
            if names.get(name, "").startswith("javascript:") and names[name] != ignore_bookmark()
        ]
    return found


@pytest.mark.parametrize("who", ["alice", "a visitor"])
def test_what_people_write_is_shown_as_they_wrote_it_on_every_page(who: str, world: World) -> None:
    client = world.clients["alice"] if who == "alice" else Client()
    client.raise_request_exception = False
    kept, alive, shown = client.cookies.copy(), [], 0
    for address in addresses(world):
        for asked in ({}, dict.fromkeys([*WORDS.split(), "q", "next", "verb", "state", "period", "filter"], ATTACK)):
            client.cookies = kept.copy()
            response = client.get(address.path, asked)
            shown += MARK in text_of(response)
            alive += [f"{address.path} {sorted(asked)[:1]}: {fault}" for fault in faults(response)]
    assert alive == [], "\n".join(alive)
    assert shown > (40 if who == "alice" else 0), "the attack must be on the pages for this to prove anything"


def test_an_attack_that_came_alive_would_be_noticed(client: Client) -> None:
    page = client.get("/accounts/login/")
    page.content = page.content.replace(b"</main>", f'{ATTACK}<a href="javascript:x">x</a></main>'.encode())
    assert len(faults(page)) == 3
