"""What payments refuse, with the data that explains it; never a card number or token."""

from emporion.kernel.errors import Conflict, Denied, Invalid, Limit, NotFound, Unavailable


class CardNumberRefused(Invalid):
    """Something that looks like a card number reached the server; it was neither stored nor logged."""

    title = "A card number was sent to the server and refused."
    next_step = "Enter the card in the card field, which turns it into a token in your browser."


class UnknownToken(Invalid):
    """The provider does not know the token."""

    title = "This card token is not known."
    next_step = "Enter the card again."


class MethodNotOffered(Invalid):
    """The payment method is not configured on this installation."""

    title = "This payment method is not offered here."
    next_step = "Choose another payment method."


class AmountNotPayable(Invalid):
    """The amount is zero or negative."""

    title = "Only an amount above zero can be paid."
    next_step = "Nothing is due: complete the purchase without a payment."


class PaymentKeyReused(Conflict):
    """The idempotency key came before with other content."""

    title = "This idempotency key already stands for another payment."
    next_step = "Send a new key for a new payment; repeat the old one only with the same content."


class InvoiceNotOpen(Conflict):
    """The invoice is paid, or was withdrawn."""

    title = "Nothing is due on this invoice."
    next_step = "Load the page again: it shows where the payment stands."


class InvoiceBeingPaid(Conflict):
    """Another payment of the invoice is under way: a second one could charge twice."""

    title = "A payment of this invoice is under way already."
    next_step = "Finish or cancel it first; its page shows where it stands."


class RefundTooLarge(Conflict):
    """More was asked for than is left of the captured amount."""

    title = "The refund is larger than what is left of the payment."
    next_step = "Refund at most what is left."


class PaymentNotRefundable(Conflict):
    """The payment has not been captured."""

    title = "Only a payment that went through can be refunded."
    next_step = "Wait until the payment succeeded, or cancel the order instead."


class TransferMismatch(Conflict):
    """The transferred amount differs from the amount of the invoice."""

    title = "The transfer does not match the amount due."
    next_step = "Record exactly the amount due; keep the difference for another invoice."


class ProviderDisagrees(Conflict):
    """The provider tells another amount than was asked for; nothing is applied, and somebody has to look."""

    title = "The payment provider tells another amount than was asked for."
    next_step = "Compare the payment with the provider's own list."


class WebhookRefused(Denied):
    """A webhook without a valid, fresh signature; `why` says which check failed."""

    title = "The webhook was refused."
    next_step = "Check the signing secret and the clock of the sender."


class WebhooksDisabled(NotFound):
    """No signing secret is configured for this provider, so that nothing can be trusted."""

    title = "This provider sends no webhooks here."
    next_step = "Configure its signing secret first."


class TooManyRefusals(Limit):
    """Cards were refused so often in an hour that somebody may be trying out numbers."""

    title = "Too many payments were refused."
    next_step = "Wait an hour, or pay by invoice."


class ProviderUnreachable(Unavailable):
    """The provider did not answer in time; whether it acted is found out by asking again."""

    title = "The payment provider does not answer."
    next_step = "We keep asking it; you are not charged twice."
