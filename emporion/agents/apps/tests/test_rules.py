"""What the list of notes shows of a note."""

from emporion.agents.apps.rules import EXCERPT, excerpt


def test_the_first_words_of_a_note_read_without_the_signs_of_markdown() -> None:
    assert excerpt("# Where\n\nUnder the **mat**.\n\n| Day | Who |\n|---|---|\n| Monday | Zoé |") == (
        "Where Under the mat. Day Who Monday Zoé"
    )
    assert excerpt("- Tuesdays\n- No plastic\n* 3-4 crates\n  + empty") == "Tuesdays · No plastic · 3-4 crates · empty"
    assert excerpt("word " * EXCERPT).endswith("word…")
