"""The team page: members, roles and invitations."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from emporion.accounts import actions, queries, rules
from emporion.accounts.access import ActorRequest, signed_in
from emporion.accounts.choices import grant_options, grant_value, parse_grant
from emporion.accounts.views.retold import retold
from emporion.kernel.clock import utcnow
from emporion.plumbing.parsing import uuid_of
from emporion.plumbing.types import Permission, Role


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def team(request: ActorRequest) -> HttpResponse:
    """Show the team; a POST invites somebody."""
    actor = request.actor
    if request.method == "POST":
        with retold(request, _("The invitation is on its way.")):
            grant = parse_grant(request.POST.get("grant", ""))
            actions.invite(email=request.POST.get("email", ""), grant=grant, actor=actor, now=utcnow())
        return redirect("accounts:team")
    may_invite = actor.may(Permission.INVITE)
    members = queries.members_of(actor)
    revoked = uuid_of(request.GET.get("revoked", ""))
    owners = sum(member.role is Role.OWNER for member in members)
    context = {
        "organisation": queries.organisation_of(actor),
        "members": [
            {
                "view": member,
                "key": str(member.person_id),
                "actions_label": _("Change or remove %(name)s") % {"name": member.name},
                "is_you": member.person_id == actor.id,
                "may_change": may_invite and rules.outranks(actor.role, member.role),
                "is_last_owner": member.role is Role.OWNER and owners == 1,
                "grant": grant_value(member),
            }
            for member in members
        ],
        "invitations": queries.invitations_of(actor, now=utcnow()) if may_invite else (),
        "revoked": queries.revoked_invitation(actor, revoked, now=utcnow()) if may_invite and revoked else None,
        "grants": grant_options(actor) if may_invite else (),
        "may_invite": may_invite,
    }
    return render(request, "accounts/team.html", context)


@signed_in
@require_POST
def resend(request: ActorRequest, invitation_id: UUID) -> HttpResponse:
    """Send an invitation again."""
    with retold(request, _("The invitation was sent again. The old link no longer works.")):
        actions.resend_invitation(invitation_id=invitation_id, actor=request.actor, now=utcnow())
    return redirect("accounts:team")


@signed_in
@require_POST
def revoke(request: ActorRequest, invitation_id: UUID) -> HttpResponse:
    """Close an invitation; the page offers to undo it."""
    with retold(request):
        actions.revoke_invitation(invitation_id=invitation_id, actor=request.actor, now=utcnow())
    return redirect(f"{reverse('accounts:team')}?revoked={invitation_id}")


@signed_in
@require_POST
def restore(request: ActorRequest, invitation_id: UUID) -> HttpResponse:
    """Open an invitation again that was just revoked."""
    with retold(request, _("The invitation is open again.")):
        actions.restore_invitation(invitation_id=invitation_id, actor=request.actor, now=utcnow())
    return redirect("accounts:team")


@signed_in
@require_POST
def change_role(request: ActorRequest, person_id: UUID) -> HttpResponse:
    """Give a member another role."""
    with retold(request, _("The role is changed.")):
        grant = parse_grant(request.POST.get("grant", ""))
        actions.change_role(person_id=person_id, grant=grant, actor=request.actor, now=utcnow())
    return redirect("accounts:team")


@signed_in
@require_POST
def remove(request: ActorRequest, person_id: UUID) -> HttpResponse:
    """Take somebody out, or leave."""
    leaves = person_id == request.actor.id
    with retold(request, _("You have left the organization.") if leaves else _("They are no longer in the organization.")):
        actions.remove_member(person_id=person_id, actor=request.actor, now=utcnow())
        if leaves:
            return redirect("accounts:organisation")
    return redirect("accounts:team")
