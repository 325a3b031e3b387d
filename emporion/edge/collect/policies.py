"""A website as the steps ask it: which hosts are its own, which addresses and paths do not count."""

import ipaddress
import re
from functools import lru_cache

from emporion.edge.collect.clients import Client, Network
from emporion.insights.sites.types import Collection

_LOCAL = re.compile(r"localhost|.+\.localhost|127(\.\d{1,3}){3}|::1|0\.0\.0\.0")


class SitePolicy:
    """What a website lets in, worked out once for each version of its settings."""

    def __init__(self, collection: Collection) -> None:
        self.collection = collection
        self.site_id = collection.site_id
        self.key = collection.site_id.bytes
        self._hosts = tuple(host.lower().rstrip(".") for host in (collection.domain, *collection.hostnames))
        self._suffixes = tuple(f".{host.removeprefix('www.')}" for host in self._hosts)
        self._networks = tuple(_networks(collection.excluded_addresses))
        self._paths = _pattern(collection.excluded_paths)
        self.owns = lru_cache(maxsize=256)(self._owns)

    def _owns(self, host: str) -> bool:
        """Whether a page of this host is the website's: its domain, what lies below it, and the hosts that were named."""
        if host in self._hosts or f".{host}".endswith(self._suffixes):
            return True
        return self.collection.allows_localhost and _LOCAL.fullmatch(host) is not None

    def excludes_address(self, client: Client) -> bool:
        """Whether the owner does not want to count this address."""
        return bool(self._networks) and any(client.address in network for network in self._networks)

    def excludes_path(self, path: str) -> bool:
        """Whether the owner does not want to count this page; `*` stands for anything."""
        return self._paths is not None and self._paths.fullmatch(path) is not None


def _networks(texts: tuple[str, ...]) -> list[Network]:
    found = []
    for text in texts:
        try:
            found.append(ipaddress.ip_network(text.strip(), strict=False))
        except ValueError:
            continue  # the form that takes addresses says what is wrong with one; here the others must go on working
    return found


def _pattern(paths: tuple[str, ...]) -> re.Pattern[str] | None:
    parts = [".*".join(map(re.escape, path.split("*"))) for path in paths if path.strip()]
    return re.compile("|".join(parts), re.DOTALL) if parts else None
