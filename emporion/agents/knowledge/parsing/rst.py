"""reStructuredText through docutils with every way out to files shut; unknown Sphinx markup keeps its words."""

import re
import threading
from collections.abc import Iterator
from typing import Any, ClassVar, cast

from docutils import nodes
from docutils.core import publish_doctree
from docutils.parsers.rst import Directive, directives, roles
from docutils.utils import SystemMessage

from emporion.agents.knowledge.builder import DocumentBuilder
from emporion.agents.knowledge.errors import Unreadable
from emporion.agents.knowledge.types import BlockKind

from . import Progress
from .tables import row_text

_SETTINGS = {
    "file_insertion_enabled": False, "raw_enabled": False, "_disable_config": True, "report_level": 5, "halt_level": 5,
    "warning_stream": "", "syntax_highlight": "none", "smart_quotes": False, "doctitle_xform": False, "input_encoding": "unicode",
}  # fmt: skip
_DIRECTIVE = re.compile(r"^\s*\.\.\s+(?:\|[^|]+\|\s+)?([\w:.+-]+)::(?:\s|$)", re.MULTILINE)
_ROLE = re.compile(r":([\w:.+-]+):`")
_TARGET = re.compile(r"^(.*?)\s*<[^<>]*>$", re.DOTALL)
_DROPPED = (
    nodes.comment,
    nodes.system_message,
    nodes.substitution_definition,
    nodes.target,
    nodes.raw,
    nodes.meta,
    nodes.docinfo,
)
_AS_WRITTEN = {"file", "kbd", "command", "program", "option", "samp", "guilabel", "menuselection", "code", "regexp", "mimetype"}
_registering = threading.Lock()  # docutils keeps its directives and roles for the whole process


class _AnyOption(dict[str, Any]):
    """Takes every option with any text, for Sphinx knows more of them than docutils."""

    def __init__(self) -> None:
        super().__init__(anything=directives.unchanged)

    def __missing__(self, _name: str) -> Any:
        return directives.unchanged


class _Words(Directive):
    """An unknown directive: its argument and its content are kept as text, an argument with marks as the words that it means."""

    has_content = True
    optional_arguments = 1
    final_argument_whitespace = True
    option_spec: ClassVar[Any] = _AnyOption()

    def run(self) -> list[nodes.Node]:
        box = nodes.container()
        said = self.arguments[0] if self.arguments else ""
        if said:
            # A signature such as `f(*args, **options)` looks like marks and has none.
            box += self._marked(said) if "`" in said else nodes.paragraph("", said)
        self.state.nested_parse(self.content, self.content_offset, box)
        return [box]

    def _marked(self, text: str) -> nodes.paragraph:
        words, _ = self.state.inline_text(text, self.lineno)
        return nodes.paragraph(text, "", *words)


class _Version(_Words):
    """What came, changed or went with a version, in the words that Sphinx puts before it."""

    def run(self) -> list[nodes.Node]:
        version, *said = (self.arguments[0] if self.arguments else "").split(maxsplit=1)
        known = _VERSIONS[self.name.lower()].format(version=version)
        box = nodes.container()
        box += self._marked(f"{known}: {said[0]}" if said else known if self.content else f"{known}.")
        self.state.nested_parse(self.content, self.content_offset, box)
        return [box]


class _Described(_Words):
    """What Sphinx describes from the source code, which is not at hand: without words of its own it leaves nothing."""

    def run(self) -> list[nodes.Node]:
        return super().run() if self.content else []


class _Code(_Words):
    """Code of any language, whose argument is only the language."""

    def run(self) -> list[nodes.Node]:
        text = "\n".join(self.content)
        return [nodes.literal_block(text, text)] if text else []


class _Nothing(_Words):
    """What is machinery for a website and holds no sentence."""

    def run(self) -> list[nodes.Node]:
        return []


_VERSIONS = {
    "versionadded": "Added in version {version}", "versionchanged": "Changed in version {version}",
    "deprecated": "Deprecated since version {version}", "versionremoved": "Removed in version {version}",
}  # fmt: skip
_DESCRIBED = ("class", "data", "function", "module", "method", "attribute", "exception", "property")
_MACHINERY = (
    "toctree", "highlight", "index", "currentmodule", "module", "contents", "include", "raw", "literalinclude", "image",
    "rst-class", "cssclass", "sectionauthor", "codeauthor", "tabularcolumns", "default-domain", "program",
)  # fmt: skip
_SPHINX: dict[str, type[Directive]] = {
    **dict.fromkeys(("code-block", "sourcecode", "code", "highlight-code", "prompt", "doctest", "testcode"), _Code),
    **dict.fromkeys(_MACHINERY, _Nothing),
    **dict.fromkeys(_VERSIONS, _Version),
    **{f"auto{kind}": _Described for kind in _DESCRIBED},
}  # fmt: skip


