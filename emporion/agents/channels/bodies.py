"""What callers of the channels send, read within bounds: whatever it is, they are told what is wrong with it."""

from typing import TypeVar

import msgspec
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.http import HttpRequest

from emporion.agents.channels.errors import BodyTooLarge
from emporion.kernel.errors import Invalid
from emporion.plumbing.parsing import named, worded

T = TypeVar("T")


def parsed(request: HttpRequest, kind: type[T], *, largest: int) -> T:
    """The JSON of a request; `BodyTooLarge` beyond so many bytes, `Invalid` for what is no JSON or not this."""
    body = _body(request, largest)
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        raise Invalid(worded(error, kind), next_step="Correct the field that is named.", **named(error)) from error
    except UnicodeDecodeError as error:
        raise Invalid("The body is not UTF-8.", next_step="Send JSON in UTF-8.") from error
    except (msgspec.DecodeError, RecursionError) as error:
        raise Invalid("The body is not JSON.", next_step="Send JSON, and Content-Type: application/json.") from error


def asked(request: HttpRequest, name: str) -> str:
    """A field of the address; `BodyTooLarge` where it has more of them than the framework reads."""
    try:
        return request.GET.get(name, "")
    except TooManyFieldsSent as error:
        raise BodyTooLarge("The address has too many fields.", next_step=f"Send no other field than `{name}`.") from error


def _body(request: HttpRequest, largest: int) -> bytes:
    try:
        body = request.body
    except RequestDataTooBig as error:  # the framework's own bound, looked at before any of it is read
        raise BodyTooLarge(limit_bytes=largest) from error
    if len(body) > largest:
        raise BodyTooLarge(limit_bytes=largest)
    return body
