"""Whatever the other side of a connection does, an exchange is over at its deadline.

Time-outs of sockets begin anew with every byte, so that a server that sends one now and then would hold a thread for days; here
the connection is shut from outside.
"""

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from httpcore import NetworkStream

CONNECTED = "connection.connect_tcp.complete"
SECURED = "connection.start_tls.complete"


@dataclass(slots=True)
class Line:
    """The connection of one exchange, known by what httpcore traces; `is_over` says that its time has run out."""

    stream: NetworkStream | None = None
    is_over: bool = False

    def note(self, name: str, info: Mapping[str, object]) -> None:
        """See the extension `trace` of httpcore."""
        if name in {CONNECTED, SECURED}:
            stream = info.get("return_value")
            self.stream = stream if isinstance(stream, NetworkStream) else self.stream
            if self.is_over:
                self.end()

    def end(self) -> None:
        """Shuts the connection: whoever waits for it waits no longer."""
        self.is_over = True
        connection = self.stream.get_extra_info("socket") if self.stream is not None else None
        if connection is not None:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                return


@contextmanager
def deadline(line: Line, seconds: float) -> Iterator[None]:
    """Ends the exchange that happens on this line after so many seconds."""
    timer = threading.Timer(seconds, line.end)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
