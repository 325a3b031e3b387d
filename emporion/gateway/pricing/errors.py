"""What can be wrong with a price of one's own, or with a correction of costs."""

from emporion.kernel.errors import Invalid, NotFound


class PriceNotFound(NotFound):
    """There is no such own price in the actor's organisation."""

    title = "There is no such price here."
    next_step = "Choose one of the prices of your organization."


class PriceInvalid(Invalid):
    """Something of an own price does not fit; `field` names it."""

    title = "This price cannot be kept like this."
    next_step = "Correct the field that is named."


class CorrectionNotFound(NotFound):
    """There is no such correction in a project that the actor sees."""

    title = "There is no such correction here."
    next_step = "Choose one of the corrections of your project."


class CorrectionInvalid(Invalid):
    """The stretch of time that should be priced again is none; `field` names what does not fit."""

    title = "These calls cannot be priced again."
    next_step = "Choose a day that has passed, and one before it."
