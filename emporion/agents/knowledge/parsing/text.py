"""Plain text: paragraphs by blank lines, lists and simple headings recognised by their looks."""

import re
from collections.abc import Iterator

from emporion.agents.knowledge.builder import DocumentBuilder
from emporion.agents.knowledge.types import BlockKind

from . import Progress

_BULLET = re.compile(r"^\s*(?:[-*\u2022\u25e6\u25aa\u2013]|\d{1,3}[.)]|[a-z][.)])\s+")
_UNDERLINE = re.compile(r"^([=\-~*#^]){3,}$")


def read_text(text: str, builder: DocumentBuilder, report: Progress) -> None:
    """Blocks separated by blank lines; an underlined or capital line is a heading."""
    parts = list(paragraphs(text, wrapped=False))
    for done, part in enumerate(parts, start=1):
        lines = part.split("\n")
        if len(lines) > 1 and _UNDERLINE.match(lines[1].strip()):
            builder.heading(lines[0], 1 if lines[1].strip()[0] in "=#" else 2)
            lines = lines[2:]
        elif len(lines) == 1 and len(part) < 70 and part.isupper() and len(part.split()) < 10 and len(part) > 3:
            builder.heading(part, 2)
            lines = []
        listed = len(lines) > 1 and sum(1 for line in lines if _BULLET.match(line)) >= len(lines) / 2
        builder.add("\n".join(lines), BlockKind.LIST if listed else BlockKind.PARAGRAPH)
        report(done, len(parts))


def paragraphs(text: str, *, wrapped: bool) -> Iterator[str]:
    """The paragraphs of a text; where lines are wrapped and blank lines rare, a short line that ends a sentence ends one too."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n\n")
    for part in re.split(r"\n[ \t]*\n\s*", text):
        if not part.strip():
            continue
        if wrapped:
            yield from _by_line_length([line.strip() for line in part.split("\n") if line.strip()])
        else:
            yield part.strip("\n")


def _by_line_length(lines: list[str]) -> Iterator[str]:
    widest = max(map(len, lines))
    held: list[str] = []
    for line in lines:
        if held and (_BULLET.match(line) or _ends(held[-1], widest) or len(" ".join(held)) > 1500):
            yield "\n".join(held)
            held = []
        held.append(line)
    if held:
        yield "\n".join(held)


def _ends(line: str, widest: int) -> bool:
    if line.endswith((".", "!", "?", ":", "\u3002")):
        return len(line) < 0.85 * widest
    # A much shorter line that does not end a sentence is a heading that stands alone.
    return len(line) < 0.5 * widest and len(line) < 80 and line[:1].isupper() and not line.endswith((",", ";", "-"))
