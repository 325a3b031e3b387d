"""What Markdown's dialects add for the programs that publish it is not learnt; words and code are."""

import io
import re

import pytest
from docx import Document
from hypothesis import given, settings
from hypothesis import strategies as st

from emporion.agents.knowledge.chunking import chunk
from emporion.agents.knowledge.parsing import parse
from emporion.agents.knowledge.types import BlockKind

pytestmark = pytest.mark.requirement("BUY-14")

_BOLD = re.compile(r"[*]{2}(.+?)[*]{2}")


def _text(markdown: str) -> str:
    return parse(markdown.encode(), name="a.md").plain_text


@pytest.mark.parametrize(
    ("markdown", "words"),
    [
        ("Open the [[Settings#Sync|sync settings]] or [[Help/Support]].", "Open the sync settings or Support."),
        ("See [[Prices#Weekend]].", "See Prices > Weekend."),
        ("==Life jackets== are provided %%order\nnew ones%% here. ^jackets", "Life jackets are provided here."),
        ("- [ ] Pack\n- [x] Sail", "- Pack\n- Sail"),
        ("See below.\n\n![[picture.png|600]]", "See below."),
        ("> [!tip]- Back up first\n> Copy the [[Vault]].", "Back up first\n\nCopy the Vault."),
        ("{% callout info %}\nOnly {{ site.plan }} members.\n{% endcallout %}", "Only members."),
        ("Read [the guide]({{ base }}{% link guide.md %}) first.\n{:.lead}", "Read the guide first."),
        ("* TOC\n{:toc}\n\nFirst words.", "First words."),
        ("## Fees {#fees}\n\nNone.", "Fees\n\nNone."),
        ("See {ref}`the list of\nplans <plans>` and {pep}`518`.", "See the list of plans and 518."),
        ("```{warning} Hot\n:class: x\nDo not touch.\n```", "Hot\n\nDo not touch."),
        (":::note[Mind]\nThe gap.\n:::", "Mind\n\nThe gap."),
        ("/// tip | Shorter\nUse it.\n///", "Shorter\n\nUse it."),
        ('!!! note "Mind"\n    The gap.\n\n    And the step.\n\nAfter.', "Mind\n\nThe gap.\n\nAnd the step.\n\nAfter."),
        ('=== "Linux"\n\n    Use apt.', "Linux\n\nUse apt."),
        ("Apple\n:   A fruit\nof trees.\n:   A firm.\n\nEnd.", "Apple: A fruit of trees.\n\nA firm.\n\nEnd."),
        (
            "#### `PORT`\n\n: The port of [us](#us).\n\n    Not an \\[a\\]b.\n\nEnd.",
            "PORT\n\nThe port of us.\n\nNot an [a]b.\n\nEnd.",
        ),
        ("Key\n: See:\n\n    ```\n    : a\n    ```", "Key: See:\n\n: a"),
        ('## Fees {#fees data-toc-label="Fee"}\n\n[Pay](/pay){ .button target=_blank } now.', "Fees\n\nPay now."),
        ("All of it[^1] counts.\n\n[^1]: Except tax.", "All of it counts.\n\nExcept tax."),
        ('<div class="grid" markdown>\n![Logo](a.png){.logo} [Start](b.md)\n</div>', "Logo Start"),
        ("We have:\n- one\n- two\n\nAt 9: open.", "We have:\n\n- one\n- two\n\nAt 9: open."),
    ],
)
def test_the_words_of_a_dialect_are_read_without_its_marks(markdown, words):
    assert _text(markdown) == words


@pytest.mark.parametrize(
    ("markdown", "words"),
    [
        ("Write {{ name }} where the customer's name goes.", "Write {{ name }} where the customer's name goes."),
        ("- {{ticket.id}}: its number\n- {{ Kundenname }} or {{1}}", "- {{ticket.id}}: its number\n- {{ Kundenname }} or {{1}}"),
        ("|Mark|Means|\n|-|-|\n|{{ first name }}|Who|", "Mark: {{ first name }}; Means: Who"),
        ("## What {{ name }} does\n\nIt greets.", "What {{ name }} does\n\nIt greets."),
        ("`{{ a }}` {{ b }}", "{{ a }} {{ b }}"),
        ("Call https://{{ shop }}.example/hook.", "Call https://{{ shop }}.example/hook."),
        ("{% include head.html %}\n{{ content }}\n\nWords.\n\n{{ footer }}", "Words."),
        ("{{< note >}}Mind{{< /note >}} {{% tip %}}the gap{{% /tip %}}.", "Mind the gap."),
        ('See [the {{ plan }} plan]({{ base }}/plans/) and <a href="{{ base }}">home</a>.', "See the {{ plan }} plan and home."),
        ("[Plans][1] of {{ site.title }}{{ page.title | upcase }}{{ .Site.Title }}.\n\n[1]: {{ base }}/plans", "Plans of ."),
    ],
)
def test_double_braces_around_a_name_are_words_in_prose_and_a_mark_elsewhere(markdown, words):
    assert _text(markdown) == words


