"""The two passes over the files of an import: one that only looks, and one that stores what people have seen and agreed to.

Both read the same rows in the same order and judge them alike. A process that was stopped begins the first pass again and goes
on with the second where it was; a row that is kept twice has the same id and is one event. One whose website is removed meanwhile
goes on to its end: the website may come back, and what was uploaded does not lie around.
"""

import time
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction

from emporion.insights.imports import eventstore, files, rules
from emporion.insights.imports.errors import FileRefused
from emporion.insights.imports.models import Import, ImportedDay, ImportFile
from emporion.insights.imports.rows import Row, rows_of
from emporion.insights.imports.rules import Past, Screen
from emporion.insights.imports.tally import Tally, samples_out
from emporion.insights.imports.types import DayTotal, FileState, Judge, Judges, Keep, LeftOut, Source, State, Total
from emporion.insights.imports.unpacking import Gauge
from emporion.insights.sites.metering import set_imported
from emporion.insights.sites.queries import known
from emporion.insights.sites.types import SiteView
from emporion.store.schemas import SiteEvent

BATCH = 1_000
_TELL_SECONDS = 0.5
_METERED = timedelta(days=5)  # what is older is never counted against a plan again


class Stopped(Exception):
    """Somebody cancelled the import while it was read."""


class Pass:
    """One way through the files: `screen` asks when a row was, `judge` what it is."""

    def __init__(self, run: Import, site: SiteView, judges: Judges) -> None:
        self.run, self.site, self.tally = run, site, Tally()
        self.screen = Screen(past_of(run, site))
        self._judge: Judge | None = None
        if Source(run.source).has_visits:
            self._judge = judges(site.id, files.salt_of(run.pk), rules.origin_of(run.pk))

    def rows(self, file: ImportFile, gauge: Gauge, *, after: int = 0) -> Iterator[tuple[int, SiteEvent | DayTotal | None]]:
        """Each row's number, and what it becomes where it counts; rows up to `after` were kept before and are passed over."""
        for number, row in rows_of(file, Source(self.run.source), self.site.domain, gauge):
            if number <= after:
                continue
            found = self._decide(row, file, number)
            self.tally.rows += 1
            if isinstance(found, LeftOut):
                self.tally.leave(found, file.name, number)
                yield number, None
                continue
            if isinstance(found, DayTotal):
                self.tally.add(found)
            else:
                self.tally.take(found)
            yield number, found

    def _decide(self, row: Row, file: ImportFile, number: int) -> SiteEvent | DayTotal | LeftOut:
        if isinstance(row, LeftOut):
            return row
        if isinstance(row, DayTotal):
            reason = self.screen.has_day(row.day)
            return LeftOut(reason=reason, detail=row.day.isoformat(), excerpt=row.value) if reason else row
        assert self._judge is not None
        self.tally.saw_address(row.address)
        reason = self.screen(row.at)
        if reason is not None:
            return LeftOut(reason=reason, excerpt=row.name or row.href.partition("?")[0], detail=row.at.isoformat())
        return self._judge(row, rules.event_id_of(self.run.pk, file.number, number))


def past_of(run: Import, site: SiteView) -> Past:
    """What is known already of the website, apart from this import."""
    others = Import.objects.of_site(site.id).kept().exclude(pk=run.pk).exclude(first_at=None)
    return Past(
        now=run.created_at,
        zone=site.time_zone,
        own_days=eventstore.own_days(site.id, site.time_zone),
        imported=tuple((one.first_at, one.last_at) for one in others if one.first_at and one.last_at),
        takes_covered=run.takes_covered,
    )


def look(*, import_id: UUID, judges: Judges, now: datetime) -> None:
    """Reads everything and stores nothing but what was found."""
    run = Import.objects.filter(pk=import_id, state=State.READING).first()
    site = known(run.site_id) if run else None
    if run is None or site is None:
        return
    way = Pass(run, site, judges)
    try:
        for file in run.files.exclude(state=FileState.REFUSED):
            _look_at(way, file)
    except Stopped:
        return
    files.keep_list(run.pk, way.tally.listed())
    is_readable = run.files.filter(state=FileState.READ).exists()
    _save_found(run, way.tally, State.READY if is_readable else State.FAILED, now)
    if not is_readable:
        forget_files(run)  # nobody can go on with them


