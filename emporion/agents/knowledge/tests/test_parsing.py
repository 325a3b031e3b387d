"""Every format gives its text with structure; every bad file is refused with what to do next."""

import pytest

from emporion.agents.knowledge.chunking import chunk
from emporion.agents.knowledge.errors import DocumentError, Empty, Encrypted, NoText, TooLarge, Unreadable, WrongType
from emporion.agents.knowledge.parsing import parse
from emporion.agents.knowledge.types import BlockKind, MediaType

from .files import docx, encrypted_pdf, pdf, zip_of

pytestmark = pytest.mark.requirement("BUY-14")

RST = """
Größe
=====

See :doc:`installation` and :class:`~flask.Flask`, or :func:`the runner <flask.run>`.

.. code-block:: python
    :caption: app.py
    :emphasize-lines: 2

    app = Flask(__name__)
    app.run()

.. versionadded:: 2.0
    Streams are supported.

.. unheard-of:: first words
    :strange: option

    Body of the unknown.

Tables
------

=====  =====
Name   Age
=====  =====
Zoë    42
=====  =====

.. include:: /etc/passwd
.. raw:: html

    <script>alert(1)</script>
.. csv-table::
    :file: /etc/passwd
"""


def test_a_pdf_keeps_the_page_of_each_paragraph_and_reports_progress():
    seen = []
    document = parse(
        pdf("Travel costs are paid.", "Flights are booked\nin économique."),
        name="a.pdf",
        progress=lambda done, total: seen.append((done, total)),
    )
    assert [(block.page, block.text) for block in document.blocks] == [
        (1, "Travel costs are paid."),
        (2, "Flights are booked in économique."),
    ]
    assert seen == [(1, 2), (2, 2)]


def test_a_pdf_with_a_password_says_so_and_one_protected_only_against_changes_is_read():
    with pytest.raises(Encrypted) as refused:
        parse(encrypted_pdf("secret", "Hidden."), name="a.pdf")
    assert "password" in refused.value.step
    assert parse(encrypted_pdf("secret", "Open.", for_opening=False), name="a.pdf").plain_text == "Open."


def test_a_scan_is_told_apart_from_a_damaged_pdf():
    with pytest.raises(NoText) as refused:
        parse(pdf("", ""), name="scan.pdf")
    assert "OCR" in refused.value.step
    with pytest.raises(Unreadable):
        parse(b"%PDF-1.7\n" + b"rubbish " * 50, name="broken.pdf")


def test_docx_gives_headings_lists_and_tables():
    document = parse(docx(), name="c.docx")
    assert document.media_type is MediaType.DOCX
    by_text = {block.text: block for block in document.blocks}
    assert by_text["- Espresso\n- Cappuccino"].kind is BlockKind.LIST
    assert by_text["- Espresso\n- Cappuccino"].heading_path == ("Café contract", "Opening hours")
    assert by_text["Drink: Espresso; Price: ¥300"].heading_path[-1] == "Prices"


def test_docx_reads_as_with_all_changes_accepted_and_forms_filled_in():
    changed = (
        '<w:p><w:r><w:t xml:space="preserve">The fee is </w:t></w:r><w:del w:id="1"><w:r><w:delText>ten</w:delText></w:r></w:del>'
        '<w:ins w:id="2"><w:r><w:t>twelve</w:t></w:r></w:ins><w:r><w:t xml:space="preserve"> euros.</w:t></w:r></w:p>'
        "<w:sdt><w:sdtContent><w:p><w:r><w:t>Closed on Mondays.</w:t></w:r></w:p></w:sdtContent></w:sdt>"
    )
    text = parse(docx(changed), name="c.docx").plain_text
    assert text.startswith("The fee is twelve euros.\n\nClosed on Mondays.\n\nCafé contract")


