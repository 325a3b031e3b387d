"""What can be wrong with a status page that is to be read."""

from emporion.kernel.errors import Conflict, Invalid, Limit, NotFound


class FeedNotFound(NotFound):
    """There is no such status page among those that the actor sees."""

    title = "There is no such status page here."
    next_step = "Choose one of the project's providers."


class FeedInvalid(Invalid):
    """What was given cannot be read as a status page; `field` names it."""

    title = "This is no address of a status page."
    next_step = "Give the address at which people read it, such as https://status.example.com."


class FeedExists(Conflict):
    """The project reads this status page already."""

    title = "This status page is read already."
    next_step = "Open it in the list."


class FeedUnreadable(Invalid):
    """What a status page answered is not what its kind says; `reason` says where."""

    title = "The answer is no status page of this kind."
    next_step = "Check the kind, or open the address in a browser to see what it answers."


class FeedsFull(Limit):
    """The project reads as many status pages as it may."""

    title = "There is no room for another status page in this project."
    next_step = "Remove one that is not needed any more."
