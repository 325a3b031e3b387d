"""Decides what a goal may be called and which funnels can be counted."""

import re

from emporion.insights.goals.errors import FunnelInvalid, GoalNameInvalid
from emporion.insights.goals.types import FunnelStep, NewFunnel, StepKind

# As DataFast documents goals: datafa.st/docs/custom-goals.
_NAME = re.compile(r"[a-z0-9_:-]{1,64}")
RESERVED = frozenset({"identify", "payment"})
FEWEST_STEPS, MOST_STEPS = 2, 8
LONGEST_PATTERN = 500


def goal_name(text: str) -> str:
    """The name as events carry it; GoalNameInvalid."""
    name = text.strip().lower()
    if not _NAME.fullmatch(name) or name in RESERVED:
        raise GoalNameInvalid(field="name")
    return name


def checked_funnel(funnel: NewFunnel) -> NewFunnel:
    """The funnel, if it can be counted; FunnelInvalid with the number of the step that cannot."""
    if not funnel.name.strip():
        raise FunnelInvalid("The funnel has no name.", next_step="Name it after what it leads to.", field="name")
    if not FEWEST_STEPS <= len(funnel.steps) <= MOST_STEPS:
        raise FunnelInvalid(f"A funnel has 2 to 8 steps, this one {len(funnel.steps)}.", field="steps")
    steps = tuple(_checked(number, step) for number, step in enumerate(funnel.steps, start=1))
    return NewFunnel(name=funnel.name.strip(), steps=steps, window=funnel.window)


def _checked(number: int, step: FunnelStep) -> FunnelStep:
    pattern = step.pattern.strip()
    if step.kind is StepKind.PAGE and (not pattern.startswith("/") or len(pattern) > LONGEST_PATTERN):
        raise FunnelInvalid(f"Step {number} is a page, and its path does not begin with /.", field="steps", step=number)
    if step.kind is StepKind.GOAL:
        try:
            pattern = goal_name(pattern)
        except GoalNameInvalid as error:
            raise FunnelInvalid(f"Step {number} is a goal, and “{pattern}” is not the name of one.", step=number) from error
    if step.kind is StepKind.PURCHASE:
        pattern = ""
    return FunnelStep(kind=step.kind, pattern=pattern, label=step.label.strip()[:80])
