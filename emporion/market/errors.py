"""What the marketplace refuses, as facts."""

from emporion.kernel.errors import Conflict, Denied, Invalid, NotFound


class OfferingNotFound(NotFound):
    """No offering of this name is on sale."""

    title = "There is no such offering in the marketplace."
    next_step = "Search the marketplace for what you need."


class BundleNotFound(NotFound):
    """No bundle of this name is on sale."""

    title = "There is no such bundle in the marketplace."
    next_step = "Look through the bundles that are on sale."


class ProviderNotFound(NotFound):
    """No provider of this name sells here."""

    title = "There is no such provider."
    next_step = "Search the marketplace for what you need."


class ReviewNotFound(NotFound):
    """The review does not exist, or is not this actor's to change."""

    title = "There is no such review."
    next_step = "Open the offering's page for its reviews."


class NotAPurchaser(Denied):
    """Only people whose organisation bought the offering may review it."""

    title = "Only people whose organization has bought this can review it."
    next_step = "Buy it first, or sign in to the organization that did."


class ReviewInvalid(Invalid):
    """A review needs one to five stars, a title and a text."""

    title = "The review is not complete."
    next_step = "Choose one to five stars and write a title and a sentence or two."


class NotTheProvider(Denied):
    """Only the provider of an offering answers its reviews."""

    title = "Only the provider can reply to this review."
    next_step = "Switch to the provider's organization."


class TooFewToCompare(Conflict):
    """A comparison needs two to four offerings."""

    title = "A comparison takes two to four offerings."
    next_step = "Choose at least two offerings in the marketplace."
