"""Connections to upstreams: opened to the address that was checked, for the name that was asked, and kept for the next call."""

import asyncio
import socket
import ssl
import time
from collections import defaultdict
from dataclasses import dataclass
from functools import cache

import certifi

from emporion.edge.gateway.wire import Connection, NoConnection
from emporion.plumbing.addresses import Place, choose
from emporion.plumbing.errors import AddressRefused

CONNECT_SECONDS = 10.0
IDLE_SECONDS = 45.0  # most servers keep a connection for a minute or longer
_NAME_SECONDS = 30.0
MOST_IDLE = 256
_SWEEP_SECONDS = 10.0


class Forbidden(NoConnection):
    """The upstream's address is not public, and the operator does not allow it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """An upstream's place; `is_internal` past the outbound guard."""

    place: Place
    is_internal: bool = False


class Pool:
    """The idle connections of this process, by place; for one event loop."""

    def __init__(self, *, allowed: frozenset[str] = frozenset()) -> None:
        self._allowed = allowed
        self._idle: dict[Where, list[Connection]] = defaultdict(list)
        self._names: dict[Where, tuple[float, str]] = {}
        self._swept_at = 0.0

    def take(self, where: Where) -> Connection | None:
        """An idle connection, the one used last, or None."""
        idle = self._idle.get(where)
        while idle:
            connection = idle.pop()
            if connection.is_open and time.monotonic() - connection.idle_since < IDLE_SECONDS:
                return connection
            connection.close()
        return None

    async def connect(self, where: Where) -> Connection:
        """A new connection; NoConnection."""
        place = where.place
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                address = await self._address(where)
                _, connection = await asyncio.get_running_loop().create_connection(
                    Connection,
                    address,
                    place.port,
                    ssl=tls() if place.scheme == "https" else None,
                    server_hostname=place.host if place.scheme == "https" else None,
                )
        except ssl.SSLCertVerificationError as error:
            raise NoConnection(f"certificate: {error.verify_message}") from error
        except ssl.SSLError as error:
            raise NoConnection(f"tls: {error.reason or 'handshake failed'}") from error
        except TimeoutError as error:
            raise NoConnection("connect: no answer in time") from error
        except socket.gaierror as error:
            raise NoConnection("name: not known") from error
        except OSError as error:
            self._names.pop(where, None)
            raise NoConnection(f"connect: {error.strerror or type(error).__name__}") from error
        return connection

    def give_back(self, where: Where, connection: Connection) -> None:
        """Keeps a connection for the next call, if another may follow on it."""
        if time.monotonic() - self._swept_at > _SWEEP_SECONDS:
            self._sweep(time.monotonic())
        idle = self._idle[where]
        if connection.is_reusable and len(idle) < MOST_IDLE:
            connection.idle_since = time.monotonic()
            idle.append(connection)
        else:
            connection.close()

    def close(self) -> None:
        """Ends what is idle."""
        for idle in self._idle.values():
            for connection in idle:
                connection.close()
        self._idle.clear()

    def _sweep(self, now: float) -> None:
        """Ends what nobody came back for: each holds a descriptor, and an upstream that means harm never hangs up."""
        self._swept_at = now
        for where, idle in list(self._idle.items()):
            kept = [one for one in idle if one.is_open and now - one.idle_since < IDLE_SECONDS]
            for connection in set(idle) - set(kept):
                connection.close()
            idle[:] = kept
            if not kept:
                del self._idle[where]
        self._names = {where: known for where, known in self._names.items() if now - known[0] < _NAME_SECONDS}

    async def _address(self, where: Where) -> str:
        known = self._names.get(where)
        if known is not None and time.monotonic() - known[0] < _NAME_SECONDS:
            return known[1]
        place = where.place
        found = await asyncio.get_running_loop().getaddrinfo(place.host, place.port, type=socket.SOCK_STREAM)
        addresses = [str(entry[4][0]) for entry in found]
        try:
            address = addresses[0] if where.is_internal else choose(place, addresses, allowed=self._allowed)
        except AddressRefused as error:
            raise Forbidden("address: not a public one") from error
        self._names[where] = (time.monotonic(), address)
        return address


@cache
def tls() -> ssl.SSLContext:
    """What upstreams' certificates are checked against: the usual authorities, and those that the operator's system trusts."""
    context = ssl.create_default_context(cafile=certifi.where())
    context.load_default_certs()
    context.set_alpn_protocols(["http/1.1"])
    return context
