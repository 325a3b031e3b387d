"""What is said about an incident: how bad it is, where it stands, who does what, what happened, what proves that it is over."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum
from uuid import UUID

RECOVERY_MINUTES = 15  # how long an API has to stay within its bounds before its incident may close


class Severity(IntEnum):
    """How bad it is; 1 is worst. Everybody reads a severity by its number."""

    CRITICAL = 1
    MAJOR = 2
    MINOR = 3
    LOW = 4


class IncidentState(StrEnum):
    """Where an incident stands; `WITHDRAWN` is a declaration that was undone."""

    DECLARED = "declared"
    MITIGATING = "mitigating"
    RECOVERING = "recovering"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


OPEN_STATES = frozenset({IncidentState.DECLARED, IncidentState.MITIGATING, IncidentState.RECOVERING})


class IncidentRole(StrEnum):
    """What somebody does in an incident; one person each."""

    LEAD = "lead"
    UPDATES = "updates"
    DIAGNOSIS = "diagnosis"


class EntryKind(StrEnum):
    """What a line of the timeline is about; decides its icon and tone, never its words."""

    PROBLEM = "problem"
    GROUPED = "grouped"
    PAGED = "paged"
    ACKNOWLEDGED = "acknowledged"
    DECLARED = "declared"
    CHANGED = "changed"
    ROLE = "role"
    DEPLOY = "deploy"
    PROVIDER = "provider"
    CHECK = "check"
    ROUTED = "routed"
    UNROUTED = "unrouted"
    BUDGET = "budget"
    UPDATE = "update"
    RECOVERING = "recovering"
    RELAPSED = "relapsed"
    RESOLVED = "resolved"
    CLOSED = "closed"
    NOTE = "note"


class Audience(StrEnum):
    """Whom an update is written for; each hears it where it reads."""

    CUSTOMERS = "customers"
    TEAM = "team"
    EXECUTIVES = "executives"


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """Something that belongs on the timeline of an incident.

    `key` tells it from its repetition, `at` is when it happened, `url` leads to where it is stored.
    """

    key: str
    kind: EntryKind
    at: datetime
    text: str
    detail: str = ""
    url: str = ""
    person_id: UUID | None = None
    person_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What something that happened is about; nothing named means everything of the project."""

    organisation_id: UUID
    project_id: UUID
    problem_id: UUID | None = None
    incident_id: UUID | None = None
    api_ids: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryView:
    """A line of the timeline."""

    id: UUID
    kind: EntryKind
    at: datetime
    text: str
    detail: str
    url: str
    person_id: UUID | None
    person_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleView:
    """Who has a role."""

    role: IncidentRole
    person_id: UUID
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AffectedView:
    """An API, or one feature of those that call it, whose recovery is to be proven."""

    id: UUID
    api_id: UUID
    feature: str
    name: str
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentView:
    """An incident as its people see it; `undo_until` is when a declaration can be taken back no more."""

    id: UUID
    number: int
    organisation_id: UUID
    project_id: UUID
    title: str
    severity: Severity
    state: IncidentState
    began_at: datetime
    declared_at: datetime
    declared_by: str
    acknowledged_at: datetime | None
    mitigated_at: datetime | None
    recovered_at: datetime | None
    closed_at: datetime | None
    closed_by: str
    close_reason: str
    next_update_at: datetime | None
    recovery_minutes: int
    undo_until: datetime
    problem_ids: tuple[UUID, ...] = ()
    api_ids: tuple[UUID, ...] = ()
    roles: tuple[RoleView, ...] = ()

    @property
    def code(self) -> str:
        """What people call it."""
        return f"INC-{self.number}"

    @property
    def is_open(self) -> bool:
        """Whether it still goes on."""
        return self.state in OPEN_STATES

    @property
    def url(self) -> str:
        """Where it is."""
        return f"/nexus/incidents/{self.id}/"


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateView:
    """An update that was posted, and where it went."""

    id: UUID
    audience: Audience
    stage: str
    text: str
    posted_at: datetime
    person_name: str
    places: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CellView:
    """One minute of the proof of recovery; `reason` says why it does not count."""

    at: datetime
    is_ok: bool
    calls: int
    failures: int
    p95_ms: float | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofView:
    """How far the recovery of one API or feature is proven: `minutes` in a row out of `needed`, up to now.

    `burn` is how many times too fast the error budget was spent in these minutes; `cells` are the last `needed` minutes.
    """

    affected_id: UUID
    name: str
    minutes: int
    needed: int
    burn: float
    cells: tuple[CellView, ...]
    detail: str

    @property
    def is_proven(self) -> bool:
        """Whether it has stayed within bounds for long enough, without spending its error budget too fast."""
        return self.minutes >= self.needed and self.burn < 1


@dataclass(frozen=True, slots=True, kw_only=True)
class MitigationView:
    """What was done about an incident through the gateway, and whether it still holds."""

    id: UUID
    route_id: UUID
    api_id: UUID
    to_api_id: UUID | None
    verb: str
    text: str
    applied_at: datetime
    applied_by: str
    until: datetime | None
    withdrawn_at: datetime | None

    @property
    def is_in_force(self) -> bool:
        """Whether it has not been taken back."""
        return self.withdrawn_at is None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportView:
    """A post-incident report in one of its versions."""

    id: UUID
    incident_id: UUID
    version: int
    markdown: str
    author_name: str
    at: datetime
    drafted_in_ms: int
    is_draft: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionItemView:
    """What is to be done so that it does not happen again."""

    id: UUID
    text: str
    owner_name: str
    due_on: str
    is_done: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LearningView:
    """What an incident taught, found again across incidents."""

    id: UUID
    text: str
    incident_id: UUID
    incident_code: str
    incident_title: str
    at: datetime
