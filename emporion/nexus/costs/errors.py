"""What can be wrong with a question about costs."""

from emporion.kernel.errors import NotFound, Unavailable


class CallNotFound(NotFound):
    """There is no such call in the project."""

    title = "There is no such call here."
    next_step = "Choose one of the calls behind a cost of your project."


class PaperUnavailable(Unavailable):
    """The system lacks what draws a PDF; `why` is what it says."""

    title = "The report cannot be put on paper here."
    next_step = "Take the CSV or the workbook, and tell the operator to install Pango."
