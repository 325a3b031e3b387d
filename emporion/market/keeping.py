"""Keeps what was made, because thousands ask the same of it: whole answers of one state of the catalogue, and drawn pieces.

What is kept is the same for everybody: nothing about a person may go in here.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from functools import lru_cache
from uuid import UUID

from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language

MOST_ENTRIES = 2_000
MOST_LENGTH = 300_000
MOST_PIECES = 6_000


class Keeper:
    """A small store of texts by key, the least used dropped first."""

    def __init__(self, most: int = MOST_ENTRIES) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._version = UUID(int=0)
        self._texts: OrderedDict[tuple[object, ...], str] = OrderedDict()

    def keep(self, version: UUID, key: tuple[object, ...], make: Callable[[], str]) -> str:
        """The text for this key at this version, made when it is not there."""
        with self._lock:
            if version != self._version:
                self._texts.clear()
                self._version = version
            if key in self._texts:
                self._texts.move_to_end(key)
                return self._texts[key]
        text = make()
        if len(text) <= MOST_LENGTH:
            with self._lock:
                if version == self._version:
                    self._texts[key] = text
                    if len(self._texts) > self._most:
                        self._texts.popitem(last=False)
        return text


surroundings = Keeper(most=100)
results = Keeper(most=500)
answers = Keeper(most=500)


def drawn(template_name: str, **values: Hashable) -> SafeString:
    """A template's output, which nothing but these values and the reader's language decides, drawn once."""
    return _drawn(template_name, get_language(), **values)


@lru_cache(maxsize=MOST_PIECES, typed=True)  # typed: what is marked as safe is not escaped
def _drawn(template_name: str, _language: str | None, **values: Hashable) -> SafeString:
    return render_to_string(template_name, values)
