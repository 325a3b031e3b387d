"""The gateway's control plane for programs: they can do what the pages do."""

from datetime import datetime
from typing import cast
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest
from ninja import Router, Status

from emporion.accounts.access import ActorRequest, PersonOrToken
from emporion.gateway.routing import actions, queries
from emporion.kernel.clock import utcnow
from emporion.kernel.errors import Invalid
from emporion.nexus.gateway.schemas import (
    ApiIn,
    ApiOut,
    BudgetIn,
    BudgetOut,
    KeyIn,
    KeyOut,
    RouteIn,
    RouteOut,
    api_out,
    budget_out,
    key_out,
    route_out,
)
from emporion.plumbing.problems import fields_called
from emporion.plumbing.types import Actor

router = Router(tags=["nexus"], auth=PersonOrToken())


@router.get("/nexus/projects/{uuid:project_id}/apis", response=list[ApiOut], url_name="nexus-apis")
def apis(request: HttpRequest, project_id: UUID) -> list[ApiOut]:
    """The APIs of a project, with the address to call."""
    return [api_out(one, server=settings.SITE_URL) for one in queries.apis_of(_actor(request), project_id)]


@router.post("/nexus/projects/{uuid:project_id}/apis", response={201: ApiOut}, url_name="nexus-apis")
def register(request: HttpRequest, project_id: UUID, body: ApiIn) -> Status[ApiOut]:
    """Register an API after a test call; what is wrong is named, and nothing is kept then."""
    api, warning = actions.register_api(api=body.api(), project_id=project_id, actor=_actor(request), now=utcnow())
    return Status(201, api_out(api, server=settings.SITE_URL, warning=warning))


@router.delete("/nexus/apis/{uuid:api_id}", response={204: None}, url_name="nexus-api")
def remove(request: HttpRequest, api_id: UUID) -> Status[None]:
    """Take an API away; its page can bring it back."""
    actions.remove_api(api_id=api_id, actor=_actor(request), now=utcnow())
    return Status(204, None)


@router.get("/nexus/projects/{uuid:project_id}/keys", response=list[KeyOut], url_name="nexus-keys")
def keys(request: HttpRequest, project_id: UUID) -> list[KeyOut]:
    """The living keys of a project, without their secret part."""
    return [key_out(one) for one in queries.keys_of(_actor(request), project_id, now=utcnow())]


@router.post("/nexus/projects/{uuid:project_id}/keys", response={201: KeyOut}, url_name="nexus-keys")
def make_key(request: HttpRequest, project_id: UUID, body: KeyIn) -> Status[KeyOut]:
    """Make a key; `key` in the answer is the only time that it is told."""
    _aware(body.expires_at, "expires_at")
    made = actions.create_key(key=body.key(), project_id=project_id, actor=_actor(request), now=utcnow())
    return Status(201, key_out(made.view, plaintext=made.plaintext))


@router.delete("/nexus/keys/{uuid:key_id}", response={204: None}, url_name="gateway-key")
def revoke(request: HttpRequest, key_id: UUID) -> Status[None]:
    """End a key."""
    actions.revoke_key(key_id=key_id, actor=_actor(request), now=utcnow())
    return Status(204, None)


@router.get("/nexus/projects/{uuid:project_id}/routes", response=list[RouteOut], url_name="nexus-routes")
def routes(request: HttpRequest, project_id: UUID) -> list[RouteOut]:
    """The routes in force."""
    return [route_out(one) for one in queries.routes_of(_actor(request), project_id, now=utcnow())]


@router.post("/nexus/routes", response={201: RouteOut}, url_name="nexus-route")
def set_route(request: HttpRequest, body: RouteIn) -> Status[RouteOut]:
    """Put a route in force; one of the same mode for the same calls gives way."""
    _aware(body.until, "until")
    with fields_called({"to_api": "targets"}):
        made = actions.save_route(route=body.route(), actor=_actor(request), now=utcnow())
    return Status(201, route_out(made))


@router.delete("/nexus/routes/{uuid:route_id}", response=RouteOut, url_name="nexus-withdraw")
def withdraw(request: HttpRequest, route_id: UUID) -> RouteOut:
    """End a route."""
    return route_out(actions.withdraw_route(route_id=route_id, actor=_actor(request), now=utcnow()))


@router.get("/nexus/projects/{uuid:project_id}/budgets", response=list[BudgetOut], url_name="nexus-budgets")
def budgets(request: HttpRequest, project_id: UUID) -> list[BudgetOut]:
    """The budgets of a project, with what is spent and where it ends."""
    return [budget_out(one) for one in queries.budgets_of(_actor(request), project_id, now=utcnow())]


@router.post("/nexus/projects/{uuid:project_id}/budgets", response={201: BudgetOut}, url_name="nexus-budgets")
def set_budget(request: HttpRequest, project_id: UUID, body: BudgetIn) -> Status[BudgetOut]:
    """Set a budget."""
    with fields_called({"limit": "limit_usd"}):
        made = actions.save_budget(budget=body.budget(), project_id=project_id, actor=_actor(request), now=utcnow())
    return Status(201, budget_out(made))


@router.delete("/nexus/budgets/{uuid:budget_id}", response={204: None}, url_name="nexus-budget")
def remove_budget(request: HttpRequest, budget_id: UUID) -> Status[None]:
    """Take a budget away."""
    actions.remove_budget(budget_id=budget_id, actor=_actor(request), now=utcnow())
    return Status(204, None)


def _actor(request: HttpRequest) -> Actor:
    return cast("ActorRequest", request).actor


def _aware(moment: datetime | None, field: str) -> None:
    if moment is not None and moment.tzinfo is None:
        raise Invalid(f"`{field}` needs its offset from UTC, for example 2026-10-25T08:00:00Z.", field=field)
