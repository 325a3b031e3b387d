"""Who sent a request: the address is believed from headers only where a configured proxy says so, and is kept nowhere."""

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_UNKNOWN = ipaddress.IPv4Address(0)
# In this order, and only where every hop of X-Forwarded-For is a proxy of ours.
_REAL_ADDRESS = (b"x-datafast-real-ip", b"cf-connecting-ip", b"x-real-ip")


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """A visitor's address for as long as the request lasts; `packed` feeds the keyed hash."""

    address: ipaddress.IPv4Address | ipaddress.IPv6Address
    packed: bytes
    is_global: bool

    def __repr__(self) -> str:
        """Without the address, so that no log and no traceback shows it."""
        return "Client(…)"


@lru_cache(maxsize=8_192)
def client_at(text: str) -> Client:
    """The client at an address; what is no address is one unknown client."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        address = _UNKNOWN
    mapped = getattr(address, "ipv4_mapped", None)
    address = mapped or address
    return Client(address=address, packed=address.packed, is_global=address.is_global)


class ProxyTrust:
    """The proxies whose headers are believed: addresses or networks, as EMPORION_TRUSTED_PROXIES lists them."""

    def __init__(self, proxies: Sequence[str]) -> None:
        self._networks: tuple[Network, ...] = tuple(ipaddress.ip_network(one, strict=False) for one in proxies)
        self._trusts = lru_cache(maxsize=8_192)(self._look)

    def _look(self, text: str) -> bool:
        client = client_at(text)
        return client.address is not _UNKNOWN and any(client.address in network for network in self._networks)

    def address_of(self, peer: str, headers: Mapping[bytes, bytes]) -> str:
        """The visitor's address: the last hop that is no proxy of ours; without trust, the connection's own."""
        if not self._networks or not self._trusts(peer):
            return peer
        address = peer
        hops = headers.get(b"x-forwarded-for", b"").decode("latin-1").split(",")
        for hop in reversed(hops):
            if not hop.strip():
                break
            address = _bare(hop.strip())
            if not self._trusts(address):
                return address
        for name in _REAL_ADDRESS:
            if told := headers.get(name):
                return _bare(told.decode("latin-1").strip())
        return address


def _bare(hop: str) -> str:
    """An address without the port and brackets that some proxies write."""
    if hop.startswith("["):
        return hop[1:].partition("]")[0]
    return hop.partition(":")[0] if hop.count(":") == 1 else hop
