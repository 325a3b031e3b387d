"""An import as its page shows it."""

from collections import Counter
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from emporion.insights.imports.types import FileState, FileView, ImportView, LeftCount, Source, State
from emporion.insights.imports.wording import GUIDES, STATES, TONES, words_of
from emporion.ui.types import Chart, Option, Series

_MOST_DAYS = 92


@dataclass(frozen=True, slots=True, kw_only=True)
class FileLine:
    """One file with what is said of it."""

    file: FileView
    tone: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftLine:
    """Rows that were left out for one reason."""

    left: LeftCount
    title: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An import in a list."""

    one: ImportView
    name: str
    state: str
    tone: str


def options(site_url: str, source: Source) -> tuple[Option, ...]:
    """The sources to choose from."""
    return tuple(
        Option(label=str(guide.name), url=f"{site_url}?source={one}", value=one, current=one is source)
        for one, guide in GUIDES.items()
    )


def line(one: ImportView) -> Line:
    """An import with its words."""
    return Line(one=one, name=str(GUIDES[one.source].name), state=str(STATES[one.state]), tone=TONES.get(one.state, "idle"))


def files(one: ImportView) -> tuple[FileLine, ...]:
    """The files of an import with their words."""
    words = {
        FileState.WAITING: ("idle", _("Waiting")),
        FileState.READING: ("idle", _("Reading")),
        FileState.READ: ("good", _("Read")),
        FileState.REFUSED: ("bad", _("Not readable")),
    }
    return tuple(FileLine(file=file, tone=words[file.state][0], state=words[file.state][1]) for file in one.files)


def left(one: ImportView) -> tuple[LeftLine, ...]:
    """Why rows were left out, the most frequent reason first; what can be let in at the end of the page stands there."""
    found = []
    for count in sorted(one.left, key=lambda row: -row.count):
        title, text = words_of(count.reason)
        found.append(LeftLine(left=count, title=title, text=text))
    return tuple(found)


def chart(one: ImportView) -> Chart | None:
    """How many rows there are of each day, or of each month where there are many days."""
    if not one.days:
        return None
    counts: Counter[date] = Counter()
    is_long = len(one.days) > _MOST_DAYS
    for day, count in one.days.items():
        counts[day.replace(day=1) if is_long else day] += count
    days = sorted(counts)
    form = "%b %Y" if is_long else "%d %b"
    return Chart(
        id="import-days",
        title=_("Rows by month") if is_long else _("Rows by day"),
        labels=tuple(day.strftime(form) for day in days),
        series=(Series(label=_("Rows"), values=tuple(float(counts[day]) for day in days)),),
        kind="bar",
        x_title=_("Month") if is_long else _("Day"),
    )


def is_through_proxy(one: ImportView) -> bool:
    """Whether a log names one address for everybody, as one behind a proxy does."""
    return one.source is Source.LOGS and one.totals.addresses == 1 and one.totals.taken >= 100


def can_store(one: ImportView) -> bool:
    """Whether there is something to agree to."""
    return one.state is State.READY and bool(one.totals.taken or one.totals.covered)