def _look_at(way: Pass, file: ImportFile) -> None:
    gauge, told = Gauge(total=file.size), _Telling(file)
    rows = taken = 0
    try:
        for _, found in way.rows(file, gauge):
            rows, taken = rows + 1, taken + (found is not None)
            if rows % BATCH == 0 and told.is_due():
                _require_state(way.run, State.READING)
                told.tell(FileState.READING, gauge, rows, taken)
    except FileRefused as error:
        told.refuse(f"{error.message} {error.step}", rows, taken)
    else:
        told.tell(FileState.READ, gauge, rows, taken)


class _Telling:
    """Writes down how far a file is, often enough to be watched and seldom enough to cost nothing."""

    def __init__(self, file: ImportFile) -> None:
        self._file = file
        self._next = 0.0

    def is_due(self) -> bool:
        """Whether it is time again."""
        return time.monotonic() >= self._next

    def tell(self, state: FileState, gauge: Gauge, rows: int, taken: int) -> None:
        """How far it is."""
        done = gauge.total if state is FileState.READ else gauge.done
        ImportFile.objects.filter(pk=self._file.pk).update(state=state, done=done, total=gauge.total, rows=rows, taken=taken)
        self._next = time.monotonic() + _TELL_SECONDS

    def refuse(self, problem: str, rows: int, taken: int) -> None:
        """It could not be read, or not to its end."""
        ImportFile.objects.filter(pk=self._file.pk).update(state=FileState.REFUSED, problem=problem[:500], rows=rows, taken=taken)


def _require_state(run: Import, state: State) -> None:
    if not Import.objects.filter(pk=run.pk, state=state).exists():
        raise Stopped


def _save_found(run: Import, tally: Tally, state: State, now: datetime) -> None:
    Import.objects.filter(pk=run.pk, state=State.READING).update(
        state=state,
        finished_at=now if state is State.FAILED else None,
        rows=tally.rows,
        taken=tally.taken,
        covered=tally.covered,
        pageviews=tally.pageviews,
        goals=tally.goals,
        visitors=tally.visitors,
        visits=tally.visits,
        is_at_least=tally.is_at_least,
        addresses=len(tally.addresses),
        first_at=tally.first_at,
        last_at=tally.last_at,
        left=tally.reasons(),
        days=dict(tally.days),
        covered_days=dict(tally.covered_days),
        samples=samples_out(tally.samples),
    )


def store(*, import_id: UUID, judges: Judges, keep: Keep, now: datetime) -> bool:
    """Reads everything again and keeps it; says whether somebody must look for what arrives in the store."""
    run = Import.objects.filter(pk=import_id, state=State.STORING).first()
    site = known(run.site_id) if run else None
    if run is None or site is None:
        return False
    way = Pass(run, site, judges)
    if not Source(run.source).has_visits:
        _store_totals(way, now)
        return False
    count_apart(run.site_id)
    kept = _Keeping(run, keep)
    for file in run.files.filter(state=FileState.READ):
        if file.number < run.stored_files:
            continue
        after = run.stored_rows if file.number == run.stored_files else 0
        for number, event in way.rows(file, Gauge(total=file.size), after=after):
            kept.add(file.number, number, event if isinstance(event, SiteEvent) else None)
        kept.flush(file.number + 1, 0)
    Import.objects.filter(pk=run.pk).update(
        state=State.SETTLING, first_at=_least(run.first_at, way.tally.first_at), last_at=_most(run.last_at, way.tally.last_at)
    )
    forget_files(run)
    return True


def _store_totals(way: Pass, now: datetime) -> None:
    """Sums up what is split more finely than it is kept, and keeps it, all or nothing."""
    sums: dict[tuple[date, Total, str], ImportedDay] = {}
    for file in way.run.files.filter(state=FileState.READ):
        for _, found in way.rows(file, Gauge(total=file.size)):
            if isinstance(found, DayTotal):
                _sum_up(sums, found, way.run)
    with transaction.atomic():
        ImportedDay.objects.filter(run=way.run).delete()
        ImportedDay.objects.bulk_create(sums.values(), batch_size=BATCH)
        Import.objects.filter(pk=way.run.pk).update(state=State.DONE, finished_at=now, stored=way.tally.taken)
    forget_files(way.run)


