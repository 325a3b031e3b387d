"""Keeps what was made from one state of the catalogue, because thousands ask the same of it; another state starts afresh.

What is kept is the same for everybody: nothing about a person may go in here.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable
from uuid import UUID

MOST_ENTRIES = 2_000
MOST_LENGTH = 300_000


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


cards = Keeper(most=8_000)
values = Keeper(most=4_000)
surroundings = Keeper(most=100)
results = Keeper(most=500)
answers = Keeper(most=500)
