"""Which addresses may be reached from here, for both planes: what a person enters must not lead into the operator's network.

Names are resolved by the caller, who then connects to exactly the address that was checked.
"""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from emporion.plumbing.errors import AddressRefused

DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an address leads: a name, or a number, and a port."""

    scheme: str
    host: str
    port: int


def place_of(url: str) -> Place:
    """Where a plain http:// or https:// address leads; anything else is refused. ValueError for a port that is none."""
    parts = urlsplit(url)
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname or parts.username or parts.password:
        raise AddressRefused("Only plain http:// and https:// addresses can be read.", url=url)
    return Place(scheme=parts.scheme, host=parts.hostname, port=parts.port or DEFAULT_PORTS[parts.scheme])


def allowances(text: str) -> frozenset[str]:
    """The hosts, or hosts with ports, that the operator lists although they are not public."""
    return frozenset(entry.strip() for entry in text.split(",") if entry.strip())


def choose(place: Place, addresses: Sequence[str], *, allowed: frozenset[str]) -> str:
    """The address to connect to: the first, if every one is public or the operator allows the place; else `AddressRefused`."""
    is_allowed = place.host in allowed or f"{place.host}:{place.port}" in allowed
    if not is_allowed and not all(is_public(address) for address in addresses):
        raise AddressRefused(url=f"{place.scheme}://{place.host}:{place.port}")
    return addresses[0]


def is_public(address: str) -> bool:
    """Whether an address is one of the internet's, also behind the ways in which one kind of address wraps another."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        ip = ip.ipv4_mapped or ip.sixtofour or ip
    nat64 = ip.version == 6 and ip in ipaddress.ip_network("64:ff9b::/96")
    return ip.is_global and not ip.is_multicast and not nat64
