"""What on call refuses."""

from emporion.kernel.errors import Conflict, Invalid, NotFound


class ScheduleNotFound(NotFound):
    """No such schedule for this actor."""

    title = "There is no such schedule here."
    next_step = "Go back to the list of schedules."


class PageNotFound(NotFound):
    """No such page for this actor."""

    title = "There is no such page here."
    next_step = "Go back to on call."


class NobodyToAsk(Invalid):
    """A schedule or a step without people would page nobody."""

    title = "Choose at least one person."
    next_step = "Add the people who take turns."


class WrongSpan(Invalid):
    """The stretch of time ends before it begins, or is over."""

    title = "This stretch of time is empty or already over."
    next_step = "Choose an end that lies after the beginning and in the future."


class LinkExpired(Conflict):
    """The signed link of a page is too old or was changed."""

    title = "This link no longer works."
    next_step = "Log in and open On call to see what is open."
