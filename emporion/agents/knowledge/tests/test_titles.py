"""What a document is called whose file names it badly, or not at all: over a web address and for every format."""

import io
from collections.abc import Callable
from uuid import UUID

import docx
import pytest
from django.test import Client
from pypdf import PdfReader, PdfWriter

from emporion.agents.knowledge.models import Source
from emporion.agents.knowledge.parsing import parse
from emporion.agents.knowledge.tests.files import pdf
from emporion.agents.knowledge.tests.web import add
from emporion.agents.knowledge.titles import meaningful
from emporion.kernel.clock import utcnow

pytestmark = [pytest.mark.requirement("BUY-14")]


def titled_pdf(title: str, **about: str) -> bytes:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf("The mill grinds rye on Fridays and wheat on every other day."))))
    writer.add_metadata({"/Title": title, **{f"/{name.title()}": text for name, text in about.items()}})
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def titled_docx(title: str, heading: str = "") -> bytes:
    document = docx.Document()
    document.core_properties.title = title
    if heading:
        document.add_heading(heading, 1)
    document.add_paragraph("The mill grinds rye on Fridays.")
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


NO_TITLES = [
    *("about:blank", "untitled", "Untitled-2", "Microsoft Word - mühle.docx", "Document1", "https://mill.example/print?id=4"),
    *("mill.indd", "winword.exe", "Ohne Titel", "Senza titolo 3", "無題", "C:\\Users\\ada\\mill", "(anonymous)", "Mappe 1"),
    *("www.mill.example", "ada@mill.example", "mill.example/flour", "6f9619ff-8b86-d011-b42d-00cf4fc964ff", "…", "4711"),
    *("Title", "Titel", "Price list 2024.docx", "~/mill/prices", "README.md", "index.html?id=4"),
]
TITLES = [
    *("About us", "About: our firm", "Booking.com", "Node.js", "24/7 service", "Pasta", "Map", "Prices 2.50", "Preisliste (2)"),
    *("Microsoft Word for beginners", "Q1/Q2", "Mr. Smith v. U.S.", "Über uns", "Handbook 2024", "料金表"),
    *("Title 42", "Guide to README.md", "/etc/hosts explained", "How to write index.html"),
]


@pytest.mark.parametrize("title", NO_TITLES)
def test_what_a_program_wrote_in_place_of_a_title_gives_way_to_the_first_heading_or_the_name_of_the_file(title: str) -> None:
    assert meaningful(title) == ""
    assert parse(titled_pdf(title), name="rye-and-wheat.pdf").title == "rye-and-wheat"
    assert parse(titled_docx(title, "Milling days"), name="a.docx").title == "Milling days"
    assert parse(titled_docx(title), name="milling_days.docx").title == "milling days"
    page = f"<title>{title}</title><body><main>{{}}<p>The mill grinds rye.</p></main><footer>Call 020 7946 0018</footer>"
    assert parse(page.format("<h1>Milling days</h1>").encode(), name="a.html").title == "Milling days"
    assert parse(page.format("").encode(), name="milling.html").title == "milling"
    assert parse(f"---\ntitle: {title}\n---\n# Rye\n\nOn Fridays.".encode(), name="a.md").title == "Rye"


@pytest.mark.parametrize("title", TITLES)
def test_a_title_that_says_something_stays(title: str) -> None:
    assert parse(titled_pdf(title), name="a.pdf").title == title


def test_the_name_of_the_program_that_wrote_the_file_is_no_title() -> None:
    assert parse(titled_pdf("TurboPrint 9", creator="TurboPrint 9"), name="rye.pdf").title == "rye"


def test_pages_show_a_name_that_says_something(
    alice_client: Client, agent_id: UUID, site: str, pages: dict[str, str | bytes], drain: Callable[..., int]
) -> None:
    pages["/rye%20prices.pdf"] = titled_pdf("about:blank")
    pages["/wheat/"] = "<title>Untitled Document</title><p>Wheat is ground on Mondays.</p>"
    for path in ("/rye%20prices.pdf", "/wheat/"):
        add(alice_client, agent_id, f"{site}{path}")
    drain(utcnow())
    assert set(Source.objects.filter(kind="page").values_list("state", "name")) == {("ready", "rye prices"), ("ready", "wheat")}
    page = alice_client.get(f"/agents/{agent_id}/training/").content.decode()
    assert ">rye prices<" in page
    assert ">wheat<" in page
    assert "about:blank" not in page
    assert "Untitled" not in page
