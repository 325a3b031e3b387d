"""What a question in a conversation takes along from the one before it, and what it does not."""

import pytest

from emporion.agents.knowledge.answers import Guidance
from emporion.agents.knowledge.following import answer_after, leans
from emporion.agents.knowledge.types import Before
from tests.knowledge_sets import indexed

KILN = b"""# Kiln

## Firing
Firing a bowl costs 14 euros and a plate 9 euros. A load is fired on Tuesday and on Saturday.

## Collecting
Collect your pieces between 15:00 and 18:00 at the back door in Mill Lane.

## Clay
We sell stoneware clay from Limoges, 22 euros a sack of ten kilograms.

## Parking
Park your car in the yard of the old brewery.
"""
STAFF = b"""# Staff

Olga teaches wheel throwing and is in on Saturday. Pieter mixes glazes on Wednesday.

## Guests
Dogs may lie under the bench in the hall.
"""


@pytest.fixture(scope="module")
def studio():
    return indexed([("kiln", "kiln.md", KILN), ("staff", "staff.md", STAFF)])


def said(studio, *questions):
    """The answer to the last of some questions, asked one after the other."""
    before = None
    for question in questions:
        told = answer_after(question, before, index=studio, guidance=Guidance())
        quoted = frozenset(place.passage_id for place in told.citations) if told.answered else frozenset()
        before = Before(question=question, quoted=quoted)
    return told


@pytest.mark.requirement("BUY-17")
def test_a_question_that_leans_on_the_one_before_is_told_in_many_languages():
    leaning = (
        "Und wer muss das alles am Ende genehmigen?",
        "¿Y cuánto dura para los nuevos empleados?",
        "A co z pracą w niedzielę?",
        "Was kostet das?",
    )
    alone = (
        "Is there a canteen in the office?", "In which city is the office located?", "I want to go to the airport",
        "do you have massages", "was kostet das zimmer",
    )  # fmt: skip
    assert [leans(one) for one in (*leaning, *alone)] == [True] * 4 + [False] * 5


@pytest.mark.requirement("BUY-17")
@pytest.mark.parametrize(
    ("first", "then", "words"),
    [
        ("how much does it cost to fire a bowl", "and a plate?", "plate 9 euros"),
        ("how much does it cost to fire a bowl", "and on which days?", "Tuesday"),
        ("where do i collect my pieces", "what time", "15:00"),
        ("how much does it cost to fire a bowl", "where can i park my car", "brewery"),
        ("how much does it cost to fire a bowl", "where do i park", "brewery"),
        ("what does clay cost", "who mixes glazes", "Pieter"),
    ],
)
def test_a_question_that_leans_is_answered_where_the_one_before_was_and_another_by_itself(studio, first, then, words):
    assert words in said(studio, first, then).text


@pytest.mark.requirement("BUY-17")
@pytest.mark.parametrize(
    ("first", "then"),
    [
        ("how much does it cost to fire a bowl", "do you offer saunas"),
        ("how much does it cost to fire a bowl", "fate anche massaggi?"),
        ("how much does it cost to fire a bowl", "and a bicycle?"),
        ("may my dog come in", "and my cat?"),
        ("where do i collect my pieces", "and the trampoline?"),
        ("what does clay cost", "any parrots"),
    ],
)
def test_what_the_place_before_does_not_meet_is_not_answered_from_it(studio, first, then):
    assert said(studio, first).answered
    assert not said(studio, first, then).answered