def _words_role(role: str, _raw: str, text: str, *_rest: Any, **_options: Any) -> tuple[list[nodes.Node], list[nodes.Node]]:
    """The words that Sphinx would show: the title before `<target>`, the last part after `~`, no dot that says where to look."""
    text = text.replace("\x00", "")
    titled = _TARGET.match(text)
    shown = titled[1] if titled and titled[1] else text
    shown = shown.rsplit(".", 1)[-1].lstrip("~") if shown.startswith("~") else shown.lstrip("!")
    if not (titled and titled[1]) and role.rpartition(":")[2] not in _AS_WRITTEN:
        shown = re.sub(r"^[./](?=\w)", "", shown)
    return [nodes.inline(text, shown)], []


def read_rst(text: str, builder: DocumentBuilder, report: Progress) -> None:
    """Sections, paragraphs, lists, code and tables in reading order."""
    with _registering:
        _register(text)
        try:
            tree = publish_doctree(text, settings_overrides=_SETTINGS)
        except (SystemMessage, ValueError, TypeError, AttributeError, IndexError, KeyError, AssertionError) as error:
            raise Unreadable("The markup of the file cannot be read.") from error
    for done, node in enumerate(tree.children, start=1):
        _block(node, builder, 1)
        report(done, len(tree.children))


def _register(text: str) -> None:
    for name, directive in _SPHINX.items():
        directives.register_directive(name, directive)
    for name in set(_DIRECTIVE.findall(text)) - _SPHINX.keys():
        if name.lower() not in vars(directives)["_directive_registry"]:  # there is no public question for it
            directives.register_directive(name, _Words)
    for name in set(_ROLE.findall(text)):
        if name not in vars(roles)["_role_registry"]:
            roles.register_local_role(name, cast("Any", _words_role))


def _block(node: nodes.Node, builder: DocumentBuilder, level: int) -> None:
    if isinstance(node, _DROPPED):
        return
    if isinstance(node, nodes.title):
        builder.heading(node.astext(), level)
    elif isinstance(node, nodes.section):
        for child in node.children:
            _block(child, builder, level + 1 if isinstance(child, nodes.section) else level)
    elif isinstance(node, nodes.literal_block | nodes.doctest_block):
        builder.add(node.astext(), BlockKind.CODE)
    elif isinstance(
        node, nodes.bullet_list | nodes.enumerated_list | nodes.definition_list | nodes.field_list | nodes.option_list
    ):
        _list(node, builder, level)
    elif isinstance(node, nodes.table):
        _table(node, builder)
    elif isinstance(node, nodes.TextElement):
        builder.add(_flat(node))
    else:
        for child in node.children:
            _block(child, builder, level)


def _list(node: nodes.Element, builder: DocumentBuilder, level: int) -> None:
    """A short list stays one block; one with code or many paragraphs inside is read part by part."""
    if len(node.astext()) > 1200 or any(True for _ in node.findall(nodes.literal_block)):
        for item in node.children:
            for child in item.children:
                _block(child, builder, level)
        return
    builder.add("\n".join(_items(node)), BlockKind.LIST)


def _items(node: nodes.Element) -> Iterator[str]:
    for number, item in enumerate(node.children, start=1):
        mark = f"{number}. " if isinstance(node, nodes.enumerated_list) else "- "
        parts = [_flat(child) for child in item.children if not isinstance(child, _DROPPED)]
        yield mark + (": " if isinstance(node, nodes.definition_list | nodes.field_list) else "\n").join(filter(None, parts))


def _table(node: nodes.table, builder: DocumentBuilder) -> None:
    header = [_flat(entry) for head in node.findall(nodes.thead) for entry in head.findall(nodes.entry)]
    for body in node.findall(nodes.tbody):
        for row in body.findall(nodes.row):
            cells = [_flat(entry) for entry in row.findall(nodes.entry)]
            builder.add(row_text(header, cells).replace("\n", "; ") if header else " | ".join(cells), BlockKind.TABLE)


def _flat(node: nodes.Node) -> str:
    return " ".join(node.astext().split())
