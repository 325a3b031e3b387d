"""Documents in a language that no encoder reads are searched by their letters, and others as ever."""

import numpy as np
import pytest

from emporion.agents.knowledge.answers import Guidance, answer
from emporion.agents.knowledge.lettered import letters_of
from tests.knowledge_sets import indexed

pytestmark = pytest.mark.requirement("BUY-17", "BUY-23")

GYM = {
    "oppettider": "# Öppettider\n\nGymmet är öppet måndag till fredag från 6 till 22. På söndagar stänger vi klockan 18.",
    "medlemskap": "# Medlemskap\n\nEtt medlemskap kostar 399 kronor i månaden. Studenter betalar 299 kronor.",
    "bastu": "# Bastu\n\nBastun är öppen varje kväll. Handdukar hyr du för 25 kronor i receptionen.",
    "regler": "# Regler\n\nTorka av maskinerna efter träningen. Ta med egna skor som inte har använts ute.",
}


@pytest.mark.parametrize(
    ("said", "other"), [("medlemskap", "medlemskapet"), ("medlemskap", "medlemmar"), ("återlämning", "återlämming")]
)
def test_words_are_near_by_their_stems_and_letters_and_others_are_not(said: str, other: str) -> None:
    vector = letters_of(said, "sv")
    assert vector @ letters_of(other, "sv") > 0.15
    assert abs(float(vector @ letters_of("fönster", "sv"))) < 0.1


def test_a_longer_text_is_less_near_to_one_word_of_it() -> None:
    word, short, long = (letters_of(text, "sv") for text in ("bastu", "bastu handduk", GYM["bastu"]))
    assert word @ word > word @ short > word @ long > 0.1
    assert np.array_equal(letters_of("", "sv"), np.zeros_like(word))


def test_swedish_documents_answer_what_they_say_and_refuse_what_is_about_something_else() -> None:
    index = indexed((name, f"{name}.md", text.encode()) for name, text in GYM.items())
    told = answer("Vad kostar ett medlemskap för studenter?", index=index, guidance=Guidance())
    assert [place.document_id for place in told.citations] == ["medlemskap"]
    for question in ("Hur lagar man köttbullar?", "Hur förnyar jag mitt körkort?"):
        assert not answer(question, index=index, guidance=Guidance()).answered
