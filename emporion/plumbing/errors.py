"""What the plumbing refuses."""

from emporion.kernel.errors import Conflict, Denied, Invalid, Limit, Unavailable


class KeyReused(Conflict):
    """The idempotency key came before with other content."""

    title = "This Idempotency-Key was used before for a different request."
    next_step = "Use a new key for a new request; repeat a request with exactly the same content."


class KeyMissing(Invalid):
    """A money-moving request came without its key."""

    title = "The Idempotency-Key header is missing."
    next_step = "Send a unique Idempotency-Key with each purchase, and the same one when you repeat it."


class AddressRefused(Denied):
    """The address leads to a private, local or otherwise unreachable network."""

    title = "This address cannot be read from here."
    next_step = "Use a public http:// or https:// address."


class AddressUnreachable(Unavailable):
    """The address is allowed, but nothing usable answers there."""

    title = "This address does not answer."
    next_step = "Check the address and try again."


class AnswerTooLarge(Limit):
    """The answer is longer than we are willing to read."""

    title = "What is at this address is too large."
    next_step = "Point to a smaller page or upload the part that matters as a file."


class TooManyRequests(Limit):
    """More requests in a window than are allowed."""

    title = "Too many requests in a short time."
    next_step = "Wait until the time given in Retry-After, then try again."
