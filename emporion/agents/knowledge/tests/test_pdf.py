"""A PDF is read as who looks at its pages reads it: without what the margins repeat, by its headings, its tables row by row."""

import io

import pytest
from pypdf import PdfReader, PdfWriter, Transformation

from emporion.agents.knowledge.parsing import parse
from emporion.agents.knowledge.types import BlockKind, ParsedDocument

from .files import pdf, placed_pdf

pytestmark = pytest.mark.requirement("BUY-14")

TOP, BOTTOM = 760, 30
PRINTED_STYLE = """
@page { size: A5;
  @top-right { content: "Café Fougère"; font-size: 8pt }
  @bottom-center { content: "Page " counter(page) " sur " counter(pages); font-size: 8pt } }
body { font-family: serif; text-align: justify } .two { columns: 2 } td, th { padding: 2pt 6pt; text-align: left }
"""
PRINTED = """
<h1>Notice de la tondeuse</h1><div class=two><h2>Avant la première utilisation</h2>
<p>Chargez la batterie ; il faut 90 minutes.
Le voyant passe au vert.</p><h2>Hauteur</h2><p>Le levier règle la hauteur en six positions, de 25 à 75 mm.</p></div>
<h2>Pannes</h2>
<table><tr><th>Signe<th>Remède
<tr><td>Voyant rouge fixe, et deux bips toutes les dix secondes<td>dégager l'herbe, puis serrer la vis à 40 Nm
<tr><td>Vibrations<td>serrer</table>
<h2>Entretien</h2><p>Brossez le dessous.</p><ul><li>Rangez-la au sec.<li>Chargez-la.</ul>
"""


def _body(*paragraphs, begin=700):
    return [(72, begin - 28 * place, 11, words) for place, words in enumerate(paragraphs)]


def _read(*pages) -> ParsedDocument:
    return parse(placed_pdf(*pages), name="a.pdf")


def test_headers_footers_and_page_numbers_that_recur_are_not_read():
    told = [f"Page {name} tells of {name} things." for name in ("one", "two", "three")]
    header = (400, TOP, 8, "Café Fougère - Guide")
    pages = [[header, *_body(words), (290, BOTTOM, 8, f"{page} | Seite")] for page, words in enumerate(told, start=1)]
    assert _read(*pages).plain_text.split("\n\n") == told


@pytest.mark.parametrize(
    "number",
    [
        "Page 1 sur 2", "Seite 1 von 8", "1/8", "- 1 -", "1", "Página 1 de 4", "Pagina 1 van 3", "Strona 1 z 9", "p. 1", "Side 1",
        "Sida 1 av 2", "Sayfa 1 / 3", "Page 1", "1 of 12",
    ],
)  # fmt: skip
def test_the_number_of_a_single_page_is_not_read_nor_the_small_type_of_its_margins(number):
    page = [(72, TOP, 8, "Café Fougère"), *_body("We open at 9.", "We close at 5."), (290, BOTTOM, 8, number)]
    assert _read(page).plain_text == "We open at 9.\n\nWe close at 5."


@pytest.mark.parametrize("last", ["12", "Total 12", "See page 3.", "Tel. 030 / 12", "Room 1/2 is closed."])
def test_figures_that_are_no_number_of_the_page_are_body(last):
    assert last in _read(_body("We open at 9.", last)).plain_text
    assert last in _read([*_body("We open at 9."), (72, BOTTOM, 11, last)]).plain_text


def test_headings_that_count_and_lines_whose_figures_are_no_pages_stay():
    pages = [
        [(72, TOP, -11, f"Week {page}"), *_body("Some words."), (72, BOTTOM, 11, f"Costs {page * 7} euros")] for page in (1, 2, 3)
    ]
    text = _read(*pages).plain_text
    for words in ("Week 1", "Week 3", "Costs 7 euros", "Costs 21 euros"):
        assert words in text


def test_a_table_over_pages_names_its_columns_in_every_row():
    rows = [("Europe", "5 euros"), ("Asia", "9 euros"), ("Africa", "8 euros"), ("Oceania", "11 euros")]
    pages = []
    for some in (rows[:2], rows[2:]):
        cells = [((72, 680 - 20 * nth, 11, zone), (300, 680 - 20 * nth, 11, fee)) for nth, (zone, fee) in enumerate(some)]
        pages.append([(72, 700, -11, "Zone"), (300, 700, -11, "Fee"), *(cell for row in cells for cell in row)])
    assert [(block.kind, block.text, block.page) for block in _read(*pages).blocks] == [
        (BlockKind.TABLE, "Zone: Europe; Fee: 5 euros", 1), (BlockKind.TABLE, "Zone: Asia; Fee: 9 euros", 1),
        (BlockKind.TABLE, "Zone: Africa; Fee: 8 euros", 2), (BlockKind.TABLE, "Zone: Oceania; Fee: 11 euros", 2),
    ]  # fmt: skip


def test_cells_of_many_lines_stay_with_their_row_and_numbers_may_stand_on_the_right():
    page = [
        (72, 707, 11, "Two beeps, the machine"), (72, 694, 11, "does not start"), (250, 700, 11, "key is missing"),
        (420, 700, 11, "1 euro"), (72, 668, 11, "Red light"), (250, 668, 11, "blade stuck"), (403, 668, 11, "129 euros"),
        (72, 620, 11, "Keep it dry."),
    ]  # fmt: skip
    assert _read(page).plain_text.split("\n\n") == [
        "Two beeps, the machine does not start | key is missing | 1 euro", "Red light | blade stuck | 129 euros", "Keep it dry.",
    ]  # fmt: skip


