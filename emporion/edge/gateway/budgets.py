"""What was spent of each budget and what calls under way may still spend, shared by all edge processes of a machine.

Each process writes only its own file, mapped into memory; the others are read. So what is spent outlives a kill (the kernel has
it), what a dead process had reserved is dropped, and a call costs microseconds. A lock of the kernel's makes one decision at a
time: a call begins only while spent and reserved together are below the limit, so that they exceed it by one call at most.
"""

import fcntl
import mmap
import os
import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import structlog

from emporion.gateway.routing.types import BudgetPeriod, BudgetRule
from emporion.kernel.ids import new_id

log = structlog.get_logger(__name__)

_MAGIC = b"EMPUSE1\n"
_HEAD = struct.Struct("<8sQQ")  # magic, changes of the table, rows
_KEY = struct.Struct("<16sq")
_AMOUNT = struct.Struct("<q")
_ROW_BYTES = 40  # key, spent, reserved
_SPENT, _RESERVED = 24, 32
MOST_ROWS = 8_192
_SIZE = _HEAD.size + MOST_ROWS * _ROW_BYTES
_LARGEST = 2**63 - 1
_FORGET_AFTER = timedelta(days=2)  # after the end of a period: calls that began in it have ended

Key = tuple[bytes, int]


class LedgerUnusable(Exception):
    """What is spent cannot be read or written; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spending:
    """What a budget looks like now; `period_start` is 1970 for one that never begins anew."""

    budget_id: UUID
    period_start: datetime
    spent_picos: int
    reserved_picos: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Money set aside for a call: from which rows of our own file, and how much from each."""

    offsets: tuple[int, ...]
    picos: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A hard budget has no room; `is_passing` means that calls under way hold what is left, and may give it back."""

    budget: BudgetRule
    spent_picos: int
    is_passing: bool


def period_start(period: BudgetPeriod, now: datetime) -> datetime:
    """When the present period of a budget began, in UTC."""
    if period is BudgetPeriod.EVER:
        return datetime.fromtimestamp(0, UTC)
    day = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return day if period is BudgetPeriod.DAY else day.replace(day=1)


def period_end(period: BudgetPeriod, now: datetime) -> datetime | None:
    """When the present period ends and the budget is whole again; None for one that never is."""
    start = period_start(period, now)
    if period is BudgetPeriod.EVER:
        return None
    return start + timedelta(days=1) if period is BudgetPeriod.DAY else (start + timedelta(days=32)).replace(day=1)


class _Table:
    """One process's file; `index` says where each budget's row is."""

    def __init__(self, path: Path, *, is_own: bool) -> None:
        self.path = path
        self.fd = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        if is_own:
            fcntl.flock(self.fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        self.memory = mmap.mmap(self.fd, _SIZE)
        self.index: dict[Key, int] = {}
        self._seen = -1
        self.refresh()

    def refresh(self) -> None:
        magic, changes, rows = _HEAD.unpack_from(self.memory)
        if magic != _MAGIC or rows > MOST_ROWS:
            raise LedgerUnusable(f"{self.path.name} is no table of budgets")
        if changes != self._seen:
            offsets = range(_HEAD.size, _HEAD.size + rows * _ROW_BYTES, _ROW_BYTES)
            self.index = {_KEY.unpack_from(self.memory, offset): offset for offset in offsets}
            self._seen = changes

    def amount(self, offset: int) -> int:
        value: int = _AMOUNT.unpack_from(self.memory, offset)[0]
        return value

    def add(self, offset: int, picos: int) -> None:
        _AMOUNT.pack_into(self.memory, offset, max(0, min(_LARGEST, self.amount(offset) + picos)))

    def row(self, key: Key, now: datetime) -> int:
        """Where a budget's row is; made when there is none yet."""
        if (found := self.index.get(key)) is not None:
            return found
        _, changes, rows = _HEAD.unpack_from(self.memory)
        offset = _HEAD.size + rows * _ROW_BYTES if rows < MOST_ROWS else self._forgotten(now)
        self.memory[offset + _SPENT : offset + _ROW_BYTES] = bytes(16)
        _KEY.pack_into(self.memory, offset, *key)
        _HEAD.pack_into(self.memory, 0, _MAGIC, changes + 1, min(rows + 1, MOST_ROWS))
        self.refresh()
        return offset

    def _forgotten(self, now: datetime) -> int:
        """The row of a period that is over and of which no call is under way any more."""
        for (_, start), offset in self.index.items():
            if _is_over(start, now) and not self.amount(offset + _RESERVED):
                return offset
        raise LedgerUnusable(f"there is room for {MOST_ROWS} budgets")

    def drop_reserved(self) -> None:
        for offset in self.index.values():
            _AMOUNT.pack_into(self.memory, offset + _RESERVED, 0)

    def close(self) -> None:
        self.memory.close()
        os.close(self.fd)


