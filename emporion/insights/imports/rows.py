"""From an uploaded file to its rows, numbered: opens it, asks the module of its kind, and says how much was read."""

from collections.abc import Callable, Iterator
from typing import TypeAlias

from django.utils.translation import gettext as _

from emporion.insights.imports import files, unpacking
from emporion.insights.imports.errors import FileRefused
from emporion.insights.imports.formats import datafast, logs, plausible, umami
from emporion.insights.imports.models import ImportFile
from emporion.insights.imports.types import DayTotal, Hit, LeftOut, Reason, Source
from emporion.insights.imports.unpacking import Gauge, Piece

Row: TypeAlias = Hit | LeftOut | DayTotal
_Read = Callable[[Piece, str], Iterator[Row] | None]
# So many rows without one that can be read: the file is of another kind.
_TRIED = 1_000


def rows_of(file: ImportFile, source: Source, domain: str, gauge: Gauge) -> Iterator[tuple[int, Row]]:
    """The rows of a file in their order, numbered over all texts in it; FileRefused where it is none of the kind named."""
    read = _READERS[source]
    number, was_read, readable = 0, False, False
    with files.opened(file.stored_name) as content:
        for piece in unpacking.pieces(content, name=file.name, size=file.size, gauge=gauge):
            rows = read(piece, domain)
            was_read = was_read or rows is not None
            for row in rows or ():
                number += 1
                readable = readable or not (isinstance(row, LeftOut) and row.reason == Reason.UNREADABLE)
                if number == _TRIED and not readable:
                    raise _another_kind(source)
                yield number, row
    if not was_read or not readable:
        raise _another_kind(source)


def _another_kind(source: Source) -> FileRefused:
    said, step = {
        Source.LOGS: (
            _("No line of this file is in the combined or common log format, or Caddy's JSON."),
            _("Upload the access log of nginx, Apache or Caddy, not the error log."),
        ),
        Source.UMAMI: (
            _("There is no table with the columns session_id, url_path and created_at in this file."),
            _("Upload website_event.csv, or the zip that Umami sent."),
        ),
        Source.DATAFAST: (
            _("There is no visitor with an activity in this file."),
            _("Upload the answers of DataFast's API to /visitors/ and an id, one a line."),
        ),
        Source.PLAUSIBLE: (
            _("There is no table of days in this file: none has the columns date and visitors."),
            _("Export under Site settings, Imports & exports; what a dashboard exports has no days."),
        ),
    }[source]
    return FileRefused(said, next_step=step)


_READERS: dict[Source, _Read] = {
    Source.LOGS: lambda piece, domain: logs.read(piece.lines, domain=domain),
    Source.UMAMI: lambda piece, domain: umami.read(piece.lines, domain=domain),
    Source.DATAFAST: lambda piece, domain: datafast.read(piece.lines, domain=domain),
    Source.PLAUSIBLE: lambda piece, _: plausible.read(piece.lines),
}
