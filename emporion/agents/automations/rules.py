"""Decides without I/O: when the next run is due, whether inputs are complete, and what changed between two texts."""

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from emporion.agents.automations.errors import InputMissing
from emporion.agents.automations.types import (
    WEEKDAYS,
    DigestInputs,
    Every,
    Finding,
    FindingKind,
    Inputs,
    Kind,
    LinkCheckInputs,
    PageText,
    Piece,
    RefreshInputs,
    Schedule,
    WatchInputs,
)
from emporion.kernel.addresses import parts_of

ALIKE = 0.4  # below this share of common words two passages are not versions of each other
WORDS = re.compile(r"\s+|[^\s\w]|\w+")
RUNS_A_MONTH = {Every.HOURLY: 730, Every.DAILY: 31, Every.WEEKLY: 5}


def parse_schedule(text: str, time_zone: str = "UTC") -> Schedule:
    """The schedule that a listing names: `hourly`, `daily 03:00` or `weekly mon 08:00`."""
    every, *rest = text.split()
    at = time.fromisoformat(rest[-1]) if rest else time(0, 0)
    weekday = WEEKDAYS.index(rest[0]) if every == Every.WEEKLY else 0
    return Schedule(every=Every(every), at=at, weekday=weekday, time_zone=time_zone)


def next_slot(schedule: Schedule, after: datetime) -> datetime:
    """The first moment after `after` at which the schedule is due, in UTC.

    An hour that the clocks skip runs as soon as they have skipped it; an hour that they repeat runs the first time only.
    """
    if schedule.every is Every.HOURLY:
        slot = after.astimezone(UTC).replace(minute=schedule.at.minute, second=0, microsecond=0)
        return slot if slot > after else slot + timedelta(hours=1)
    zone = ZoneInfo(schedule.time_zone)
    day = after.astimezone(zone).date() - timedelta(days=1)
    for _ in range(10):
        slot = datetime.combine(day, schedule.at, tzinfo=zone).astimezone(UTC)
        if slot > after and (schedule.every is Every.DAILY or day.weekday() == schedule.weekday):
            return slot
        day += timedelta(days=1)
    raise AssertionError("every week has all seven days")


def inputs_of(kind: Kind, values: Mapping[str, str]) -> Inputs:
    """The inputs of a kind, complete and well formed; `InputMissing` names the field that is not."""
    match kind:
        case Kind.WEBSITE_WATCH:
            return WatchInputs(url=_url(values), email=_email(values))
        case Kind.LINK_CHECK:
            return LinkCheckInputs(url=_url(values), email=_email(values))
        case Kind.WEEKLY_DIGEST:
            return DigestInputs(email=_email(values))
        case Kind.SOURCE_REFRESH:
            return RefreshInputs(agent=_uuid(values), email=_email(values, is_required=False))


def is_complete(kind: Kind, values: Mapping[str, str]) -> bool:
    """Whether an automation has all that it needs to run."""
    try:
        inputs_of(kind, values)
    except InputMissing:
        return False
    return True


def _url(values: Mapping[str, str]) -> str:
    url = values.get("url", "").strip()
    parts = parts_of(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise InputMissing("This is not the address of a website.", next_step="Write it with https://.", field="url")
    return url


def _email(values: Mapping[str, str], *, is_required: bool = True) -> str:
    email = values.get("email", "").strip()
    if (is_required or email) and not re.fullmatch(r"[^@\s]+@[^@\s]+", email):
        raise InputMissing("This is not an e-mail address.", next_step="Write it as name@example.com.", field="email")
    return email


def _uuid(values: Mapping[str, str]) -> UUID:
    try:
        return UUID(values.get("agent", ""))
    except ValueError:
        raise InputMissing("Choose an agent.", field="agent") from None


def compare_pages(before: PageText, after: PageText) -> tuple[Finding, ...]:
    """What reads differently on a page: passages that changed, came or went, in the order of the page."""
    matcher = difflib.SequenceMatcher(a=before.blocks, b=after.blocks, autojunk=False)
    found: list[Finding] = []
    for tag, start, end, new_start, new_end in matcher.get_opcodes():
        if tag != "equal":
            found += _passages(before.blocks[start:end], after.blocks[new_start:new_end], after)
    return tuple(found)


def _passages(old: Sequence[str], new: Sequence[str], page: PageText) -> Iterator[Finding]:
    for gone, came in _paired(list(old), list(new)):
        kind = FindingKind.CHANGED if gone and came else FindingKind.ADDED if came else FindingKind.REMOVED
        yield Finding(kind=kind, title=page.title, url=page.address, before=gone, after=came)


def _paired(old: list[str], new: list[str]) -> Iterator[tuple[str, str]]:
    """Each old passage with the new one that is most like it; what has no likeness stands alone."""
    for gone in old:
        best = max(new, key=lambda came: _likeness(gone, came), default="")
        if best and _likeness(gone, best) >= ALIKE:
            for came in new[: new.index(best)]:
                yield "", came
            del new[: new.index(best) + 1]
            yield gone, best
        else:
            yield gone, ""
    for came in new:
        yield "", came


def _likeness(first: str, second: str) -> float:
    return difflib.SequenceMatcher(a=first.split(), b=second.split(), autojunk=False).ratio()


def pieces(before: str, after: str) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """Both versions of a passage cut where they differ, word by word."""
    old, new = WORDS.findall(before), WORDS.findall(after)
    left: list[Piece] = []
    right: list[Piece] = []
    for tag, start, end, new_start, new_end in difflib.SequenceMatcher(a=old, b=new, autojunk=False).get_opcodes():
        same = tag == "equal"
        if start < end:
            left.append(Piece(kind="same" if same else "gone", text="".join(old[start:end])))
        if new_start < new_end:
            right.append(Piece(kind="same" if same else "new", text="".join(new[new_start:new_end])))
    return tuple(left), tuple(right)
