"""An agent whose seller's knowledge is for the demo only begins empty, and learns from its buyer alone."""

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

import pytest
from django.test import Client

from emporion.agents.knowledge.actions import add_pair
from emporion.agents.runtime import actions, queries
from emporion.agents.runtime.models import Blueprint
from emporion.agents.runtime.tests.test_chat import ask, events, final
from emporion.agents.runtime.types import BlueprintSpec, KnowledgeIsFor
from emporion.kernel.clock import utcnow
from emporion.plumbing.types import Actor

FARM = """# The farm shop

## When are you open?

We are open on Saturdays from 08:15 to 13:45.

## Ordering a ham

Order a ham ten days before you fetch it.
"""


@pytest.fixture
def blueprint(blueprint: BlueprintSpec, now, drain) -> BlueprintSpec:
    """The guide's agent, sold without what its demo has read."""
    spec = replace(
        blueprint,
        knowledge_is_for=KnowledgeIsFor.DEMO,
        persona=replace(blueprint.persona, language="de"),
        pairs=(("Who is the captain?", "Captain Ada."),),
    )
    actions.register_blueprint(spec=spec, now=now)
    drain()
    return spec


@pytest.mark.requirement("BUY-11", "BUY-14")
def test_a_bought_agent_brings_nothing_of_the_demo(alice_client: Client, agent_id: UUID) -> None:
    overview = alice_client.get(f"/agents/{agent_id}/").content.decode()
    training = alice_client.get(f"/agents/{agent_id}/training/").content.decode()
    for left in ("about Halyard", "rotate a secret", "guide.md", "Webhooks", "Legal advice", "captain"):
        assert left not in overview
        assert left not in training
    assert "Hallo! Wie kann ich helfen?" in overview
    assert "It has read nothing yet" in overview
    answer = final(ask(alice_client, agent_id, "How long are both signing secrets valid?"))
    assert "24 hours" not in answer["html"]
    assert "Captain Ada" not in final(ask(alice_client, agent_id, "Who is the captain?"))["html"]


@pytest.mark.requirement("BUY-06")
def test_the_demo_still_answers_from_what_the_seller_wrote(client: Client, blueprint: BlueprintSpec) -> None:
    said = events(
        client.post(
            "/demo/guide-agent/chat/",
            {"question": "How long are both signing secrets valid?"},
            headers={"Accept": "text/event-stream"},
        )
    )
    assert "24 hours" in final(said)["html"]


@pytest.fixture
def teach(teach: Callable[[str, str], UUID], drain) -> Callable[[str, str], UUID]:
    """Teaches, and has what follows the reading happen, too."""

    def taught(name: str, text: str) -> UUID:
        source_id = teach(name, text)
        drain(utcnow())
        return source_id

    return taught


@pytest.mark.requirement("BUY-14", "BUY-16")
def test_what_the_buyer_teaches_is_answered_and_suggested(alice_client: Client, agent_id: UUID, teach) -> None:
    assert queries.branding(agent_id).suggestions == ()
    teach("farm.md", FARM)
    assert "08:15" in final(ask(alice_client, agent_id, "Are you open on Saturdays?"))["html"]
    overview = alice_client.get(f"/agents/{agent_id}/?new=1").content.decode()
    assert 'name="ask" value="When are you open?"' in overview
    assert "It has read nothing yet" not in overview


@pytest.mark.requirement("BUY-16")
def test_the_owners_own_suggestions_win_over_those_from_the_documents(
    alice_client: Client, alice: Actor, agent_id: UUID, teach
) -> None:
    teach("farm.md", FARM)
    add_pair(library_id=agent_id, question="Do you deliver?", answer="Within ten miles.", actor=alice, now=utcnow())
    assert queries.branding(agent_id).suggestions[:2] == ("Do you deliver?", "When are you open?")
    own = {"colour": "#1b6199", "welcome": "Moin", "suggestions": "Where is the farm?"}
    alice_client.post(f"/agents/{agent_id}/branding/", own)
    assert queries.branding(agent_id).suggestions == ("Where is the farm?",)


HOUSE = """# The moss house

Grown by three generations.

## 1. Opening hours

We are open on Saturdays from 08:15 to 13:45.

## Introduction

Why we build with moss, and since when.

## Good morning

So we greet every guest.

## Prices

An evening costs 23 euros.

## Everything is done by hand.

We use no machines.
"""


