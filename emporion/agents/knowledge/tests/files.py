"""Small real files for the parser tests, made here so that none is stored in the repository."""

import io
import zipfile
from collections.abc import Sequence

from docx import Document
from pypdf import PdfReader, PdfWriter

_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def pdf(*pages: str) -> bytes:
    """A PDF with one line of text a line, written by hand; an empty page has no text at all."""
    streams = []
    for text in pages:
        brackets = str.maketrans({"(": "[", ")": "]"})
        lines = "".join(f"({line.translate(brackets)}) Tj T*\n" for line in text.split("\n")) if text else ""
        streams.append(f"BT /F1 12 Tf 14 TL 72 720 Td\n{lines}ET")
    return _document(streams)


def _document(streams: Sequence[str]) -> bytes:
    """A page for each stream of operators, with Helvetica as /F1 and its bold as /F2, each letter 0.5 of the size wide."""
    widths = f"/FirstChar 32 /LastChar 255 /Widths [{'500 ' * 224}]"
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "",
        f"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding {widths} >>",
        f"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding {widths} >>",
    ]
    kids = []
    for stream in streams:
        number = len(objects) + 1
        kids.append(f"{number} 0 R")
        objects.append(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792]"
            f" /Resources << /Font << /F1 3 0 R /F2 4 0 R >> >> /Contents {number + 1} 0 R >>"
        )
        objects.append(f"<< /Length {len(stream.encode('cp1252'))} >>\nstream\n{stream}\nendstream")
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(kids)} >>"
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n".encode("cp1252")
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    trailer = f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{len(out)}\n%%EOF"
    return out + f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}{trailer}".encode("cp1252")


def encrypted_pdf(password: str, *pages: str, for_opening: bool = True) -> bytes:
    """The same behind a password, for opening it or only for changing it."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf(*pages))))
    writer.encrypt(password if for_opening else "", owner_password=password, algorithm="AES-256")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def docx(before: str = "", **notes: bytes) -> bytes:
    """A contract with headings, a list and a table; `before` is markup that stands first in it, `notes` are parts beside it."""
    document = Document()
    document.add_heading("Café contract", 0)
    document.add_heading("Opening hours", 1)
    document.add_paragraph("The café opens at eight in the morning.")
    document.add_paragraph("Espresso", style="List Bullet")
    document.add_paragraph("Cappuccino", style="List Bullet")
    document.add_heading("Prices", 1)
    table = document.add_table(rows=2, cols=2)
    for place, text in enumerate(("Drink", "Price", "Espresso", "¥300")):
        table.rows[place // 2].cells[place % 2].text = text
    out = io.BytesIO()
    document.save(out)
    if not before:
        return out.getvalue()
    with zipfile.ZipFile(out) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["word/document.xml"] = parts["word/document.xml"].replace(b"<w:body>", b"<w:body>" + before.encode(), 1)
    for name, markup in notes.items():
        parts[f"word/{name}.xml"] = markup
        relation = f'<Relationship Id="{name}" Type="{_RELATIONS}/{name}" Target="{name}.xml"/></Relationships>'
        end = b"</Relationships>"
        parts["word/_rels/document.xml.rels"] = parts["word/_rels/document.xml.rels"].replace(end, relation.encode(), 1)
    return zip_of(**parts)


def zip_of(**entries: bytes) -> bytes:
    """A ZIP archive; `__` in a name stands for a slash and `_dot_` for a dot."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name.replace("__", "/").replace("_dot_", "."), content)
    return out.getvalue()


def placed_pdf(
    *pages: Sequence[tuple[float, float, float, str]], rules: Sequence[tuple[float, float, float, float]] = ()
) -> bytes:
    """A PDF of lines with their place from the lower left and their size, negative for bold: `(72, 700, 12, "Words")`.

    Rules are drawn on each page, by their place, width and height.
    """
    streams = []
    drawn = [f"{x} {y} {wide} {high} re f" for x, y, wide, high in rules]
    for lines in pages:
        shown = (f"BT /F{1 if size > 0 else 2} {abs(size)} Tf {x} {y} Td ({words}) Tj ET" for x, y, size, words in lines)
        streams.append("\n".join([*drawn, *shown]))
    return _document(streams)
