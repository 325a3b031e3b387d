"""The page of a website's keys: make and revoke them, see how much they are used, copy a first request."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from emporion.accounts.access import ActorRequest, signed_in
from emporion.insights.api import actions, queries, samples
from emporion.insights.api.forms import KeyForm
from emporion.insights.sites.plans import PRODUCT, api_limit
from emporion.insights.sites.queries import site_of
from emporion.kernel.clock import utcnow
from emporion.plumbing.made_once import made_once
from emporion.plumbing.parsing import uuid_of
from emporion.plumbing.types import Permission


@require_http_methods(["GET", "POST"])
@signed_in
@made_once
def keys(request: ActorRequest, site_id: UUID) -> HttpResponse:
    """The keys that open a website; a new one is shown once."""
    now, actor = utcnow(), request.actor
    site = site_of(actor, site_id)
    form, secret = KeyForm(request.POST or None), ""
    if request.method == "POST" and form.is_valid():
        _id, secret = actions.create_key(site_id=site_id, key=form.key(), actor=actor, now=now)
        form = KeyForm()
    context = {
        "site": site,
        "form": form,
        "secret": secret,
        "keys": queries.keys_of(actor, site_id, now=now),
        "had_keys": queries.had_keys(actor, site_id),
        "revoked": queries.revoked_key(actor, site_id, uuid_of(request.GET.get("revoked", "")), now=now),
        "usage": queries.usage_of(actor, site_id, per_minute=api_limit(site.organisation_id), now=now),
        "may_configure": actor.may(Permission.CONFIGURE, site.project_id),
        "samples": samples.requests(base=settings.SITE_URL, key=secret),
        "product": PRODUCT,
    }
    return render(request, "insights_api/keys.html", context, status=422 if form.errors else 200)


@require_POST
@signed_in
def revoke(request: ActorRequest, site_id: UUID, key_id: UUID) -> HttpResponse:
    """End a key; the page offers to undo it."""
    actions.revoke_key(site_id=site_id, key_id=key_id, actor=request.actor, now=utcnow())
    return redirect(f"{reverse('insights_api:keys', args=[site_id])}?revoked={key_id}")


@require_POST
@signed_in
def restore(request: ActorRequest, site_id: UUID, key_id: UUID) -> HttpResponse:
    """Bring a key back that was just revoked."""
    actions.restore_key(site_id=site_id, key_id=key_id, actor=request.actor, now=utcnow())
    messages.success(request, _("The key is valid again."))
    return redirect("insights_api:keys", site_id)
