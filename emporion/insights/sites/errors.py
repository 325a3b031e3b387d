"""What can be wrong with a website that is to be measured."""

from emporion.kernel.errors import Conflict, Invalid, NotFound


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
