"""A range of dates holds the months between its ends, in every language, and a table of hours answers for each of them."""

import pytest

from emporion.agents.knowledge.answers import Guidance, answer
from emporion.agents.knowledge.periods import implied, months_asked, months_of
from tests.knowledge_sets import indexed

pytestmark = pytest.mark.requirement("BUY-17")

POOL = """Zeitraum,Tage,Öffnet,Schließt,Becken
1. Mai - 30. Juni,täglich,10:00,19:00,Waldbad
1. Juli - 31. August,täglich,09:00,21:00,Waldbad
1. September - 31. Oktober,Sonntag,geschlossen,geschlossen,Waldbad
1. November - 30. April,nur nach Anmeldung unter 0561 22 09 14,,,Waldbad
"""
LETTER = """Dear swimmers,

the slide is closed until the end of July, for the steps are being renewed. The kiosk is open again. We look forward to you.
"""
SUMMER, EARLY, SUNDAYS, WINTER = "21:00", "19:00", "geschlossen", "0561 22 09 14"


@pytest.fixture(scope="module")
def pool():
    return indexed([("hours", "hours.csv", POOL.encode()), ("letter", "letter.txt", LETTER.encode())])


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("Öffnungszeiten?", {EARLY, SUMMER, SUNDAYS, WINTER}),
        ("Wann habt ihr geöffnet?", {EARLY, SUMMER, SUNDAYS, WINTER}),
        ("What are your opening hours?", {EARLY, SUMMER, SUNDAYS, WINTER}),
        ("When do you close in July?", {SUMMER}),
        ("A che ora chiudete a luglio?", {SUMMER}),
        ("orari agosto", {SUMMER}),
        ("Are you open in winter?", {WINTER}),
        ("¿Están abiertos en enero?", {WINTER}),
        ("Wann ist im Februar geöffnet?", {WINTER}),
        ("horaires en été", {EARLY, SUMMER}),
    ],
)
def test_hours_are_told_by_all_rows_or_by_those_of_the_months_that_are_asked_about(pool, question, told):
    said = answer(question, index=pool, guidance=Guidance())
    assert said.answered
    assert {citation.document_id for citation in said.citations} == {"hours"}
    assert {one for one in (EARLY, SUMMER, SUNDAYS, WINTER) if one in said.text} == told
    assert len(said.citations) == len(told)


def test_hours_that_have_no_seasons_tell_nothing_of_a_month():
    days = "| Monday | 9:00 | 17:00 |\n| Tuesday | by appointment | |\n| Friday | 9:00 | 13:00 |\n"
    week = f"# Library\n\n| Day | Opens | Closes |\n|---|---|---|\n{days}"
    index = indexed([("week", "week.md", week.encode())])
    told = answer("When are you open?", index=index, guidance=Guidance())
    assert [place.quote.count("Day: ") for place in told.citations] == [3], "rows below each other are one place"
    assert "Day: Tuesday; Opens: by appointment" in told.text
    assert not answer("Are you open in November?", index=index, guidance=Guidance()).answered


@pytest.mark.parametrize(
    ("text", "language", "months"),
    [
        ("1 June - 15 September", "en", {6, 7, 8, 9}),
        ("From the 3rd of November until the end of February", "en", {11, 12, 1, 2}),
        ("vom 1. Juni bis zum 31. August", "de", {6, 7, 8}),
        ("01.11. – 28.02.", "de", {11, 12, 1, 2}),
        ("du 1er avril au 30 juin", "fr", {4, 5, 6}),
        ("dal 2 maggio al 4 luglio", "it", {5, 6, 7}),
        ("с 1 июня по 31 августа", "ru", {6, 7, 8}),
        ("od czerwca do sierpnia", "pl", {6, 7, 8}),
        ("6月1日～8月31日", "ja", {6, 7, 8}),
        ("10月から2月まで", "ja", {10, 11, 12, 1, 2}),
        ("5/20 - 9/4", "en", {5, 6, 7, 8, 9}),
        ("8.30 - 12.15", "de", set()),
        ("In June and in September", "en", {6, 9}),
        ("We closed in June. A year to the day: September", "en", {6, 9}),
    ],
)
def test_months_between_two_dates(text, language, months):
    assert months_of(text, language) == months


def test_what_lies_between_is_named_once_and_what_is_asked_about_may_be_a_season():
    assert implied("giugno - settembre", "it") == ("luglio", "agosto")
    assert implied("June, July to August", "en") == ()
    assert months_asked("Habt ihr im Herbst offen?")[0] == {9, 10, 11}
    assert months_asked("May I come in?")[0] == frozenset()
