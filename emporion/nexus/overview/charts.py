"""The charts of APIs: figures over time with their target, and what happened in that time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from babel.dates import format_datetime
from django.utils import timezone
from django.utils.translation import gettext as _

from emporion.nexus.apis.rules import FAILURES
from emporion.nexus.apis.types import Figures, Minute, Point
from emporion.nexus.overview import drawing, wording
from emporion.nexus.overview.changes import Change
from emporion.nexus.overview.drawing import Band, Drawn, Line, Mark, Tick
from emporion.ui.wording import number, picos, reader_locale

LEAST_RATE = 0.02  # so that a chart of next to no failures does not look like an outage
KINDS_SHOWN = 4
ROUND = (
    *(timedelta(minutes=number) for number in (5, 10, 15, 30)),
    *(timedelta(hours=number) for number in (1, 2, 3, 4, 6, 12)),
    *(timedelta(days=number) for number in (1, 2, 5, 7)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """The time that a chart spans, and what happened in it."""

    since: datetime
    until: datetime
    changes: tuple[Change, ...] = ()

    def share(self, moment: datetime) -> float:
        """Where a moment lies, between 0 and 1."""
        return (moment - self.since) / max(self.until - self.since, timedelta(seconds=1))

    def marks(self) -> tuple[Mark, ...]:
        """A line for each thing that happened, oldest first; words only where they have room."""
        inside = sorted((one for one in self.changes if self.since <= one.at <= self.until), key=lambda one: one.at)
        return drawing.spaced(
            [
                Mark(
                    place=drawing.place(self.share(one.at)),
                    text=one.short,
                    kind=one.kind,
                    anchor=drawing.anchor(self.share(one.at)),
                )
                for one in inside
            ]
        )

    def bands(self) -> tuple[Band, ...]:
        """The stretches in which a provider said that it had trouble."""
        found = []
        for one in self.changes:
            if one.kind != "provider":
                continue
            first, last = max(0.0, self.share(one.at)), min(1.0, self.share(one.until or self.until))
            if last > first:
                found.append(Band(place=drawing.place(first), width=f"{(last - first) * 100:.2f}%", text=one.title))
        return tuple(found)

    def ticks(self, most: int = 6) -> tuple[Tick, ...]:
        """The times below a chart, at round hours or days of the reader's clock."""
        length = self.until - self.since
        step = next((one for one in ROUND if length / one <= most), ROUND[-1])
        pattern = "HH:mm" if step < timedelta(days=1) else "d MMM"
        local = timezone.localtime(self.since)
        at = local.replace(hour=0, minute=0, second=0, microsecond=0)
        at += -(-(local - at) // step) * step
        found = []
        while at <= self.until:
            text = format_datetime(at, pattern, locale=reader_locale())
            share = self.share(at)
            found.append(
                Tick(
                    place=drawing.place(share), text=text, anchor="start" if share < 0.04 else "end" if share > 0.97 else "middle"
                )
            )
            at += step
        return tuple(found)


def errors_of_minutes(minutes: Sequence[Minute], axis: Axis, *, target: float, since: datetime | None) -> Drawn:
    """The error rate minute by minute with its target: the chart of the trouble card."""
    values = [one.failures / one.calls if one.calls else None for one in minutes]
    top = drawing.scale_of([values], least=LEAST_RATE)
    allowed, last = 1 - target, next((value for value in reversed(values) if value is not None), None)
    begun = (Mark(place=drawing.place(axis.share(since)), text="", kind="began"),) if since and since > axis.since else ()
    return Drawn(
        id="trouble-chart",
        title=_("Error rate, last %(n)s minutes") % {"n": len(minutes)},
        sub="",
        names=((_("Error rate"), "bad"),),
        lines=(
            Line(name=_("Error rate"), tone="bad", path=drawing.path(values, top), area=drawing.path(values, top, is_area=True)),
        ),
        marks=(*axis.marks(), *begun),
        bands=axis.bands(),
        across=axis.ticks(4),
        target=Tick(place=_height(allowed, top), text=_("Target %(share)s") % {"share": wording.target(target)})
        if allowed < top
        else None,
        last=None if last is None else Tick(place=_height(last, top), text=wording.rate(last)),
        table=tuple(
            (wording.clock(one.at), (wording.rate(value) if value is not None else "–",))
            for one, value in zip(minutes, values, strict=True)
        ),
        is_empty=not any(one.calls for one in minutes),
    )


def _height(value: float, top: float) -> str:
    return f"{100 - min(value / top, 1.0) * 100:.2f}%"


Write = Callable[[float], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """A line of a chart before it is drawn."""

    name: str
    tone: str
    values: tuple[float | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What a chart is drawn in: its name, its time, its steps, and how its values are written."""

    id: str
    title: str
    axis: Axis
    points: Sequence[Point]
    write: Write

    def drawn(self, curves: Sequence[Curve], top: float, **parts: object) -> Drawn:
        """The chart around its lines or bars."""
        return Drawn(
            id=self.id,
            title=self.title,
            sub="",
            names=tuple((one.name, one.tone) for one in curves),
            marks=self.axis.marks(),
            bands=self.axis.bands(),
            across=self.axis.ticks(),
            up=_up(top, self.write),
            table=_table(self.points, [one.values for one in curves], self.write),
            is_empty=not any(value for one in curves for value in one.values),
            **parts,  # type: ignore[arg-type]
        )


def lines(frame: Frame, curves: Sequence[Curve]) -> Drawn:
    """Lines over the steps of a period."""
    top = drawing.scale_of([one.values for one in curves])
    drawn = tuple(Line(name=one.name, tone=one.tone, path=drawing.path(one.values, top)) for one in curves)
    return frame.drawn(curves, top, lines=drawn)


def bars(frame: Frame, curves: Sequence[Curve]) -> Drawn:
    """Stacked bars over the steps of a period."""
    sums = [sum(filter(None, (one.values[at] for one in curves))) for at in range(len(frame.points))]
    top = drawing.scale_of([sums])
    blocks = drawing.stacked([(one.tone, [value or 0.0 for value in one.values]) for one in curves], top)
    return frame.drawn(curves, top, blocks=blocks)


def _up(top: float, write: Write) -> tuple[Tick, ...]:
    return tuple(Tick(place=f"{100 - share * 100:.0f}%", text=write(top * share), anchor="start") for share in (0.0, 0.5, 1.0))


def _table(
    points: Sequence[Point], columns: Sequence[Sequence[float | None]], write: Write
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple(
        (
            wording.clock(one.at, points[-1].at),
            tuple("–" if column[at] is None else write(column[at] or 0.0) for column in columns),
        )
        for at, one in enumerate(points)
    )


def charts(points: Sequence[Point], axis: Axis) -> tuple[Drawn, ...]:
    """The charts of an API's page, from the same points; cost and tokens only where there are any."""
    figures = [point.figures for point in points]

    def frame(id_: str, title: str, write: Write) -> Frame:
        return Frame(id=id_, title=title, axis=axis, points=points, write=write)

    def curve(name: str, tone: str, value: Callable[[Figures], float | None]) -> Curve:
        return Curve(name=name, tone=tone, values=tuple(value(one) for one in figures))

    latency = [
        curve("p50", "s1", lambda one: one.p50_ms),
        curve("p95", "s2", lambda one: one.p95_ms),
        curve("p99", "grey", lambda one: one.p99_ms),
        curve(_("First token, p95"), "s3", lambda one: one.first_token_p95_ms),
    ]
    tokens = [
        curve(_("Read"), "s1", lambda one: float(one.input_tokens)),
        curve(_("Written"), "s2", lambda one: float(one.output_tokens)),
    ]
    found = (
        lines(frame("latency", _("How long answers take"), wording.seconds), [one for one in latency if any(one.values)]),
        bars(frame("errors", _("Failures by kind"), short), _kinds(figures)),
        bars(frame("calls", _("Calls"), short), [curve(_("Calls"), "s1", lambda one: float(one.calls))]),
        bars(frame("cost", _("Cost"), dollars), [curve(_("Cost"), "s2", lambda one: one.cost_picos / 10**12)]),
        bars(frame("tokens", _("Tokens"), short), tokens),
    )
    return tuple(one for one in found if one.id not in {"tokens", "cost"} or not one.is_empty)


def _kinds(figures: Sequence[Figures]) -> list[Curve]:
    """The failures by their kind, commonest first; the rare ones together."""
    sums = {name: sum(one.outcomes.get(name, 0) for one in figures) for name in FAILURES}
    kinds = sorted((name for name, count in sums.items() if count), key=lambda name: -sums[name])
    found = [
        Curve(name=wording.outcome(name), tone=tone, values=tuple(float(one.outcomes.get(name, 0)) for one in figures))
        for name, tone in zip(kinds[:KINDS_SHOWN], ("bad", "warn", "s3", "s4"), strict=False)
    ]
    if rest := kinds[KINDS_SHOWN:]:
        values = tuple(float(sum(one.outcomes.get(name, 0) for name in rest)) for one in figures)
        found.append(Curve(name=_("Other"), tone="grey", values=values))
    return found


def short(value: float) -> str:
    """A count with a letter for its thousands."""
    for size, letter in ((10**9, "B"), (10**6, "M"), (10**3, "k")):
        if value >= size:
            return f"{number(Decimal(f'{value / size:.3g}'))} {letter}".replace(" ", "")
    return number(Decimal(f"{value:.4g}"))


def dollars(value: float) -> str:
    """An amount of USD for an axis."""
    return picos(round(value * 10**12))
