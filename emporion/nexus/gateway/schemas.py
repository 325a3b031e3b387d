"""What programs send to and read from the gateway's control plane; amounts are US dollars as exact decimals in text."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from ninja import Field, Schema

from emporion.gateway.routing.orders import NewApi, NewBudget, NewRoute
from emporion.gateway.routing.rules import picos_of, usd_of
from emporion.gateway.routing.types import (
    ApiView,
    BudgetPeriod,
    BudgetScope,
    BudgetView,
    Calls,
    KeyView,
    NewKey,
    Protocol,
    RouteMode,
    RouteTarget,
    RouteView,
)
from emporion.plumbing.schemas import Exact

OF_EACH_PROCESS = "0 is no limit. Each process of the gateway counts for itself: N processes let N times as much pass."


class ApiIn(Exact):
    """An API to register; what is empty is taken from its preset."""

    preset: str = Field(default="http", max_length=30)
    name: str = Field(default="", max_length=80)
    base_url: str = Field(default="", max_length=500)
    secret: str = Field(default="", max_length=4000)
    protocol: Protocol | None = None
    auth_header: str = Field(default="", max_length=60)
    auth_prefix: str | None = Field(default=None, max_length=20)
    status_page_url: str = Field(default="", max_length=500)
    is_unchecked: bool = False

    def api(self) -> NewApi:
        """As the verb takes it."""
        return NewApi(**self.dict())


class ApiOut(Schema):
    """A registered API; never its secret."""

    id: UUID
    name: str
    slug: str
    address: str
    protocol: Protocol
    base_url: str
    secret_hint: str
    timeout_seconds: int
    body_days: int
    is_paused: bool
    created_at: datetime
    first_call_at: datetime | None
    warning: str = ""


def api_out(view: ApiView, *, server: str, warning: str = "") -> ApiOut:
    """An API as programs read it."""
    return ApiOut(
        id=view.id,
        name=view.name,
        slug=view.slug,
        address=f"{server}/gateway/{view.slug}/",
        protocol=view.protocol,
        base_url=view.base_url,
        secret_hint=view.secret_hint,
        timeout_seconds=view.timeout_seconds,
        body_days=view.body_days,
        is_paused=view.is_paused,
        created_at=view.created_at,
        first_call_at=view.first_call_at,
        warning=warning,
    )


class KeyIn(Exact):
    """A key to make; `api_ids` empty opens every API of the project, limits of 0 are none."""

    name: str = Field(max_length=80)
    team: str = Field(default="", max_length=60)
    feature: str = Field(default="", max_length=60)
    environment: str = Field(default="", max_length=30)
    api_ids: list[UUID] = []
    requests_per_minute: int = Field(default=0, ge=0, description=OF_EACH_PROCESS)
    tokens_per_minute: int = Field(default=0, ge=0, description=OF_EACH_PROCESS)
    expires_at: datetime | None = None

    def key(self) -> NewKey:
        """As the verb takes it."""
        return NewKey(**{**self.dict(), "api_ids": tuple(self.api_ids)})


class KeyOut(Schema):
    """A key; `key` is there once, when it is made."""

    id: UUID
    name: str
    prefix: str
    team: str
    feature: str
    environment: str
    api_ids: list[UUID]
    requests_per_minute: int
    tokens_per_minute: int
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    key: str = ""


def key_out(view: KeyView, *, plaintext: str = "") -> KeyOut:
    """A key as programs read it."""
    return KeyOut(
        id=view.id,
        name=view.name,
        prefix=view.prefix,
        team=view.team,
        feature=view.feature,
        environment=view.environment,
        api_ids=list(view.api_ids),
        requests_per_minute=view.requests_per_minute,
        tokens_per_minute=view.tokens_per_minute,
        created_at=view.created_at,
        expires_at=view.expires_at,
        last_used_at=view.last_used_at,
        key=plaintext,
    )


class TargetIO(Exact):
    """Where a route sends calls; `model` empty keeps the one that was asked for."""

    api_id: UUID
    model: str = Field(default="", max_length=120)


class RouteIn(Exact):
    """What is to happen to calls; which fields count depends on the mode."""

    api_id: UUID
    mode: RouteMode
    model: str = Field(default="", max_length=120)
    feature: str = Field(default="", max_length=60)
    targets: list[TargetIO] = Field(default=[], max_length=5)
    percent: int = 100
    per_minute: int = Field(default=0, ge=0)
    wait_seconds: int = Field(default=10, ge=0)
    until: datetime | None = None
    note: str = Field(default="", max_length=200)

    def route(self) -> NewRoute:
        """As the verb takes it."""
        return NewRoute(
            calls=Calls(api_id=self.api_id, model=self.model, feature=self.feature),
            mode=self.mode,
            targets=tuple(RouteTarget(api_id=one.api_id, model=one.model) for one in self.targets),
            percent=self.percent,
            per_minute=self.per_minute,
            wait_seconds=self.wait_seconds,
            until=self.until,
            note=self.note,
        )


class RouteOut(Schema):
    """A route; `sentence` says in plain words what it does."""

    id: UUID
    api_id: UUID
    mode: RouteMode
    model: str
    feature: str
    targets: list[TargetIO]
    percent: int
    per_minute: int
    until: datetime | None
    note: str
    set_by: str
    set_at: datetime
    withdrawn_at: datetime | None
    is_in_force: bool
    sentence: str


def route_out(view: RouteView) -> RouteOut:
    """A route as programs read it."""
    return RouteOut(
        id=view.id,
        api_id=view.api_id,
        mode=view.mode,
        model=view.model,
        feature=view.feature,
        targets=[TargetIO(api_id=one.api_id, model=one.model) for one in view.targets],
        percent=view.percent,
        per_minute=view.per_minute,
        until=view.until,
        note=view.note,
        set_by=view.set_by,
        set_at=view.set_at,
        withdrawn_at=view.withdrawn_at,
        is_in_force=view.is_in_force,
        sentence=view.sentence,
    )


class BudgetIn(Exact):
    """A budget to set; `value` names the team or feature, or is the id of the key or API."""

    scope: BudgetScope
    value: str = Field(default="", max_length=80)
    period: BudgetPeriod = BudgetPeriod.MONTH
    limit_usd: Decimal = Field(gt=0, max_digits=24, decimal_places=12)
    is_hard: bool = False
    shares: list[int] = Field(default=[50, 80, 90, 100], max_length=20)

    def budget(self) -> NewBudget:
        """As the verb takes it."""
        return NewBudget(
            scope=self.scope,
            value=self.value,
            period=self.period,
            limit_picos=picos_of(self.limit_usd),
            is_hard=self.is_hard,
            shares=tuple(self.shares),
        )


class BudgetOut(Schema):
    """A budget with what was spent of it, as last counted."""

    id: UUID
    scope: BudgetScope
    value: str
    name: str
    period: BudgetPeriod
    limit_usd: str
    spent_usd: str
    forecast_usd: str | None
    is_hard: bool
    shares: list[int]
    period_start: datetime | None
    period_end: datetime | None
    counted_at: datetime | None


def budget_out(view: BudgetView) -> BudgetOut:
    """A budget as programs read it."""
    return BudgetOut(
        id=view.id,
        scope=view.scope,
        value=view.value,
        name=view.name,
        period=view.period,
        limit_usd=f"{usd_of(view.limit_picos):f}",
        spent_usd=f"{usd_of(view.spent_picos):f}",
        forecast_usd=None if view.forecast_picos is None else f"{usd_of(view.forecast_picos):f}",
        is_hard=view.is_hard,
        shares=list(view.shares),
        period_start=view.period_start,
        period_end=view.period_end,
        counted_at=view.counted_at,
    )
