"""What the ledger refuses, with the data that explains it."""

from emporion.kernel.errors import Conflict, Invalid, Limit


class UnbalancedEntry(Invalid):
    """The lines of an entry do not sum to zero in a currency, or there are fewer than two."""

    title = "The entry does not balance."
    next_step = "Every debit needs credits of the same sum in the same currency."


class CurrencyMismatch(Invalid):
    """An amount in one currency meets an account or wallet in another."""

    title = "The amount is in another currency than the account."
    next_step = "Use an account in the currency of the amount."


class AmountNotPositive(Invalid):
    """A verb that moves money was given nothing or less."""

    title = "The amount has to be more than zero."
    next_step = "Give a positive amount."


class KeyReused(Conflict):
    """The key was used before for something else; keys are kept for ever."""

    title = "This key already stands for another movement of money."
    next_step = "Send a new key for a new movement; repeat the old one only with the same content."


class InsufficientCredit(Limit):
    """The wallet holds less than was asked for; nothing was taken."""

    title = "The wallet does not hold enough credit."
    next_step = "Add credit to the wallet, or choose another payment method."
