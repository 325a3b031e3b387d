"""What can be wrong with what people add to reports."""

from emporion.kernel.errors import Invalid, NotFound


class NoteEmpty(Invalid):
    """A note without words."""

    title = "The note has no words."
    next_step = "Write what happened, for example “New pricing page”."


class NoteNotFound(NotFound):
    """There is no such note on this website."""

    title = "There is no such note on this website."
    next_step = "Go back to the dashboard."


class ShareNotFound(NotFound):
    """The link was never there or was revoked; the two cannot be told apart."""

    title = "This link does not show anything."
    next_step = "Ask whoever gave it to you for a new one."


class PasswordWrong(Invalid):
    """The password of a shared dashboard does not fit."""

    title = "That is not the password."
    next_step = "Ask whoever gave you the link."


class ScheduleNotFound(NotFound):
    """There is no such report by mail, or it was stopped."""

    title = "This report is not sent any more."
    next_step = "Nothing is left to do."


class AddressInvalid(Invalid):
    """No mail can be sent to what was typed."""

    title = "This is not an e-mail address."
    next_step = "Write it as in name@example.com."
