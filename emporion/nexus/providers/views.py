"""Pages of providers: which status pages are read, what they tell of, and which APIs they concern."""

from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages as toasts
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from emporion.accounts.access import ActorRequest, current_project_id, signed_in
from emporion.gateway.routing import queries as gateway
from emporion.gateway.routing.types import ApiView
from emporion.kernel.clock import utcnow
from emporion.kernel.errors import NotFound
from emporion.nexus.providers import actions, queries, rules
from emporion.nexus.providers.errors import FeedExists, FeedsFull
from emporion.nexus.providers.forms import ConnectForm, FeedForm
from emporion.nexus.providers.types import Feed
from emporion.plumbing.parsing import uuid_of
from emporion.plumbing.types import Permission


@require_GET
@signed_in
def providers(request: ActorRequest) -> HttpResponse:
    """Every status page that is read, those that tell of trouble first."""
    project_id = _project(request)
    feeds = queries.feeds_of(request.actor, project_id)
    followed = {feed.url for feed in feeds}
    context = {
        "feeds": feeds,
        "templates": [one for one in rules.TEMPLATES if one.url not in followed],
        "may_configure": request.actor.may(Permission.CONFIGURE, project_id),
        "removed": queries.removed_feed(request.actor, uuid_of(request.GET.get("removed", ""))),
    }
    return render(request, "nexus_providers/list.html", context)


@require_http_methods(["GET", "POST"])
@signed_in
def new(request: ActorRequest) -> HttpResponse:
    """Follow a status page; by a template it is filled in, with the APIs that it most likely concerns."""
    project_id = _project(request)
    request.actor.require(Permission.CONFIGURE, project_id)
    apis = gateway.apis_of(request.actor, project_id)
    form = FeedForm(request.POST or None, apis=apis, initial=_suggested(request.GET.get("template", ""), apis))
    if request.method == "POST" and form.is_valid() and (made := _followed(request, form, project_id)):
        problem = actions.read_now(feed_id=made.id, actor=request.actor, now=utcnow())
        if problem:
            toasts.warning(request, _("It could not be read yet: %(problem)s It is tried again.") % {"problem": problem})
        return redirect("nexus_providers:provider", made.id)
    return render(request, "nexus_providers/new.html", {"form": form}, status=422 if form.errors else 200)


def _suggested(key: str, apis: list[ApiView]) -> dict[str, object]:
    template = next((one for one in rules.TEMPLATES if one.key == key), None)
    if template is None:
        return {}
    fitting = [str(api.id) for api in apis if template.key in {api.provider, api.template, api.slug}]
    return {"name": template.name, "url": template.url, "kind": template.kind.value, "apis": fitting}


def _followed(request: ActorRequest, form: FeedForm, project_id: UUID) -> Feed | None:
    try:
        return actions.follow(feed=form.feed(), project_id=project_id, actor=request.actor, now=utcnow())
    except (FeedExists, FeedsFull) as error:
        form.add_error("url", f"{error.message} {error.step}")
        return None


@require_http_methods(["GET", "POST"])
@signed_in
def provider(request: ActorRequest, feed_id: UUID) -> HttpResponse:
    """One status page: what it tells of, its components, and which APIs they stand for."""
    feed = queries.feed_of(request.actor, feed_id)
    form = ConnectForm(request.POST or None, feed=feed, apis=gateway.apis_of(request.actor, feed.project_id))
    if request.method == "POST":
        request.actor.require(Permission.CONFIGURE, feed.project_id)
        if form.is_valid():
            actions.connect(
                feed_id=feed_id, api_ids=form.api_ids(), components=form.components(), actor=request.actor, now=utcnow()
            )
            toasts.success(request, _("Saved. Incidents are shown with these APIs."))
            return redirect("nexus_providers:provider", feed_id)
    context = {
        "feed": feed,
        "form": form,
        "incidents": queries.incidents_of(request.actor, feed_id),
        "names": gateway.names_of(request.actor, feed.project_id),
        "may_configure": request.actor.may(Permission.CONFIGURE, feed.project_id),
    }
    return render(request, "nexus_providers/provider.html", context, status=422 if form.errors else 200)


@require_POST
@signed_in
def act(request: ActorRequest, feed_id: UUID) -> HttpResponse:
    """Read now, leave, or follow again."""
    now = utcnow()
    match request.POST.get("do"):
        case "read":
            problem = actions.read_now(feed_id=feed_id, actor=request.actor, now=now)
            toasts.error(request, problem) if problem else toasts.success(request, _("Read just now."))
        case "leave":
            actions.leave(feed_id=feed_id, actor=request.actor, now=now)
            return redirect(f"/nexus/providers/?{urlencode({'removed': feed_id})}")
        case "restore":
            actions.restore(feed_id=feed_id, actor=request.actor, now=now)
            toasts.success(request, _("The status page is read again."))
        case _:
            queries.feed_of(request.actor, feed_id)
    return redirect("nexus_providers:provider", feed_id)


def _project(request: HttpRequest) -> UUID:
    project_id = current_project_id(request)
    if project_id is None:
        raise NotFound(_("You are in no project yet."), next_step=_("Ask somebody of your team to add you to one."))
    return project_id
