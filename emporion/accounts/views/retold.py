"""Tells refusals on the page that the form came from, where that helps more than a page of its own."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.contrib import messages
from django.http import HttpRequest

from emporion.kernel.errors import Conflict, Invalid, Limit


@contextmanager
def retold(request: HttpRequest, done: str = "") -> Iterator[None]:
    """Say `done` when the block went through; say why not when the rules refused what can be corrected.

    `Denied` and `NotFound` pass: they get their own status.
    """
    try:
        yield
    except (Invalid, Conflict, Limit) as error:
        messages.error(request, f"{error.message} {error.step}")
    else:
        if done:
            messages.success(request, done)
