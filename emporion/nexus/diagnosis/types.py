"""What is said about why an API fails: facts that were gathered, causes with their evidence, and what can be done.

Nothing here is text for people: `wording` has the sentences, so that rules stay free of languages and can be measured.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class CauseKind(StrEnum):
    """Why calls fail, told apart by what has to be done."""

    PROVIDER_DOWN = "provider_down"
    PROVIDER_SLOW = "provider_slow"
    CUT_SHORT = "cut_short"  # answers die in the middle
    EMPTY_ANSWERS = "empty_answers"  # 200 with nothing in it
    ONE_MODEL = "one_model"
    ONE_REGION = "one_region"
    THROTTLED = "throttled"
    QUOTA_EXHAUSTED = "quota_exhausted"
    KEY_REFUSED = "key_refused"
    OUR_DEPLOY = "our_deploy"
    OUR_NETWORK = "our_network"  # our name resolution, connection or certificates
    OUR_LIMITS = "our_limits"  # a budget, or a limit of a key of ours
    OUR_ROUTE = "our_route"  # a route that was switched on just before


class Verdict(StrEnum):
    """Who has to act."""

    OURS = "ours"
    THEIRS = "theirs"
    UNCLEAR = "unclear"


class SourceKind(StrEnum):
    """What kind of stored fact an evidence rests on."""

    CALLS = "calls"
    DEPLOY = "deploy"
    PROVIDER_INCIDENT = "provider_incident"
    CHECK = "check"
    QUOTA = "quota"
    OTHER_API = "other_api"
    ROUTE = "route"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A stored fact, by its kind and id; `name` narrows calls to an outcome, model, region, key or feature."""

    kind: SourceKind
    id: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """The calls of a stretch of time: by outcome and by the provider's own error code. Times in milliseconds, of good answers."""

    calls: int = 0
    outcomes: Mapping[str, int] = field(default_factory=dict)
    codes: Mapping[str, int] = field(default_factory=dict)
    statuses: Mapping[int, int] = field(default_factory=dict)
    p95_ms: float | None = None
    first_token_p95_ms: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """The calls of one model, region, key, feature or customer."""

    name: str
    calls: int
    failures: int
    p95_ms: float | None = None

    @property
    def rate(self) -> float:
        """The share that failed."""
        return self.failures / self.calls if self.calls else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DeployFact:
    """Something of ours was put out."""

    id: str
    name: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderFact:
    """The provider itself says that something is wrong."""

    id: str
    title: str
    impact: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckFact:
    """A synthetic check of ours against the same API."""

    id: str
    name: str
    is_failing: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherApi:
    """Another API of the project in the same minutes."""

    id: str
    name: str
    provider: str
    calls: int
    failures: int
    unreachable: int = 0

    @property
    def rate(self) -> float:
        """The share that failed."""
        return self.failures / self.calls if self.calls else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaFact:
    """How much of the provider's limits is used, 0 to 1; `None` where the provider does not say."""

    requests_share: float | None = None
    tokens_share: float | None = None

    @property
    def share(self) -> float | None:
        """The tighter of both."""
        known = [share for share in (self.requests_share, self.tokens_share) if share is not None]
        return max(known, default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteFact:
    """A route of ours that was changed."""

    id: str
    name: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything that a diagnosis looks at; `started_at` is the first minute out of bounds, `None` when unknown."""

    api_id: UUID
    api_name: str
    provider: str
    since: datetime
    until: datetime
    started_at: datetime | None = None
    now: Sample = field(default_factory=Sample)
    before: Sample = field(default_factory=Sample)
    models: tuple[Slice, ...] = ()
    regions: tuple[Slice, ...] = ()
    keys: tuple[Slice, ...] = ()
    features: tuple[Slice, ...] = ()
    deploys: tuple[DeployFact, ...] = ()
    provider_incidents: tuple[ProviderFact, ...] = ()
    checks: tuple[CheckFact, ...] = ()
    others: tuple[OtherApi, ...] = ()
    quota: QuotaFact = field(default_factory=QuotaFact)
    routes: tuple[RouteFact, ...] = ()
    reads_status_page: bool = False
    before_minutes: float = 0.0  # how long the time was that `before` is of


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One observation for or against a cause: `code` names its sentence, `values` fill it, `source` is what it rests on."""

    code: str
    weight: float
    source: Source
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """A likely cause; the shares of all causes of a diagnosis sum to 100. `subject` is the model, region, deploy or key."""

    kind: CauseKind
    share_percent: int
    verdict: Verdict
    subject: str = ""
    supporting: tuple[Evidence, ...] = ()
    opposing: tuple[Evidence, ...] = ()


class Verb(StrEnum):
    """What a suggestion does: the first three are verbs of `gateway.routing.actions`, the others are done by a person."""

    DIVERT = "divert"
    SHED = "shed"
    SLOW = "slow"
    ROTATE_KEY = "rotate_key"
    RAISE_QUOTA = "raise_quota"
    RAISE_BUDGET = "raise_budget"
    ROLL_BACK = "roll_back"
    WITHDRAW_ROUTE = "withdraw_route"
    CHECK_NETWORK = "check_network"
    ASK_PROVIDER = "ask_provider"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What figures that were measured promise of a suggestion: now, and with it. Shares 0 to 1, costs 10^-12 USD an hour."""

    error_rate: tuple[float, float] | None = None
    p95_ms: tuple[float, float] | None = None
    cost_picos_per_hour: tuple[int, int] | None = None
    limit_share: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """Something to do about it. With `is_one_tap` the verb of `gateway.routing.actions` takes these arguments as they are."""

    verb: Verb
    api_id: UUID
    api_name: str
    to_api_id: UUID | None = None
    to_api_name: str = ""
    model: str = ""
    to_model: str = ""
    feature: str = ""
    percent: int = 100
    per_minute: int = 0
    subject: str = ""
    expected: Expected | None = None
    can_try_first: bool = False

    @property
    def is_one_tap(self) -> bool:
        """Whether the gateway itself can do it."""
        return self.verb in {Verb.DIVERT, Verb.SHED, Verb.SLOW}

    @property
    def key(self) -> str:
        """What tells it from the other suggestions about the same API, for a form."""
        return f"{self.verb}:{self.to_api_id or ''}:{self.model}:{self.feature}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """Another registered API that could take calls over, with its own figures of the last hour."""

    api_id: UUID
    name: str
    protocol: str
    calls: int
    failure_rate: float
    p95_ms: float | None
    cost_picos_per_call: int
    limit_share: float | None = None  # used of its limits, None where it does not say
    limit_per_minute: int = 0  # 0 where it does not say
    model: str = ""  # what to ask it for, empty keeps the one that was asked for


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """Why an API fails: ranked causes, whose doing it is, and what can be done. No causes where nothing is wrong."""

    api_id: UUID
    project_id: UUID
    api_name: str
    at: datetime
    since: datetime
    started_at: datetime | None
    verdict: Verdict
    causes: tuple[Cause, ...] = ()
    suggestions: tuple[Suggestion, ...] = ()
    calls: int = 0
    failures: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceLine:
    """An observation in words, for a cause or against it, with the address of the stored facts that it rests on."""

    text: str
    is_for: bool
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CauseCard:
    """A likely cause in words; `tone` is that of its meter."""

    kind: CauseKind
    title: str
    percent: int
    tone: str
    evidence: tuple[EvidenceLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A figure as it is now and as it is expected to be."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestionCard:
    """Something to do in words; `url` leads to where a person does what the gateway cannot."""

    suggestion: Suggestion
    title: str
    why: str
    button: str
    changes: tuple[Change, ...] = ()
    hint: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NextStep:
    """What a person can look at where the calls say nothing."""

    text: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DiagnosisCard:
    """A diagnosis in words, ready for a page, a report or a message; `sentence` says it in one.

    Without causes the sentence says why there are none, and `next_steps` where to look instead.
    """

    diagnosis: Diagnosis
    sentence: str
    verdict: str
    causes: tuple[CauseCard, ...] = ()
    suggestions: tuple[SuggestionCard, ...] = ()
    next_steps: tuple[NextStep, ...] = ()
