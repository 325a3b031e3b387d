"""What is offered to be tapped: which headings of a document, and in which language."""

import dataclasses
import re
from collections.abc import Callable
from datetime import datetime
from html import unescape
from itertools import permutations
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from emporion.agents.knowledge.actions import add_pair
from emporion.agents.knowledge.models import Source
from emporion.agents.knowledge.rules import Heading, candidates
from emporion.agents.knowledge.starters import suggested
from emporion.agents.runtime import actions
from emporion.agents.runtime.types import BlueprintSpec, KnowledgeIsFor
from emporion.kernel.clock import utcnow
from emporion.plumbing.types import Actor

pytestmark = [pytest.mark.requirement("BUY-17")]


def offered(heading: str, language: str) -> list[str]:
    place = Heading(document=UUID(int=1), path=f"Handbook › {heading}", beginning="Whatever stands there.", language=language)
    return [starter.text for _, starter in candidates([place])]


@pytest.mark.parametrize(
    ("heading", "language"),
    [
        ("Introduction", "en"),
        ("1. Einleitung:", "de"),
        ("INHALT", "de"),
        ("Avant-propos", "fr"),
        ("Indice", "es"),
        ("İçindekiler", "tr"),
        ("ΕΙΣΑΓΩΓΗ", "el"),
        ("目次", "ja"),
        ("소개", "ko"),
    ],
)
def test_a_document_s_own_parts_are_not_offered(heading: str, language: str) -> None:
    assert offered(heading, language) == []


@pytest.mark.parametrize(
    ("heading", "language", "tapped"),
    [("Öffnungszeiten", "de", "Öffnungszeiten?"), ("Envíos", "es", "¿Envíos?"), ("مواعيد العمل", "ar", "مواعيد العمل؟")],
)
def test_what_people_ask_for_is_offered_with_the_marks_of_its_language(heading: str, language: str, tapped: str) -> None:
    assert offered(heading, language) == [tapped]


@pytest.fixture
def blueprint(blueprint: BlueprintSpec, now: datetime, drain: Callable[..., int]) -> BlueprintSpec:
    """An agent that begins empty."""
    spec = dataclasses.replace(blueprint, knowledge_is_for=KnowledgeIsFor.DEMO)
    actions.register_blueprint(spec=spec, now=now)
    drain()
    return spec


@pytest.fixture
def teach(teach: Callable[[str, str], UUID], drain: Callable[..., int]) -> Callable[[str, str], UUID]:
    """Teaches, and has what follows the reading happen, too."""

    def taught(name: str, text: str) -> UUID:
        source_id = teach(name, text)
        drain(utcnow())
        return source_id

    return taught


ORARI = "# Il mulino\n\nBenvenuti al mulino.\n\n## Orari di apertura\n\nSiamo aperti il sabato dalle 8 alle 13 e mai la domenica."
PREZZI = "# Il forno\n\n## Quanto costa una visita?\n\nLa visita del mulino costa 23 euro per gli adulti e niente per i bambini."
MILL = (
    "# The mill\n\n## Where do I leave my car?\n\nThere is room for twenty cars behind the mill, and it costs nothing.\n\n"
    "## May I bring my dog?\n\nDogs are welcome in the yard on a lead, but they may not enter the mill itself.\n\n"
    "## Do you sell the flour?\n\nWe sell rye and wheat flour in the shop of the mill, which is open on every day but Monday.\n"
)


def shown(client: Client, agent_id: UUID) -> list[str]:
    """What the test chat offers to tap."""
    page = client.get(f"/agents/{agent_id}/").content.decode()
    return [unescape(text) for text in re.findall(r'name="ask" value="([^"]+)"', page)]


@pytest.mark.parametrize("order", list(permutations(("orari.md", "prezzi.md", "mill.md"))))
def test_what_is_suggested_is_in_the_language_of_most_documents(
    alice_client: Client, alice: Actor, agent_id: UUID, teach: Callable[[str, str], UUID], order: tuple[str, ...]
) -> None:
    documents = {"orari.md": ORARI, "prezzi.md": PREZZI, "mill.md": MILL}
    for name in order:
        teach(name, documents[name])
    assert shown(alice_client, agent_id) == ["Quanto costa una visita?", "Orari di apertura?"]
    add_pair(library_id=agent_id, question="Do you speak English?", answer="A little.", actor=alice, now=utcnow())
    assert shown(alice_client, agent_id) == ["Do you speak English?", "Quanto costa una visita?", "Orari di apertura?"]


def test_of_as_many_documents_the_longer_ones_say_the_language(
    alice_client: Client, agent_id: UUID, teach: Callable[[str, str], UUID]
) -> None:
    teach("prezzi.md", PREZZI)
    mill = teach("mill.md", MILL)
    assert shown(alice_client, agent_id) == ["Where do I leave my car?", "May I bring my dog?", "Do you sell the flour?"]
    alice_client.post(f"/agents/{agent_id}/training/{mill}/delete/")
    assert shown(alice_client, agent_id) == ["Quanto costa una visita?"]


def test_what_was_chosen_before_its_language_was_kept_is_in_that_of_its_document(
    alice_client: Client, agent_id: UUID, teach: Callable[[str, str], UUID]
) -> None:
    for name, text in (("mill.md", MILL), ("orari.md", ORARI), ("prezzi.md", PREZZI)):
        teach(name, text)
    for source in Source.objects.filter(library_id=agent_id):
        source.starters = [{"text": one["text"], "is_question": one["is_question"]} for one in source.starters]
        source.save()
    assert shown(alice_client, agent_id) == ["Quanto costa una visita?", "Orari di apertura?"]
    with CaptureQueriesContext(connection) as asked:
        suggested(agent_id)
    assert len(asked) == 3, "however many sources there are"
    assert '"agents_knowledge_document"."text"' not in str(asked.captured_queries)


def test_while_all_that_is_suggested_is_in_one_language_documents_are_not_asked_for_theirs(
    agent_id: UUID, teach: Callable[[str, str], UUID]
) -> None:
    for name, text in (("orari.md", ORARI), ("prezzi.md", PREZZI)):
        teach(name, text)
    source = Source.objects.get(name="orari.md")
    source.starters = [{**one, "language": ""} for one in source.starters]  # as of a list of prices, which is in none
    source.save()
    with CaptureQueriesContext(connection) as asked:
        assert suggested(agent_id) == ("Quanto costa una visita?", "Orari di apertura?")
    assert "agents_knowledge_document" not in str(asked.captured_queries)
