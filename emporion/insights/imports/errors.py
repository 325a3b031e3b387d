"""What can be wrong with a file that is to be brought in, or with the moment."""

from emporion.kernel.errors import Conflict, Invalid, NotFound


class ImportNotFound(NotFound):
    """There is no such import of this website."""

    title = "There is no such import here."
    next_step = "Look at the list of imports."


class NoFile(Invalid):
    """Nothing was sent."""

    title = "There is no file."
    next_step = "Choose the file that the other product gave you, or a log of your web server."


class TooLarge(Invalid):
    """The files are larger than what one import takes."""

    title = "These files are larger than 500 MB."
    next_step = "Pack them with gzip, which makes a log ten times smaller, or import them one after the other."


class TooMany(Invalid):
    """More files than one import takes."""

    title = "These are more files than one import takes."
    next_step = "Send at most 50 at once; put many small ones into one zip."


class NotNow(Conflict):
    """The import is not at the point where this can be done; `state` says where it is."""

    title = "This cannot be done with the import now."
    next_step = "Load its page again to see how far it is."


class AnotherRuns(Conflict):
    """Another import of the same website is under way."""

    title = "Another import of this website is not finished."
    next_step = "Finish or cancel it first."


class FileRefused(Invalid):
    """A file cannot be read at all; the message says what it is, the step what to do."""

    title = "This file cannot be read."
    next_step = "Export it again and upload that."
