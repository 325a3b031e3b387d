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


class PlanPause(StrEnum):
    """Why the plan, and not the owner, has paused counting."""

    LIMIT = "limit"
    TRIAL = "trial"


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
    plan_pause: PlanPause | None = None


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
    payments_known_at: datetime | None
    verified_at: datetime | None
    removed_at: datetime | None
    collection: Collection


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """How it stands with measuring this installation with a website; `environment_names` the website that was named there."""

    host: str
    is_covered: bool
    is_measured: bool
    environment_names: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSite:
    """What a person says when they add a website."""

    domain: str
    time_zone: str = "UTC"
    currency: str = "USD"
    name: str = ""
    hostnames: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteSettings:
    """What the owner decides about a website; addresses are single ones or networks, paths may hold `*`."""

    domain: str
    name: str
    time_zone: str
    currency: str
    hostnames: tuple[str, ...]
    attribution_days: int
    attribution_model: AttributionModel
    excluded_addresses: tuple[str, ...]
    excluded_paths: tuple[str, ...]


class Fault(StrEnum):
    """What keeps a page from being measured; each has a remedy of its own."""

    UNKNOWN_NAME = "unknown_name"
    REFUSED_ADDRESS = "refused_address"
    UNREACHABLE = "unreachable"
    TLS = "tls"
    TIMEOUT = "timeout"
    HTTP_ERROR = "http_error"
    NOT_HTML = "not_html"
    OTHER_HOST = "other_host"
    MISSING = "missing"
    OLD_COPY = "old_copy"
    TAG_MANAGER = "tag_manager"
    CONSENT = "consent"
    TWICE = "twice"
    OTHER_SERVER = "other_server"
    NO_ID = "no_id"
    WRONG_ID = "wrong_id"
    NO_DOMAIN = "no_domain"
    WRONG_DOMAIN = "wrong_domain"
    LOCALHOST = "localhost"
    POLICY_SCRIPT = "policy_script"
    POLICY_CONNECT = "policy_connect"
    BLOCKED_PATH = "blocked_path"
    SCRIPT_UNREACHABLE = "script_unreachable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One fault with what was seen, what to do, and what to paste where there is something to paste."""

    fault: Fault
    title: str
    detail: str = ""
    advice: str = ""
    value: str = ""
    is_warning: bool = False
    guide: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What the look at one page found; no finding beside warnings means that the script will count."""

    url: str
    findings: tuple[Finding, ...]
    found: str = ""

    @property
    def is_installed(self) -> bool:
        """Whether nothing stands in the way."""
        return all(finding.is_warning for finding in self.findings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the onboarding checklist; `url` is where it is done, while it is not."""

    step: SetupStep
    label: str
    hint: str
    is_done: bool
    is_current: bool
    is_skipped: bool = False
    url: str = ""
