"""A passage is an exact cut of the document, so that a click can show it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emporion.agents.knowledge.answers import highlight
from emporion.agents.knowledge.chunking import chunk, sentence_spans
from emporion.agents.knowledge.parsing import parse
from emporion.agents.knowledge.types import Citation

pytestmark = pytest.mark.requirement("BUY-14", "BUY-17")

WORDS = st.text(alphabet="aé日 .\n#-*|`>[]()1:\t", min_size=1, max_size=400)


@settings(max_examples=150, deadline=None)
@given(text=WORDS, name=st.sampled_from(["a.md", "a.txt", "a.rst", "a.csv", "a.html"]))
def test_offsets_always_point_at_the_text(text, name):
    document = parse(("Begin " + text).encode(), name=name)
    for span in (*document.blocks, *chunk(document)):
        assert document.plain_text[span.start : span.end] == span.text


def test_a_long_document_is_cut_along_headings_and_within_the_limit():
    text = "\n\n".join(
        f"# Part {part}\n\n" + " ".join(f"Sentence {number} of part {part} says a thing." for number in range(60))
        for part in range(3)
    )
    passages = chunk(parse(text.encode(), name="a.md"))
    assert max(len(passage.text.split()) for passage in passages) <= 170
    assert all(passage.text.count("# Part") == 0 and len(set(passage.heading_path)) == 1 for passage in passages)
    assert passages[0].text.startswith("Part 0")


def test_code_and_short_lists_stay_whole_and_only_what_changed_has_a_new_hash():
    code = "\n".join(f"line_{number} = {number}" for number in range(30))
    text = f"# A\n\nIntro words here.\n\n```\n{code}\n```\n\n# B\n\nThe end."
    before, after = (chunk(parse(one.encode(), name="a.md")) for one in (text, text.replace("The end.", "Another end.")))
    assert any(code in passage.text for passage in before)
    assert [one.content_hash == other.content_hash for one, other in zip(before, after, strict=True)] == [True, False]


def test_sentences_do_not_end_at_abbreviations():
    text = 'Bring fruit, e.g. Apples from Mr. Jones. "Is it ripe?" Yes. 中文。再见。'
    assert [text[start:end] for start, end in sentence_spans(text)] == [
        "Bring fruit, e.g. Apples from Mr. Jones.",
        '"Is it ripe?"',
        "Yes.",
        "中文。",
        "再见。",
    ]


def test_a_quote_is_found_again_after_the_document_moved():
    citation = Citation(
        passage_id="p", document_id="d", document_title="T", heading_path=(), quote="Tea costs 2 euros.", start=0, end=18
    )
    assert highlight("Tea costs 2 euros. Yes.", citation).exact
    moved = highlight("New words. Tea costs\n2 euros.", citation)
    assert (moved.marked, moved.exact) == ("Tea costs\n2 euros.", False)
    assert highlight("Coffee only.", citation) is None


def test_a_question_that_nothing_follows_stays_with_what_leads_to_it():
    text = (
        "# Factories\n\nAn application may be made by a function.\n\nSo why would you want to do this?\n\n"
        "Tests have settings of their own.\n\nSo how would you do that?\n\n## Basics\n\nWrite the function."
    )
    passages = [passage.text for passage in chunk(parse(text.encode(), name="a.md"))]
    assert "So how would you do that?" not in passages
    assert passages[0].endswith("So how would you do that?")
    assert len(passages) == 2


@pytest.mark.parametrize(
    "text",
    ["Мы открыты. Это так.", "Είμαστε εδώ. Έλα.", "אנחנו כאן. בואו.", "हम खुले हैं। आइए।", "Jsme tu. Čekáme.", "Są tu. Łatwo."],
)
def test_sentences_end_in_every_writing(text: str) -> None:
    assert len(sentence_spans(text)) == 2
