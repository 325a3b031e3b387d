"""Errors are facts that carry data and know no HTTP; `plumbing.problems` turns their kind into a status."""

from typing import ClassVar


class DomainError(Exception):
    """Something a person or a program asked for that the rules refuse.

    Subclasses state `title` (what happened) and `next_step` (what to do now); the data that explains the refusal is given
    as keyword arguments, kept as attributes and shown to the caller, so it never holds a secret.
    """

    kind: ClassVar[str] = "error"
    title: ClassVar[str] = "The request was refused."
    next_step: ClassVar[str] = ""

    def __init__(self, message: str = "", *, next_step: str = "", **facts: object) -> None:
        self.message = message or self.title
        self.step = next_step or self.next_step
        self.facts = facts
        super().__init__(self.message)

    def __getattr__(self, name: str) -> object:
        facts = self.__dict__.get("facts", {})
        if name in facts:
            return facts[name]
        raise AttributeError(name)

    def __str__(self) -> str:
        """The message, then the data behind it."""
        data = ", ".join(f"{name}={value!r}" for name, value in self.facts.items())
        return f"{self.message} ({data})" if data else self.message


class NotFound(DomainError):
    """The thing does not exist for this actor; a stranger cannot tell this from `Denied`."""

    kind = "not-found"
    title = "There is nothing here for you to see."
    next_step = "Check the address, or switch to the organization that owns it."


class Denied(DomainError):
    """The actor is known but may not do this."""

    kind = "denied"
    title = "You do not have the right to do this."
    next_step = "Ask an owner of the organization for the role that you need."


class Invalid(DomainError):
    """The input does not make sense; `field` names the offending one."""

    kind = "invalid"
    title = "Something in the request is not right."
    next_step = "Correct the field that is named and send it again."


class Conflict(DomainError):
    """The state of the thing does not allow this now, or the same key came with other content."""

    kind = "conflict"
    title = "This cannot be done in the present state."
    next_step = "Load the page again to see the present state."


class Limit(DomainError):
    """A limit of the plan or of the service is reached; `retry_after_seconds` when waiting helps."""

    kind = "limit"
    title = "A limit is reached."
    next_step = "Wait a moment, or move to a larger plan."


class Unavailable(DomainError):
    """Something outside does not answer; nothing was changed by us, or what was changed is named."""

    kind = "unavailable"
    title = "A service that we depend on does not answer."
    next_step = "Try again in a minute; what you entered is kept."