def _sum_up(sums: dict[tuple[date, Total, str], ImportedDay], found: DayTotal, run: Import) -> None:
    key = (found.day, found.dimension, found.value)
    day = sums.get(key)
    if day is None:
        day = sums[key] = ImportedDay(run=run, site_id=run.site_id, day=found.day, dimension=found.dimension, value=found.value)
    for name in ("visitors", "visits", "pageviews", "bounces", "duration_seconds"):
        setattr(day, name, getattr(day, name) + getattr(found, name))


def _least(one: datetime | None, other: datetime | None) -> datetime | None:
    return min((at for at in (one, other) if at is not None), default=None)


def _most(one: datetime | None, other: datetime | None) -> datetime | None:
    return max((at for at in (one, other) if at is not None), default=None)


class _Keeping:
    """Keeps events a batch at a time, and after each writes down how far it is."""

    def __init__(self, run: Import, keep: Keep) -> None:
        self._run, self._keep = run, keep
        self._batch: list[SiteEvent] = []
        self._next = 0.0
        self.count = 0

    def add(self, file: int, row: int, event: SiteEvent | None) -> None:
        """One row more."""
        if event is not None:
            self._batch.append(event)
        if len(self._batch) >= BATCH:
            self.flush(file, row)

    def flush(self, file: int, row: int) -> None:
        """What was gathered is on the disk when this returns."""
        if self._batch:
            self._keep(*self._batch)
            self.count += len(self._batch)
            self._batch.clear()
        if row == 0 or time.monotonic() >= self._next:
            expected = self._run.expected + self.count
            Import.objects.filter(pk=self._run.pk).update(stored_files=file, stored_rows=row, expected=expected)
            self._next = time.monotonic() + _TELL_SECONDS


def settle(*, import_id: UUID, now: datetime) -> bool:
    """Makes visits of everything that was kept once all of it has reached the store; says whether somebody must look again."""
    run = Import.objects.filter(pk=import_id, state=State.SETTLING).first()
    if run is None:
        return False
    found = eventstore.stored(run.site_id, rules.origin_of(run.pk))
    if found.events < run.expected:
        Import.objects.filter(pk=run.pk).update(stored=found.events)
        return True
    eventstore.compute_visits(run.site_id, rules.origin_of(run.pk), steps=found.events)
    came = eventstore.visits(run.site_id, rules.origin_of(run.pk))
    Import.objects.filter(pk=run.pk, state=State.SETTLING).update(
        state=State.DONE,
        finished_at=now,
        stored=found.events,
        pageviews=found.pageviews,
        goals=found.goals,
        visits=came.visits,
        visitors=came.visitors,
        is_at_least=False,
    )
    return False


def undo(*, import_id: UUID, now: datetime) -> None:
    """Takes away everything that an import added, visits and totals too."""
    run = Import.objects.filter(pk=import_id, state=State.UNDOING).first()
    if run is None:
        return
    if Source(run.source).has_visits:
        eventstore.erase(run.site_id, rules.origin_of(run.pk))
    ImportedDay.objects.filter(run=run).delete()
    Import.objects.filter(pk=run.pk).update(state=State.UNDONE, finished_at=now)
    count_apart(run.site_id)


def fail(*, import_id: UUID, problem: str, now: datetime) -> None:
    """Ends an import that cannot go on; nothing of it is stored."""
    run = Import.objects.filter(pk=import_id, state=State.READING).first()
    if run is not None and Import.objects.filter(pk=run.pk, state=State.READING).update(
        state=State.FAILED, problem=problem[:500], finished_at=now
    ):
        forget_files(run)


def count_apart(site_id: UUID) -> None:
    """Tells the plan's counter which events of which days came by imports, so that none of them counts."""
    apart: Counter[date] = Counter()
    for run in Import.objects.filter(site_id=site_id).kept():
        recent = (run.created_at - _METERED).date().isoformat()
        for days in (run.days, run.covered_days if run.takes_covered else {}):
            apart.update({date.fromisoformat(day): count for day, count in days.items() if day >= recent})
    set_imported(site_id=site_id, days=apart)


def forget_files(run: Import) -> None:
    """Erases what was uploaded for an import, and its salt."""
    files.forget(run.pk, tuple(run.files.values_list("stored_name", flat=True)))
    run.files.update(stored_name="")
