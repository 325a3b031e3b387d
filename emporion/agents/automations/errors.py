"""What automations refuse, and what can go wrong in a run."""

from emporion.kernel.errors import Conflict, Denied, Invalid, NotFound, Unavailable


class AutomationNotFound(NotFound):
    """The actor has no such automation."""

    title = "This automation is not here."
    next_step = "Open Automations to see those that you have."


class InputMissing(Invalid):
    """What an automation needs was not given; `field` names it."""

    title = "Something that this automation needs is missing."
    next_step = "Fill in the field that is named."


class NotSetUp(Conflict):
    """It cannot run before its inputs are filled in."""

    title = "This automation is not set up yet."
    next_step = "Fill in what it needs and save; then run it."


class RunUnderWay(Conflict):
    """One run at a time."""

    title = "A run is under way."
    next_step = "Wait until it has finished; its result appears here."


class Ended(Conflict):
    """The subscription is over."""

    title = "The subscription of this automation has ended."
    next_step = "Buy it again from the marketplace; the history stays here."


class RobotsRefuse(Denied):
    """The site asks robots to stay away."""

    title = "This website asks robots not to read it."
    next_step = "Ask its owner to allow EmporionBot in robots.txt, or choose another address."


class SiteAway(Unavailable):
    """The first page of the site cannot be read."""

    title = "This website could not be read."
    next_step = "Open it in a browser to see whether it is public. The next run tries again by itself."


class AgentGone(NotFound):
    """The agent that was chosen is not there any more."""

    title = "The agent that was chosen is not here any more."
    next_step = "Choose another agent in the settings of this automation."
