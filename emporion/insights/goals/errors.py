"""What can be wrong with a goal or a funnel."""

from emporion.kernel.errors import Conflict, Invalid, NotFound


class GoalNotFound(NotFound):
    """The website has no such goal."""

    title = "There is no such goal here."
    next_step = "Choose one from the list of goals."


class FunnelNotFound(NotFound):
    """The website has no such funnel."""

    title = "There is no such funnel here."
    next_step = "Choose one from the list of funnels."


class GoalNameInvalid(Invalid):
    """A name that no event can carry."""

    title = "This cannot be the name of a goal."
    next_step = "Use up to 64 of a-z, 0-9, - _ and :, for example newsletter_signup; identify and payment are taken."


class GoalExists(Conflict):
    """The website has a goal of this name."""

    title = "There is already a goal of this name."
    next_step = "Open it, or choose another name."


class FunnelInvalid(Invalid):
    """A funnel that cannot be counted; `reason` says why."""

    title = "This funnel cannot be counted."
    next_step = "Give it 2 to 8 steps; a page begins with / and may hold *, a goal is named as in its event."
