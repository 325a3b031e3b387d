"""An import as its page shows it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from babel import Locale
from babel.dates import format_date
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from emporion.insights.imports.history import Counted, History
from emporion.insights.imports.types import FileState, FileView, ImportView, LeftCount, Sample, Source, State, Total
from emporion.insights.imports.wording import GUIDES, STATES, TONES, TOTALS, words_of
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
class SampleLine:
    """One of the first rows with what it is."""

    sample: Sample
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TotalRow:
    """One value of a dimension with its sums."""

    name: str
    row: Counted


@dataclass(frozen=True, slots=True, kw_only=True)
class TotalList:
    """The most frequent values of a dimension."""

    name: str
    kind: Total
    rows: tuple[TotalRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An import in a list."""

    one: ImportView
    name: str
    state: str
    tone: str
    icon: str
    period: str


def options(site_url: str, source: Source) -> tuple[Option, ...]:
    """The sources to choose from."""
    return tuple(
        Option(label=str(guide.name), url=f"{site_url}?source={one}", value=one, current=one is source)
        for one, guide in GUIDES.items()
    )


def line(one: ImportView) -> Line:
    """An import with its words."""
    return Line(
        one=one,
        name=str(GUIDES[one.source].name),
        state=str(STATES[one.state]),
        tone=TONES.get(one.state, "idle"),
        icon="eye" if one.state is State.READY else "",
        period=period(one),
    )


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
    """How many rows, or page views of totals, there are of each day, or of each month where there are many days."""
    label = _("Rows") if one.source.has_visits else _("Page views")
    return _bars(one.days, label) if len(one.days) > 1 else None


def _bars(counted: Mapping[date, int], label: str) -> Chart:
    counts: Counter[date] = Counter()
    is_long = (max(counted) - min(counted)).days >= _MOST_DAYS
    for day, count in counted.items():
        counts[day.replace(day=1) if is_long else day] += count
    days = _every(min(counts), max(counts), is_long=is_long)
    form = "MMM y" if is_long else "d MMM"
    language = get_language() or "en"
    return Chart(
        id="import-days",
        title=_("%(what)s by month") % {"what": label} if is_long else _("%(what)s by day") % {"what": label},
        labels=tuple(format_date(day, form, locale=language.replace("-", "_")) for day in days),
        series=(Series(label=label, values=tuple(float(counts[day]) for day in days)),),
        kind="bar",
        x_title=_("Month") if is_long else _("Day"),
    )


def _every(first: date, last: date, *, is_long: bool) -> list[date]:
    """Each day from the first to the last, or each month: days without anything stand in the chart, too."""
    if not is_long:
        return [first + timedelta(days=number) for number in range((last - first).days + 1)]
    months = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    return [date(month // 12, month % 12 + 1, 1) for month in months]


def period(one: ImportView) -> str:
    """From when to when it goes, in a few words."""
    first, last = one.totals.first_at, one.totals.last_at
    if first is None or last is None:
        return ""
    said = [date_format(at, "j M Y") for at in (first, last)]
    return said[0] if said[0] == said[1] else f"{said[0]} – {said[1]}"


def sample_names(one: ImportView) -> tuple[SampleLine, ...]:
    """The first rows; of totals, what each is a total of."""
    return tuple(SampleLine(sample=sample, name=_sample_name(one, sample)) for sample in one.samples)


def _sample_name(one: ImportView, sample: Sample) -> str:
    if one.source.has_visits:
        return sample.what
    kind = str(TOTALS[Total(sample.kind)])
    return f"{kind}: {sample.what}" if sample.what else kind


def years(found: History, url: str) -> tuple[Option, ...]:
    """The years to choose from, and all of them."""
    every = Option(label=_("All"), url=url, current=found.year is None)
    return (every, *(Option(label=str(one), url=f"{url}?year={one}", current=one == found.year) for one in found.years))


def chart_of_history(found: History) -> Chart | None:
    """Visitors of each day, or of each month."""
    days = {one.day: one.visitors for one in found.days if one.day is not None}
    return _bars(days, _("Visitors")) if len(days) > 1 else None


def lists(found: History) -> tuple[TotalList, ...]:
    """The most frequent values by dimension, those without any left out."""
    return tuple(
        TotalList(
            name=str(TOTALS[kind]),
            kind=kind,
            rows=tuple(TotalRow(name=_value_name(kind, row.value), row=row) for row in rows),
        )
        for kind, rows in found.lists
        if rows
    )


def _value_name(kind: Total, value: str) -> str:
    if kind is Total.COUNTRY:
        return str(Locale("en").territories.get(value.upper(), value)) or _("Unknown")
    return value or _("Unknown")


def is_through_proxy(one: ImportView) -> bool:
    """Whether a log names one address for everybody, as one behind a proxy does."""
    return one.source is Source.LOGS and one.totals.addresses == 1 and one.totals.taken >= 100


def has_no_browsers(one: ImportView) -> bool:
    """Whether a log names no browsers, as the common format does not: robots then count as people."""
    return one.source is Source.LOGS and bool(one.samples) and not any(sample.browser for sample in one.samples)


def can_store(one: ImportView) -> bool:
    """Whether there is something to agree to."""
    return one.state is State.READY and bool(one.totals.taken or one.totals.covered)
