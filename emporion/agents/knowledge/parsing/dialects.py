"""Takes out of Markdown what its dialects add for the programs that publish it, so that the words alone are learnt.

Obsidian's links and callouts, the tags of Jekyll and Hugo, MyST's roles, the boxes and tabs of MkDocs and Docusaurus: a reader
of the published page sees none of these marks. Code stays as it is.

So do double braces around a mere name, as in "Write {{ name }} where it goes": the text speaks of a placeholder. They go where
they stand in an address or alone on a line, or name what a generator of websites fills in itself, such as {{ site.title }}.
"""

import re
from collections.abc import Callable, Iterator, Sequence

_FENCE = re.compile(r"^([ \t>]*)(`{3,}|~{3,})(.*)$")
_BOX = re.compile(
    r"^[ \t]*\{(?:attention|caution|danger|error|hint|important|note|tip|warning|seealso|admonition|dropdown"
    r"|versionadded|versionchanged|deprecated)\}[ \t]*(.*)$"
)
_OPTION = re.compile(r"^[ \t]*:[\w-]+:")
_INDENTED = re.compile(r"^([ \t]*)(?:(?:!!!|\?\?\?\+?)[ \t]+\w[\w -]*(?:\"([^\"]*)\")?|===\+?[ \t]+\"([^\"]*)\")[ \t]*$")
_INDENT = 4
_DEFINITION = re.compile(r"^ {0,3}:[ \t]+\S")
_NO_TERM = re.compile(r"^ {0,3}(?:#{1,6} |>|[-*+] |\d{1,3}[.)] |\||:[ \t]|={3,}$|-{3,}$)")
_DEEPEST = 8
_SPAN = re.compile(r"``[^\n]{1,300}?``|`[^`\n]{1,300}`")
_ROLE = re.compile(r"\{[a-zA-Z][\w:+-]{0,40}\}`([^`<]{1,200})(?:<[^`>]{0,200}>)?`|\{[a-zA-Z][\w:+-]{0,40}\}`<([^`>\n]{1,200})>`")
_TAGS = re.compile(
    r"\{%(?:[^%{]|%(?!\})|\{(?!%)){0,400}%\}|\{\{[^{}]{0,400}\}\}"  # Liquid, Jinja and Hugo
    r"|\{:[^}\n]{0,200}\}"  # attributes of kramdown
    r"|(?<=[\s)\]])\{[ \t]?[#.][\w.:-]{1,80}(?:[ \t][^{}\n]{0,200})?\}"  # of headings, pictures and links
    r"|\{\*[^}\n]{0,300}\*\}"  # what MkDocs includes
)
_NAME = re.compile(
    r"\{\{[ \t]{0,8}(?!(?:site|page|layout|include|theme|config|paginator|posts?|jekyll|hugo|book)\.|(?:content|toc)[ \t]{0,8}\})"
    r"\w[\w.-]{0,60}(?: [\w.-]{1,60}){0,3}[ \t]{0,8}\}\}",
    re.IGNORECASE,
)
_ADDRESS = re.compile(
    r"\]\([^()\n]{0,400}\)|^[ ]{0,3}\[[^\]\n]{1,100}\]:[^\n]{0,400}$|\b(?:href|src)=(?:\"[^\"\n]{0,400}\"|'[^'\n]{0,400}')",
    re.MULTILINE,
)
_ALONE = re.compile(r"^[ \t>]{0,20}(?:\{\{[^{}\n]{0,400}\}\}[ \t]{0,8})+$", re.MULTILINE)
_CONTENTS = re.compile(r"^[ \t]{0,8}[-*][ \t]{1,8}toc[ \t]{0,8}\n?[ \t]{0,8}\{:[^}\n]{0,200}\}", re.IGNORECASE | re.MULTILINE)
_COMMENT = re.compile(r"%%(?:[^%]|%(?!%)){0,4000}%%")  # what Obsidian shows to nobody
_BLOCK_ID = re.compile(r"[ \t]\^[a-zA-Z0-9-]{1,60}[ \t]*$", re.MULTILINE)
_MARKED = re.compile(r"==(?=\S)([^=\n]{1,300}?)(?<=\S)==")
_FOOTNOTE = re.compile(r"^[ ]{0,3}\[\^[^\]\s]{1,60}\]:[ \t]*|\[\^[^\]\s]{1,60}\]", re.MULTILINE)
_TASK = re.compile(r"^([ \t]{0,40}(?:[-*+]|\d{1,3}[.)])[ \t]{1,4})\[[ xX]\][ \t]{1,4}", re.MULTILINE)
_EMBEDDED = re.compile(r"!\[\[[^\]\n]{1,300}\]\]")
_LINKED = re.compile(r"\[\[([^\[\]|\n]{1,300})(?:\|([^\[\]\n]{1,300}))?\]\]")
_CALLOUT = re.compile(r"^([ \t>]{0,20}>[ \t]?)\[!\w[\w-]{0,40}\][+-]?[ \t]*([^\n]*)$", re.MULTILINE)
_CONTAINER = re.compile(
    r"^[ \t]{0,12}(?::{3,}|/{3,})[ \t]{0,8}(?:\{?[a-zA-Z][\w-]{0,40}\}?)?[ \t|]{0,8}(?:\[([^\]\n]*)\]|([^\n]*))$", re.MULTILINE
)


