"""What can be wrong with a rule, a problem or a silence."""

from emporion.kernel.errors import Conflict, Invalid, Limit, NotFound


class ProblemNotFound(NotFound):
    """There is no such problem among those that the actor sees."""

    title = "There is no such problem here."
    next_step = "Choose one from the list of problems."


class RuleNotFound(NotFound):
    """The project has no such rule."""

    title = "There is no such rule here."
    next_step = "Choose one from the list of rules."


class SilenceNotFound(NotFound):
    """The project has no such silence."""

    title = "There is no such silence here."
    next_step = "Choose one from the list, or add one."


class RegroupingNotFound(NotFound):
    """There is nothing of that name to take back."""

    title = "There is nothing to take back here."
    next_step = "Open the problem again to see how its alerts stand now."


class ProblemClosed(Conflict):
    """The problem is resolved already; `number` says which."""

    title = "This problem is resolved."
    next_step = "Reopen it first if it is still there."


class RegroupingStale(Conflict):
    """What was merged or split has changed since and cannot be taken back as a whole."""

    title = "These alerts have moved on since."
    next_step = "Split or merge the problems as they are now."


class RuleInvalid(Invalid):
    """A rule that can never speak, or always would; `field` names what is wrong."""

    title = "This rule cannot work."
    next_step = "Correct the field that is named."


class SilenceInvalid(Invalid):
    """A silence that ends before it begins, or is too long."""

    title = "This is no stretch of time."
    next_step = "Choose an end after the beginning, at most 30 days later."


class GroupingInvalid(Invalid):
    """Alerts that cannot be merged or split that way."""

    title = "These alerts cannot be grouped that way."
    next_step = "Choose some of the alerts of one problem, or two problems of one project."


class RulesFull(Limit):
    """The project has as many rules as are evaluated in time."""

    title = "The project has 200 rules already."
    next_step = "Remove a rule that no longer helps before you add another."
