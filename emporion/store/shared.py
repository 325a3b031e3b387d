"""The event store of this process, one for each address: whoever asks shares its few clients."""

import threading

from emporion.store.query import EventStore, open_store

_lock = threading.Lock()
_open: dict[str, EventStore] = {}


def shared_store(url: str) -> EventStore:
    """The store at an address, opened by the first who asks and not yet closed."""
    with _lock:
        found = _open.get(url)
        if found is None or found.is_closed:
            found = _open[url] = open_store(url)
        return found


def close_shared(*, but: str = "") -> None:
    """Gives the embedded ones back, so that this process may open their engine elsewhere; asked again, they open again."""
    with _lock:
        for url in [url for url, store in _open.items() if url != but and store.is_embedded]:
            _open.pop(url).close()
