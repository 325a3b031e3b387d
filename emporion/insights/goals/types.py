"""What an owner wants visitors to do: single goals, and the steps of a funnel."""

from dataclasses import dataclass
from enum import StrEnum


class StepKind(StrEnum):
    """What a step of a funnel waits for."""

    PAGE = "page"
    GOAL = "goal"
    PURCHASE = "purchase"


@dataclass(frozen=True, slots=True, kw_only=True)
class FunnelStep:
    """One step; `pattern` is a path with `*`, or the name of a goal, or empty for a purchase."""

    kind: StepKind
    pattern: str = ""
    label: str = ""
