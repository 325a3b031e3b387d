"""What the channels of an agent refuse."""

from emporion.kernel.errors import Conflict, Denied, DomainError, Limit, NotFound


class KeyUnknown(DomainError):
    """The bearer of this key is not known, or the key was revoked."""

    kind = "unauthenticated"
    title = "This API key is not valid."
    next_step = "Send a key of this agent as `Authorization: Bearer ek_…`; make one under API keys."


class KeyMissing(KeyUnknown):
    """The request brings no key."""

    title = "The Authorization header with an API key is missing."


class KeyGone(Conflict):
    """The key was revoked too long ago to be brought back."""

    title = "This key was revoked more than an hour ago, which is final."
    next_step = "Make a new key, and put it in the place of the old one."


class WidgetUnknown(NotFound):
    """There is no widget with this id."""

    title = "There is no such widget."
    next_step = "Copy the embed code again from the agent's Widget page."


class WidgetPaused(Denied):
    """The owner has paused the widget, here or everywhere."""

    title = "This assistant is paused."
    next_step = "Resume it on the agent's Widget page."


class DomainNotAllowed(Denied):
    """The widget may not run on this site."""

    title = "This widget may not run on this site."
    next_step = "Add the site's domain to the allowed domains on the agent's Widget page."


class IdentityRequired(DomainError):
    """The widget serves verified customers only, and this one proved nothing."""

    kind = "unauthenticated"
    title = "Sign in to chat here."
    next_step = "The site has to pass a signed identity token for its customer."


class IdentityInvalid(DomainError):
    """A proof of identity was given, but it does not hold."""

    kind = "unauthenticated"
    title = "The identity of this customer could not be verified."
    next_step = "Sign the token with this widget's identity secret, HS256, with `sub` and an `exp` in the future."


class SessionExpired(DomainError):
    """The widget's session is too old or belongs to an earlier secret."""

    kind = "unauthenticated"
    title = "This chat session has ended."
    next_step = "Open the chat again."


class TooManyKeys(Limit):
    """An agent has as many keys as it may."""

    title = "This agent has 20 keys, which is all it may have."
    next_step = "Revoke one that is no longer used."


class BodyTooLarge(DomainError):
    """A request is larger than anything that can be said in it."""

    kind = "too-large"
    title = "The request is too large."
    next_step = "Shorten the message, or add a long text to the agent's Training as a document."
