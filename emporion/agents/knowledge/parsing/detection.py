"""Tells what a file is from its bytes; the name only decides between formats that are all plain text."""

import csv
import io
import re
import zipfile
from itertools import pairwise
from pathlib import PurePath

from emporion.agents.knowledge.errors import Encrypted, TooLarge, Unreadable, WrongType
from emporion.agents.knowledge.types import MediaType

_MAX_UNPACKED = 250 * 1024 * 1024
_MAX_RATIO = 150
_MAX_ENTRIES = 10_000

_BY_SUFFIX = {
    ".pdf": MediaType.PDF, ".docx": MediaType.DOCX, ".html": MediaType.HTML, ".htm": MediaType.HTML, ".xhtml": MediaType.HTML,
    ".md": MediaType.MARKDOWN, ".markdown": MediaType.MARKDOWN, ".mdx": MediaType.MARKDOWN, ".rst": MediaType.RST, ".rest": MediaType.RST,  # noqa: E501
    ".csv": MediaType.CSV, ".tsv": MediaType.CSV, ".txt": MediaType.TEXT, ".text": MediaType.TEXT,
}  # fmt: skip
_BY_MIME = {
    "application/pdf": MediaType.PDF, "text/html": MediaType.HTML, "application/xhtml+xml": MediaType.HTML,
    "text/markdown": MediaType.MARKDOWN, "text/x-rst": MediaType.RST, "text/prs.fallenstein.rst": MediaType.RST,
    "text/csv": MediaType.CSV, "text/tab-separated-values": MediaType.CSV, "text/plain": MediaType.TEXT,
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": MediaType.DOCX,
}  # fmt: skip
_FOREIGN = (
    (b"\x89PNG", "a PNG picture"), (b"\xff\xd8\xff", "a JPEG picture"), (b"GIF8", "a GIF picture"), (b"BM", "a bitmap"),
    (b"\x7fELF", "a program"), (b"MZ", "a Windows program"), (b"\x1f\x8b", "a gzip archive"), (b"Rar!", "a RAR archive"),
    (b"7z\xbc\xaf", "a 7-Zip archive"), (b"{\\rtf", "an RTF document"), (b"SQLite format 3", "a database"), (b"II*\x00", "a TIFF picture"),  # noqa: E501
    (b"MM\x00*", "a TIFF picture"), (b"OggS", "a sound file"), (b"ID3", "a sound file"), (b"%!PS", "PostScript"),
)  # fmt: skip
_IN_ZIP = (("xl/", "an Excel workbook"), ("ppt/", "a PowerPoint presentation"), ("mimetype", "an OpenDocument or EPUB file"))
_OTHER_SCRIPTS = ("cp1251", "iso8859_7", "koi8_r", "cp866")
_SIGN_IN_WORD = re.compile(r"[^\W\d_](?:[^\w\s\x00-\x7f\u2010-\u2019\xad\xb7]|[\xb2\xb3\xb9\xbc-\xbe])[^\W\d_]|\ufffd")
_HTML = re.compile(rb"^\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(rb"</(?:p|div|h[1-6]|li|td|a|span|body|html)>", re.IGNORECASE)
_RST = re.compile(r"^(?:\.\. [\w-]+::|:[\w-]+:`|[^\s].*\n(?:={4,}|-{4,}|~{4,})$)", re.MULTILINE)
_MARKDOWN = re.compile(r"^(?:#{1,6} \S|```|[-*] \S.*\n[-*] \S|\|.+\|\n\|[ :|-]+\|)", re.MULTILINE)


def detect(content: bytes, *, name: str, declared_type: str) -> tuple[MediaType, bool]:
    """The type of the content, and whether the name or the declared type says otherwise.

    A known document under another name is read as what it is; text under the name of a binary format, and a format that
    is not supported under any name, is a WrongType.
    """
    declared = _declared(name, declared_type)
    actual = _binary_type(content) or _text_type(content, declared)
    if declared in {MediaType.PDF, MediaType.DOCX} and actual not in {MediaType.PDF, MediaType.DOCX}:
        raise WrongType(
            f"The name says {declared}, but the file is not {declared}: its content is {actual}.", declared=declared, found=actual
        )
    return actual, declared is not None and declared is not actual


def _declared(name: str, declared_type: str) -> MediaType | None:
    by_suffix = _BY_SUFFIX.get(PurePath(name).suffix.lower())
    return by_suffix or _BY_MIME.get(declared_type.split(";", maxsplit=1)[0].strip().lower())


def _binary_type(content: bytes) -> MediaType | None:
    head = content[:1024]
    if b"%PDF-" in head:
        return MediaType.PDF
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zip_type(content)
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        if "EncryptedPackage".encode("utf-16-le") in content:
            raise Encrypted
        raise WrongType(
            "This is a document of Word 97-2003 or another old Office format.", next_step="Save it as .docx and upload that."
        )
    for magic, label in _FOREIGN:
        if head.startswith(magic) and (len(magic) > 2 or b"\x00" in head):
            raise WrongType(f"The file is {label}, whatever its name says.", found=label)
    if head.startswith(b"RIFF") or head[4:8] == b"ftyp":
        raise WrongType("The file is a picture, sound or film, whatever its name says.")
    return None


def _zip_type(content: bytes) -> MediaType:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise Unreadable from error
    unpacked = sum(entry.file_size for entry in entries)
    if len(entries) > _MAX_ENTRIES or unpacked > _MAX_UNPACKED or unpacked > _MAX_RATIO * max(len(content), 65_536):
        raise TooLarge("The file unpacks to far more than it seems.", limit=_MAX_UNPACKED, size=unpacked)
    names = {entry.filename for entry in entries}
    if "word/document.xml" in names:
        if any(entry.flag_bits & 1 for entry in entries):
            raise Encrypted
        return MediaType.DOCX
    label = next((label for prefix, label in _IN_ZIP if any(one.startswith(prefix) for one in names)), "a ZIP archive")
    raise WrongType(f"The file is {label}.", found=label)


def _text_type(content: bytes, declared: MediaType | None) -> MediaType:  # noqa: PLR0911 - one line a format
    head = content[:8192]
    if _has_byte_order_mark(content) or _looks_utf16(content):
        head = decode(head, partial=True).encode("utf-8", errors="replace")
    if _binary_share(head) > 0.02:
        raise WrongType("The file is not text, and not a document of a kind that can be read.")
    if _HTML.search(content[:4096]):
        return MediaType.HTML
    if declared is MediaType.HTML:
        return MediaType.HTML if _TAG.search(content[:65_536]) else MediaType.TEXT
    if declared in {MediaType.MARKDOWN, MediaType.RST, MediaType.TEXT}:
        return declared
    sample = decode(content[:65_536], partial=True)
    if declared is MediaType.CSV:
        return MediaType.CSV
    if declared is None and _looks_like_csv(sample):
        return MediaType.CSV
    if declared is None and _RST.search(sample):
        return MediaType.RST
    return MediaType.MARKDOWN if declared is None and _MARKDOWN.search(sample) else MediaType.TEXT


def _looks_like_csv(sample: str) -> bool:
    lines = [line for line in sample.splitlines()[:-1] if line.strip()][:30]
    if len(lines) < 3:
        return False
    try:
        dialect = csv.Sniffer().sniff("\n".join(lines), delimiters=",;\t")
    except csv.Error:
        return False
    widths = {len(row) for row in csv.reader(lines, dialect)}
    return len(widths) == 1 and widths.pop() > 1


def _has_byte_order_mark(content: bytes) -> bool:
    return content.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"))


def _looks_utf16(content: bytes) -> bool:
    head = content[:2048]
    return len(head) > 8 and (head[1::2].count(0) > 0.4 * len(head) / 2) != (head[0::2].count(0) > 0.4 * len(head) / 2)


def _binary_share(head: bytes) -> float:
    odd = sum(1 for byte in head if byte < 9 or (13 < byte < 32 and byte != 27) or byte == 127)
    return odd / max(1, len(head))


def decode(content: bytes, *, partial: bool = False) -> str:
    """Text in the encoding that fits: the mark at its start, UTF-8, UTF-16 without a mark, else the most likely old code page."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace")
    if _looks_utf16(content):  # before UTF-8, of which plain English in UTF-16 is a valid text full of zeros
        return content.decode("utf-16-le" if content[1:2] == b"\x00" else "utf-16-be", errors="replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if partial and error.start > len(content) - 4:
            return content[: error.start].decode("utf-8-sig")
    return _decode_guessing(content)


def _decode_guessing(content: bytes) -> str:
    """Old code pages say nowhere which they are: the one is taken in which words look like words, the commonest first."""
    sample = content[:65_536]
    high = sum(1 for byte in sample if byte >= 0xC0)
    letters = high + len(re.findall(rb"[A-Za-z]", sample))
    if high < 0.5 * letters:
        encoding = min(("cp1252", "cp1250"), key=lambda one: _oddities(sample, one))
    else:
        from charset_normalizer import from_bytes  # noqa: PLC0415 - only old files in other scripts need it

        best = from_bytes(sample).best()
        ours = best is None or all(one.startswith(("Basic Latin", "Latin", "Cyrillic", "Greek")) for one in best.alphabets)
        encoding = min(_OTHER_SCRIPTS, key=lambda one: _oddities(sample, one)) if ours or best is None else best.encoding
    return content.decode(encoding, errors="replace")


def _oddities(sample: bytes, encoding: str) -> int:
    """How often a sign stands inside a word, or a capital after a small letter, when a text is read in an encoding."""
    text = sample.decode(encoding, errors="replace")
    return len(_SIGN_IN_WORD.findall(text)) + sum(1 for one, other in pairwise(text) if one.islower() and other.isupper())