def test_docx_notes_stand_after_the_paragraph_that_refers_to_them_and_comments_are_left_out():
    referring = (
        '<w:p><w:r><w:t>The deposit is two rents.</w:t><w:footnoteReference w:id="2"/></w:r></w:p>'
        '<w:p><w:r><w:t>Pets are welcome.</w:t><w:endnoteReference w:id="2"/><w:commentReference w:id="2"/></w:r></w:p>'
    )
    opening = b'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
    separator = b'<w:footnote w:type="separator" w:id="0"><w:p><w:r><w:t>___</w:t></w:r></w:p></w:footnote>'

    def note(kind: bytes, words: bytes) -> bytes:
        return b"<w:" + kind + b' w:id="2"><w:p><w:r><w:t>' + words + b"</w:t></w:r></w:p></w:" + kind + b">"

    content = docx(
        referring,
        footnotes=b"<w:footnotes "
        + opening
        + separator
        + note(b"footnote", b"Three for flats with a garden.")
        + b"</w:footnotes>",
        endnotes=b"<w:endnotes " + opening + note(b"endnote", b"Except snakes.") + b"</w:endnotes>",
        comments=b"<w:comments " + opening + note(b"comment", b"Ask the lawyer!") + b"</w:comments>",
    )
    text = parse(content, name="c.docx").plain_text
    assert text.startswith(
        "The deposit is two rents.\n\nThree for flats with a garden.\n\nPets are welcome.\n\nExcept snakes.\n\nCafé contract"
    )
    assert "lawyer" not in text


def test_html_keeps_headings_and_drops_scripts_menus_and_hidden_text():
    page = (
        "<!doctype html><title>Shop</title><nav>Menu entry</nav><main><h1>Returns</h1><script>steal()</script><p>Send it <b>back</b>&nbsp;within 30&nbsp;days.</p>"  # noqa: E501
        "<p style='display: none'>hidden words</p><ul><li>One<ul><li>Nested</li></ul></li></ul><table><tr><th>Zone</th><th>Fee</th></tr><tr><td>EU</td><td>5 €</td></tr></table>"  # noqa: E501
        "<pre>a\n  b</pre></main>"
    )
    document = parse(page.encode(), name="x.html")
    assert document.title == "Shop"
    assert document.plain_text == "Returns\n\nSend it back within 30 days.\n\n- One\n- Nested\n\nZone: EU; Fee: 5 €\n\na\n  b"
    assert document.blocks[1].heading_path == ("Returns",)


def test_of_the_foot_of_a_page_is_kept_how_the_firm_is_reached() -> None:
    foot = "<footer><nav><a href=/>Home</a></nav><p>Mill Lane 4 · Tel. 0451 998 877</p><p>© 2026 All rights reserved</p></footer>"
    page = "<html><title>Mill shop</title><body><main><h1>Flour</h1><p>We grind on Friday, or write to a@mill.example.</p></main>"
    document = parse(f"{page}{foot}<footer>a@mill.example</footer></body></html>".encode(), name="a.html")
    assert [block.text for block in document.blocks][-2:] == ["Mill shop", "Mill Lane 4 · Tel. 0451 998 877"]
    text = "\n".join(block.text for block in document.blocks)
    assert "rights" not in text
    assert "Home" not in text
    assert text.count("a@mill.example") == 1


@pytest.mark.parametrize(
    ("foot", "is_kept"),
    [
        ("Scuola Lanterna, via dei Merciai 27, 61029 Urbino (PU)", True),
        ("12 High Street, York YO1 7HH", True),
        ("9 Main St, Springfield, IL 62701", True),
        ("Office open Monday to Friday 8:45-13:15", True),
        ("Kasse: 9–17:30 Uhr", True),
        ("© 2019–2026 Lanterna. All rights reserved", False),
        ("Version 3, 2026 edition", False),
        ("VAT DE 12345", False),
        ("1 2 3 " * 200, False),
    ],
)
def test_of_the_foot_of_a_page_addresses_and_hours_are_kept(foot: str, is_kept: bool) -> None:
    page = f"<html><body><main><p>We teach Italian to everybody who comes.</p></main><footer><p>{foot}</p></footer></body></html>"
    assert (foot in parse(page.encode(), name="a.html").plain_text) is is_kept


