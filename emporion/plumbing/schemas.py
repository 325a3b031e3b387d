"""The shapes of our JSON APIs, whichever domain they are of."""

from ninja import Schema
from pydantic import ConfigDict


class Exact(Schema):
    """A shape with the members that it names and no others, as its description says (`additionalProperties: false`).

    Every body that programs send to an API of our own is one, so that a misspelt member is refused and not passed over; an answer
    may be one. Bodies of interfaces that others have defined are none: their clients send more than we read.
    """

    model_config = ConfigDict(extra="forbid")
