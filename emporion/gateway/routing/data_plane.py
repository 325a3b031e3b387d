"""What the data plane is told: every API, key, route, cache and budget in force, whoever owns it."""

import hmac
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db.models import Q

from emporion.gateway.routing.models import Api, Budget, Cache, GatewayKey, Route
from emporion.gateway.routing.types import (
    BudgetPeriod,
    BudgetRule,
    BudgetScope,
    CachePolicy,
    Caller,
    KeyGrant,
    Protocol,
    RouteMode,
    RouteRule,
    RouteTarget,
    Upstream,
)
from emporion.plumbing import secrets


def upstreams() -> tuple[Upstream, ...]:
    """Every API that calls can be sent to, with what opens it, still encrypted."""
    return tuple(one for row in Api.objects.filter(removed_at=None) if (one := _upstream(row)) is not None)


def grants(callers: Iterable[Caller], now: datetime) -> tuple[KeyGrant, ...]:
    """Every key that opens something: those of people, and those of the agents, which nobody sees."""
    living = GatewayKey.objects.filter(Q(expires_at=None) | Q(expires_at__gt=now), revoked_at=None)
    return (*(grant(row) for row in living), *(_grant_of_agent(caller) for caller in callers))


def rules(now: datetime) -> tuple[RouteRule, ...]:
    """Every route in force, in the order in which they were set, so that the last word is the last one."""
    rows = Route.objects.in_force(now).filter(api__removed_at=None).order_by("set_at")
    return tuple(
        RouteRule(
            route_id=row.pk,
            organisation_id=row.organisation_id,
            project_id=row.project_id,
            api_id=row.api_id,
            mode=RouteMode(row.mode),
            model=row.model,
            feature=row.feature,
            targets=tuple(RouteTarget(api_id=UUID(one["api_id"]), model=one["model"]) for one in row.targets),
            percent=row.percent,
            per_minute=row.per_minute,
            wait_seconds=row.wait_seconds,
            until=row.until,
        )
        for row in rows
    )


def caches() -> tuple[CachePolicy, ...]:
    """Whose answers are kept."""
    rows = Cache.objects.filter(api__removed_at=None)
    return tuple(CachePolicy(api_id=row.api_id, seconds=row.seconds, feature=row.feature) for row in rows)


def budgets() -> tuple[BudgetRule, ...]:
    """How much may be spent."""
    return tuple(
        BudgetRule(
            budget_id=row.pk,
            organisation_id=row.organisation_id,
            project_id=row.project_id,
            scope=BudgetScope(row.scope),
            value=row.value,
            period=BudgetPeriod(row.period),
            limit_picos=int(row.limit_picos),
            is_hard=row.is_hard,
            counted_picos=min(int(row.spent_picos), 2**63 - 1),
            counted_from=row.period_start,
        )
        for row in Budget.objects.filter(removed_at=None)
    )


def platform_protocol() -> Protocol:
    """What the operator's model speaks."""
    return Protocol.ANTHROPIC if settings.ENVIRONMENT.model_protocol == "anthropic" else Protocol.OPENAI


def key_of_agent(agent_id: UUID) -> str:
    """The key with which an agent calls its model: worked out anew whenever it is needed, kept nowhere."""
    derived = hmac.digest(settings.SECRET_KEY.encode(), f"emporion:agent-key:v1:{agent_id}".encode(), "sha256")
    return f"emp_in_{derived.hex()}"


def _grant_of_agent(caller: Caller) -> KeyGrant:
    return KeyGrant(
        key_id=caller.agent_id,
        digest=secrets.digest(key_of_agent(caller.agent_id)),
        organisation_id=caller.organisation_id,
        project_id=caller.project_id,
        name=caller.name,
        feature=caller.name,
        environment="production",
        agent_id=caller.agent_id,
    )


def grant(row: GatewayKey) -> KeyGrant:
    """What a key opens, as the data plane is told."""
    return KeyGrant(
        key_id=row.pk,
        digest=row.digest,
        organisation_id=row.organisation_id,
        project_id=row.project_id,
        name=row.name,
        team=row.team,
        feature=row.feature,
        environment=row.environment,
        api_ids=tuple(UUID(one) for one in row.api_ids),
        requests_per_minute=row.requests_per_minute,
        tokens_per_minute=row.tokens_per_minute,
        expires_at=row.expires_at,
    )


def _upstream(row: Api) -> Upstream | None:
    if row.is_platform:
        return _platform(row)
    return Upstream(
        api_id=row.pk,
        organisation_id=row.organisation_id,
        project_id=row.project_id,
        slug=row.slug,
        protocol=Protocol(row.protocol),
        base_url=row.base_url,
        provider=row.provider,
        secret=row.secret,
        auth_header=row.auth_header.lower(),
        auth_prefix=row.auth_prefix,
        headers=row.headers,
        timeout_seconds=row.timeout_seconds,
        body_days=row.body_days,
        is_paused=row.paused_at is not None,
    )


def _platform(row: Api) -> Upstream | None:
    """The operator's model as it is configured now; None where none is."""
    environment = settings.ENVIRONMENT
    if not environment.model_name:
        return None
    protocol = platform_protocol()
    is_anthropic = protocol is Protocol.ANTHROPIC
    address = environment.model_url or ("https://api.anthropic.com" if is_anthropic else "https://api.openai.com/v1")
    return Upstream(
        api_id=row.pk,
        organisation_id=row.organisation_id,
        project_id=row.project_id,
        slug=row.slug,
        protocol=protocol,
        base_url=address.rstrip("/").removesuffix("/v1"),
        provider="anthropic" if is_anthropic else "openai",
        secret=secrets.encrypt(environment.model_key) if environment.model_key else "",
        auth_header="x-api-key" if is_anthropic else "authorization",
        auth_prefix="" if is_anthropic else "Bearer ",
        timeout_seconds=row.timeout_seconds,
        is_internal=True,
        is_for_agents=True,
        is_paused=row.paused_at is not None,
    )
