"""DOCX through python-docx: paragraphs, lists and tables in reading order, headings by style, each note after its paragraph."""

import io
import re
import zipfile
from collections.abc import Iterator

from docx import Document
from docx.document import Document as WordDocument
from docx.opc.exceptions import OpcError, PackageNotFoundError
from docx.oxml.ns import qn
from docx.table import Table
from docx.text.paragraph import Paragraph
from lxml import etree
from lxml.etree import LxmlError

from emporion.agents.knowledge.builder import DocumentBuilder
from emporion.agents.knowledge.errors import NoText, Unreadable
from emporion.agents.knowledge.types import BlockKind

from . import Progress
from .tables import row_text

_NOTES = {qn("w:footnoteReference"): "/footnotes", qn("w:endnoteReference"): "/endnotes"}  # comments are no part of the text
_INSIDE = {qn("w:tbl"), qn("w:p"), qn("w:del"), qn("w:moveFrom")}
_HEADING = re.compile(r"^(?:heading|überschrift|titre|título|titolo|kop)\s*(\d)", re.IGNORECASE)


def read_docx(content: bytes, builder: DocumentBuilder, report: Progress) -> None:
    """All text of the body; a document of pictures alone is NoText."""
    try:
        document = Document(io.BytesIO(content))
        items = list(_items_of(document))
        notes = _notes_of(document)
        builder.call(document.core_properties.title or "")
        _read_items(items, notes, builder, report)
    except (
        OpcError,
        PackageNotFoundError,
        LxmlError,
        zipfile.BadZipFile,
        KeyError,
        ValueError,
        AttributeError,
        OSError,
    ) as error:
        raise Unreadable from error
    if not builder.blocks:
        raise NoText("The document holds no text.")


def _items_of(document: WordDocument) -> Iterator[Paragraph | Table]:
    """Paragraphs and tables in reading order, also those in the boxes of a form, which python-docx passes over."""
    body = document.element.body
    for element in body.iter(qn("w:p"), qn("w:tbl")):
        holders = {ancestor.tag for ancestor in element.iterancestors()}
        if holders & _INSIDE:
            continue
        yield Table(element, document._body) if element.tag == qn("w:tbl") else Paragraph(element, document._body)  # noqa: SLF001 - the parent that python-docx gives them


def _notes_of(document: WordDocument) -> dict[tuple[str, str], str]:
    """The text of each footnote and endnote by its kind and number, which python-docx passes over."""
    found: dict[tuple[str, str], str] = {}
    for relation in document.part.rels.values():
        kind = relation.reltype[relation.reltype.rfind("/") :]
        if relation.is_external or kind not in _NOTES.values():
            continue
        parser = etree.XMLParser(resolve_entities=False, no_network=True)
        for note in etree.fromstring(relation.target_part.blob, parser):
            words = " ".join("".join(node.text or "" for node in note.iter(qn("w:t"))).split())
            if words and note.get(qn("w:type"), "normal") == "normal":
                found[kind, note.get(qn("w:id"), "")] = words
    return found


def _noted(item: Paragraph | Table, notes: dict[tuple[str, str], str]) -> Iterator[str]:
    """The notes that a paragraph or a table refers to, in their order."""
    for node in item._element.iter(*_NOTES):  # noqa: SLF001 - python-docx has no public way to its references
        words = notes.get((_NOTES[str(node.tag)], node.get(qn("w:id"), "")))
        if words:
            yield words


def _words_of(paragraph: Paragraph) -> str:
    """The text as it reads with all changes accepted: what was put in counts, what was struck out does not."""
    parts: list[str] = []
    for node in paragraph._p.iter(qn("w:t"), qn("w:tab"), qn("w:br"), qn("w:noBreakHyphen")):  # noqa: SLF001 - the runs that python-docx gives leave out what was put in
        if any(ancestor.tag == qn("w:moveFrom") for ancestor in node.iterancestors()):
            continue
        if node.tag == qn("w:t"):
            parts.append(node.text or "")
        elif (holder := node.getparent()) is not None and holder.tag == qn("w:r"):  # a tab of a run, not a tab stop of the style
            parts.append("-" if node.tag == qn("w:noBreakHyphen") else "\n" if node.tag == qn("w:br") else "\t")
    return "".join(parts)


def _read_items(
    items: list[Paragraph | Table], notes: dict[tuple[str, str], str], builder: DocumentBuilder, report: Progress
) -> None:
    listed: list[str] = []
    for done, item in enumerate(items, start=1):
        if isinstance(item, Paragraph) and _is_listed(item):
            listed.append(" ".join(["-", *_words_of(item).split(), *_noted(item, notes)]))
        else:
            _flush(listed, builder)
            _read_item(item, builder)
            for note in _noted(item, notes):
                builder.add(note)
        report(done, len(items))
    _flush(listed, builder)


def _read_item(item: Paragraph | Table, builder: DocumentBuilder) -> None:
    if isinstance(item, Table):
        _read_table(item, builder)
        return
    style = item.style.name or "" if item.style is not None else ""
    heading = _HEADING.match(style)
    if style in {"Title", "Titel", "Titre"}:
        builder.heading(_words_of(item), 1)
    elif heading:
        builder.heading(_words_of(item), int(heading[1]) + 1)
    elif _is_bold(item):
        builder.bold(_words_of(item))
    else:
        builder.add(_words_of(item))


def _is_bold(paragraph: Paragraph) -> bool:
    """True where every word of a paragraph is set in bold by hand, as headings are by who knows no styles."""
    said = [run for run in paragraph.runs if run.text.strip()]
    return bool(said) and all(run.bold for run in said)


def _flush(listed: list[str], builder: DocumentBuilder) -> None:
    builder.add("\n".join(listed), BlockKind.LIST)
    listed.clear()


def _is_listed(paragraph: Paragraph) -> bool:
    style = (paragraph.style.name or "") if paragraph.style is not None else ""
    numbered = paragraph._p.pPr is not None and paragraph._p.pPr.numPr is not None  # noqa: SLF001 - python-docx has no public way to it
    return bool(_words_of(paragraph).strip()) and (style.startswith("List") or (numbered and not _HEADING.match(style)))


def _read_table(table: Table, builder: DocumentBuilder) -> None:
    rows = [_cells(row) for row in table.rows]
    rows = [row for row in rows if any(row)]
    if len(rows) < 2:
        builder.add("\n".join(" | ".join(row) for row in rows), BlockKind.TABLE)
        return
    header = rows[0]
    for row in rows[1:]:
        builder.add(row_text(header, row).replace("\n", "; "), BlockKind.TABLE)


def _cells(row: object) -> list[str]:
    """The cells of a row; python-docx repeats a merged cell, which must not repeat its text."""
    texts: list[str] = []
    seen: set[int] = set()
    for cell in row.cells:  # type: ignore[attr-defined]
        if id(cell._tc) not in seen:  # noqa: SLF001 - the identity of a merged cell
            seen.add(id(cell._tc))  # noqa: SLF001
            texts.append(" ".join(" ".join(_words_of(paragraph) for paragraph in cell.paragraphs).split()))
    return texts