@pytest.mark.parametrize(
    "markdown",
    ["```jinja\n{{ user }} {% if a %} [[x]]\n::: y\n```", "Write `{{ user }}` and `[[note]]` and ``{% if %}``.", "Title\n==="],
)
def test_code_and_commonmark_stay_as_they_are(markdown):
    for word in ("{{ user }}", "{% if a %} [[x]]", "::: y", "[[note]]", "{% if %}", "Title"):
        assert (word in markdown) == (word in _text(markdown))


def test_a_box_of_mkdocs_keeps_its_code_and_ends_where_it_is_no_longer_indented():
    document = parse(b'!!! tip "Run it"\n    Type:\n\n    ```\n    make {{ run }}\n    ```\n\nDone.', name="a.md")
    assert [(block.kind, block.text) for block in document.blocks] == [
        (BlockKind.PARAGRAPH, "Run it"), (BlockKind.PARAGRAPH, "Type:"),
        (BlockKind.CODE, "make {{ run }}"), (BlockKind.PARAGRAPH, "Done."),
    ]  # fmt: skip


def _in_word(*paragraphs: str) -> bytes:
    """A DOCX without styles; what is written between asterisks is bold."""
    document, out = Document(), io.BytesIO()
    for paragraph in paragraphs:
        for place, part in enumerate(paragraph.split("**")):
            document.add_paragraph() if not place else None
            document.paragraphs[-1].add_run(part).bold = bool(place % 2)
    document.save(out)
    return out.getvalue()


@pytest.mark.parametrize("form", ["md", "html", "docx"])
def test_bold_words_alone_are_a_heading_of_what_follows_and_a_sentence_where_nothing_does(form):
    said = ["**Opening hours**", "From nine.", "**Never** on Sundays.", "**No dogs**", "**Closed in August**"]
    pages = {
        "md": "\n\n".join(said).encode(),
        "html": "".join(f"<p>{_BOLD.sub('<b>{}</b>', one)}</p>".format(*_BOLD.findall(one)) for one in said).encode(),
        "docx": _in_word(*said),
    }
    blocks = parse(pages[form], name=f"a.{form}").blocks
    assert [(block.kind, block.heading_path) for block in blocks] == [
        (BlockKind.HEADING, ("Opening hours",)),
        *[(BlockKind.PARAGRAPH, ("Opening hours",))] * 2,
        *[(BlockKind.PARAGRAPH, ())] * 2,
    ]
    assert "No dogs" in chunk(parse(pages[form], name=f"a.{form}"))[0].text


def test_each_question_of_a_list_of_them_stands_with_its_own_answer():
    text = "# FAQ\n\nCan I park? Behind the house.\n\n**May my dog come?** On a lead.\n\nDo you take cards?\n\nYes, all.\n"
    assert [passage.text for passage in chunk(parse(text.encode(), name="a.md"))] == [
        "Can I park? Behind the house.", "May my dog come? On a lead.", "Do you take cards?\n\nYes, all.",
    ]  # fmt: skip
    text = "# Story\n\nWhy do we do this? Because we must.\n\nAnd so we go on."
    assert len(chunk(parse(text.encode(), name="a.md"))) == 1


@settings(max_examples=100, deadline=None)
@given(text=st.text(alphabet='ab \n`~{}%:/!=[]|>"#^*', max_size=300))
def test_no_text_is_too_odd_to_be_read(text):
    assert "Begin" in _text(f"Begin\n\n{text}")


@pytest.mark.parametrize(
    "part",
    [
        "```a\n",
        "{% ",
        "[[",
        "{{",
        "{{ a }} ",
        "](",
        "> {{ a }}",
        ":::\n",
        "> [!",
        '!!! a "',
        "``",
        "{a}`",
        "%%",
        "==a",
        "a\n: b\n",
        ": ",
        "a\n: b\n    c\n: ",
        "[^a",
        " {#a b",
        '    === "b"\n',
    ],
)
def test_a_hostile_text_is_read_in_time_that_grows_with_its_length_alone(part):
    text = part * (20_000 // len(part))
    assert _text(f"Begin\n\n{text}").startswith("Begin")
