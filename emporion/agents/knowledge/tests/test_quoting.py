"""What is quoted of a passage, and of two that answer alike."""

import pytest

from emporion.agents.knowledge.chunking import chunk
from emporion.agents.knowledge.parsing import parse
from emporion.agents.knowledge.quoting import QUOTE_WORDS, quoted, quoted_both, score
from emporion.agents.knowledge.retrieval import PassageIndex, embed_passages, rows_of

pytestmark = pytest.mark.requirement("BUY-17")

FILLER = " ".join(f"The shelf number {number} in the cellar holds old paper." for number in range(1, 12))
MANUAL = f"""# The kiln

## Firing

A firing of the kiln takes eight hours. {FILLER}

## Cooling

After a firing the kiln cools for twelve hours. {FILLER}
"""


@pytest.fixture(scope="module")
def manual():
    return parse(MANUAL.encode(), name="kiln.md")


@pytest.fixture(scope="module")
def scored(encoder, manual):
    passages = chunk(manual)
    rows = rows_of(manual, passages, embed_passages(manual.title, passages, encoder), document_id="kiln")
    index = PassageIndex(rows, encoder)
    found = index.search("How long does a firing of the kiln take?")
    return {hit.passage.heading_path[-1]: score(found, hit, index) for hit in found.hits}


def test_a_quote_holds_the_sentence_that_answers_and_is_no_longer_than_what_is_read_at_a_glance(scored):
    for name, telling in (("Firing", "eight hours"), ("Cooling", "twelve hours")):
        for most_words in (QUOTE_WORDS, 20):
            quote = quoted(scored[name], most_words).quote
            assert telling in quote
            assert len(quote.split()) <= most_words


def test_two_places_are_quoted_in_the_order_of_their_document_whichever_is_the_surer(scored, manual):
    for surer, other in (("Firing", "Cooling"), ("Cooling", "Firing")):
        places = quoted_both(scored[surer], scored[other])
        assert [place.heading_path[-1] for place in places] == ["Firing", "Cooling"]
        assert all(manual.plain_text[place.start : place.end] == place.quote for place in places)
        assert sum(len(place.quote.split()) for place in places) <= 150


def test_what_two_passages_both_hold_is_quoted_once(encoder):
    said = " ".join(
        f"Rule {number} of the house asks every guest to keep the door number {number} closed." for number in range(8)
    )
    last = "All of this holds for children, too."
    document = parse(f"# House\n\n{said}\n\n{last}\n\n{said}".encode(), name="house.md")
    passages = chunk(document)
    assert passages[1].start < passages[0].end, "the second begins with the last sentence of the first"
    index = PassageIndex(rows_of(document, passages, embed_passages("House", passages, encoder), document_id="house"), encoder)
    found = index.search("Do the rules hold for children?")
    hits = [hit for hit in found.hits if hit.passage.start in {passages[0].start, passages[1].start}]
    places = quoted_both(*(score(found, hit, index) for hit in hits))
    assert sum(place.quote.count(last) for place in places) == 1
    assert all(document.plain_text[place.start : place.end] == place.quote for place in places)
