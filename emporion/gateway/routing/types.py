"""What is said of APIs that calls go to, and what the data plane needs to know of them: keys, upstreams, routes, budgets."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from emporion.gateway.pricing.types import PriceRule

PICOS_PER_UNIT = 10**12  # a token of a cheap model costs less than a millionth of a cent; sums stay exact


class Protocol(StrEnum):
    """What an API speaks, which decides what can be read from its calls."""

    OPENAI = "openai"
    ANTHROPIC = "anthropic"
    HTTP = "http"


class Outcome(StrEnum):
    """How a call ended, told apart by who has to act: the provider, we, or nobody."""

    OK = "ok"
    # The provider's doing
    PROVIDER_ERROR = "provider_error"  # 5xx
    OVERLOADED = "overloaded"  # 503 and 529 that say so
    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"  # name, connection or certificate
    CUT_SHORT = "cut_short"  # it died in the middle of the answer
    EMPTY = "empty"  # 200 with nothing in it
    MALFORMED = "malformed"  # not what the protocol says: HTML, half a frame, a false length
    # Our doing
    THROTTLED = "throttled"  # 429 that waiting cures
    QUOTA_EXHAUSTED = "quota_exhausted"  # 429 or 402 that only money cures
    KEY_REFUSED = "key_refused"  # 401 and 403
    BAD_REQUEST = "bad_request"  # other 4xx
    # Nobody's: the call was not made or not awaited
    BUDGET_SPENT = "budget_spent"
    LIMITED = "limited"  # by the limits of our own key
    CLIENT_GONE = "client_gone"

    @property
    def is_failure(self) -> bool:
        """Whether the API failed its caller, which is what health and error budgets count; a bad request is an answer."""
        return self in THEIRS or self in {Outcome.THROTTLED, Outcome.QUOTA_EXHAUSTED, Outcome.KEY_REFUSED}

    @property
    def is_theirs(self) -> bool:
        """Whether the provider has to act."""
        return self in THEIRS


THEIRS = frozenset(
    {
        Outcome.PROVIDER_ERROR,
        Outcome.OVERLOADED,
        Outcome.TIMEOUT,
        Outcome.UNREACHABLE,
        Outcome.CUT_SHORT,
        Outcome.EMPTY,
        Outcome.MALFORMED,
    }
)


class Upstream(msgspec.Struct, frozen=True, kw_only=True):
    """An API that calls can be sent to; `secret` is encrypted under the installation's key, empty where none is needed.

    `auth_header` names the header that carries it, `auth_prefix` stands before it (`Authorization`, `Bearer `).
    """

    api_id: UUID
    organisation_id: UUID
    project_id: UUID
    slug: str
    protocol: Protocol
    base_url: str
    provider: str = ""
    secret: str = ""
    auth_header: str = "authorization"
    auth_prefix: str = "Bearer "
    headers: dict[str, str] = {}
    timeout_seconds: int = 120
    body_days: int = 0  # how long bodies are kept; 0 keeps none
    is_internal: bool = False  # an operator's own upstream, past the outbound guard
    is_for_agents: bool = False  # opens to the keys of our own agents alone: the operator pays for its calls
    is_paused: bool = False


class KeyGrant(msgspec.Struct, frozen=True, kw_only=True):
    """What a key of ours opens, and whom its calls are counted for; `digest` is the SHA-256 of the key in hex.

    `api_ids` empty opens every API of the project. Limits are for one minute, 0 is none.
    """

    key_id: UUID
    digest: str
    organisation_id: UUID
    project_id: UUID
    name: str = ""
    team: str = ""
    feature: str = ""
    environment: str = ""
    agent_id: UUID | None = None
    api_ids: tuple[UUID, ...] = ()
    requests_per_minute: int = 0
    tokens_per_minute: int = 0
    expires_at: datetime | None = None


class RouteTarget(msgspec.Struct, frozen=True, kw_only=True):
    """Where a route sends calls, in order; `model` empty keeps the one that was asked for."""

    api_id: UUID
    model: str = ""


class RouteMode(StrEnum):
    """What a route does with the calls that it meets."""

    FALLBACK = "fallback"  # to the targets, in order, when the API fails
    DIVERT = "divert"  # `percent` of the calls to the first target at once
    SHED = "shed"  # refuse `percent` of the calls at once, with the reason
    SLOW = "slow"  # at most `per_minute` calls, the others wait up to `wait_seconds`


class RouteRule(msgspec.Struct, frozen=True, kw_only=True):
    """What happens to calls of an API (and of a model or feature, where named); until `until`, where set."""

    route_id: UUID
    organisation_id: UUID
    project_id: UUID
    api_id: UUID
    mode: RouteMode
    model: str = ""
    feature: str = ""
    targets: tuple[RouteTarget, ...] = ()
    percent: int = 100
    per_minute: int = 0
    wait_seconds: int = 10
    until: datetime | None = None


class CachePolicy(msgspec.Struct, frozen=True, kw_only=True):
    """How long the same question gets the same answer; only what was asked without streaming and answered well is kept."""

    api_id: UUID
    seconds: int
    feature: str = ""


class BudgetScope(StrEnum):
    """What a budget limits."""

    ORGANISATION = "organisation"
    PROJECT = "project"
    KEY = "key"
    TEAM = "team"
    FEATURE = "feature"
    API = "api"


class BudgetPeriod(StrEnum):
    """When a budget begins anew; days and months are those of UTC."""

    DAY = "day"
    MONTH = "month"
    EVER = "ever"


class BudgetRule(msgspec.Struct, frozen=True, kw_only=True):
    """How much may be spent; `value` is the key, team, feature or API (ids as text); hard ones refuse, soft ones only tell.

    `counted_picos` is what the event store says was spent in the period that began at `counted_from`: where it is more than the
    data plane's own count (a budget that was set in the middle of its period, a new machine), it holds.
    """

    budget_id: UUID
    organisation_id: UUID
    project_id: UUID | None
    scope: BudgetScope
    value: str = ""
    period: BudgetPeriod
    limit_picos: int
    is_hard: bool
    counted_picos: int = 0
    counted_from: datetime | None = None


class GatewaySnapshot(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that the data plane's gateway and its collection of signals follow; `number` grows with each one."""

    format: int = 1
    number: int
    upstreams: tuple[Upstream, ...] = ()
    keys: tuple[KeyGrant, ...] = ()
    routes: tuple[RouteRule, ...] = ()
    caches: tuple[CachePolicy, ...] = ()
    budgets: tuple[BudgetRule, ...] = ()
    prices: tuple[PriceRule, ...] = ()


