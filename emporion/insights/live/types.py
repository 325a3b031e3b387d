"""What is said about people on a website."""

from dataclasses import dataclass

from emporion.insights.reports.types import Session, Visitor


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveLine:
    """Somebody who is here; `paid` is what they paid so far, written out, or empty."""

    session: Session
    name: str
    place: str
    paid: str = ""


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
