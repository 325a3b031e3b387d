"""What people and programs ask of the gateway: a new API, other settings, a route, a cache, a budget."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from emporion.gateway.routing.types import BudgetPeriod, BudgetScope, Calls, Protocol, RouteMode, RouteTarget


@dataclass(frozen=True, slots=True, kw_only=True)
class NewApi:
    """An API to register; what is empty is taken from its preset. `is_unchecked` registers it without the test call."""

    preset: str
    name: str = ""
    base_url: str = ""
    secret: str = ""
    protocol: Protocol | None = None
    auth_header: str = ""
    auth_prefix: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    status_page_url: str = ""
    is_unchecked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiSettings:
    """What can be changed of an API; `body_days` of 0 keeps no bodies."""

    name: str
    base_url: str
    timeout_seconds: int
    body_days: int
    status_page_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRoute:
    """What is to happen to calls; which fields count depends on the mode."""

    calls: Calls
    mode: RouteMode
    targets: tuple[RouteTarget, ...] = ()
    percent: int = 100
    per_minute: int = 0
    wait_seconds: int = 10
    until: datetime | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCache:
    """How long the same question gets the same answer."""

    api_id: UUID
    seconds: int
    feature: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewBudget:
    """How much may be spent; `shares` are the percentages at which it is told."""

    scope: BudgetScope
    value: str = ""
    period: BudgetPeriod = BudgetPeriod.MONTH
    limit_picos: int
    is_hard: bool = False
    shares: tuple[int, ...] = (50, 80, 90, 100)
