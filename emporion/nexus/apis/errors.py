"""What can be wrong with what people say and ask of their APIs."""

from emporion.kernel.errors import Invalid, NotFound


class CallNotFound(NotFound):
    """There is no such call in the projects that the actor sees."""

    title = "There is no such call."
    next_step = "A call shows here a moment after it ended. Look for it in the list of its API."


class WatchInvalid(Invalid):
    """What was said of an API's targets does not fit; `field` names it."""

    title = "This target does not make sense."


class NoteEmpty(Invalid):
    """A note without words."""

    title = "The note has no words."
    next_step = "Write what happened, for example “Prompt of summaries shortened”."


class NoteNotFound(NotFound):
    """There is no such note on the timeline of this API."""

    title = "There is no such note."
    next_step = "Go back to the page of the API."
