"""What a program can do wrong."""

from emporion.kernel.errors import Conflict, Denied, Invalid, NotFound


class KeyRefused(Denied):
    """No key, or one that is unknown or revoked."""

    kind = "unauthenticated"
    title = "This request carries no valid API key."
    next_step = "Send `Authorization: Bearer …` with a key from the website's settings."


class WebsiteMissing(Invalid):
    """A key of the whole account does not say which website it asks about."""

    title = "Which website?"
    next_step = "Add websiteId=… to the address: this key opens every website of its account."


class KeyNotFound(NotFound):
    """There is no such key."""

    title = "There is no such key here."
    next_step = "Choose one from the list of keys."


class KeyGone(Conflict):
    """The key was revoked too long ago to be brought back."""

    title = "This key was revoked more than an hour ago, which is final."
    next_step = "Make a new key, and put it in the place of the old one."


class ScopeMissing(Denied):
    """A key that may only read was used to write."""

    title = "This key may only read."
    next_step = "Make a key that may write under the website's settings, API."


class ParameterInvalid(Invalid):
    """A parameter that cannot be understood; `field` names it."""


class VisitorNotFound(NotFound):
    """The website has not seen this visitor."""

    title = "This visitor has not been seen on the website."
    next_step = "Send a page view first; the id is in the cookie datafast_visitor_id."
