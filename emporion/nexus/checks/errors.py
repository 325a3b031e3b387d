"""What can be wrong with a synthetic check."""

from emporion.kernel.errors import Invalid, Limit, NotFound


class CheckNotFound(NotFound):
    """There is no such check among those that the actor sees."""

    title = "There is no such check here."
    next_step = "Choose one of the project's checks."


class CheckInvalid(Invalid):
    """Something about a check cannot be; `field` names it."""

    title = "This check cannot be run."


class ChecksFull(Limit):
    """The project has as many checks as it may."""

    title = "There is no room for another check in this project."
    next_step = "Remove one that is not needed any more, or widen one with further expectations."