class Ledger:
    """The budgets of this machine as one process sees them; for one thread."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock_fd = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._others: dict[str, _Table] = {}
        self._listed = -1
        self._path = str(folder)
        self._keys: dict[UUID, tuple[int, BudgetPeriod, Key]] = {}
        with self._turn():
            self._own = self._adopted() or self._made()

    def reserve(self, budgets: Sequence[BudgetRule], picos: int, now: datetime) -> Held | Refused:
        """Sets money aside in every budget that a call falls under, or says which hard one has no room; LedgerUnusable."""
        try:
            with self._turn():
                keys = [self._key_of(budget, now) for budget in budgets]
                refused = self._refused(budgets, keys)
                if refused is not None:
                    return refused
                offsets = tuple(self._own.row(key, now) for key in keys)
                for offset in offsets:
                    self._own.add(offset + _RESERVED, picos)
        except (OSError, ValueError) as error:
            raise LedgerUnusable(str(error)) from error
        return Held(offsets=offsets, picos=picos)

    def settle(self, held: Held, picos: int) -> None:
        """The call cost this much; what was set aside for it is free again. A kill in between loses nothing that was spent."""
        for offset in held.offsets:
            if picos:
                self._own.add(offset + _SPENT, picos)
            self._own.add(offset + _RESERVED, -held.picos)

    def sync(self) -> None:
        """Brings what is spent to the disk, for the case that the whole machine dies; for a thread that may wait."""
        with suppress(OSError):
            os.fdatasync(self._own.fd)

    def close(self) -> None:
        """Gives the file to whichever process comes next."""
        for table in (self._own, *self._others.values()):
            table.close()
        os.close(self._lock_fd)

    def _refused(self, budgets: Sequence[BudgetRule], keys: Sequence[Key]) -> Refused | None:
        self._look()
        for budget, key in zip(budgets, keys, strict=True):
            if not budget.is_hard:
                continue
            counted = budget.counted_picos if _is_of_period(budget, key) else 0
            spent, reserved = self._total(key)
            if max(spent, counted) + reserved >= budget.limit_picos and reserved:
                self._drop_the_dead()
                spent, reserved = self._total(key)
            spent = max(spent, counted)
            if spent + reserved >= budget.limit_picos:
                return Refused(budget=budget, spent_picos=spent, is_passing=spent < budget.limit_picos)
        return None

    def _total(self, key: Key) -> tuple[int, int]:
        spent = reserved = 0
        for table in (self._own, *self._others.values()):
            offset = table.index.get(key)
            if offset is not None:
                spent += table.amount(offset + _SPENT)
                reserved += table.amount(offset + _RESERVED)
        return spent, reserved

    def _key_of(self, budget: BudgetRule, now: datetime) -> Key:
        day = now.toordinal()
        known = self._keys.get(budget.budget_id)
        if known is None or known[0] != day or known[1] is not budget.period:
            key = (budget.budget_id.bytes, int(period_start(budget.period, now).timestamp()))
            known = self._keys[budget.budget_id] = (day, budget.period, key)
        return known[2]

    @contextmanager
    def _turn(self) -> Iterator[None]:
        fcntl.flock(self._lock_fd, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(self._lock_fd, fcntl.LOCK_UN)

    def _look(self) -> None:
        """Sees the tables of processes that came, and the rows that came to those known."""
        listed = os.stat(self._path).st_mtime_ns  # noqa: PTH116 - at every call; a path object costs as much as all the rest
        if listed != self._listed:
            self._listed = listed
            for path in self._folder.glob("*.use"):
                if path.name not in self._others and path != self._own.path:
                    self._others[path.name] = _Table(path, is_own=False)
        for table in self._others.values():
            table.refresh()

    def _drop_the_dead(self) -> None:
        for table in self._others.values():
            try:
                fcntl.flock(table.fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            table.drop_reserved()
            fcntl.flock(table.fd, fcntl.LOCK_UN)

    def _adopted(self) -> _Table | None:
        """The table of a process that is gone: what it spent counts on, what it had reserved is dropped."""
        for path in sorted(self._folder.glob("*.use")):
            try:
                table = _Table(path, is_own=True)
            except BlockingIOError:
                continue
            except (LedgerUnusable, OSError, ValueError) as error:
                log.warning("gateway.budgets_unreadable", file=path.name, problem=str(error))
                path.rename(path.with_suffix(".damaged"))
                continue
            table.drop_reserved()
            return table
        return None

    def _made(self) -> _Table:
        name = new_id().hex
        hidden = self._folder / f".{name}"
        with hidden.open("wb") as file:
            file.write(_HEAD.pack(_MAGIC, 0, 0))
            file.truncate(_SIZE)
        hidden.rename(self._folder / f"{name}.use")
        return _Table(self._folder / f"{name}.use", is_own=True)


def _is_over(start: int, now: datetime) -> bool:
    """Whether the period that began then is over, a day's or a month's; one that begins on a first may be either."""
    if not start:
        return False
    began = datetime.fromtimestamp(start, UTC)
    ends = period_end(BudgetPeriod.MONTH if began.day == 1 else BudgetPeriod.DAY, began)
    return ends is not None and ends + _FORGET_AFTER < now


def _is_of_period(budget: BudgetRule, key: Key) -> bool:
    """Whether what was counted for a budget belongs to its present period."""
    if not budget.counted_picos or budget.counted_from is None:
        return False
    return budget.period is BudgetPeriod.EVER or int(budget.counted_from.timestamp()) == key[1]


def spendings(folder: Path) -> list[Spending]:
    """What every budget's periods look like on this machine now; for whoever shows or tells it. Nothing is locked or changed."""
    totals: dict[Key, list[int]] = {}
    for path in folder.glob("*.use"):
        try:
            table = _Table(path, is_own=False)
        except (OSError, ValueError, LedgerUnusable):
            continue
        for key, offset in table.index.items():
            row = totals.setdefault(key, [0, 0])
            row[0] += table.amount(offset + _SPENT)
            row[1] += table.amount(offset + _RESERVED)
        table.close()
    return [
        Spending(
            budget_id=UUID(bytes=name),
            period_start=datetime.fromtimestamp(start, UTC),
            spent_picos=spent,
            reserved_picos=reserved,
        )
        for (name, start), (spent, reserved) in totals.items()
    ]
