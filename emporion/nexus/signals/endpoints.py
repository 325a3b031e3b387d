"""What other systems send: deploys of pipelines, and the webhooks of GitHub, GitLab, Alertmanager and Grafana.

Plain views instead of a described API: each sender has a shape of its own, and the address or the key says whose it is.
"""

from dataclasses import replace
from http import HTTPStatus
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from emporion.accounts.access import ActorRequest, anonymous_ok
from emporion.gateway.routing import queries as gateway
from emporion.kernel.clock import utcnow
from emporion.nexus.signals import actions, receiving
from emporion.nexus.signals.alert_shapes import alerts_of
from emporion.nexus.signals.deploy_shapes import deploy_of
from emporion.nexus.signals.errors import DeployUnreadable, KeyRefused
from emporion.plumbing.limits import Window, count
from emporion.plumbing.parsing import uuid_of
from emporion.plumbing.problems import problem
from emporion.plumbing.types import Actor, ActorKind, Role

WEBHOOKS = Window(scope="nexus-webhooks", limit=600, seconds=60)


@csrf_exempt  # known by its token or key, never by a session
@require_POST
@anonymous_ok
def mark_deploy(request: ActorRequest) -> HttpResponse:
    """A pipeline says that a version went live: 201, and 200 for a webhook of another step."""
    actor = _actor(request)
    if actor is None:
        title = "We do not know who is asking."
        step = "Send an API token or a gateway key as `Authorization: Bearer …`."
        return problem(HTTPStatus.UNAUTHORIZED, kind="unauthenticated", title=title, next_step=step)
    return _marked(request, actor, _project(request, actor))


@csrf_exempt
@require_POST
@anonymous_ok
def deploy_webhook(request: HttpRequest, token: str) -> HttpResponse:
    """A webhook of GitHub or GitLab, which carry no key of ours, at an address that only they know."""
    receiver = receiving.receiver_of(token)
    count(WEBHOOKS, str(receiver.pk), now=utcnow())
    return _marked(request, receiving.actor_of(receiver), receiver.project_id)


@csrf_exempt
@require_POST
@anonymous_ok
def alertmanager(request: HttpRequest, token: str) -> HttpResponse:
    """A webhook of Alertmanager (version 4) or Grafana: everything in it is kept when this answers."""
    receiver, now = receiving.receiver_of(token), utcnow()
    count(WEBHOOKS, str(receiver.pk), now=now)
    alerts = alerts_of(request.body, now)
    changed = receiving.receive_alerts(token=token, alerts=alerts, now=now)
    return JsonResponse({"status": "ok", "alerts": len(alerts), "changed": changed})


def _marked(request: HttpRequest, actor: Actor, project_id: UUID) -> HttpResponse:
    deploy = deploy_of(request.body, request.headers)
    if deploy is None:
        return JsonResponse({"status": "ignored", "reason": "This step is not one that went live."})
    if key := request.headers.get("Idempotency-Key", "").strip():
        deploy = replace(deploy, key=key[:200])
    made = actions.mark_deploy(deploy=deploy, project_id=project_id, actor=actor, now=utcnow())
    body = {"id": str(made.id), "service": made.service, "version": made.version, "at": made.at.isoformat()}
    return JsonResponse(body, status=HTTPStatus.CREATED)


def _actor(request: ActorRequest) -> Actor | None:
    """Who asks: an API token's person, or a gateway key, which may do this in its one project."""
    if request.actor.kind is ActorKind.TOKEN:
        return request.actor
    secret = request.headers.get("Authorization", "").removeprefix("Bearer ").strip() or request.headers.get("X-Emporion-Key", "")
    grant = gateway.grant_of(secret=secret, now=utcnow()) if secret else None
    if grant is None:
        return None
    return Actor(
        kind=ActorKind.TOKEN,
        id=grant.key_id,
        name=grant.name,
        organisation_id=grant.organisation_id,
        project_ids=frozenset({grant.project_id}),
        project_roles={grant.project_id: Role.MEMBER},
    )


def _project(request: HttpRequest, actor: Actor) -> UUID:
    """The project that is named, or the only one that the actor sees; DeployUnreadable, KeyRefused."""
    if named := request.GET.get("project", ""):
        project_id = uuid_of(named)
        if project_id is None or not actor.sees_project(project_id):
            raise KeyRefused
        return project_id
    if len(actor.project_ids) != 1:
        raise DeployUnreadable("This token sees several projects.", next_step="Name one: ?project=<id>.", field="project")
    return next(iter(actor.project_ids))
