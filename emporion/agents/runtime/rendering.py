"""Turns answers into safe HTML: Markdown without raw HTML, and `[1]` as a chip that opens its source."""

import re
from collections.abc import Iterator
from functools import cache
from itertools import groupby

from django.template.loader import render_to_string
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from markdown_it import MarkdownIt

from emporion.agents.runtime import rules
from emporion.agents.runtime.types import CitationView, ConversationView, MessageState, MessageView, Mode, Speaker

_MARK = re.compile(r"\[(\d{1,3})\]")
_LAST_MARK = re.compile(r" \[\d{1,3}\]$")
_WIDE = 4  # columns for which a phone has no room beside each other
_ITEM = re.compile(r"\s*(?:[-*•]|(?P<number>\d{1,3})[.)])\s+")
_FIELD = re.compile(r"(?P<name>[^\s:;.!?][^:;.!?]{0,39}):\s+(?P<value>\S.*)")


@cache
def _markdown() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False, "linkify": False, "breaks": True}).enable("table").disable(["image"])


class Room:
    """Where a conversation is shown: its addresses, which differ between the test chat, the demo and the inbox.

    In a room that is the team's its reader answers the visitor, elsewhere the reader is the one who asks.
    """

    def __init__(
        self,
        *,
        base: str,
        tile: str,
        can_hand_over: bool = False,
        can_correct: str = "",
        document: str = "",
        is_teams: bool = False,
    ) -> None:
        self.base = base
        self.is_teams = is_teams
        self.tile = tile
        self.can_hand_over = can_hand_over
        self.can_correct = can_correct
        self.document = document

    def source_url(self, message: MessageView, number: int) -> str:
        """The address of a source panel."""
        return f"{self.base}messages/{message.id}/sources/{number}/"


def answer_html(message: MessageView, room: Room) -> SafeString:
    """The answer as HTML: a model's Markdown, or a quotation exactly as it stands; sources that were given become chips."""
    is_quoted = message.mode != Mode.MODEL
    given = {citation.number for citation in message.citations}
    html = quoted_html(message.text) if is_quoted else _markdown().render(message.text)

    def chip(match: re.Match[str]) -> str:
        number = int(match[1])
        if number not in given:
            return match[0] if is_quoted else ""
        url = room.source_url(message, number)
        label = _("Source %(number)s") % {"number": number}
        return format_html(
            '<a class="cite" href="{}" hx-get="{}" hx-target="#source" hx-swap="outerHTML" aria-label="{}">{}</a>',
            url,
            url,
            label,
            number,
        )

    return mark_safe(_MARK.sub(chip, html))  # noqa: S308 - both renderings escape what was written; chips are ours


def quoted_html(text: str) -> SafeString:
    """A quotation word for word, with its paragraphs, lists and rows of a table as such; everything in it is escaped."""
    made: list[SafeString] = []
    rows: list[Row] = []
    for piece in (*_pieces(text), SafeString("")):
        if rows and not (isinstance(piece, dict) and _is_more(piece, rows)):
            made.append(_table(rows))
            rows = []
        if isinstance(piece, dict):
            rows.append(piece)
        else:
            made.append(piece)
    return SafeString("".join(made))


Row = dict[str, str]


def _pieces(text: str) -> Iterator[Row | SafeString]:
    """Paragraphs, lists, and each row of a table as its values by column."""
    for block in re.split(r"\n{2,}", text.strip()):
        lines = block.split("\n")
        if row := _row(lines):
            yield row
            continue
        for kind, alike in groupby(lines, key=_kind):
            if kind == "row":
                yield from map(_row, (line.split("; ") for line in alike))
            else:
                yield _listed(kind, [*alike])


def _row(parts: list[str]) -> Row:
    """The row of a table, each part of which is “column: value”; nothing where any is something else or comes twice."""
    found = [_FIELD.fullmatch(part) for part in parts]
    row = {one["name"]: one["value"] for one in found if one}
    return row if len(row) == len(parts) > 1 else {}


def _is_more(row: Row, rows: list[Row]) -> bool:
    """Whether a row is of the same table as those before it: it begins with the same column and shares another.

    Cells may be empty, and are then not among what was read of their row.
    """
    return next(iter(row)) == next(iter(rows[0])) and len(row.keys() & {name for one in rows for name in one}) > 1


def _columns(rows: list[Row]) -> list[str]:
    """The columns of a table, each after the one that it follows in the first row that has it."""
    names: list[str] = []
    for row in rows:
        place = 0
        for name in row:
            if name not in names:
                names.insert(place, name)
            place = names.index(name) + 1
    return names


def _table(rows: list[Row]) -> SafeString:
    """Rows below each other; a single one column by column, which a phone has room for."""
    if len(rows) == 1:
        return format_html('<dl class="fields">{}</dl>', format_html_join("", "<dt>{}</dt><dd>{}</dd>", rows[0].items()))
    names = _columns(rows)
    if len(names) >= _WIDE:
        return _wide_table(names, rows)
    head = format_html_join("", "<th>{}</th>", ((name,) for name in names))
    body = format_html_join(
        "", "<tr>{}</tr>", ((format_html_join("", "<td>{}</td>", ((row.get(name, ""),) for name in names)),) for row in rows)
    )
    return format_html(
        '<div class="scroll" tabindex="0"><table><thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>', head, body
    )


