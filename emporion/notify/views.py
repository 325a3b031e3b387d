"""The notification centre, and the outbox of an installation that has no mail server.

Who may read the outbox: an operator, always. Anybody else only while mail is kept here (`EMPORION_MAIL_URL=outbox:`), the
installation's own address is this machine, and the request comes from this machine straight to it: mails hold links that log
people in, so a server that others can reach must never show them.
"""

from uuid import UUID

from csp.constants import NONE, UNSAFE_INLINE
from csp.decorators import csp
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST, require_safe

from emporion.kernel.clock import utcnow
from emporion.kernel.errors import NotFound
from emporion.notify import actions, queries
from emporion.plumbing.access import ActorRequest, anonymous_ok, signed_in
from emporion.plumbing.machine import is_this_machine
from emporion.plumbing.types import ActorKind

MAIL_SANDBOX = ["allow-popups", "allow-popups-to-escape-sandbox"]


@signed_in
@require_safe
def centre(request: ActorRequest) -> HttpResponse:
    """What the person was told, newest first."""
    before = request.GET.get("before", "")
    shown = queries.notifications_of(request.actor, before=_uuid(before), limit=30)
    context = {
        "notifications": shown,
        "unread": queries.unread_count(request.actor),
        "older": shown[-1].id if len(shown) == 30 else "",
    }
    return render(request, "notify/centre.html", context)


@signed_in
@require_POST
def read_all(request: ActorRequest) -> HttpResponse:
    """Mark everything as read."""
    actions.mark_all_read(person_id=_person(request), now=utcnow())
    return redirect("notify:notifications")


@signed_in
@require_POST
def follow(request: ActorRequest, notification_id: UUID) -> HttpResponse:
    """Mark one as read and go where it leads."""
    url = actions.mark_read(person_id=_person(request), notification_id=notification_id, now=utcnow())
    return redirect(url if url_has_allowed_host_and_scheme(url, None) else "notify:notifications")


@anonymous_ok
@require_safe
def outbox(request: HttpRequest) -> HttpResponse:
    """The mails that this installation would have sent."""
    _require_outbox(request)
    return render(request, "notify/outbox.html", {"mails": queries.outbox(), "is_kept": _is_kept()})


@anonymous_ok
@require_safe
def mail(request: HttpRequest, mail_id: UUID) -> HttpResponse:
    """One mail: as HTML in a frame that can run nothing, and as text."""
    _require_outbox(request)
    found = queries.mail(mail_id)
    if found is None:
        raise NotFound
    return render(request, "notify/mail.html", {"mail": found})


# A mail carries its styles inline because mail programs read no others: the one page with 'unsafe-inline', and it is
# sandboxed, so that nothing in it can run or reach the page around it.
@anonymous_ok
@require_safe
@xframe_options_sameorigin
@csp({"default-src": [NONE], "style-src": [UNSAFE_INLINE], "frame-ancestors": ["'self'"], "sandbox": MAIL_SANDBOX})  # type: ignore[arg-type]  # typed for views without arguments
def mail_body(request: HttpRequest, mail_id: UUID) -> HttpResponse:
    """The HTML of one mail, for the frame."""
    _require_outbox(request)
    found = queries.mail(mail_id)
    if found is None:
        raise NotFound
    return HttpResponse(found.html)


def _is_kept() -> bool:
    return settings.MAIL_URL.startswith("outbox:")


def _require_outbox(request: HttpRequest) -> None:
    is_operator = getattr(request.user, "is_operator", False)
    if not is_operator and not (_is_kept() and is_this_machine(request)):
        raise NotFound(
            "The outbox is not shown here.",
            next_step="Open it on the machine itself, or log in as an operator: `emporion django operator you@example.com`.",
        )


def _person(request: ActorRequest) -> UUID:
    if request.actor.kind is not ActorKind.PERSON or request.actor.id is None:
        raise NotFound
    return request.actor.id


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
