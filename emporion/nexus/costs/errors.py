"""What can be wrong with a question about costs."""

from emporion.kernel.errors import NotFound


class CallNotFound(NotFound):
    """There is no such call in the project."""

    title = "There is no such call here."
    next_step = "Choose one of the calls behind a cost of your project."
