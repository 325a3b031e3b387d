"""What apps refuse."""

from emporion.kernel.errors import Conflict, Denied, Invalid, NotFound


class AppNotFound(NotFound):
    """The actor's organisation has no such app."""

    title = "This app is not here."
    next_step = "Open Apps to see those that your organization has."


class SignInFailed(Denied):
    """The sign-in did not come back as it was sent out."""

    title = "Signing in did not work."
    next_step = "Open the app again; you are asked to sign in once more."


class NotSubscribed(Denied):
    """No organisation of this person has the app."""

    title = "Your organization does not have this app."
    next_step = "Ask an owner to get it from the marketplace, or sign in with another account."


class NoteNotFound(NotFound):
    """There is no such note in this organisation."""

    title = "This note is not here."
    next_step = "Look for it in the list of notes; it may have been deleted."


class NoteChanged(Conflict):
    """Somebody else saved the note in between."""

    title = "Somebody else saved this note while you wrote."
    next_step = "Your words are kept below. Open the saved note beside it, then save yours over it or copy what you need."


class TitleMissing(Invalid):
    """Everything needs a name."""

    title = "The title is missing."
    next_step = "Write one and save again."


class LinkGone(Conflict):
    """The secret link was turned off too long ago to be turned on again, or there is a new one."""

    title = "This secret link is off for good."
    next_step = "Make a new one on the board; a link that was turned off comes back within an hour."


class ServiceNotFound(NotFound):
    """There is no such service on this board."""

    title = "This service is not on the board."
    next_step = "Open the board to see its services."
