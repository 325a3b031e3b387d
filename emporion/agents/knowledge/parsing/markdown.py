"""Markdown through its token stream, so that what looks like a heading inside code stays code."""

import re
from collections.abc import Iterator

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode

from emporion.agents.knowledge.builder import DocumentBuilder
from emporion.agents.knowledge.types import BlockKind

from . import Progress
from .dialects import plain_markdown
from .tables import row_text

_FRONT_MATTER = re.compile(r"\A(?:---\s*\n(.*?)\n(?:---|\.\.\.)|\+\+\+\s*\n(.*?)\n\+\+\+)\s*\n", re.DOTALL)
_TITLE = re.compile(r"^title\s*[:=]\s*[\"']?(.+?)[\"']?\s*$", re.MULTILINE)
_TAG = re.compile(r"<!--.*?-->|<(script|style)\b.*?</\1\s*>|</?[a-zA-Z][^>]*>", re.DOTALL | re.IGNORECASE)

_MARKDOWN_INSIDE = re.compile(r"<\w+(?:\s[^<>]{0,400})?\smarkdown(?:=[^<>\s]{0,20})?(?:\s[^<>]{0,400})?>")


def read_markdown(text: str, builder: DocumentBuilder, report: Progress) -> None:
    """CommonMark with tables, of its dialects the words; front matter gives the title only."""
    front = _FRONT_MATTER.match(text)
    if front:
        title = _TITLE.search(front[1] or front[2])
        builder.call(title[1] if title else "")
        text = text[front.end() :]
    tree = _tree(plain_markdown(text))
    for done, node in enumerate(tree.children, start=1):
        _block(node, builder)
        report(done, len(tree.children))


def _tree(text: str) -> SyntaxTreeNode:
    return SyntaxTreeNode(MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).parse(text))


def _block(node: SyntaxTreeNode, builder: DocumentBuilder) -> None:
    match node.type:
        case "heading":
            builder.heading(_inline(node), int(node.tag[1]))
        case "fence" | "code_block":
            builder.add(node.content, BlockKind.CODE)
        case "bullet_list" | "ordered_list":
            builder.add("\n".join(_items(node)), BlockKind.LIST)
        case "table":
            _table(node, builder)
        case "html_block":
            _html(node.content, builder)
        case "blockquote":
            for child in node.children:
                _block(child, builder)
        case _ if _is_bold(node):
            builder.bold(_inline(node))
        case _:
            builder.add(_inline(node))


def _html(text: str, builder: DocumentBuilder) -> None:
    """The words of tags; where they say that Markdown stands between them, they are read as such."""
    if not _MARKDOWN_INSIDE.search(text):
        builder.add(_TAG.sub(" ", text))
        return
    for child in _tree("\n".join(line.strip() for line in _TAG.sub("", text).split("\n"))).children:
        _block(child, builder)


def _is_bold(node: SyntaxTreeNode) -> bool:
    """True for a paragraph of bold words and nothing else."""
    inline = node.children[0].children if node.type == "paragraph" and node.children else []
    return [one.type for one in inline if one.type != "text" or one.content] == ["strong"]


def _items(node: SyntaxTreeNode, depth: int = 0) -> Iterator[str]:
    for number, item in enumerate(node.children, start=1):
        mark = f"{number}." if node.type == "ordered_list" else "-"
        for child in item.children:
            if child.type in {"bullet_list", "ordered_list"}:
                yield from _items(child, depth + 1)
            else:
                text = child.content if child.type in {"fence", "code_block"} else _inline(child)
                yield f"{'  ' * depth}{mark} {text.strip()}" if mark else text
                mark = ""


def _table(node: SyntaxTreeNode, builder: DocumentBuilder) -> None:
    rows = [[_inline(cell) for cell in row.children] for part in node.children for row in part.children]
    for row in rows[1:] or rows:
        builder.add(row_text(rows[0] if len(rows) > 1 else [], row).replace("\n", "; "), BlockKind.TABLE)


def _inline(node: SyntaxTreeNode) -> str:
    """The words of a block as a reader sees them: no marks, no addresses behind links."""
    if node.type == "inline":
        return "".join(_token_text(token) for token in node.token.children or ()) if node.token else ""
    if node.children:
        return " ".join(filter(None, (_inline(child) for child in node.children)))
    return node.content if node.token else ""


def _token_text(token: Token) -> str:
    if token.type in {"text", "code_inline"}:
        return token.content
    if token.type in {"softbreak", "hardbreak"}:
        return "\n" if token.type == "hardbreak" else " "
    return token.content if token.type == "image" else ""