def test_markdown_headings_inside_code_stay_code():
    text = "---\ntitle: Handbook\n---\n# Rules\nAsk [us](https://x.example) about `pay`.\n\n```\n# not a heading\n```\n\n| A | B |\n|---|---|\n| 1 | 2 |\n"  # noqa: E501
    document = parse(text.encode(), name="r.md")
    assert [(block.kind, block.text) for block in document.blocks] == [
        (BlockKind.HEADING, "Rules"),
        (BlockKind.PARAGRAPH, "Ask us about pay."),
        (BlockKind.CODE, "# not a heading"),
        (BlockKind.TABLE, "A: 1; B: 2"),
    ]
    assert document.title == "Handbook"


def test_rst_keeps_the_words_of_unknown_markup_and_reads_no_other_file():
    document = parse(RST.encode(), name="r.rst")
    for words in (
        "See installation and Flask, or the runner.",
        "app.run()",
        "Streams are supported.",
        "first words",
        "Body of the unknown.",
        "Name: Zoë; Age: 42",
    ):
        assert words in document.plain_text
    assert "root:" not in document.plain_text
    assert "script" not in document.plain_text
    assert document.blocks[-1].heading_path == ("Größe", "Tables")


@pytest.mark.parametrize(
    ("markup", "words"),
    [
        (".. versionchanged:: 2.3\n    Not set by ``NAME``.", "Changed in version 2.3: Not set by NAME."),
        (".. versionadded:: 0.8", "Added in version 0.8."),
        (".. versionadded:: 0.8\n\n    With *words* below.", "Added in version 0.8\n\nWith words below."),
        (".. deprecated:: 3.2\n    Now :class:`.App`, see :doc:`/log`.", "Deprecated since version 3.2: Now App, see log."),
        (".. unheard-of:: See ``name`` and `title`", "See name and title"),
        (".. function:: url_for(*args, **values)\n\n    Makes an address.", "url_for(*args, **values)\n\nMakes an address."),
        (".. autoclass:: flask.Flask\n    :members:\n\nNext.", "Next."),
        (".. autofunction:: run\n\n    Said here.", "run\n\nSaid here."),
        (".. rst-class:: hide-header\n\n:file:`.env` is read.", ".env is read."),
    ],
)  # fmt: skip
def test_the_marks_of_sphinx_are_no_words(markup, words):
    assert parse(f"Begin\n=====\n\n{markup}\n".encode(), name="r.rst").plain_text == f"Begin\n\n{words}"


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_each_csv_row_carries_its_column_names(delimiter):
    rows = [("Product", "Price"), ("Crème", "3"), ("Tea, green" if delimiter != "," else "Tea", "2")]
    document = parse("\n".join(delimiter.join(row) for row in rows).encode(), name="p.csv")
    assert document.blocks[0].text == "Product: Crème\nPrice: 3"
    assert [block.row for block in document.blocks] == [1, 2]
    assert len(chunk(document)) == 2


def test_a_table_is_parted_by_what_makes_its_rows_even_and_its_title_stands_above_it():
    table = "Precios 2026;;\nServicio;Vecinos;Observaciones\nAbono, verano;95,00 €;De 4 a 14 años, gratis\nPista;3,20 €;Con DNI\n"
    document = parse(table.encode(), name="p.csv")
    assert [block.text for block in document.blocks] == [
        "Precios 2026",
        "Servicio: Abono, verano\nVecinos: 95,00 €\nObservaciones: De 4 a 14 años, gratis",
        "Servicio: Pista\nVecinos: 3,20 €\nObservaciones: Con DNI",
    ]
    assert [block.row for block in document.blocks] == [None, 1, 2]