def plain_markdown(text: str) -> str:
    """The same text without the marks of dialects; headings, lists, tables and code stand where they stood."""
    return "\n".join(_plain(text.replace("\r\n", "\n").split("\n"), _DEEPEST))


def _plain(lines: Sequence[str], deepest: int) -> Iterator[str]:
    held: list[str] = []
    boxes: list[str] = []
    fence, place = "", 0
    while place < len(lines):
        line = lines[place]
        place += 1
        mark, inset = _FENCE.match(line), _INDENTED.match(line)
        if fence:
            yield line
            fence = "" if mark and mark[2].startswith(fence) and not mark[3].strip() else fence
        elif mark and boxes and mark[2].startswith(boxes[-1]) and not mark[3].strip():
            boxes.pop()
            held.append("")
        elif mark and (box := _BOX.match(mark[3])):
            boxes.append(mark[2])
            held += [mark[1] + box[1], ""]
            while place < len(lines) and _OPTION.match(lines[place]):
                place += 1
        elif mark:
            yield from _words(held)
            held, fence = [], mark[2]
            yield line
        elif inset and deepest:
            yield from _words(held)
            last = _end_of_inset(lines, place, len(inset[1]) + _INDENT)
            inside = [one[_INDENT:] for one in lines[place:last]]
            held, place = [], last
            yield from ("", inset[1] + (inset[2] or inset[3] or ""), "", *_plain(inside, deepest - 1), "")
        elif deepest and _defines(line, lines[max(0, place - 3) : place - 1]):
            last = _end_of_inset(lines, _end_of_lazy(lines, place), _INDENT)
            begin = _term(held) + line.lstrip(" :\t")
            yield from _words(held)
            inside = [begin, *(one[_INDENT:] if one.startswith(" " * _INDENT) else one.lstrip() for one in lines[place:last])]
            held, place = [], last
            yield from ("", *_plain(inside, deepest - 1), "")
        else:
            held.append(line)
    yield from _words(held)


def _defines(line: str, above: Sequence[str]) -> bool:
    """True for a line that defines the term above it, as PHP Markdown Extra and MkDocs write it."""
    return _DEFINITION.match(line) is not None and any(one.strip() for one in above)


def _term(held: list[str]) -> str:
    """Takes the term that is defined from the lines before, so that both stand in one paragraph; a heading stays by itself."""
    if not held or not held[-1].strip() or _NO_TERM.match(held[-1]):
        return ""
    return f"{held.pop().rstrip(' :')}: "


def _end_of_lazy(lines: Sequence[str], place: int) -> int:
    """The line after the last that goes on with a paragraph, however it is indented."""
    while place < len(lines) and lines[place].strip() and not (_NO_TERM.match(lines[place]) or _FENCE.match(lines[place])):
        place += 1
    return place


def _end_of_inset(lines: Sequence[str], place: int, indent: int) -> int:
    """The line after the last that stands in by so much."""
    last = place
    while place < len(lines) and (not lines[place].strip() or lines[place].startswith(" " * indent)):
        place += 1
        last = place if lines[place - 1].strip() else last
    return last


def _words(lines: Sequence[str]) -> Iterator[str]:
    """Lines outside of code without what is no word of them."""
    if not lines:
        return
    text = _ROLE.sub(lambda role: (role[1] or role[2]).strip(), "\n".join(lines))
    text = _TASK.sub(r"\1", _BLOCK_ID.sub("", _COMMENT.sub("", text)))
    text = _CALLOUT.sub(r"\1\2\n\1", text)
    text = _CONTAINER.sub(lambda box: f"\n{box[1] or box[2] or ''}\n", text)
    yield _outside(_SPAN, _ALONE.sub("", _CONTENTS.sub("", text)), _without_marks)


def _without_marks(words: str) -> str:
    words = _ADDRESS.sub(lambda address: _TAGS.sub("", address[0]), words)
    words = _TAGS.sub(lambda tag: tag[0] if _NAME.fullmatch(tag[0]) else "", words)
    words = _FOOTNOTE.sub("", words)
    return _MARKED.sub(r"\1", _LINKED.sub(_label, _EMBEDDED.sub("", words)))


def _label(link: re.Match[str]) -> str:
    """What a reader sees of a link between notes: its label, else the name of the note and of the heading in it."""
    note, _, heading = link[1].rstrip("\\").partition("#")
    return link[2] or " > ".join(filter(None, (note.rpartition("/")[2], heading.partition("^")[0])))


def _outside(kept: re.Pattern[str], text: str, change: Callable[[str], str]) -> str:
    """A text with everything changed but the places that are kept."""
    parts, start = [], 0
    for match in kept.finditer(text):
        parts += [change(text[start : match.start()]), match.group()]
        start = match.end()
    return "".join((*parts, change(text[start:])))
