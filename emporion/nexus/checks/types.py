"""What is said about synthetic checks: what they ask, what they expect, and what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class CheckState(StrEnum):
    """How a check stands; `SHAKY` has failed, but not as often as its owner wants to see before it counts."""

    NEW = "new"
    PASSING = "passing"
    SHAKY = "shaky"
    FAILING = "failing"
    PAUSED = "paused"
    UNASKED = "unasked"  # it is long due: nobody is there who could ask


class Expectation(StrEnum):
    """What can be expected of an answer."""

    STATUS = "status"  # `value`: 200, 200-299, or a list of both
    LATENCY = "latency"  # answered within `value` milliseconds
    BODY_CONTAINS = "body_contains"
    BODY_LACKS = "body_lacks"
    JSON_EQUALS = "json_equals"  # what lies at the path `name` is `value`
    HEADER_CONTAINS = "header_contains"  # the header `name` holds `value`
    CERTIFICATE = "certificate"  # the certificate is valid for at least `value` more days


@dataclass(frozen=True, slots=True, kw_only=True)
class Assertion:
    """One expectation; `name` is the path or the header where it needs one."""

    kind: Expectation
    value: str
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckSpec:
    """What a person says of a check. It fails after `retries` + 1 runs in a row that did not do as expected.

    `asked_from` is the region that asks; empty, any may.
    """

    name: str
    url: str
    api_id: UUID | None = None
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""
    interval_seconds: int = 60
    timeout_seconds: int = 10
    retries: int = 1
    assertions: tuple[Assertion, ...] = ()
    asked_from: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timings:
    """How long the parts of an answer took, in microseconds; `total` ends with the last byte."""

    name_us: int = 0
    connect_us: int = 0
    tls_us: int = 0
    first_byte_us: int = 0
    total_us: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What an address answered; `problem` says why there is no answer, `address` is the one that was spoken to."""

    url: str
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    is_cut: bool = False
    timings: Timings = field(default_factory=Timings)
    certificate_until: datetime | None = None
    address: str = ""
    problem: str = ""
    advice: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether one expectation held, with what was found instead."""

    assertion: Assertion
    is_ok: bool
    wanted: str
    found: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What came of one run: the answer, and how it did against every expectation."""

    asked: Asked
    verdicts: tuple[Verdict, ...]

    @property
    def is_ok(self) -> bool:
        """Whether there was an answer and all of it was as expected."""
        return not self.asked.problem and all(verdict.is_ok for verdict in self.verdicts)

    @property
    def failed(self) -> str:
        """The first thing that was not as expected, in words; empty when all was."""
        if self.asked.problem:
            return self.asked.problem
        return next((f"{one.wanted}, {one.found}" for one in self.verdicts if not one.is_ok), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A check as its people see it. Uptimes are shares of runs, `None` without one."""

    id: UUID
    organisation_id: UUID
    project_id: UUID
    spec: CheckSpec
    state: CheckState
    since: datetime | None
    created_at: datetime
    last_at: datetime | None
    next_at: datetime | None
    last_status: int
    last_ms: float | None
    last_problem: str
    certificate_days: int | None
    region: str
    uptime_day: float | None = None
    uptime_month: float | None = None
    hours: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRun:
    """One run in the history of a check."""

    at: datetime
    is_ok: bool
    status: int
    duration_ms: float
    connect_ms: float
    certificate_days: int | None
    region: str
    failed: str
    detail: str