@pytest.mark.parametrize(
    ("table", "last"),
    [
        ("Stadt\nBerlin\nFrankfurt, Main\nBonn\nKiel\n", "Stadt: Kiel"),
        ("Answer\nWe open at nine, and close at six.\nDogs are welcome.\n", "Answer: Dogs are welcome."),
        ("Kurs;Tag;Preis;Hinweis\nA;Mo;12,50\nB;Di;13,50\nC;Mi;14,50;neu\n", "Kurs: C\nTag: Mi\nPreis: 14,50\nHinweis: neu"),
        ("a|b,c\n1|2,5\n", "a: 1\nb,c: 2,5"),
        ("a,b\n1,2\n", "a: 1\nb: 2"),
        ("Anna;\nBob;\nCarl;12\n", "Carl\n12"),
        ('Name;Note\nAda;"one; two"\n', "Name: Ada\nNote: one; two"),
    ],
)
def test_what_parts_a_table_is_told_by_all_of_its_rows(table, last):
    assert parse(table.encode(), name="p.csv").blocks[-1].text == last


def test_names_of_columns_are_read_as_words():
    document = parse(b"artigo,preco_eur\nSela,40\nSala,80\n", name="p.csv")
    assert document.blocks[0].text == "artigo: Sela\npreco eur: 40"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_text_is_read_in_the_encoding_that_it_has(encoding):
    text = "Die Größe der Räume beträgt für üblich zwölf Meter, schön.\n\nZweiter Absatz über Öfen."
    document = parse(text.encode(encoding), name="t.txt")
    assert document.plain_text == text
    assert document.language == "de"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("El niño comió piñas en la montaña, ¿verdad? 12 m² de jardín.", "cp1252"),
        ("Sklep jest otwarty codziennie od dziewiątej do piątej, także w święta.", "cp1250"),
        ("Магазин открыт ежедневно с девяти до семи часов вечера.", "cp1251"),
        ("Το κατάστημα είναι ανοιχτό κάθε μέρα από τις εννέα.", "iso8859_7"),
        ("Opening hours are nine to five every day.", "utf-16-le"),
    ],
)
def test_an_old_code_page_is_told_by_the_words_that_it_makes(text, encoding):
    assert parse(text.encode(encoding), name="old.txt").plain_text == text


@pytest.mark.parametrize(
    ("content", "name", "error"),
    [
        (b"", "a.txt", Empty),
        (b"  \n ", "a.md", Empty),
        (b"\x89PNG\r\n\x1a\n" + b"\x00" * 99, "a.pdf", WrongType),
        (b"MZ" + b"\x00\x01" * 500, "a.docx", WrongType),
        (b"<!doctype html><p>I am a page</p>", "a.pdf", WrongType),
        (b"plain words", "a.docx", WrongType),
        (b"\x00\x01\x02\x03" * 500, "a.txt", WrongType),
        (b"PK\x03\x04" + b"broken" * 30, "a.docx", Unreadable),
        (zip_of(xl__workbook_dot_xml=b"x"), "a.docx", WrongType),
        (lambda: b"a" * (50 * 1024 * 1024 + 1), "a.txt", TooLarge),
        (zip_of(word__document_dot_xml=b"<not xml"), "a.docx", Unreadable),
        (lambda: zip_of(word__document_dot_xml=b" " * 300_000_000), "a.docx", TooLarge),
        (b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le"), "a.docx", Encrypted),
        (b"\xd0\xcf\x11\xe0 word 97", "a.doc", WrongType),
        (b"<html><body><script>x()</script><nav>menu</nav></body></html>", "a.html", NoText),
    ],
)
def test_a_bad_file_is_refused_with_its_next_step(content, name, error):
    with pytest.raises(DocumentError) as refused:
        parse(content() if callable(content) else content, name=name)  # what is large is made here only
    assert type(refused.value) is error
    assert refused.value.message
    assert refused.value.step


def test_a_document_under_another_name_is_read_as_what_it_is():
    document = parse(pdf("Really a PDF."), name="notes.txt", declared_type="text/plain")
    assert (document.media_type, document.mislabelled) == (MediaType.PDF, True)


def test_markup_nested_too_deeply_does_not_bring_the_server_down():
    for content, name in ((b"<html><body>" + b"<div>" * 50_000 + b"deep", "d.html"), (b"> " * 3000 + b"deep", "d.md")):
        try:
            assert "deep" in parse(content, name=name).plain_text
        except DocumentError as refused:
            assert refused.step  # noqa: PT017
