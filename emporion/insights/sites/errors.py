"""What can be wrong with a website that is to be measured."""

from emporion.kernel.errors import Conflict, Invalid, Limit, NotFound


class SiteNotFound(NotFound):
    """There is no such website among those that the actor sees."""

    title = "There is no such website here."
    next_step = "Choose one of your websites."


class DomainInvalid(Invalid):
    """What was given is no domain that a website can have; `reason` says why."""

    title = "This is not the domain of a website."
    next_step = "Write it as in the address bar, for example example.com, without https:// and without a path."


class SiteExists(Conflict):
    """The project measures this domain already."""

    title = "This website is already in the project."
    next_step = "Open it, or choose another project."


class AddressInvalid(Invalid):
    """What was given is no address or network; `address` says which."""

    title = "This is not an internet address."
    next_step = "Write an address such as 203.0.113.7, or a network such as 203.0.113.0/24."


class SiteAlreadyThere(Conflict):
    """A removed website cannot come back because its domain is measured again; `domain` names it."""

    title = "Another website of the project has this domain now."
    next_step = "Remove the other one first, or keep it."


class ChosenByEnvironment(Conflict):
    """The environment names the website that measures this installation."""

    title = "`EMPORION_OWN_SITE` names the website that measures this installation."
    next_step = "Take the variable out of the environment to choose here."


class SitesFull(Limit):
    """The plan has room for no further website."""

    title = "Your plan has no room for another website."
    next_step = "Choose a larger plan of Insights, or remove a website that you no longer measure."
