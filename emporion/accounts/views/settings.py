"""The settings of a person and of their organisation."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from emporion.accounts import access, actions, queries
from emporion.accounts.access import ActorRequest, signed_in
from emporion.accounts.forms import ProfileForm
from emporion.accounts.types import AuditSearch, PersonView, ProfileChange, TokenScope
from emporion.accounts.views.retold import retold
from emporion.kernel.clock import utcnow
from emporion.kernel.errors import NotFound
from emporion.notify import actions as notify
from emporion.notify import queries as notifications
from emporion.notify.types import Topic
from emporion.plumbing.made_once import made_once
from emporion.plumbing.rules import REVOKED_FOR_GOOD
from emporion.plumbing.types import ActorKind, Permission


def _person(request: ActorRequest) -> PersonView:
    person = queries.person_of(request.actor) if request.actor.kind is ActorKind.PERSON else None
    if person is None:
        raise NotFound
    return person


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: ActorRequest) -> HttpResponse:
    """Name, language and time zone."""
    person = _person(request)
    shown = {"name": person.name, "locale": person.locale, "time_zone": person.time_zone}
    form = ProfileForm(request.POST or None, initial=shown)
    if request.method == "POST" and form.is_valid():
        with retold(request, _("Your profile is saved.")):
            actions.update_profile(change=ProfileChange(**form.cleaned_data), actor=request.actor, now=utcnow())
        return redirect("accounts:settings")
    return render(request, "accounts/profile.html", {"form": form, "person": person})


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def organisation(request: ActorRequest) -> HttpResponse:
    """The organisation's name and its projects; a POST renames it."""
    actor = request.actor
    if request.method == "POST":
        with retold(request, _("The name is saved.")):
            actions.rename_organisation(name=request.POST.get("name", ""), actor=actor, now=utcnow())
        return redirect("accounts:organisation")
    context = {
        "organisation": queries.organisation_of(actor),
        "may_rename": actor.may(Permission.MANAGE_ORGANISATION),
        "may_manage_projects": actor.may(Permission.MANAGE_PROJECTS),
    }
    return render(request, "accounts/organisation.html", context)


@signed_in
@require_POST
@made_once
def create_organisation(request: ActorRequest) -> HttpResponse:
    """Found another organisation and act in it."""
    with retold(request, _("The organization is ready.")):
        made = actions.create_organisation(name=request.POST.get("name", ""), actor=request.actor, now=utcnow())
        access.switch(request, organisation_id=made.organisation.id, project_id=made.project.id)
    return redirect("accounts:organisation")


@signed_in
@require_POST
@made_once
def create_project(request: ActorRequest) -> HttpResponse:
    """Add a project."""
    with retold(request, _("The project is ready.")):
        actions.create_project(name=request.POST.get("name", ""), actor=request.actor, now=utcnow())
    return redirect("accounts:organisation")


@signed_in
@require_POST
def rename_project(request: ActorRequest, project_id: UUID) -> HttpResponse:
    """Rename a project."""
    with retold(request, _("The name is saved.")):
        actions.rename_project(project_id=project_id, name=request.POST.get("name", ""), actor=request.actor, now=utcnow())
    return redirect("accounts:organisation")


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def choose_notifications(request: ActorRequest) -> HttpResponse:
    """What to hear of, and where."""
    person = _person(request)
    choices = notifications.preferences_of(person.id)
    if request.method == "POST":
        for choice in choices:
            is_on = choice.key in request.POST
            if not choice.is_fixed and is_on != choice.is_on:
                notify.set_preference(person_id=person.id, topic=choice.topic, channel=choice.channel, is_on=is_on)
        with retold(request, _("Your choice is saved.")):
            return redirect("accounts:notifications")
    by_topic = [[choice for choice in choices if choice.topic is topic] for topic in Topic]
    return render(request, "accounts/notifications.html", {"by_topic": by_topic})


@signed_in
@require_safe
def security(request: ActorRequest) -> HttpResponse:
    """How the person logs in."""
    person = _person(request)
    return render(request, "accounts/security.html", {"person": person, "log_in": queries.log_in_of(request.actor)})


@signed_in
@require_safe
def second_step(request: ActorRequest) -> HttpResponse:
    """The second step is a part of the page about security."""
    return redirect("accounts:security")


@signed_in
@require_POST
def verify(request: ActorRequest) -> HttpResponse:
    """Send the verification mail again."""
    with retold(request, _("We have sent the link again. Look into your mail.")):
        actions.resend_verification(actor=request.actor, now=utcnow())
    return redirect("accounts:settings")


@signed_in
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@made_once
def tokens(request: ActorRequest) -> HttpResponse:
    """API tokens; a POST makes one and shows its secret this once."""
    actor, secret = request.actor, ""
    if request.method == "POST":
        with retold(request):
            scope = TokenScope.READ_WRITE if request.POST.get("scope") == TokenScope.READ_WRITE else TokenScope.READ
            _token, secret = actions.create_token(name=request.POST.get("name", ""), scope=scope, actor=actor, now=utcnow())
        if not secret:
            return redirect("accounts:tokens")
    told = {"tokens": queries.tokens_of(actor), "secret": secret, "for_good": utcnow() - REVOKED_FOR_GOOD}
    return render(request, "accounts/tokens.html", told)


@signed_in
@require_POST
def revoke_token(request: ActorRequest, token_id: UUID) -> HttpResponse:
    """End a token."""
    with retold(request, _("The token no longer works.")):
        actions.revoke_token(token_id=token_id, actor=request.actor, now=utcnow())
    return redirect("accounts:tokens")


@signed_in
@require_POST
def restore_token(request: ActorRequest, token_id: UUID) -> HttpResponse:
    """Bring back a token that was just ended."""
    with retold(request, _("The token works again.")):
        actions.restore_token(token_id=token_id, actor=request.actor, now=utcnow())
    return redirect("accounts:tokens")


@signed_in
@require_safe
def audit(request: ActorRequest) -> HttpResponse:
    """The audit log of the organisation."""
    before = request.GET.get("before", "")
    search = AuditSearch(
        verb=request.GET.get("verb", ""), person=request.GET.get("person", ""), before=UUID(before) if _is_id(before) else None
    )
    lines = queries.audit_of(request.actor, search)
    older = lines[-1].id if len(lines) == search.limit else ""
    return render(request, "accounts/audit.html", {"lines": lines, "search": search, "older": older})


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
