"""From the bytes of a request to events on the disk; runs in a thread, so that a large request holds nobody else up."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from emporion.edge.collect.limits import Recent
from emporion.edge.signals import bodies
from emporion.edge.signals.answers import Tally
from emporion.edge.signals.calls import Sender, event_id_of, event_of, is_counted
from emporion.edge.signals.points import log_event, metric_event, points_of
from emporion.edge.signals.reading import Item, Signal, items_of
from emporion.edge.signals.spans import CallSpan, call_of, outermost
from emporion.edge.signals.values import Refused
from emporion.store import Spool
from emporion.store.errors import InvalidEvent
from emporion.store.types import Event

MOST_ITEMS: Final = 200_000  # of one request
_AT_ONCE: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """One request: what is sent, by whom, how it is packed, and when it came in nanoseconds since 1970."""

    signal: Signal
    body: bytes
    encoding: bytes
    is_json: bool
    sender: Sender
    now_nanos: int


class Intake:
    """Takes telemetry in for one process."""

    def __init__(self, spool: Spool) -> None:
        self._spool = spool
        self._recent = Recent(200_000)

    def take(self, parcel: Parcel) -> Tally:
        """Everything that is told as accepted is on the disk when this returns; Unfit, SpoolFull, SpoolBroken."""
        tally = Tally()
        plain = bodies.unpacked(parcel.body, parcel.encoding)
        items = _bounded(items_of(parcel.signal, plain, is_json=parcel.is_json), tally)
        if parcel.signal is Signal.TRACES:
            self._keep(self._calls(items, parcel, tally), tally)
        elif parcel.signal is Signal.METRICS:
            self._keep(_metrics(items, parcel, tally), tally)
        else:
            self._keep(_lines(items, parcel, tally), tally)
        return tally

    def _calls(self, items: Iterator[Item], parcel: Parcel, tally: Tally) -> Iterator[Event]:
        calls: list[CallSpan] = []
        for span, resource, problem in items:
            try:
                call = call_of(_present(span, problem), resource, parcel.now_nanos)
            except Refused as error:
                tally.refuse(str(error))
                continue
            tally.accepted += 1
            if call is not None:
                calls.append(call)
        yield from self._fresh(outermost(calls), parcel.sender)

    def _fresh(self, calls: Sequence[CallSpan], sender: Sender) -> Iterator[Event]:
        """The calls that were not counted before; remembered only once they are on the disk."""
        seen = set()
        for call in calls:
            upstream = sender.project.upstream(host=call.host, provider=call.provider, path=call.path, port=call.port)
            event_id = event_id_of(call, sender.grant.project_id)
            if event_id in seen or self._recent.has(event_id) or not is_counted(call, upstream, sender):
                continue
            seen.add(event_id)
            yield event_of(call, upstream, sender)

    def _keep(self, events: Iterator[Event], tally: Tally) -> None:
        waiting: list[Event] = []
        for event in events:
            waiting.append(event)
            if len(waiting) >= _AT_ONCE:
                self._append(waiting, tally)
                waiting = []
        if waiting:
            self._append(waiting, tally)

    def _append(self, events: list[Event], tally: Tally) -> None:
        try:
            self._spool.append_sync(*events)
        except InvalidEvent:
            events = self._append_each(events, tally)
        for event in events:
            self._recent.add(event.event_id)

    def _append_each(self, events: list[Event], tally: Tally) -> list[Event]:
        """One that does not fit its schema must not take the others with it."""
        kept = []
        for event in events:
            try:
                self._spool.append_sync(event)
            except InvalidEvent:
                tally.accepted -= 1
                tally.refuse("a value is out of bounds")
            else:
                kept.append(event)
        return kept


def _present(item: Any, problem: str) -> Any:
    if item is None:
        raise Refused(problem)
    return item


def _bounded(items: Iterator[Item], tally: Tally) -> Iterator[Item]:
    for count, item in enumerate(items):
        if count < MOST_ITEMS:
            yield item
        else:
            tally.refuse(f"more than {MOST_ITEMS} items in one request")


def _metrics(items: Iterator[Item], parcel: Parcel, tally: Tally) -> Iterator[Event]:
    for metric, resource, problem in items:
        try:
            points = list(points_of(_present(metric, problem)))
        except Refused as error:
            tally.refuse(str(error))
            continue
        for point in points:
            yield from _made(tally, metric_event, metric, point, resource, parcel.sender, parcel.now_nanos)


def _lines(items: Iterator[Item], parcel: Parcel, tally: Tally) -> Iterator[Event]:
    for index, (record, resource, problem) in enumerate(items):
        if record is None:
            tally.refuse(problem)
        else:
            yield from _made(tally, log_event, record, index, resource, parcel.sender, parcel.now_nanos)


def _made(tally: Tally, make: Callable[..., Event | None], *told: object) -> Iterator[Event]:
    """The event that is made of what was told, or the reason against it."""
    try:
        event = make(*told)
    except Refused as error:
        tally.refuse(str(error))
        return
    tally.accepted += 1
    if event is not None:
        yield event
