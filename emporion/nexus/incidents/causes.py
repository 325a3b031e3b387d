"""What diagnosis says about an incident, as its page and its report tell it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from emporion.nexus.diagnosis.types import Suggestion, Verdict
from emporion.nexus.incidents.drafting import LikelyCause
from emporion.nexus.incidents.errors import SuggestionGone
from emporion.nexus.incidents.types import IncidentView, MitigationView
from emporion.nexus.incidents.wording import VERDICTS
from emporion.plumbing.types import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceLine:
    """Something that speaks for a cause, or against it."""

    text: str
    is_for: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CauseCard:
    """A likely cause, as it is printed."""

    text: str
    percent: int
    tone: str
    evidence: tuple[EvidenceLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A figure now and with the suggestion."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestionCard:
    """What can be done with one tap, as it is printed."""

    key: str
    title: str
    why: str
    button: str
    changes: tuple[Change, ...]
    is_one_tap: bool
    can_try_first: bool
    hint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cards:
    """Everything that diagnosis says on the page of an incident."""

    verdict: Verdict
    verdict_text: str = ""
    causes: tuple[CauseCard, ...] = ()
    suggestion: SuggestionCard | None = None


def cards_of(actor: Actor, incident: IncidentView, mitigations: Sequence[MitigationView], now: datetime) -> Cards:
    """The causes and the suggestion of an incident."""
    return Cards(verdict=Verdict.UNCLEAR)


def suggestion_of(actor: Actor, incident: IncidentView, key: str, now: datetime) -> Suggestion:
    """The suggestion that a form names, as it stands now; SuggestionGone."""
    raise SuggestionGone


def likely_causes(actor: Actor, incident: IncidentView, now: datetime) -> tuple[LikelyCause, ...]:
    """The causes for a report."""
    return ()


def said_verdict(actor: Actor, incident: IncidentView, now: datetime) -> str:
    """Whose doing it was, in a sentence."""
    return str(VERDICTS[Verdict.UNCLEAR])
