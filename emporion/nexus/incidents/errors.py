"""What an incident refuses, and why."""

from emporion.kernel.errors import Conflict, Invalid, NotFound


class IncidentNotFound(NotFound):
    """There is no such incident among those that the actor sees."""

    title = "There is no such incident here."
    next_step = "Open the list of incidents, or switch to the project that it is in."


class IncidentOver(Conflict):
    """The incident is closed or was taken back."""

    title = "This incident is over."
    next_step = "Add what you learned to its report, or declare a new incident."


class TooLateToUndo(Conflict):
    """The declaration cannot be taken back any more."""

    title = "This declaration cannot be undone any more."
    next_step = "Close the incident and say why."


class NotRecovered(Conflict):
    """The recovery is not proven; `missing` says what is out of bounds, one line each."""

    title = "The recovery is not proven yet."
    next_step = "Wait until everything has stayed in bounds, or have an owner close it with a reason."


class ReasonMissing(Invalid):
    """An incident was to be closed without proof and without a reason."""

    title = "Say why the incident may close without proof."
    next_step = "Write a sentence; it is kept on the timeline and in the report."


class TitleMissing(Invalid):
    """An incident without a name."""

    title = "The incident has no title."
    next_step = "Write what does not work, for example “Summaries fail”."


class NoteMissing(Invalid):
    """A note without words."""

    title = "The note has no words."
    next_step = "Write what you see or do."


class UpdateMissing(Invalid):
    """An update without words."""

    title = "The update has no words."
    next_step = "Write what people should know, or start from the template again."


class PersonNotHere(Invalid):
    """A role was to go to somebody who does not see the project."""

    title = "This person does not see the project."
    next_step = "Choose somebody of the project."


class MitigationNotFound(NotFound):
    """There is no such route of this incident."""

    title = "There is no such change here."
    next_step = "Open the incident again."


class ReportNotFound(NotFound):
    """The incident has no report yet."""

    title = "There is no report yet."
    next_step = "Have it drafted from what was recorded."


class ReportChanged(Conflict):
    """Somebody else saved another version in the meantime; `yours` was kept in the form."""

    title = "Somebody saved another version while you wrote."
    next_step = "Compare with the latest version, then save again."


class ReportEmpty(Invalid):
    """A report, an action item or a learning without words."""

    title = "There are no words in it."
    next_step = "Write at least a sentence."


class SuggestionGone(Conflict):
    """What was suggested is not suggested any more, or a person has to do it."""

    title = "This is not suggested any more."
    next_step = "Look at what is suggested now: the figures have changed."
