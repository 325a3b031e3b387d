"""The page that brings in calls of the past."""

from uuid import UUID

from django.contrib import messages as toasts
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from emporion.accounts.access import ActorRequest, signed_in
from emporion.gateway.routing import actions, queries
from emporion.gateway.routing.callfile import COLUMNS
from emporion.gateway.routing.types import ImportView
from emporion.kernel.clock import utcnow
from emporion.nexus.gateway.forms import ImportForm
from emporion.nexus.gateway.pages import REFUSALS, project_of, put_error
from emporion.plumbing.types import Permission

SAMPLE = """at,model,status,duration_ms,input_tokens,output_tokens,feature,customer
2026-11-01T08:00:00Z,gpt-4o-mini,200,812,1200,310,Search,acme
2026-11-01T08:00:02Z,gpt-4o-mini,429,45,0,0,Search,acme"""


@require_http_methods(["GET", "POST"])
@signed_in
def imports(request: ActorRequest) -> HttpResponse:
    """Choose an API and a file; what was brought in stands beside it."""
    project_id = project_of(request)
    apis = [api for api in queries.apis_of(request.actor, project_id) if not api.is_platform]
    form = ImportForm(request.POST or None, request.FILES or None, apis=apis)
    if request.method == "POST" and form.is_valid() and (done := _imported(request, form)):
        toasts.success(request, _("%(count)s calls of %(api)s are imported.") % {"count": done.calls, "api": done.api_name})
        return redirect("nexus_gateway:imports")
    context = {
        "apis": apis,
        "form": form,
        "imports": queries.imports_of(request.actor, project_id),
        "columns": COLUMNS,
        "sample": SAMPLE,
        "may_configure": request.actor.may(Permission.CONFIGURE, project_id),
    }
    return render(request, "nexus_gateway/imports.html", context, status=422 if form.errors else 200)


def _imported(request: ActorRequest, form: ImportForm) -> ImportView | None:
    data = form.cleaned_data
    try:
        return actions.import_calls(
            api_id=UUID(data["api"]), name=data["file"].name, content=data["file"].read(), actor=request.actor, now=utcnow()
        )
    except REFUSALS as error:
        error.facts.setdefault("field", "file")
        put_error(form, error)
        return None
