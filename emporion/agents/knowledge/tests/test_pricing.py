"""What a thing costs is told by the rows of a price list that name it, in whatever language it is asked."""

import pytest

from emporion.agents.knowledge.answers import Guidance, answer
from tests.knowledge_sets import indexed

pytestmark = pytest.mark.requirement("BUY-17")

BOATS = """# Tariffe 2027

Casco e giubbotto compresi.

## Barche

| Barca | 2 ore | 1 giorno | 1 settimana |
|---|---|---|---|
| Canoa | 14 | 31 | 140 |
| Kayak da mare | 19 | 44 | 205 |
| Gommone a motore | 55 | 160 | 820 |
| Catamarano | 38 | 97 | 510 |
"""
ADVICE = """# Before you go out

## How far can I go by kayak?

A kayak does 15 to 25 kilometres in a day, depending on the wind. Motor boats have to stay 300 metres off the shore.

## Deposits

When you fetch a catamaran we hold 350 € on your card. We let go of it within a week.
"""
CARE = "Behandlung;Dauer;Preis\nFußpflege;40 Min.;36 €\nFußpflege mit Lack;55 Min.;47 €\nWimpernwelle;50 Min.;52 €\n"
CARE_MORE = (
    "# Gutscheine\n\nFünf Fußpflegen kosten zusammen 165 Euro.\n\n# Team\n\nMira Öztan: Wimpernwelle und Fußpflege, seit 2014.\n"
)


@pytest.fixture(scope="module")
def boats():
    return indexed([("list", "list.md", BOATS.encode()), ("advice", "advice.md", ADVICE.encode())])


@pytest.fixture(scope="module")
def care():
    return indexed([("care", "care.csv", CARE.encode()), ("more", "more.md", CARE_MORE.encode())])


@pytest.mark.parametrize(
    ("question", "rows"),
    [
        ("quanto costa un kayak per 1 giorno?", ["Kayak"]),
        ("quanto costa un kayak per un giorno?", ["Kayak"]),
        ("quanto costa il noleggio di una canoa", ["Canoa"]),
        ("was kostet ein kayak am tag", ["Kayak"]),
        ("kayak price per day", ["Kayak"]),
        ("How much is a kayak for a week?", ["Kayak"]),
        ("How much is a catamaran for a day?", ["Catamarano"]),
    ],
)
def test_only_the_rows_that_name_what_is_asked_are_quoted_and_no_prose_without_its_price(boats, question, rows):
    said = answer(question, index=boats, guidance=Guidance())
    assert [place.quote.split(";")[0].removeprefix("Barca: ").split()[0] for place in said.citations] == rows
    assert all(place.quote.count(";") == 3 for place in said.citations)


def test_rows_come_before_a_sentence_that_tells_a_price_of_the_same_thing(care):
    said = answer("Was kostet die Fußpflege?", index=care, guidance=Guidance())
    told = [place.quote for place in said.citations]
    assert [one.count("Fußpflege") for one in told[:2]] == [1, 1]
    assert "Wimpern" not in said.text
    assert all("165" in one for one in told[2:])


def test_a_price_for_a_span_of_time_is_not_told_by_rows_that_are_for_none():
    seats = "| Where | Full | Half |\n|---|---|---|\n| Blue Hall, stalls | 34 € | 20 € |\n| Blue Hall, balcony | 26 € | 15 € |\n"
    hire = "# Hiring our rooms\n\nThe Blue Hall costs 1,350 euros a day with its lights. The cellar costs 95 euros an hour.\n"
    index = indexed([("seats", "seats.md", f"# Tickets\n\n{seats}".encode()), ("hire", "hire.md", hire.encode())])
    assert "1,350" in answer("How much is the Blue Hall for a day?", index=index, guidance=Guidance()).citations[0].quote
    told = answer("How much is a seat on the balcony of the Blue Hall?", index=index, guidance=Guidance()).citations
    assert told[0].document_id == "seats"


def test_a_row_is_not_taken_for_a_thing_that_it_does_not_name(boats, care):
    for question, index in (
        ("How much is a surfboard for a day?", boats),
        ("How far can I go by kayak?", boats),
        ("How much is a lesson with the kayak?", boats),
        ("Wer macht die Fußpflege?", care),
    ):
        said = answer(question, index=index, guidance=Guidance())
        assert all(place.document_id not in {"list", "care"} for place in said.citations)
