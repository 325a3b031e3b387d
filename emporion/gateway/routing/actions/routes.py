"""Deciding where calls go: the full verb for the page, and the one-tap verbs for who has a fire to put out."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from emporion.accounts.actions import record_audit
from emporion.gateway.routing.actions.apis import own_api
from emporion.gateway.routing.errors import RouteInvalid, RouteNotFound
from emporion.gateway.routing.events import GatewayChanged, RouteChanged
from emporion.gateway.routing.models import Api, Route
from emporion.gateway.routing.orders import NewRoute
from emporion.gateway.routing.queries import route_views
from emporion.gateway.routing.rules import check_route
from emporion.gateway.routing.types import Calls, RouteMode, RouteTarget, RouteView
from emporion.plumbing.actions import publish
from emporion.plumbing.types import Actor, Permission

MOST_ROUTES = 500  # in force in a project: every edge process reads all of them


def divert(
    *, calls: Calls, to: RouteTarget, percent: int = 100, until: datetime | None = None, actor: Actor, now: datetime
) -> RouteView:
    """Sends a share of calls elsewhere at once; in the place of an earlier diversion of the same calls."""
    route = NewRoute(calls=calls, mode=RouteMode.DIVERT, targets=(to,), percent=percent, until=until)
    return save_route(route=route, actor=actor, now=now)


def shed(*, calls: Calls, percent: int, until: datetime | None = None, actor: Actor, now: datetime) -> RouteView:
    """Refuses a share of calls at once, with the reason, so that the others get through."""
    return save_route(route=NewRoute(calls=calls, mode=RouteMode.SHED, percent=percent, until=until), actor=actor, now=now)


def slow(*, calls: Calls, per_minute: int, until: datetime | None = None, actor: Actor, now: datetime) -> RouteView:
    """Lets through only so many calls a minute; the others wait a little."""
    route = NewRoute(calls=calls, mode=RouteMode.SLOW, per_minute=per_minute, until=until)
    return save_route(route=route, actor=actor, now=now)


def save_route(*, route: NewRoute, actor: Actor, now: datetime) -> RouteView:
    """Puts a route in force; one of the same mode for the same calls gives way. RouteInvalid names what does not fit."""
    api = _api(route.calls.api_id, actor)
    check_route(route)
    if route.until is not None and route.until <= now:
        raise RouteInvalid("The route would have ended already.", field="until")
    _check_targets(route, api)
    with transaction.atomic():
        same = Route.objects.in_force(now).filter(api=api, mode=route.mode, model=route.calls.model, feature=route.calls.feature)
        replaced = same.first()
        same.update(withdrawn_at=now, withdrawn_by=actor.name[:150])
        if Route.objects.in_force(now).filter(project_id=api.project_id).count() >= MOST_ROUTES:
            raise RouteInvalid("The project has as many routes as it can have.", next_step="Withdraw one that nobody needs.")
        row = Route.objects.create(
            organisation_id=api.organisation_id,
            project_id=api.project_id,
            api=api,
            mode=route.mode,
            model=route.calls.model.strip()[:120],
            feature=route.calls.feature.strip()[:60],
            targets=[{"api_id": str(one.api_id), "model": one.model.strip()} for one in route.targets],
            percent=route.percent,
            per_minute=route.per_minute,
            wait_seconds=route.wait_seconds,
            until=route.until,
            note=route.note.strip()[:200],
            set_by=actor.name[:150],
            set_at=now,
            replaced_id=replaced.pk if replaced else None,
        )
        return _told(row, "set", actor=actor, now=now)


def withdraw_route(*, route_id: UUID, actor: Actor, now: datetime) -> RouteView:
    """Ends a route: calls go as if it had never been."""
    row = _own(route_id, actor)
    with transaction.atomic():
        Route.objects.filter(pk=row.pk, withdrawn_at=None).update(withdrawn_at=now, withdrawn_by=actor.name[:150])
        row.refresh_from_db()
        return _told(row, "withdrawn", actor=actor, now=now)


def undo_route(*, route_id: UUID, actor: Actor, now: datetime) -> RouteView:
    """Takes the last step back: a route in force ends, and the one in whose place it came returns; an ended one returns."""
    row = _own(route_id, actor)
    if row.withdrawn_at is not None:
        with transaction.atomic():
            Route.objects.filter(pk=row.pk).update(withdrawn_at=None, withdrawn_by="")
            row.refresh_from_db()
            return _told(row, "restored", actor=actor, now=now)
    with transaction.atomic():
        if row.replaced_id is not None:
            Route.objects.filter(pk=row.replaced_id).update(withdrawn_at=None, withdrawn_by="")
        return withdraw_route(route_id=route_id, actor=actor, now=now)


def _api(api_id: UUID, actor: Actor) -> Api:
    """The API; the operator's model may be slowed and shed, but by nobody else than who may configure the project."""
    found = Api.objects.of(actor).filter(pk=api_id).first()
    return found if found and found.is_platform and _may(actor, found.project_id) else own_api(api_id, actor)


def _may(actor: Actor, project_id: UUID) -> bool:
    actor.require(Permission.CONFIGURE, project_id)
    return True


def _check_targets(route: NewRoute, api: Api) -> None:
    ids = {target.api_id for target in route.targets}
    known = {one.pk: one for one in Api.objects.filter(project_id=api.project_id, removed_at=None, pk__in=ids)}
    if len(known) != len(ids):
        raise RouteInvalid("One of the targets is no API of this project.", field="to_api")
    if any(one.is_platform for one in known.values()) and not api.is_platform:
        raise RouteInvalid("The model of this installation is for its agents alone.", field="to_api")
    if any(one.protocol != api.protocol for one in known.values()):
        raise RouteInvalid(
            "The target speaks another protocol than the calls that would come.",
            field="to_api",
            next_step="Choose an API of the same kind: OpenAI-compatible for OpenAI-compatible, Anthropic for Anthropic.",
        )


def _own(route_id: UUID, actor: Actor) -> Route:
    found = Route.objects.filter(pk=route_id, organisation_id=actor.organisation).first()
    if found is None or not actor.sees_project(found.project_id):
        raise RouteNotFound(route_id=route_id)
    actor.require(Permission.CONFIGURE, found.project_id)
    return found


def _told(row: Route, verb: str, *, actor: Actor, now: datetime) -> RouteView:
    view = route_views([row], now=now)[0]
    record_audit(actor=actor, verb=verb, object_type="route", object_id=row.pk, detail=view.sentence, now=now)
    publish(GatewayChanged(project_id=row.project_id), now=now)
    publish(
        RouteChanged(
            route_id=row.pk,
            api_id=row.api_id,
            organisation_id=row.organisation_id,
            project_id=row.project_id,
            verb=verb,
            sentence=view.sentence,
            by=actor.name,
            at=now,
        ),
        now=now,
    )
    return view
