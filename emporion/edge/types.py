"""What the data plane is started with."""

from dataclasses import dataclass, field
from pathlib import Path

import msgspec


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeSettings:
    """Where an edge process reads and writes; `folder` holds the snapshot and the salts and is shared by all edge processes.

    `secret` is the installation's: it checks the tickets of those who watch a website live and opens the keys of providers.
    `outbound_allow` lists upstreams that are not public; `waits_for_disk` has the gateway's answers wait for the disk.
    `public_url` is where we are reached.
    """

    spool: Path
    folder: Path
    trusted_proxies: tuple[str, ...] = ()
    geo_database: str = ""
    secret: str = field(default="", repr=False)
    outbound_allow: str = ""
    waits_for_disk: bool = False
    public_url: str = ""

    @property
    def snapshot(self) -> Path:
        """The file that says what is to be collected."""
        return self.folder / "snapshot.msgpack"

    @property
    def gateway_snapshot(self) -> Path:
        """The file that says which keys and APIs there are."""
        return self.folder / "gateway.msgpack"

    @property
    def signals_snapshot(self) -> Path:
        """The file that says which heartbeats are waited for."""
        return self.folder / "signals.msgpack"

    @property
    def budgets(self) -> Path:
        """The folder in which the processes of this machine count what is spent."""
        return self.folder / "budgets"

    @property
    def salts(self) -> Path:
        """The folder of the salts, which must not be part of a backup."""
        return self.folder / "salts"


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What a request is answered with, whatever server sends it."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...] = ()
    body: bytes = b""
