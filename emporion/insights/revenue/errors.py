"""What revenue refuses, with the data that explains it; never a key or a secret."""

from emporion.kernel.errors import Conflict, Invalid, NotFound


class PaymentNotFound(NotFound):
    """No payment of that id on this website."""

    title = "This payment is not known here."
    next_step = "Go back to the list of payments."


class ConnectionNotFound(NotFound):
    """The way in was disconnected, or never was."""

    title = "Nothing is connected at this address."
    next_step = "Connect payments again and use the new address."


class WebhookUnreadable(Invalid):
    """Signed, but no event that can be read."""

    title = "This is not an event."
    next_step = "Send events of Stripe, or of its shape, as JSON."


class KeyRefused(Invalid):
    """A key that we do not want to hold; `reason` says why."""

    title = "This key cannot be used."
    next_step = "Create a restricted key (rk_…) with read access in Stripe and paste that."


class SecretRefused(Invalid):
    """Not a signing secret."""

    title = "This is not a signing secret."
    next_step = "Copy the signing secret of the endpoint from Stripe; it begins with whsec_."


class AlreadyConnected(Conflict):
    """There is such a way in already."""

    title = "This is connected already."
    next_step = "Disconnect it first to connect another one."


class AmountInvalid(Invalid):
    """An amount below zero, or of nothing that is not a trial."""

    title = "A payment needs an amount above zero."
    next_step = "Send a free trial with is_free_trial, and a refund with refunded."


class TransactionReused(Conflict):
    """The transaction id came before with another amount."""

    title = "This transaction id was used before for another amount."
    next_step = "Send each payment with an id of its own."


class ReportUnreadable(Invalid):
    """A report of a payment whose names or amount cannot be kept; `field` names the one."""

    title = "This payment cannot be read."
    next_step = "Send an id of at most 200 characters and an amount of zero or more that a payment can have."
