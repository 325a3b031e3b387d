"""What diagnosis refuses."""

from emporion.kernel.errors import Conflict, NotFound


class NothingToDiagnose(NotFound):
    """The trouble is about no API of ours."""

    title = "This problem is about no registered API, so there are no calls to look at."
    next_step = "Look at its alerts instead."


class SuggestionGone(Conflict):
    """What was suggested no longer is, or takes a person."""

    title = "This is no longer what we would suggest."
    next_step = "Look at the causes again."
