"""Which headings of a document are offered to be tapped."""

from uuid import UUID

import pytest

from emporion.agents.knowledge.rules import Heading, candidates

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
