"""What can be asked for in vain."""

from emporion.kernel.errors import NotFound


class VisitorUnknown(NotFound):
    """The website has not seen this visitor, or their visits were erased."""

    title = "This visitor has not been seen here."
    next_step = "Look at the list of visitors."
