"""What billing refuses, with the data that explains it."""

from emporion.kernel.errors import Conflict, Invalid, Limit, NotFound


class UnknownPlan(NotFound):
    """The plan does not exist, or is no longer sold."""

    title = "This plan is not on sale."
    next_step = "Choose one of the plans on the product's page."


class PlanNotPriced(Invalid):
    """The plan has no price for this cycle, or is sold by request only."""

    title = "This plan cannot be bought with this billing cycle."
    next_step = "Choose another billing cycle or plan."


class UnknownSubscription(NotFound):
    """There is no such subscription for this actor."""

    title = "There is no such subscription in your organization."
    next_step = "Look at your subscriptions, or switch to the organization that owns it."


class EventCountedDifferently(Conflict):
    """An event id came a second time with another quantity; the first count stands."""

    title = "This event was counted before with another quantity."
    next_step = "Send a correction under an event id of its own."


class QuantityTooFine(Invalid):
    """A quantity has more than six decimals, which counters cannot hold exactly."""

    title = "A quantity counts at most six decimals."
    next_step = "Send the quantity in whole units or with fewer decimals."


class LimitReached(Limit):
    """The plan's limit holds this use back; nothing already received is lost."""

    title = "The plan's limit is reached."
    next_step = "Choose a larger plan, or wait for the next period."


class NotChangeable(Conflict):
    """The subscription's state does not allow the change."""

    title = "This subscription cannot be changed now."
    next_step = "Load the page again to see where it stands."
