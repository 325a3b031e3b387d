"""What others may want to know of the gateway: that it changed, that an API came or went, that a budget is used up."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayChanged:
    """Something that the data plane follows was changed, so that it must be told; None stands for a whole organisation."""

    project_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiRegistered:
    """An API can be called through the gateway, or came back after it was removed."""

    api_id: UUID
    organisation_id: UUID
    project_id: UUID
    name: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiRemoved:
    """An API is no longer called through the gateway; what was recorded of it stays."""

    api_id: UUID
    organisation_id: UUID
    project_id: UUID
    name: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusPageNamed:
    """Somebody said where the provider of an API tells of its troubles; `before` is where that was until now."""

    api_id: UUID
    organisation_id: UUID
    project_id: UUID
    name: str
    url: str
    before: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetReached:
    """A share of a budget is spent, told once in each of its periods; `project_id` is None for one of the whole organisation."""

    budget_id: UUID
    organisation_id: UUID
    project_id: UUID | None
    share_percent: int
    limit_picos: int
    spent_picos: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteChanged:
    """A person, or a suggestion that a person took, changed where calls go; `verb` is set, withdrawn or restored."""

    route_id: UUID
    api_id: UUID
    organisation_id: UUID
    project_id: UUID
    verb: str
    sentence: str
    by: str
    at: datetime
