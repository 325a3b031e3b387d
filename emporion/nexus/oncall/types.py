"""What is said about who is on call, who is paged after whom, and what became of a page."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from enum import StrEnum
from uuid import UUID


class StepKind(StrEnum):
    """Whom a step of an escalation reaches."""

    ON_CALL = "on_call"  # whoever is on call by the schedule at that moment
    PERSON = "person"
    OWNERS = "owners"  # the organisation's owners and managers, and the project's admins


class PageState(StrEnum):
    """Where a page stands; `UNANSWERED` means that everybody was asked, as often as the policy says, and nobody came."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"
    UNANSWERED = "unanswered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A person as the pages of on call show them."""

    id: UUID
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """A stretch of time for which somebody is on call; half-open. `is_override` when somebody took it over."""

    person: Named
    starts_at: datetime
    ends_at: datetime
    is_override: bool = False
    override_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSchedule:
    """A rotation to save: people in turn, handing over at a local weekday and time (Monday is 0)."""

    name: str
    time_zone: str
    people: tuple[UUID, ...]
    handover_weekday: int = 0
    handover_time: time = time(9)
    weeks_each: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleView:
    """A rotation, who has it now, and the shifts to come."""

    id: UUID
    organisation_id: UUID
    project_id: UUID
    name: str
    time_zone: str
    people: tuple[Named, ...]
    handover_weekday: int
    handover_time: time
    weeks_each: int
    now: Shift | None = None
    shifts: tuple[Shift, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOverride:
    """Somebody takes a stretch of a schedule over from whoever has it."""

    person_id: UUID
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of an escalation: whom to tell, and how many minutes they have before the next."""

    kind: StepKind
    wait_minutes: int = 5
    schedule_id: UUID | None = None
    person_id: UUID | None = None
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyView:
    """How pages of a project escalate: its steps in order, run through `rounds` times. Every project has one."""

    project_id: UUID
    steps: tuple[Step, ...]
    rounds: int
    is_default: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietHours:
    """When a person is not to be told of what can wait, in their own zone; pages come through. Equal times are never quiet."""

    starts: time = time(22)
    ends: time = time(7)
    is_on: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeView:
    """One person told of a page by one channel."""

    person: Named
    channel: str
    step: int
    sent_at: datetime
    arrived_at: datetime | None
    opened_at: datetime | None
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageView:
    """A page: what it is about, how far it escalated and who took it."""

    id: UUID
    organisation_id: UUID
    project_id: UUID
    problem_id: UUID | None
    incident_id: UUID | None
    title: str
    sentence: str
    url: str
    state: PageState
    step: int
    round: int
    opened_at: datetime
    next_at: datetime | None
    acknowledged_at: datetime | None
    acknowledged_by: Named | None
    is_test: bool
    notices: tuple[NoticeView, ...] = ()
    declared_at: datetime | None = None

    @property
    def may_become_incident(self) -> bool:
        """Whether its link may still declare one: about a problem that is not over, in no incident, and not done before."""
        is_open = self.problem_id is not None and self.state is not PageState.RESOLVED
        return is_open and self.incident_id is None and self.declared_at is None and not self.is_test


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What the channels of a team and their programs hear of a problem or an incident; `kind` and `facts` are for programs."""

    organisation_id: UUID
    project_id: UUID
    kind: str
    title: str
    url: str
    reference: UUID
    text: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
    is_over: bool = False
