"""What the rules of accounts refuse."""

from emporion.kernel.errors import Conflict, Denied, Invalid, Limit, NotFound


class AddressTaken(Conflict):
    """Somebody has already registered with this e-mail address."""

    kind = "conflict"
    title = "There is already an account with this e-mail address."
    next_step = "Log in instead, or reset the password."


class PasswordRefused(Invalid):
    """The password is too weak; `reasons` says why."""

    title = "This password is too easy to guess."
    next_step = "Choose a longer one; a few unrelated words work well."


class LastOwner(Conflict):
    """The organisation would be left without an owner."""

    title = "This is the last owner of the organization."
    next_step = "Make somebody else an owner first; then this person can leave."


class RoleNotYours(Denied):
    """An actor tried to give or take a role above what they hold."""

    title = "You can only give or change roles below your own."
    next_step = "Ask an owner of the organization."


class RoleDoesNotFit(Invalid):
    """Owner and manager are roles of an organisation, admin and member those of a project."""

    title = "This role does not fit here."
    next_step = "Choose owner or manager for the organization, admin or member for a project."


class AlreadyMember(Conflict):
    """The invited person already has this access."""

    title = "This person already belongs to it."
    next_step = "Change their role in the list of members instead."


class InvitationNotFound(NotFound):
    """No invitation has this link."""

    title = "This invitation link does not work."
    next_step = "It may have been replaced by a newer mail. Ask the person who invited you to send it again."


class InvitationClosed(Conflict):
    """The invitation was used, revoked, or is past its time; `state` says which."""

    title = "This invitation is no longer open."
    next_step = "Ask the person who invited you to send a new one."


class InvitationGone(Conflict):
    """The invitation was revoked too long ago to be opened again, or the same place was offered anew since."""

    title = "This invitation was revoked for good."
    next_step = "Look whether there is a newer one in the list, or invite the person again."


class TooManyInvitations(Limit):
    """The organisation has sent as many invitations as a day allows."""

    title = "Your organization has sent many invitations today."
    next_step = "Wait until tomorrow, or ask people to accept those that are open."


class NameMissing(Invalid):
    """A name is empty."""

    title = "A name is needed."
    next_step = "Type a name."


class CredentialsRefused(Invalid):
    """The e-mail address and the password do not belong together; which of them is wrong is not said."""

    title = "This e-mail address and password do not belong together."
    next_step = "Check both, or reset the password."


class StillOwner(Conflict):
    """The person is the only owner of organisations with other members; `organisations` names them."""

    title = "You are the only owner of an organization that has other members."
    next_step = "Make somebody else an owner of it, or remove its members; then delete your account."


class TokenGone(Conflict):
    """The token was revoked too long ago to be brought back, or its person has left."""

    title = "This token was revoked for good."
    next_step = "Make a new one; a revoked token comes back within an hour, while its person belongs to the organization."
