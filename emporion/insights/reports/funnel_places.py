"""A place of a funnel in an address: what a number of a funnel leads to, and what the page that it opens reads there."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext as _

from emporion.insights.goals import queries as goals
from emporion.insights.goals.types import FunnelView
from emporion.insights.reports.choices import Address
from emporion.insights.reports.labels import label
from emporion.insights.reports.types import Dimension, FunnelPlace
from emporion.plumbing.parsing import number_of, uuid_of
from emporion.plumbing.types import Actor

BREAKDOWNS = (Dimension.DEVICE, Dimension.SOURCE, Dimension.COUNTRY)
_NAMES = ("funnel", "part", "reached", "left")


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """The place that an address names, what it is called, and the address without it."""

    at: FunnelPlace | None
    said: str
    without: str


def reached(address: Address, funnel: FunnelView, number: int, part: str = "") -> str:
    """The address of those who reached a step, on the page that `address` is of; of one part where it is named."""
    return str(_of(address, funnel, part).to(reached=str(number)))


def left_before(address: Address, funnel: FunnelView, number: int, part: str = "") -> str:
    """The address of those who reached the step before and not this one."""
    return str(_of(address, funnel, part).to(left=str(number)))


def part_named(dimension: Dimension, value: str) -> str:
    """A part in an address; what has no value is a part, too."""
    return f"{dimension.value}:{value}"


def _of(address: Address, funnel: FunnelView, part: str) -> Address:
    return address.to(by="", funnel=str(funnel.id), part=part)


def named(actor: Actor, site_id: UUID, address: Address, said: Mapping[str, str]) -> Named:
    """Reads the place that an address names; one that makes no sense is none."""
    without = str(address.to(**dict.fromkeys(_NAMES, "")))
    funnel_id, is_left = uuid_of(said.get("funnel", "")), "left" in said
    number = number_of(said.get("left" if is_left else "reached", ""))
    if funnel_id is None or not number:
        return Named(at=None, said="", without=without)
    found = goals.funnel(actor, site_id, funnel_id)
    if number > len(found.steps):
        return Named(at=None, said="", without=without)
    dimension, value = _part(said.get("part", ""))
    at = FunnelPlace(
        steps=found.steps, window_seconds=found.window.seconds, number=number, is_left=is_left, by=dimension, part=value
    )
    words = _("%(funnel)s: left before step %(number)s") if is_left else _("%(funnel)s: reached step %(number)s")
    told = words % {"funnel": found.name, "number": number}
    return Named(at=at, said=f"{told} · {label(dimension, value)}" if dimension else told, without=without)


def _part(text: str) -> tuple[Dimension | None, str]:
    name, _colon, value = text.partition(":")
    return (Dimension(name), value) if name in BREAKDOWNS else (None, "")