@pytest.mark.requirement("BUY-14", "BUY-16", "WID-01")
@pytest.mark.parametrize(
    ("text", "suggested"),
    [
        (HOUSE, ("Opening hours?", "Prices?")),
        ("# Haus\n\nWillkommen.\n\n## Öffnungszeiten\n\nWir haben samstags von 8 bis 13 Uhr geöffnet.", ("Öffnungszeiten?",)),
        (
            "# Maison\n\nBienvenue chez nous.\n\n## Horaires d’ouverture\n\nNous sommes ouverts le samedi de 8 h à 13 h.",
            ("Horaires d’ouverture\u202f?",),
        ),
        (
            "# Casa\n\nBienvenidos.\n\n## Horario de apertura\n\nAbrimos los sábados de 8 a 13 horas y cerramos el domingo.",
            ("¿Horario de apertura?",),
        ),
    ],
)
def test_a_heading_is_suggested_as_people_type_it_and_only_where_it_is_answered(
    alice_client: Client, agent_id: UUID, teach, text: str, suggested: tuple[str, ...]
) -> None:
    teach("house.md", text)
    assert queries.branding(agent_id).suggestions == suggested
    for question in suggested:
        assert "I don’t know" not in final(ask(alice_client, agent_id, question))["html"]


@pytest.mark.requirement("BUY-14", "BUY-16", "WID-01")
def test_questions_that_stand_in_documents_go_before_headings_and_leave_with_their_source(
    alice_client: Client, agent_id: UUID, teach
) -> None:
    teach("house.md", HOUSE)
    faq = teach("faq.md", "# FAQ\n\nMay I bring my dog? Yes, on a lead.\n\nIs there a car park? Behind the house, for 20 cars.\n")
    assert queries.branding(agent_id).suggestions == ("May I bring my dog?", "Is there a car park?", "Opening hours?")
    alice_client.post(f"/agents/{agent_id}/training/{faq}/delete/")
    assert queries.branding(agent_id).suggestions == ("Opening hours?", "Prices?")


@pytest.mark.requirement("BUY-11")
def test_the_catalogue_sells_shops_without_the_made_up_shop(catalogue: Callable[..., None]) -> None:
    kinds = dict(Blueprint.objects.values_list("slug", "knowledge_is_for"))
    assert kinds["docs-agent"] == kinds["cafe-assistant"] == kinds["bike-shop-assistant"] == "demo"
    assert kinds["python-helper"] == kinds["gdpr-desk"] == "buyers"


@pytest.mark.requirement("BUY-14", "BUY-23")
@pytest.mark.parametrize(
    ("text", "asks", "said"),
    [
        (
            "The Wi-Fi password is heron-47. Leave the keys on the table.",
            ("whats the wifi password", "Who won the cup?"),
            "heron-47",
        ),
        ("Der Hofladen öffnet um 9 Uhr. Eier kosten 40 Cent.", ("Was kosten die Eier?", "Wer ist Bundeskanzler?"), "40 Cent"),
        ("La consulta cuesta 35 euros.", ("¿Cuánto cuesta una consulta?", "¿Dónde está la piscina?"), "35 euros"),
    ],
)
def test_one_paragraph_is_enough_to_answer_from(alice_client: Client, agent_id: UUID, teach, text, asks, said) -> None:
    teach("note.txt", text)
    answered, unanswered = (final(ask(alice_client, agent_id, one))["html"] for one in asks)
    assert said in answered
    assert 'class="unknown"' in unanswered


@pytest.mark.requirement("BUY-14", "BUY-23")
def test_one_pair_is_enough_to_answer_from_and_not_for_its_opposite(alice_client: Client, alice: Actor, agent_id: UUID) -> None:
    said = {"question": "How do I cancel my plan?", "answer": "Open Billing and press Cancel."}
    add_pair(library_id=agent_id, **said, actor=alice, now=utcnow())
    assert "press Cancel" in final(ask(alice_client, agent_id, "can i cancel the plan"))["html"]
    unlike = final(ask(alice_client, agent_id, "How do I upgrade my plan?"))
    assert "I don’t know" in unlike["html"]
    assert "press Cancel" not in unlike["html"]
    assert "I don’t know" in final(ask(alice_client, agent_id, "How do I bake bread?"))["html"]
