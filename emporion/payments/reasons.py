"""The buyer's words for every reason: what happened, what was kept, what to do now."""

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as words

from emporion.payments.types import Explanation, Reason

_OTHER_CARD = words("Use another card, or choose another payment method.")
_WORDS = {
    Reason.NONE: ("", ""),
    Reason.DECLINED: (words("Your bank declined the card. Nothing was charged."), _OTHER_CARD),
    Reason.INSUFFICIENT_FUNDS: (words("The card does not have enough funds. Nothing was charged."), _OTHER_CARD),
    Reason.EXPIRED_CARD: (words("The card has expired. Nothing was charged."), _OTHER_CARD),
    Reason.INCORRECT_CVC: (
        words("The security code is not right. Nothing was charged."),
        words("Check the three digits on the back of the card and try again."),
    ),
    Reason.PROCESSING_ERROR: (
        words("The card could not be processed. Nothing was charged."),
        words("Try again in a minute, or use another card."),
    ),
    Reason.AUTHENTICATION_FAILED: (
        words("Your bank could not confirm that it was you. Nothing was charged."),
        words("Try again and confirm the payment with your bank, or use another card."),
    ),
    Reason.ABANDONED: (
        words("The payment was not confirmed in time. Nothing was charged."),
        words("Start the payment again when you are ready."),
    ),
    Reason.RETURNED: (
        words("Your bank returned the payment after all. Nothing was charged."),
        _OTHER_CARD,
    ),
    Reason.NEVER_SENT: (
        words("The payment did not reach the provider. Nothing was charged."),
        words("Start the payment again."),
    ),
    Reason.INSUFFICIENT_CREDIT: (
        words("The wallet does not hold enough credit. Nothing was taken."),
        words("Add credit to the wallet, or choose another payment method."),
    ),
    Reason.CANCELLED: (words("The payment was cancelled. Nothing was charged."), words("Start the payment again.")),
    Reason.PROVIDER_SILENT: (
        words("The payment provider has not answered yet. You are not charged twice."),
        words("Wait a moment: we keep asking, and tell you by e-mail."),
    ),
    Reason.AWAITING_TRANSFER: (
        words("We are waiting for your bank transfer."),
        words("Pay the invoice by its due date and give its reference."),
    ),
}


def explanation(reason: Reason) -> Explanation:
    """The words for a reason, in the reader's language."""
    message, next_step = _WORDS[reason]
    return Explanation(message=gettext(message) if message else "", next_step=gettext(next_step) if next_step else "")
