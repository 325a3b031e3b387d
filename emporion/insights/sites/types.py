"""What is said about a website that is measured."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class AttributionModel(StrEnum):
    """Which of the visits before a payment earn it."""

    LAST_CLICK = "last"
    FIRST_CLICK = "first"
    LAST_NON_DIRECT = "last_non_direct"
    LINEAR = "linear"
    TIME_DECAY = "time_decay"
    POSITION_BASED = "position"


class SetupStep(StrEnum):
    """The lines of the onboarding checklist, in their order."""

    ADD = "add"
    INSTALL = "install"
    VERIFY = "verify"
    PAYMENTS = "payments"
    FIRST_DATA = "first_data"


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """What the data plane needs to know of a website to take its events."""

    site_id: UUID
    public_id: str
    organisation_id: UUID
    project_id: UUID
    domain: str
    hostnames: tuple[str, ...] = ()
    excluded_addresses: tuple[str, ...] = ()
    excluded_paths: tuple[str, ...] = ()
    keeps_bots: bool = False
    allows_localhost: bool = False
    is_paused: bool = False
    pause_reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteView:
    """A website as its people see it; `public_id` (`dfid_…`) is the id that the script carries, no secret."""

    id: UUID
    public_id: str
    organisation_id: UUID
    project_id: UUID
    domain: str
    name: str
    time_zone: str
    currency: str
    attribution_days: int
    attribution_model: AttributionModel
    is_demo: bool
    created_at: datetime
    first_event_at: datetime | None
    payments_skipped_at: datetime | None
    collection: Collection


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSite:
    """What a person says when they add a website."""

    domain: str
    time_zone: str = "UTC"
    currency: str = "USD"
    name: str = ""
    hostnames: tuple[str, ...] = field(default=())
