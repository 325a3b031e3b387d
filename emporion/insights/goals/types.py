"""What an owner wants visitors to do: single goals, and the steps of a funnel."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class StepKind(StrEnum):
    """What a step of a funnel waits for."""

    PAGE = "page"
    GOAL = "goal"
    PURCHASE = "purchase"


class Window(StrEnum):
    """How long a visitor may take from the first step of a funnel to its last."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"

    @property
    def seconds(self) -> int:
        """The window in seconds."""
        return {Window.HOUR: 3_600, Window.DAY: 86_400, Window.WEEK: 604_800}[self]


@dataclass(frozen=True, slots=True, kw_only=True)
class FunnelStep:
    """One step; `pattern` is a path with `*`, or the name of a goal, or empty for a purchase."""

    kind: StepKind
    pattern: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewGoal:
    """What a person says of a goal; `value_minor` is what one completion is worth, in the website's currency."""

    name: str
    label: str = ""
    value_minor: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GoalView:
    """A goal as its people see it; `verified_at` is when a test saw its first event."""

    id: UUID
    site_id: UUID
    name: str
    label: str
    value_minor: int | None
    created_at: datetime
    verified_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFunnel:
    """What a person says of a funnel."""

    name: str
    steps: tuple[FunnelStep, ...]
    window: Window = Window.DAY


@dataclass(frozen=True, slots=True, kw_only=True)
class FunnelView:
    """A saved funnel."""

    id: UUID
    site_id: UUID
    name: str
    steps: tuple[FunnelStep, ...]
    window: Window
    created_at: datetime