def test_two_columns_of_prose_are_read_one_after_the_other_and_are_no_table():
    left = [(72, 700 - 14 * nth, 11, f"left line {nth} goes on and on") for nth in range(6)]
    right = [(320, 700 - 14 * nth, 11, f"right line {nth} goes on too") for nth in range(6)]
    document = _read([*left, *right])
    assert {block.kind for block in document.blocks} == {BlockKind.PARAGRAPH}
    assert document.plain_text.index("left line 5") < document.plain_text.index("right line 0")


def test_headings_are_told_by_their_type_and_paragraphs_by_the_gaps_between_them():
    document = _read(
        [
            (72, 740, -20, "The mower"), (72, 705, -14, "Before the first"), (72, 689, -14, "use"),
            (72, 665, 11, "Load the battery, which"), (72, 651, 11, "takes an hour."), (72, 628, 11, "Then mow."),
            (72, 605, -11, "In winter"), (72, 591, 11, "Keep it dry."),
        ],
        [(72, 740, -14, "End of life"), (72, 715, 11, "Bring it back.")],
    )  # fmt: skip
    assert [(block.text, block.heading_path) for block in document.blocks if block.kind is BlockKind.PARAGRAPH] == [
        ("Load the battery, which takes an hour.", ("The mower", "Before the first use")),
        ("Then mow.", ("The mower", "Before the first use")),
        ("Keep it dry.", ("The mower", "Before the first use", "In winter")),
        ("Bring it back.", ("The mower", "End of life")),
    ]


def test_a_sentence_goes_on_on_the_next_page_and_words_that_are_drawn_twice_are_read_once():
    document = _read(
        [(72, 700, 11, "The deposit is two rents and has to be paid"), (72, 100, 11, "by all who move in before")],
        [(72, 700, 11, "the summer."), (72, 660, -11, "Pets"), (72.3, 660, -11, "Pets"), (72, 646, 11, "Are welcome.")],
    )
    assert "before the summer." in document.plain_text
    assert document.plain_text.count("Pets") == 1


def test_a_page_that_lies_on_its_side_is_read_as_it_is_held():
    cells = [(72, 700, 11, "Europe"), (300, 700, 11, "5 euros"), (72, 680, 11, "Asia"), (300, 680, 11, "9 euros")]
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(placed_pdf([*cells, (72, 640, 11, "We ship"), (72, 626, 11, "by sea.")]))))
    writer.pages[0].add_transformation(Transformation().rotate(90).translate(792, 0))
    out = io.BytesIO()
    writer.write(out)
    assert parse(out.getvalue(), name="a.pdf").plain_text == "Europe | 5 euros\n\nAsia | 9 euros\n\nWe ship by sea."


def test_marks_of_a_list_that_are_drawn_apart_stand_with_their_items():
    page = [(90, 700, 11, "Aphids: soap."), (90, 686, 11, "Mildew: milk."), (80, 700, 11, "-"), (80, 686, 11, "-")]
    block = _read([*_body("Against pests", begin=740), *page]).blocks[-1]
    assert (block.kind, block.text) == (BlockKind.LIST, "- Aphids: soap.\n- Mildew: milk.")


def test_a_page_of_very_many_pieces_is_still_read_to_its_last_word():
    text = parse(pdf("\n".join(f"Line {number} says so." for number in range(12_000))), name="a.pdf").plain_text
    assert "Line 0 says so." in text
    assert "Line 11999 says so." in text


def test_a_file_as_printed_from_a_browser_is_read_by_its_outline_rows_and_paragraphs():
    from weasyprint import HTML

    printed = HTML(string=f"<html lang=fr><style>{PRINTED_STYLE}</style>{PRINTED}").write_pdf()
    document = parse(printed, name="a.pdf")
    assert [(block.text, block.heading_path[-1]) for block in document.blocks if block.kind is not BlockKind.HEADING] == [
        ("Chargez la batterie ; il faut 90 minutes. Le voyant passe au vert.", "Avant la première utilisation"),
        ("Le levier règle la hauteur en six positions, de 25 à 75 mm.", "Hauteur"),
        (
            "Signe: Voyant rouge fixe, et deux bips toutes les dix secondes; Remède: dégager l'herbe, puis serrer la vis à 40 Nm",
            "Pannes",
        ),
        ("Signe: Vibrations; Remède: serrer", "Pannes"),
        ("Brossez le dessous.", "Entretien"),
        ("- Rangez-la au sec.\n- Chargez-la.", "Entretien"),
    ]  # fmt: skip


def test_what_is_read_from_right_to_left_keeps_its_order_and_the_rows_of_its_tables():
    from weasyprint import HTML

    body = "<p>نفتح من الأحد حتى الخميس ونغلق <b>يوم الجمعة</b> والعطل الرسمية."
    table = "<table><tr><th>المنطقة<th>السعر<tr><td>الرياض<td>15 ريال<tr><td>جدة<td>20 ريال</table>"
    printed = HTML(string=f"<html lang=ar dir=rtl><style>td,th{{padding:2pt 9pt}}</style>{body}{table}").write_pdf()
    assert parse(printed, name="a.pdf").plain_text.split("\n\n") == [
        "نفتح من الأحد حتى الخميس ونغلق يوم الجمعة والعطل الرسمية.",
        "المنطقة: الرياض; السعر: 15 ريال",
        "المنطقة: جدة; السعر: 20 ريال",
    ]
