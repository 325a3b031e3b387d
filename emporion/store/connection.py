"""Reaching ClickHouse: in this process (chDB) or over HTTP, behind the same client and the same errors."""

import contextlib
import fcntl
import os
import queue
import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote, urlsplit

from emporion.store.errors import InvalidQuery, StoreBusy, StoreUnavailable
from emporion.store.priority import step_back

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client

DEFAULT_DATABASE = "emporion"

# Codes of ClickHouse that say "not now" rather than "not like this": time-outs, memory, read-only replicas, keeper, logins.
_NOT_NOW = frozenset(
    {159, 160, 164, 170, 202, 203, 209, 210, 225, 236, 241, 242, 243, 252, 254, 279, 285, 286, 319, 394, 425, 516, 999}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where the event store is; a folder (`path`) or a server."""

    path: Path | None = None
    host: str = ""
    port: int = 0
    secure: bool = False
    username: str = "default"
    password: str = field(default="", repr=False)
    database: str = DEFAULT_DATABASE
    cluster: str = ""

    @classmethod
    def parse(cls, url: str) -> "Address":
        """Reads `chdb:///abs/path` or `http(s)://user:pass@host:port/database[?cluster=name]`."""
        parts = urlsplit(url)
        if parts.scheme == "chdb" and not parts.netloc and parts.path.startswith("/"):
            return cls(path=Path(unquote(parts.path)))
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError(
                "an event store is chdb:///absolute/path or http(s)://user:password@host:port/database[?cluster=name]"
            )
        secure = parts.scheme == "https"
        return cls(
            host=parts.hostname,
            port=parts.port or (8443 if secure else 8123),
            secure=secure,
            username=unquote(parts.username or "default"),
            password=unquote(parts.password or ""),
            database=unquote(parts.path.strip("/")) or DEFAULT_DATABASE,
            cluster=parse_qs(parts.query).get("cluster", [""])[0],
        )


def refuse_second_process(path: Path) -> None:
    """Raises StoreBusy when another process has this folder open; chDB would only say so on stderr, after a second."""
    status = path / "status"
    if not status.exists():
        return
    with status.open("rb") as file:
        text = file.read(200).decode(errors="replace")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            found = re.search(r"PID: (\d+)", text)
            pid = int(found[1]) if found else None
            if pid != os.getpid():
                raise StoreBusy(f"The event store in {path} is open in process {pid or 'unknown'}.", pid=pid) from None


@contextmanager
def translated() -> Iterator[None]:
    """Turns the client's errors into facts: the store is away, or the question is wrong."""
    from clickhouse_connect.driver import exceptions as driver  # noqa: PLC0415 -- a quarter of a second that appenders never need
    from urllib3.exceptions import HTTPError  # noqa: PLC0415 -- comes with the client

    try:
        yield
    except (driver.OperationalError, HTTPError, ConnectionError, TimeoutError) as error:
        raise StoreUnavailable(reason=_short(error)) from error
    except driver.DatabaseError as error:
        code = getattr(error, "code", None)
        kind = StoreUnavailable if code is None or code in _NOT_NOW else InvalidQuery
        raise kind(reason=_short(error), code=code) from error
    except (driver.Error, driver.ProgrammingError) as error:
        raise InvalidQuery(reason=_short(error)) from error


def _short(error: Exception) -> str:
    """The first line, without the addresses and credentials that a URL in it may hold."""
    return re.sub(r"//[^@\s/]*@", "//", str(error).partition("\n")[0])[:400]


_CLOSED = "The event store is closed."
_PATIENCE_SECONDS = 10  # for a question that is under way when the store is closed


class Clients:
    """A few clients, lent one caller at a time, because a chDB handle serves one query at a time; opened when first needed."""

    def __init__(self, address: Address, size: int = 4) -> None:
        self.address = address
        self._idle: queue.LifoQueue[Client] = queue.LifoQueue()
        self._to_open = threading.Semaphore(size)
        self._changing = threading.Lock()
        self._opened = 0
        self.is_closed = False

    @contextmanager
    def lend(self) -> Iterator["Client"]:
        """A client for the length of the block; its errors come out translated."""
        if self.is_closed:
            raise StoreUnavailable(_CLOSED)
        with translated():
            client = self._take()
            try:
                yield client
            finally:
                self._idle.put(client)

    def _take(self) -> "Client":
        try:
            return self._idle.get_nowait()
        except queue.Empty:
            if not self._to_open.acquire(blocking=False):
                return self._wait()
        try:
            opened = self._open()
        except BaseException:
            self._to_open.release()
            raise
        with self._changing:
            if not self.is_closed:
                self._opened += 1
                return opened
        opened.close()
        raise StoreUnavailable(_CLOSED)

    def _wait(self) -> "Client":
        while not self.is_closed:
            with contextlib.suppress(queue.Empty):
                return self._idle.get(timeout=1)
        raise StoreUnavailable(_CLOSED)

    def _open(self) -> "Client":
        import clickhouse_connect  # noqa: PLC0415 -- see translated()

        address = self.address
        settings = {"final": 1, "do_not_merge_across_partitions_select_final": 1}
        if address.path is not None:
            refuse_second_process(address.path)
            address.path.mkdir(parents=True, exist_ok=True)
            # Its threads inherit the priority of the one that opens it.
            with ThreadPoolExecutor(1, thread_name_prefix="store-opening", initializer=step_back) as lane:
                opened = lane.submit(
                    clickhouse_connect.get_client,
                    interface="chdb",
                    path=str(address.path),
                    tz_mode="aware",
                    settings=settings,
                )
                return opened.result()
        return clickhouse_connect.get_client(
            interface="https" if address.secure else "http",
            host=address.host,
            port=address.port,
            username=address.username,
            password=address.password,
            connect_timeout=3,
            send_receive_timeout=60,
            autogenerate_session_id=False,  # a session admits one query at a time
            tz_mode="aware",
            settings=settings,
        )

    def close(self) -> None:
        """Closes the clients, those that are lent when they come back; chDB gives its folder back with the last one."""
        self.is_closed = True
        with self._changing, contextlib.suppress(queue.Empty):
            while self._opened:
                self._idle.get(timeout=_PATIENCE_SECONDS).close()
                self._opened -= 1
