"""Reading what the gateway's control plane knows; every question begins at the actor, except the data plane's own."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from emporion.gateway.routing.data_plane import grant, key_of_agent
from emporion.gateway.routing.errors import ApiNotFound, BudgetNotFound, RouteNotFound
from emporion.gateway.routing.models import Api, Budget, Cache, CallImport, GatewayKey, Route, RouteQuerySet
from emporion.gateway.routing.presets import preset_of
from emporion.gateway.routing.rules import forecast, period_of
from emporion.gateway.routing.spending import spent_by
from emporion.gateway.routing.types import (
    ApiView,
    BudgetPeriod,
    BudgetScope,
    BudgetView,
    CacheView,
    ImportView,
    KeyGrant,
    KeyView,
    Protocol,
    RouteMode,
    RouteView,
    TargetView,
)
from emporion.gateway.routing.wording import budget_name, narrowed, route_sentence
from emporion.plumbing.parsing import uuid_of
from emporion.plumbing.rules import REVOKED_FOR_GOOD
from emporion.plumbing.secrets import digest
from emporion.plumbing.types import Actor, Permission

__all__ = [
    "api_of",
    "apis_of",
    "budget_now",
    "budget_of",
    "budgets_of",
    "caches_of",
    "ended_routes",
    "grant_of",
    "had_keys",
    "imports_of",
    "key_of_agent",
    "keys_of",
    "names_of",
    "platform_slug",
    "removed_api",
    "revoked_key",
    "route_of",
    "routes_of",
]
MOST_ENDED_ROUTES = 20


def apis_of(actor: Actor, project_id: UUID) -> list[ApiView]:
    """The APIs of a project, by name."""
    actor.require(Permission.VIEW, project_id)
    return [api_view(row) for row in Api.objects.of(actor).filter(project_id=project_id)]


def has_apis(actor: Actor, project_id: UUID) -> bool:
    """Whether a project depends on any API."""
    actor.require(Permission.VIEW, project_id)
    return Api.objects.of(actor).filter(project_id=project_id).exists()


def api_of(actor: Actor, api_id: UUID) -> ApiView:
    """One API that the actor sees; ApiNotFound otherwise."""
    row = Api.objects.of(actor).filter(pk=api_id).first()
    if row is None:
        raise ApiNotFound(api_id=api_id)
    return api_view(row)


def removed_api(actor: Actor, api_id: UUID | None) -> ApiView | None:
    """An API that was removed and could come back, where the actor may bring it back."""
    if api_id is None or actor.organisation_id is None:
        return None
    row = Api.objects.filter(organisation_id=actor.organisation_id, pk=api_id).exclude(removed_at=None).first()
    return api_view(row) if row and actor.may(Permission.CONFIGURE, row.project_id) else None


def names_of(actor: Actor, project_id: UUID) -> Mapping[UUID, str]:
    """The names of all APIs that a project has or had, for what was recorded of them."""
    actor.require(Permission.VIEW, project_id)
    return dict(Api.objects.filter(organisation_id=actor.organisation, project_id=project_id).values_list("id", "name"))


def keys_of(actor: Actor, project_id: UUID, *, now: datetime) -> list[KeyView]:
    """The living keys of a project, newest first; an expired one is shown until it is revoked."""
    actor.require(Permission.VIEW, project_id)
    return key_views(
        GatewayKey.objects.filter(organisation_id=actor.organisation, project_id=project_id, revoked_at=None), now=now
    )


def revoked_key(actor: Actor, project_id: UUID, key_id: UUID | None, *, now: datetime) -> KeyView | None:
    """A key of the project that was just revoked and can still be brought back."""
    if key_id is None:
        return None
    rows = GatewayKey.objects.filter(organisation_id=actor.organisation, project_id=project_id, pk=key_id)
    return next(iter(key_views(rows.filter(revoked_at__gte=now - REVOKED_FOR_GOOD), now=now)), None)


def had_keys(actor: Actor, project_id: UUID) -> bool:
    """Whether the project has a key, or had one."""
    return GatewayKey.objects.filter(organisation_id=actor.organisation, project_id=project_id).exists()


def grant_of(*, secret: str, now: datetime) -> KeyGrant | None:
    """What a key of ours opens, for doors of the control plane at which programs knock; nothing for one that is over."""
    living = GatewayKey.objects.filter(Q(expires_at=None) | Q(expires_at__gt=now), digest=digest(secret), revoked_at=None)
    row = living.first()
    return grant(row) if row else None


def routes_of(actor: Actor, project_id: UUID, *, now: datetime) -> list[RouteView]:
    """The routes that are in force in a project, newest first."""
    actor.require(Permission.VIEW, project_id)
    return route_views(_routes(actor, project_id).in_force(now), now=now)


def ended_routes(actor: Actor, project_id: UUID, *, now: datetime) -> list[RouteView]:
    """The routes that were in force last, the one that ended last first."""
    actor.require(Permission.VIEW, project_id)
    living = Route.objects.in_force(now).values("pk")
    views = route_views(_routes(actor, project_id).exclude(pk__in=living)[:MOST_ENDED_ROUTES], now=now)
    return sorted(views, key=lambda one: one.withdrawn_at or one.until or one.set_at, reverse=True)


def route_of(actor: Actor, route_id: UUID, *, now: datetime) -> RouteView:
    """One route that the actor sees; RouteNotFound otherwise."""
    row = Route.objects.select_related("api").filter(organisation_id=actor.organisation, pk=route_id).first()
    if row is None or not actor.sees_project(row.project_id):
        raise RouteNotFound(route_id=route_id)
    return route_views([row], now=now)[0]


def caches_of(actor: Actor, project_id: UUID) -> list[CacheView]:
    """Whose answers are kept in a project."""
    actor.require(Permission.VIEW, project_id)
    rows = Cache.objects.select_related("api").filter(organisation_id=actor.organisation, project_id=project_id)
    return [cache_view(row) for row in rows]


def imports_of(actor: Actor, project_id: UUID) -> list[ImportView]:
    """The files of calls that were brought in, newest first."""
    actor.require(Permission.VIEW, project_id)
    rows = CallImport.objects.select_related("api").filter(organisation_id=actor.organisation, project_id=project_id)
    return [import_view(row) for row in rows[:MOST_ENDED_ROUTES]]


def budgets_of(actor: Actor, project_id: UUID, *, now: datetime) -> list[BudgetView]:
    """The budgets of a project and, for who sees the whole organisation, those of the organisation."""
    actor.require(Permission.VIEW, project_id)
    rows = Budget.objects.filter(organisation_id=actor.organisation, removed_at=None)
    own = [row for row in rows if row.project_id == project_id or (row.project_id is None and _sees_whole(actor))]
    return budget_views(own, now=now)


def budget_now(actor: Actor, budget: BudgetView, *, now: datetime) -> BudgetView:
    """A budget with what was spent up to this moment, for a page that shows other costs of it, too. StoreUnavailable."""
    row = Budget.objects.get(organisation_id=actor.organisation, pk=budget.id)
    start, end = period_of(budget.period, now)
    spent = spent_by(row, start)
    return replace(budget, spent_picos=spent, forecast_picos=forecast(spent, start=start, end=end, at=now))


def budget_of(actor: Actor, budget_id: UUID, *, now: datetime) -> BudgetView:
    """One budget that the actor sees, also one that was removed; BudgetNotFound otherwise."""
    row = Budget.objects.filter(organisation_id=actor.organisation, pk=budget_id).first()
    if row is None or not (_sees_whole(actor) if row.project_id is None else actor.sees_project(row.project_id)):
        raise BudgetNotFound(budget_id=budget_id)
    return budget_views([row], now=now)[0]


def platform_slug(project_id: UUID) -> str | None:
    """The name in the gateway's addresses of the operator's model, as the agents of a project call it."""
    return Api.objects.filter(project_id=project_id, is_platform=True, removed_at=None).values_list("slug", flat=True).first()


def _sees_whole(actor: Actor) -> bool:
    return actor.may(Permission.MANAGE_PROJECTS)


def _routes(actor: Actor, project_id: UUID) -> RouteQuerySet:
    return Route.objects.select_related("api").filter(organisation_id=actor.organisation, project_id=project_id)


def api_view(row: Api) -> ApiView:
    """An API as its people see it."""
    preset = preset_of(row.template)
    return ApiView(
        id=row.pk,
        organisation_id=row.organisation_id,
        project_id=row.project_id,
        slug=row.slug,
        name=row.name,
        template=row.template,
        protocol=Protocol(row.protocol),
        base_url=row.base_url,
        provider=row.provider,
        tile=preset.tile,
        status_page_url=row.status_page_url,
        docs_url=preset.docs_url,
        secret_hint=row.secret_hint,
        timeout_seconds=row.timeout_seconds,
        body_days=row.body_days,
        is_platform=row.is_platform,
        is_paused=row.paused_at is not None,
        created_by=row.created_by,
        created_at=row.created_at,
        checked_at=row.checked_at,
        rotated_at=row.rotated_at,
        first_call_at=row.first_call_at,
        removed_at=row.removed_at,
    )


def key_views(rows: Iterable[GatewayKey], *, now: datetime) -> list[KeyView]:
    """Keys as their people see them; the names of their APIs are asked for once."""
    found = list(rows)
    ids = {api_id for row in found for api_id in row.api_ids}
    names = {str(pk): name for pk, name in Api.objects.filter(pk__in=ids).values_list("id", "name")}
    return [
        KeyView(
            id=row.pk,
            project_id=row.project_id,
            name=row.name,
            prefix=row.prefix,
            team=row.team,
            feature=row.feature,
            environment=row.environment,
            api_ids=tuple(UUID(one) for one in row.api_ids),
            api_names=tuple(names.get(one, one) for one in row.api_ids),
            requests_per_minute=row.requests_per_minute,
            tokens_per_minute=row.tokens_per_minute,
            created_by=row.created_by,
            created_at=row.created_at,
            expires_at=row.expires_at,
            last_used_at=row.last_used_at,
            revoked_at=row.revoked_at,
            is_expired=row.expires_at is not None and row.expires_at <= now,
        )
        for row in found
    ]


def route_views(rows: Iterable[Route], *, now: datetime) -> list[RouteView]:
    """Routes as their people see them; the names of their targets are asked for once."""
    found = list(rows)
    ids = {target["api_id"] for row in found for target in row.targets}
    names = {str(pk): name for pk, name in Api.objects.filter(pk__in=ids).values_list("id", "name")}
    return [_route_view(row, names, now) for row in found]


def _route_view(row: Route, names: Mapping[str, str], now: datetime) -> RouteView:
    mode = RouteMode(row.mode)
    targets = tuple(
        TargetView(api_id=UUID(one["api_id"]), name=names.get(one["api_id"], ""), model=one["model"]) for one in row.targets
    )
    amount = row.per_minute if mode is RouteMode.SLOW else row.percent
    which = narrowed(row.model, row.feature)
    return RouteView(
        id=row.pk,
        organisation_id=row.organisation_id,
        project_id=row.project_id,
        api_id=row.api_id,
        api_name=row.api.name,
        mode=mode,
        model=row.model,
        feature=row.feature,
        targets=targets,
        percent=row.percent,
        per_minute=row.per_minute,
        wait_seconds=row.wait_seconds,
        until=row.until,
        note=row.note,
        set_by=row.set_by,
        set_at=row.set_at,
        withdrawn_by=row.withdrawn_by,
        withdrawn_at=row.withdrawn_at,
        is_in_force=row.withdrawn_at is None and (row.until is None or row.until > now),
        sentence=route_sentence(mode, api=row.api.name, which=which, targets=targets, amount=amount),
    )


def cache_view(row: Cache) -> CacheView:
    """A cache as its people see it."""
    return CacheView(
        id=row.pk,
        project_id=row.project_id,
        api_id=row.api_id,
        api_name=row.api.name,
        feature=row.feature,
        seconds=row.seconds,
        set_by=row.set_by,
        set_at=row.set_at,
    )


def import_view(row: CallImport) -> ImportView:
    """An import as its people see it."""
    return ImportView(
        id=row.pk,
        api_id=row.api_id,
        api_name=row.api.name,
        name=row.name,
        calls=row.calls,
        cost_picos=int(row.cost_picos),
        first_at=row.first_at,
        last_at=row.last_at,
        imported_by=row.imported_by,
        imported_at=row.imported_at,
    )


def budget_views(rows: Sequence[Budget], *, now: datetime) -> list[BudgetView]:
    """Budgets as their people see them; what was counted in an earlier period counts for nothing in this one."""
    names = _names_of_values(rows)
    return [_budget_view(row, names.get(row.value, row.value), now) for row in rows]


def _names_of_values(rows: Sequence[Budget]) -> dict[str, str]:
    named = [uuid_of(row.value) for row in rows if row.scope in {BudgetScope.KEY, BudgetScope.API}]
    ids = [one for one in named if one is not None]
    pairs = [*Api.objects.filter(pk__in=ids).values_list("id", "name")]
    pairs += [*GatewayKey.objects.filter(pk__in=ids).values_list("id", "name")]
    return {str(pk): name for pk, name in pairs}


def _budget_view(row: Budget, value: str, now: datetime) -> BudgetView:
    period = BudgetPeriod(row.period)
    start, end = period_of(period, now)
    spent = int(row.spent_picos) if row.period_start == start else 0
    return BudgetView(
        id=row.pk,
        organisation_id=row.organisation_id,
        project_id=row.project_id,
        scope=BudgetScope(row.scope),
        value=row.value,
        name=budget_name(BudgetScope(row.scope), value),
        period=period,
        limit_picos=int(row.limit_picos),
        is_hard=row.is_hard,
        shares=tuple(row.shares),
        spent_picos=spent,
        forecast_picos=forecast(spent, start=start, end=end, at=now),
        period_start=start if end else None,
        period_end=end,
        counted_at=row.counted_at,
        created_by=row.created_by,
        created_at=row.created_at,
    )
