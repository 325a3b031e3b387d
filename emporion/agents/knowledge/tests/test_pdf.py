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


LESSONS = [
    (143, 700, -12, "Lesson"), (294, 700, -12, "Lasts"), (356, 700, -12, "Price"), (436, 700, -12, "Ten lessons"),
    (66, 680, 12, "Alone"), (286, 680, 12, "45 minutes"), (356, 680, 12, "38,00"), (436, 680, 12, "340,00"),
    (66, 660, 12, "In a group of three to six"), (286, 660, 12, "60 minutes"), (356, 660, 12, "24,50"),
    (66, 640, 12, "Children"), (286, 640, 12, "30 minutes"), (356, 640, 12, "18,00"), (436, 640, 12, "160,00"),
]  # fmt: skip
LESSONS_READ = [
    "Lesson: Alone; Lasts: 45 minutes; Price: 38,00; Ten lessons: 340,00",
    "Lesson: In a group of three to six; Lasts: 60 minutes; Price: 24,50",
    "Lesson: Children; Lasts: 30 minutes; Price: 18,00; Ten lessons: 160,00",
]
RULES = [
    *((62, y, 470, 1) for y in (712, 694, 674, 654, 634)),
    *((x, 634, 1, 79) for x in (62, 284, 348, 432, 532)),
]  # fmt: skip


@pytest.mark.parametrize("rules", [RULES, RULES[:5], []], ids=["grid", "rules", "none"])
def test_names_in_the_middle_of_their_columns_are_said_in_every_row(rules):
    assert parse(placed_pdf(LESSONS, rules=rules), name="a.pdf").plain_text.split("\n\n") == LESSONS_READ


def test_cells_that_touch_are_two_where_a_line_is_drawn_between_them():
    cells = [(72, 700, -11, "Zone"), (105, 700, -11, "Fee"), (72, 680, 11, "Europe"), (106, 680, 11, "5 euros")]
    rules = [*((70, y, 90, 0.5) for y in (712, 694, 674)), *((x, 674, 0.5, 38) for x in (70, 105, 160))]
    assert parse(placed_pdf(cells, rules=rules), name="a.pdf").plain_text == "Zone: Europe; Fee: 5 euros"


def test_a_line_around_a_box_or_below_words_makes_no_table():
    page = [(72, 700, 11, "We open at 9, on Sundays"), (72, 686, 11, "at 10."), (72, 640, 11, "Call us.")]
    rules = [(60, 715, 400, 1), (60, 670, 400, 1), (60, 670, 1, 45), (460, 670, 1, 45), (72, 638, 40, 0.5)]
    document = parse(placed_pdf(page, rules=rules), name="a.pdf")
    assert [(block.kind, block.text) for block in document.blocks] == [
        (BlockKind.PARAGRAPH, "We open at 9, on Sundays at 10."), (BlockKind.PARAGRAPH, "Call us."),
    ]  # fmt: skip


def test_names_in_plain_type_are_told_by_the_figures_below_and_go_on_on_the_next_page():
    def rows(*told):
        return [
            (x, 700 - 20 * nth, 11, cell) for nth, row in enumerate(told) for x, cell in zip((72, 240, 400), row, strict=True)
        ]

    first = rows(("Place", "Beds", "Price"), ("Field", "12", "5 euros"), ("Hut", "4", "19 euros"))
    text = _read(first, rows(("Villa", "none", "free"), ("Barn", "40", "2 euros"), ("Tent", "2", "8 euros"))).plain_text
    assert text.split("\n\n") == [
        "Place: Field; Beds: 12; Price: 5 euros", "Place: Hut; Beds: 4; Price: 19 euros", "Place: Villa; Beds: none; Price: free",
        "Place: Barn; Beds: 40; Price: 2 euros", "Place: Tent; Beds: 2; Price: 8 euros",
    ]  # fmt: skip


def test_a_name_without_a_value_is_read_once_and_invisible_cells_do_no_harm():
    cells = [(72, 700, -11, "Zone"), (200, 700, -11, "Fee"), (300, 700, -11, "Remark"), (400, 700, 0, "x")]
    text = _read([*cells, (72, 680, 11, "Europe"), (200, 680, 11, "5 euros")]).plain_text
    assert "Zone: Europe; Fee: 5 euros" in text
    assert text.count("Remark") == 1


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


@pytest.mark.parametrize("size", [11, -11], ids=["plain", "bold"])
def test_numbered_headings_are_no_items_of_a_list_which_those_are_that_follow_each_other(size):
    told = [
        "We teach all days of the week but",
        "Monday, in the hall or outside.",
        "Whoever comes late rides shorter",
        "for the same price.",
    ]
    names = ["1. Riding lessons", "1.1 Groups", "2. Prices"]
    page = []
    for nth, name in enumerate(names):
        top = 740 - 110 * nth
        page += [(72, top, size, name), *((72, top - 24 - 13 * at, 11, words) for at, words in enumerate(told))]
    blocks = _read([*page, (72, 400, 11, "1. Come in"), (72, 387, 11, "2. Sit down")]).blocks
    assert [block.text for block in blocks if block.kind is BlockKind.HEADING] == names
    assert (blocks[-1].kind, blocks[-1].text) == (BlockKind.LIST, "1. Come in\n2. Sit down")


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


SPANNED = """
<table><tr><th rowspan=2>Lesson<th colspan=2>In summer<th colspan=2>In winter<tr><th>Adult<th>Child<th>Adult<th>Child
<tr><td rowspan=2>Alone<td>40<td>30<td>35<td>25<tr><td>45<td><td>38<td>28<tr><td>Together<td>20<td>15<td>18<td>12
<tr><td colspan=4>Ten of any<td>99</table><p><table><tr><th>Day<th>Opens<tr><td>Monday<td>9:00<tr><td>Sunday<td>closed</table>
"""
SPANNED_READ = [
    "Lesson: Alone; In summer Adult: 40; In summer Child: 30; In winter Adult: 35; In winter Child: 25",
    "In summer Adult: 45; In winter Adult: 38; In winter Child: 28",
    "Lesson: Together; In summer Adult: 20; In summer Child: 15; In winter Adult: 18; In winter Child: 12",
    "Lesson: Ten of any; In winter Child: 99", "Day: Monday; Opens: 9:00", "Day: Sunday; Opens: closed",
]  # fmt: skip


@pytest.mark.parametrize(("border", "again"), [("1px solid", "Lesson: Alone; "), ("0", "")], ids=["grid", "none"])
def test_names_of_two_lines_and_cells_over_rows_and_columns_are_said_where_they_hold(border, again):
    from weasyprint import HTML

    style = f"<style>table {{ border-collapse: collapse; width: 100% }} td, th {{ border: {border}; padding: 4pt }}</style>"
    read = parse(HTML(string=style + SPANNED).write_pdf(), name="a.pdf").plain_text.split("\n\n")
    assert read == [SPANNED_READ[0], again + SPANNED_READ[1], *SPANNED_READ[2:]]


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
