"""What a status page refuses."""

from emporion.kernel.errors import Conflict, Invalid, NotFound


class PageNotFound(NotFound):
    """There is no page at this address, or it is not published; the two cannot be told apart."""

    title = "There is no status page at this address."
    next_step = "Check the address, or ask whoever gave it to you."


class SlugTaken(Conflict):
    """Another page has this address."""

    title = "This address is taken."
    next_step = "Choose another one."


class SlugInvalid(Invalid):
    """The address has signs that addresses do not have."""

    title = "An address has small letters, digits and hyphens, and at least three of them."
    next_step = "Write it as in “halyard-freight”."


class NameMissing(Invalid):
    """A page, component or maintenance without a name."""

    title = "The name is missing."
    next_step = "Write the name that your customers know."


class ComponentNotFound(NotFound):
    """There is no such component on the page."""

    title = "There is no such component on this page."
    next_step = "Open the settings of the status page again."


class PublicIncidentNotFound(NotFound):
    """There is no such incident on the page."""

    title = "There is no such incident on this page."
    next_step = "Open the status page."


class MaintenanceTimes(Invalid):
    """A maintenance that ends before it begins, or whose times cannot be read."""

    title = "A maintenance needs a beginning and an end after it."
    next_step = "Correct the two times."


class EmailInvalid(Invalid):
    """No mail can be sent to what was typed."""

    title = "This is not an e-mail address."
    next_step = "Write it as in name@example.com."


class SubscriptionNotFound(NotFound):
    """The link in the mail does not lead to a subscription any more."""

    title = "This link does not work any more."
    next_step = "Subscribe again on the status page."