# What people and programs see of the above


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """An agent of this installation that calls its model through the gateway."""

    agent_id: UUID
    organisation_id: UUID
    project_id: UUID
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Calls:
    """Which calls are meant: those of an API, narrowed to a model or a feature where named."""

    api_id: UUID
    model: str = ""
    feature: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiView:
    """A registered API as its people see it: never its secret, only the last signs of it."""

    id: UUID
    organisation_id: UUID
    project_id: UUID
    slug: str
    name: str
    template: str
    protocol: Protocol
    base_url: str
    provider: str
    tile: str
    status_page_url: str
    docs_url: str
    secret_hint: str
    timeout_seconds: int
    body_days: int
    is_platform: bool
    is_paused: bool
    created_by: str
    created_at: datetime
    checked_at: datetime | None = None
    rotated_at: datetime | None = None
    first_call_at: datetime | None = None
    removed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyView:
    """A key without its secret part; `api_names` is empty where it opens every API of the project."""

    id: UUID
    project_id: UUID
    name: str
    prefix: str
    team: str
    feature: str
    environment: str
    api_ids: tuple[UUID, ...]
    api_names: tuple[str, ...]
    requests_per_minute: int
    tokens_per_minute: int
    created_by: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None = None
    is_expired: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NewKey:
    """What is asked of a key; `api_ids` empty opens every API of the project, limits of 0 are none."""

    name: str
    team: str = ""
    feature: str = ""
    environment: str = ""
    api_ids: tuple[UUID, ...] = ()
    requests_per_minute: int = 0
    tokens_per_minute: int = 0
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeKey:
    """A key at its birth: the only time that `plaintext` can be seen."""

    view: KeyView
    plaintext: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetView:
    """Where a route sends calls."""

    api_id: UUID
    name: str
    model: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteView:
    """A route as its people see it; `sentence` says in plain words what it does."""

    id: UUID
    organisation_id: UUID
    project_id: UUID
    api_id: UUID
    api_name: str
    mode: RouteMode
    model: str
    feature: str
    targets: tuple[TargetView, ...]
    percent: int
    per_minute: int
    wait_seconds: int
    until: datetime | None
    note: str
    set_by: str
    set_at: datetime
    withdrawn_by: str
    withdrawn_at: datetime | None
    is_in_force: bool
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheView:
    """How long answers of an API are kept."""

    id: UUID
    project_id: UUID
    api_id: UUID
    api_name: str
    feature: str
    seconds: int
    set_by: str
    set_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportView:
    """A file of calls that was brought in."""

    id: UUID
    api_id: UUID
    api_name: str
    name: str
    calls: int
    cost_picos: int
    first_at: datetime
    last_at: datetime
    imported_by: str
    imported_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetView:
    """A budget with what was spent of it; `forecast_picos` is where it ends if spending goes on as in this period so far.

    Amounts are 10^-12 USD. `name` says what it limits, in the user's words.
    """

    id: UUID
    organisation_id: UUID
    project_id: UUID | None
    scope: BudgetScope
    value: str
    name: str
    period: BudgetPeriod
    limit_picos: int
    is_hard: bool
    shares: tuple[int, ...]
    spent_picos: int
    forecast_picos: int | None
    period_start: datetime | None
    period_end: datetime | None
    counted_at: datetime | None
    created_by: str
    created_at: datetime

    @property
    def spent_percent(self) -> int:
        """How much of the limit is spent, rounded down, so that 100 means all of it."""
        return self.spent_picos * 100 // self.limit_picos if self.limit_picos else 100
