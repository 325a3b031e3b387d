"""HTML: headings and blocks of the main part; scripts, forms and navigation are not what an agent should learn."""

import re
from collections.abc import Iterator

from lxml import etree
from lxml import html as lxml_html

from emporion.agents.knowledge.builder import DocumentBuilder
from emporion.agents.knowledge.errors import NoText, Unreadable
from emporion.agents.knowledge.titles import meaningful
from emporion.agents.knowledge.types import BlockKind

from . import Progress
from .detection import decode
from .tables import row_text

_DROPPED = {
    "script", "style", "noscript", "template", "svg", "math", "canvas", "iframe", "object", "embed", "form", "button", "input", "select",  # noqa: E501
    "textarea", "nav", "footer", "aside", "head", "audio", "video", "map", "dialog",
}  # fmt: skip
_ROLES = {"navigation", "banner", "contentinfo", "search", "complementary", "menu", "dialog", "alert"}
_BLOCKS = {
    "p", "div", "section", "article", "main", "header", "blockquote", "figure", "figcaption", "details", "summary", "address", "body", "html",  # noqa: E501
    "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "dl", "dt", "dd", "li", "pre", "table", "tr", "td", "th", "hr", "center", "fieldset",  # noqa: E501
}  # fmt: skip
_INNER = " | ".join(f".//{tag}" for tag in sorted(_BLOCKS))
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_CHARSET = re.compile(rb"<meta[^>]+charset=[\"']?\s*([\w-]+)", re.IGNORECASE)
_FOOT = "//footer | //*[@role='contentinfo']"
_REACHED = re.compile(
    r"""
    [^\s@]+@[^\s@]+\.\w                                                   # an e-mail address
    | (?<!\d)(?!(?:19|20)\d\d\s?[-\u2013]\s?(?:19|20)\d\d\b)(?:\d[\s().\-/\u2013\u00a0]*){7}  # a telephone number, no years
    | \d\s?[a-z]?\b\W(?:.*\W)?(?:\d{5}|(?!19|20)\d{4})\s+[^\W\d_]{2}      # a house, then a place with its postal code
    | ,\s+[A-Z]{2}\s+\d{5}\b | \b[A-Z]{1,2}\d[A-Z\d]?\s\d[A-Z]{2}\b         # in the United States, in Britain
    | (?<![\d.])\d{1,2}(?:[:.h]\d{2})?\s?h?\s?[-\u2013]\s?\d{1,2}[:.h]\d{2}\b  # hours
    """,
    re.VERBOSE,
)
_LONGEST_LINE = 500
_HIDDEN = re.compile(r"(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.IGNORECASE)


def read_html(content: bytes, builder: DocumentBuilder, report: Progress) -> None:
    """The text of the main part of a page, or of its body where it marks none."""
    text = _decoded(content)
    try:
        # A declaration of an encoding inside text that is decoded already makes lxml refuse it.
        root = lxml_html.document_fromstring(re.sub(r"^\s*<\?xml[^>]*\?>", "", text))
    except (etree.LxmlError, ValueError) as error:
        raise Unreadable from error
    title = meaningful(root.findtext(".//title") or "")
    main = root.xpath("//main | //*[@role='main']") or root.xpath("//article[not(//article[2])]") or root.xpath("//body")
    reader = _Reader(builder)
    reader.read(main[0] if main else root)
    builder.call(title)
    named = builder.title
    reader.read_foot(root, title)
    builder.title = named  # the heading of a footer names no page
    if not builder.blocks:
        raise NoText(
            "The page holds no text outside its menus and scripts.", next_step="Save the page with its text, or upload it as PDF."
        )
    report(1, 1)


def _decoded(content: bytes) -> str:
    declared = _CHARSET.search(content[:4096])
    if declared and not content.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")):
        try:
            return content.decode(declared[1].decode("ascii"))
        except (LookupError, UnicodeDecodeError):
            pass
    return decode(content)


class _Reader:
    """Walks the tree once; text between block elements becomes one paragraph."""

    def __init__(self, builder: DocumentBuilder) -> None:
        self._builder = builder
        self._inline: list[str] = []

    def read(self, node: lxml_html.HtmlElement) -> None:
        self._children(node)
        self._flush()

    def read_foot(self, root: lxml_html.HtmlElement, title: str) -> None:
        """How the firm is reached, which most pages tell in their footer alone; the rest of it is menus and small print."""
        known = {" ".join(block.text.split()) for block in self._builder.blocks}
        told = [text for text in _foot_texts(root) if _tells_where(text) and not any(text in one for one in known)]
        if told:
            self._builder.heading(title or "Contact", 1)
        for text in dict.fromkeys(told):
            self._builder.add(text)

    def _children(self, node: lxml_html.HtmlElement) -> None:
        self._inline.append(node.text or "")
        for child in node:
            self._element(child)
            self._inline.append(child.tail or "")

    def _element(self, node: lxml_html.HtmlElement) -> None:
        tag = node.tag if isinstance(node.tag, str) else ""
        if not tag or _is_dropped(node, tag):
            return
        if tag == "br":
            self._inline.append("\n")
        elif tag not in _BLOCKS:
            self._children(node)
        else:
            self._flush()
            self._block(node, tag)
            self._flush()

    def _block(self, node: lxml_html.HtmlElement, tag: str) -> None:
        if tag in _HEADINGS:
            self._builder.heading(_flat(node), _HEADINGS[tag])
        elif tag in {"ul", "ol"}:
            self._builder.add("\n".join(_items(node)), BlockKind.LIST)
        elif tag == "pre":
            self._builder.add(_raw(node), BlockKind.CODE)
        elif tag == "p" and _is_bold(node):
            self._builder.bold(_flat(node))
        elif tag == "table" and not node.xpath(".//table | .//h1 | .//h2 | .//h3"):
            self._table(node)
        else:
            self._children(node)

    def _table(self, node: lxml_html.HtmlElement) -> None:
        rows = [[_flat(cell) for cell in row.xpath("./td | ./th")] for row in node.xpath(".//tr")]
        heads = node.xpath(".//tr[1]/th")
        header = rows[0] if rows and heads and len(heads) == len(rows[0]) else []
        for row in rows[1:] if header else rows:
            text = row_text(header, row).replace("\n", "; ") if header else " | ".join(cell for cell in row if cell)
            self._builder.add(text, BlockKind.TABLE)

    def _flush(self) -> None:
        lines = "".join(self._inline)
        self._inline.clear()
        self._builder.add(" ".join(lines.split()))


def _tells_where(text: str) -> bool:
    """Whether a line says how or when somebody is reached; a long one is none that does, and takes long to be looked at."""
    return len(text) <= _LONGEST_LINE and _REACHED.search(text) is not None


def _foot_texts(root: lxml_html.HtmlElement) -> Iterator[str]:
    """The innermost blocks of the footers, as one line each."""
    for node in root.xpath(_FOOT):
        blocks = [one for one in node.iter() if one.tag in _BLOCKS and not one.xpath(_INNER)] or [node]
        yield from filter(None, map(_flat, blocks))


def _is_dropped(node: lxml_html.HtmlElement, tag: str) -> bool:
    hidden = node.get("hidden") is not None or node.get("aria-hidden") == "true" or _HIDDEN.search(node.get("style") or "")
    return tag in _DROPPED or (node.get("role") or "") in _ROLES or bool(hidden)


def _is_bold(node: lxml_html.HtmlElement) -> bool:
    """True for a paragraph whose words all stand in one bold element."""
    inside = [child for child in node if child.tag != "br"]
    return [child.tag in {"b", "strong"} for child in inside] == [True] and _flat(node) == _flat(inside[0])


def _raw(node: lxml_html.HtmlElement) -> str:
    parts = [node.text or ""]
    for child in node:
        tag = child.tag if isinstance(child.tag, str) else ""
        parts.append("\n" if tag == "br" else _raw(child) if tag and not _is_dropped(child, tag) else "")
        parts.append(child.tail or "")
    return "".join(parts)


def _flat(node: lxml_html.HtmlElement) -> str:
    return " ".join(_raw(node).replace("\u00b6", " ").split())


def _items(node: lxml_html.HtmlElement, depth: int = 0) -> Iterator[str]:
    for number, item in enumerate(node.xpath("./li"), start=1):
        nested = item.xpath("./ul | ./ol")
        for one in nested:
            item.remove(one) if not (one.tail or "").strip() else None
        mark = f"{number}." if node.tag == "ol" else "-"
        text = _flat(item)
        if text:
            yield f"{'  ' * depth}{mark} {text}"
        for one in nested:
            yield from _items(one, depth + 1)
