"""When an alert begins and ends: it begins at once, ends only after calm, and the longer the more often it came back. Pure."""

from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from emporion.nexus.alerts.judging import Finding

CALM = timedelta(minutes=5)
LONGEST_CALM = timedelta(minutes=40)
REMEMBERED = timedelta(hours=2)
UNTOLD = timedelta(minutes=30)  # after so long without a call to judge by, an alert ends


class Change(StrEnum):
    """What happens to the alert."""

    NONE = "none"
    BEGINS = "begins"
    GOES_ON = "goes_on"
    ENDS = "ends"


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """What is remembered of a rule and a series while it is of interest; nothing is remembered of what is calm."""

    is_firing: bool = False
    calm_since: datetime | None = None
    untold_since: datetime | None = None
    ended: tuple[datetime, ...] = ()

    @property
    def is_idle(self) -> bool:
        """Whether there is nothing to remember."""
        return not self.is_firing and not self.ended


def step(held: Held, finding: Finding, now: datetime) -> tuple[Held, Change]:
    """What is remembered next, and what happens to the alert."""
    ended = tuple(one for one in held.ended if now - one < REMEMBERED)
    if finding is Finding.FIRES:
        return Held(is_firing=True, ended=ended), Change.GOES_ON if held.is_firing else Change.BEGINS
    if not held.is_firing:
        return Held(ended=ended), Change.NONE
    if finding is Finding.HOLDS:
        return Held(is_firing=True, ended=ended), Change.GOES_ON
    if finding is Finding.UNKNOWN:
        since = held.untold_since or now
        is_over = now - since >= UNTOLD
        going_on = Held(is_firing=True, untold_since=since, calm_since=held.calm_since, ended=ended)
    else:
        since = held.calm_since or now
        is_over = now - since >= calm_needed(len(ended))
        going_on = Held(is_firing=True, calm_since=since, ended=ended)
    if is_over:
        return Held(ended=(*ended, now)[-8:]), Change.ENDS
    return going_on, Change.NONE


def calm_needed(times_ended: int) -> timedelta:
    """How long it has to be calm: twice as long for each time that it came back in the last two hours."""
    return min(CALM * (1 << times_ended), LONGEST_CALM)
