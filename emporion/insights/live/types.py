"""What is said about people on a website."""

from dataclasses import dataclass

from emporion.insights.intent.presenting import Chance
from emporion.insights.reports.types import Session, Visitor
from emporion.store.types import PASSIVE_GOALS


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveLine:
    """Somebody who is here; `paid` is what they paid so far, written out, or empty."""

    session: Session
    name: str
    place: str
    paid: str = ""
    chance: Chance | None = None

    @property
    def is_high(self) -> bool:
        """Whether this is somebody to look after: a goal is reached, or a purchase far likelier than usual."""
        return bool(set(self.session.goals) - PASSIVE_GOALS) or (self.chance is not None and self.chance.likelihood.is_high)


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitorLine:
    """A visitor in a list."""

    visitor: Visitor
    name: str
    place: str
    paid: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A line of what is known."""

    label: str
    value: str