def _wide_table(names: list[str], rows: list[Row]) -> SafeString:
    """A table that is read row by row where there is no room for its columns, each cell after the name of its own.

    The roles keep it a table for who hears it. The number of a source stands in the first cell, which is always in sight.
    """
    head = format_html_join("", '<th role="columnheader">{}</th>', ((name,) for name in names))
    cells = ([(name, row.get(name, "")) for name in names] for row in map(_marked_first, rows))
    body = format_html_join(
        "", '<tr role="row">{}</tr>', ((format_html_join("", '<td role="cell" data-label="{}">{}</td>', one),) for one in cells)
    )
    return format_html(
        '<div class="scroll wide" tabindex="0"><table role="table"><thead role="rowgroup"><tr role="row">{}</tr></thead>'
        '<tbody role="rowgroup">{}</tbody></table></div>',
        head, body,
    )  # fmt: skip


def _marked_first(row: Row) -> Row:
    """A row with the mark of its source, where its last cell ends with one, at the end of its first cell."""
    first, last = next(iter(row)), next(reversed(row))
    mark = _LAST_MARK.search(row[last])
    if mark is None:
        return row
    bare = row | {last: row[last][: mark.start()]}
    return bare | {first: f"{bare[first]}{mark[0]}"}


def _paragraph(lines: list[str]) -> SafeString:
    """Lines below each other; where one is indented, as in code, all of them stand as they were written."""
    is_indented = any(line.startswith((" ", "\t")) for line in lines)
    words = format_html_join(mark_safe("<br>"), "{}", ((line,) for line in lines))
    return format_html('<p class="as-written">{}</p>' if is_indented else "<p>{}</p>", words)


def _kind(line: str) -> str:
    if found := _ITEM.match(line):
        return "ol" if found["number"] else "ul"
    return "row" if _row(line.split("; ")) else ""


def _listed(kind: str, lines: list[str]) -> SafeString:
    """Points, or steps with the numbers that they have there; one number alone may be a heading's and stays as it was written."""
    if not kind or (kind == "ol" and len(lines) == 1):
        return _paragraph(lines)
    if kind == "ul":
        return format_html(
            "<ul>{}</ul>", format_html_join("", "<li>{}</li>", ((_ITEM.sub("", line, count=1),) for line in lines))
        )
    found = [(_ITEM.match(line), line) for line in lines]
    steps = ((item["number"], line[item.end() :]) for item, line in found if item)
    return format_html("<ol>{}</ol>", format_html_join("", '<li value="{}">{}</li>', steps))


def turn_html(message: MessageView, conversation: ConversationView, room: Room) -> str:
    """One message as the log shows it."""
    context = {"message": message, "conversation": conversation, "room": room, "html": answer_html(message, room)}
    more = {"meta": meta_of(message), "may_be_rated": rules.may_be_rated(message.mode)}
    return render_to_string("agents_runtime/parts/turn.html", context | more)


def turns(conversation: ConversationView | None, room: Room) -> list[SafeString]:
    """The log, message by message; silent answers (a person talks) are left out."""
    if conversation is None:
        return []
    return [
        mark_safe(turn_html(message, conversation, room))  # noqa: S308 - our own template
        for message in conversation.messages
        if not (message.speaker is Speaker.AGENT and message.mode == Mode.PERSON and not message.text)
    ]


def meta_of(message: MessageView) -> str:
    """How many sources and seconds an answer took."""
    if message.state is not MessageState.DONE or message.total_ms is None:
        return ""
    count = len(message.cited)
    seconds = f"{message.total_ms / 1000:.1f}"
    if not count:
        return _("%(seconds)s s") % {"seconds": seconds}
    if count == 1:
        return _("1 source, %(seconds)s s") % {"seconds": seconds}
    return _("%(count)s sources, %(seconds)s s") % {"count": count, "seconds": seconds}


def source_html(message: MessageView, number: int, room: Room, question: str = "") -> str:
    """The source panel for one citation of an answer."""
    shown = message.cited or message.citations
    numbers = [citation.number for citation in shown]
    if number not in numbers:
        shown = message.citations
        numbers = [citation.number for citation in shown]
    at = numbers.index(number) if number in numbers else 0
    context = {
        "citation": shown[at],
        "place": at + 1,
        "total": len(shown),
        "previous": room.source_url(message, numbers[at - 1]) if at else "",
        "next": room.source_url(message, numbers[at + 1]) if at + 1 < len(shown) else "",
        "others": [_other(citation, message, room) for citation in shown if citation.number != numbers[at]],
        "room": room,
        "question": question,
        "message": message,
        "document_url": document_url(shown[at], room),
        "is_closest": message.closest is not None,
    }
    return render_to_string("agents_runtime/parts/source.html", context)


def answer_source_html(message: MessageView, room: Room) -> str:
    """The source panel after an answer: its first source, else the closest place, else the note that there is none."""
    shown = message.cited[0] if message.cited else message.closest
    if shown is not None:
        return source_html(message, shown.number, room)
    return render_to_string("agents_runtime/parts/no_source.html", {"is_unanswered": message.mode != Mode.COURTESY})


def last_source_html(conversation: ConversationView | None, room: Room) -> str:
    """The source panel of a page: that of the last answer which has a source or names a place."""
    for message in reversed(conversation.messages if conversation else ()):
        if message.cited or message.closest:
            return answer_source_html(message, room)
    return ""


def left_html(left: int) -> str:
    """How many questions a demo has left, in words."""
    return render_to_string("agents_runtime/parts/left.html", {"left": max(left, 0)}).strip()


def _other(citation: CitationView, message: MessageView, room: Room) -> dict[str, object]:
    return {"citation": citation, "url": room.source_url(message, citation.number)}


def document_url(citation: CitationView, room: Room) -> str:
    """Where the whole document can be read with the passage lit."""
    if not room.document or citation.source_id is None:
        return ""
    return f"{room.document}{citation.source_id}/?passage={citation.entry_id}#lit"
