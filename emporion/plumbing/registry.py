"""Finds handlers by the names in the one table of subscriptions, and turns events and payloads into text and back."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import cache
from importlib import import_module
from typing import Any, Protocol, cast, get_type_hints

import msgspec
from django.conf import settings

from emporion.plumbing.types import JobContext


class Subscriptions(Protocol):
    """The shape of `config/subscriptions.py`."""

    LISTENERS: Mapping[str, tuple[str, ...]]
    QUICK: frozenset[str]
    JOBS: Mapping[str, str]
    SCHEDULE: Mapping[str, timedelta]
    EVERYWHERE: Mapping[str, timedelta]


def subscriptions() -> Subscriptions:
    """The one table, named by settings so that it stays above us."""
    return cast("Subscriptions", import_module(settings.SUBSCRIPTIONS))


def event_name(event: object) -> str:
    """`checkout.PurchaseCompleted` for a class of `emporion.checkout.events`."""
    domain = type(event).__module__.removeprefix("emporion.").removesuffix(".events")
    return f"{domain}.{type(event).__name__}"


def encode(payload: object) -> str:
    """A dataclass as JSON text."""
    return msgspec.json.encode(payload).decode()


@cache
def _resolve(handler: str) -> tuple[Callable[..., None], type]:
    module, _, name = handler.partition(":")
    function = getattr(import_module(module), name)
    hints = get_type_hints(function)
    first = next(parameter for parameter in hints if parameter not in {"job", "return"})
    return function, hints[first]


def call(handler: str, payload: str, job: JobContext) -> None:
    """Import the handler if needed and run it with its payload decoded to the type that it declares."""
    function, kind = _resolve(handler)
    value: Any = msgspec.json.decode(payload.encode(), type=kind)
    function(value, job=job)
