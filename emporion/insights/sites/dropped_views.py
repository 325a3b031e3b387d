"""What does not count of a website, and why; and the way back in."""

from datetime import datetime
from uuid import UUID

from django.contrib import messages as toasts
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from emporion.accounts.access import ActorRequest, signed_in
from emporion.insights.sites import actions, dropping, queries
from emporion.kernel.clock import utcnow
from emporion.plumbing.parsing import uuid_of
from emporion.plumbing.types import Actor, Permission


@require_GET
@signed_in
def dropped(request: ActorRequest, site_id: UUID) -> HttpResponse:
    """The reasons with their counts, and the latest events of one of them."""
    site, now = queries.site_of(request.actor, site_id), utcnow()
    reason = _reason(request.GET.get("reason", ""))
    context = {
        "site": site,
        "tab": "dropped",
        "reason": reason,
        "reasons": [
            (one, *_words(one.reason), one.reason == reason) for one in dropping.reasons(request.actor, site_id, now=now)
        ],
        "events": [
            (one, _words(one.reason)[0], dropping.said(one.detail))
            for one in dropping.events(request.actor, site_id, reason=reason, now=now)
        ],
        "crawlers": _crawlers(request.actor, site_id, reason, now) if reason in dropping.CRAWLING else (),
        "crawled": dropping.crawled(request.actor, site_id, reason=reason, now=now) if reason in dropping.CRAWLING else (),
        "may_configure": request.actor.may(Permission.CONFIGURE, site.project_id),
        "shown": dropping.SHOWN,
    }
    return render(request, "insights_sites/dropped.html", context)


@require_POST
@signed_in
def let_in(request: ActorRequest, site_id: UUID) -> HttpResponse:
    """Count one dropped event after all, or everything of one reason."""
    reason, event_id = _reason(request.POST.get("reason", "")), uuid_of(request.POST.get("event", ""))
    chosen = (event_id,) if event_id else ()
    count = actions.let_events_in(site_id=site_id, event_ids=chosen, reason=reason, actor=request.actor, now=utcnow())
    if count:
        toasts.success(request, _("%(count)s events count now. They appear in the figures in a moment.") % {"count": count})
    else:
        toasts.warning(request, _("There is nothing to let in."))
    return redirect(f"/insights/{site_id}/dropped/" + (f"?reason={reason}" if reason and not event_id else ""))


def _crawlers(actor: Actor, site_id: UUID, reason: str, now: datetime) -> list[tuple[dropping.Crawler, str]]:
    return [(one, dropping.said(one.name)) for one in dropping.crawlers(actor, site_id, reason=reason, now=now)]


def _reason(text: str) -> str:
    return text if text in dropping.REASONS else ""


def _words(reason: str) -> tuple[str, str]:
    title, text = dropping.REASONS.get(reason, (reason, ""))
    return str(title), str(text)
