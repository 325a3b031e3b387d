"""What the checkout refuses, with the data that explains it."""

from emporion.kernel.errors import Conflict, Denied, Invalid, NotFound


class TermsNotAccepted(Invalid):
    """The buyer did not agree to the terms."""

    title = "Please agree to the terms first."
    next_step = "Tick the box above the button."


class NotForSaleHere(Invalid):
    """The plan is sold by request only."""

    title = "This plan is sold on request."
    next_step = "Send a request; the provider answers by e-mail."


class CardMissing(Invalid):
    """Card was chosen, but no card was given."""

    title = "No card was given."
    next_step = "Enter a card, or choose another payment method."


class SignedOut(Invalid):
    """The form was filled in by somebody who was signed in then."""

    title = "You were signed out meanwhile, so nothing was bought."
    next_step = "Log in below; what you chose is kept."


class CookiesLost(Invalid):
    """The form came without the cookies of the page that it was on."""

    title = "Your browser had lost the cookies of this page, so nothing was bought."
    next_step = "What you entered is kept. Look it over and press the button again."


class HeldAlready(Conflict):
    """The organisation has the same plan already, and nobody said that it is to have another one."""

    title = "Your organization has this already, so nothing was bought."
    next_step = "Tick the box for another one above the button, if you want one more."


class MayNotBuy(Denied):
    """The person's role does not allow purchases in this project."""

    title = "Your role in this organization does not include buying."
    next_step = "Ask an owner or manager to buy it, or to make you an admin of the project."


class UnknownOrder(NotFound):
    """There is no such order for this actor."""

    title = "There is no such order in your organization."
    next_step = "Look at your orders, or switch to the organization that placed it."


class OrderKeyReused(Conflict):
    """The key stands for an order of something else."""

    title = "This key already stands for another order."
    next_step = "Send a new key for a new order; repeat the old one only with the same content."


class FormUsed(Conflict):
    """The form was sent before with another choice; that order stands, and this one would be a second."""

    title = "This form was sent before, and that order was made."
    next_step = "Look at your orders. To buy this as well, press the button again."


class OrderNotPayable(Conflict):
    """The order is paid, or its payment is still on its way: paying again could charge twice."""

    title = "This order cannot be paid again now."
    next_step = "Look at the order: it shows where the payment stands."


class PaymentRefused(Conflict):
    """The payment did not go through; nothing was charged and the order can be paid in another way."""

    title = "The payment did not go through. Nothing was charged."
    next_step = "Pay the same order with another method."


class RefundNotOffered(Conflict):
    """The time for asking the money back is over, the order was never paid, or its money is on its way back."""

    title = "The money of this order cannot be asked back here."
    next_step = "Answer the mail with its receipt: a person reads it."


class NothingToGiveBack(NotFound):
    """No order of this number was paid."""

    title = "No paid order has this number."
    next_step = "Take the number from the buyer's request, such as EM-7K2M-Q4XR."
