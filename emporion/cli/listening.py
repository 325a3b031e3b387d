"""Serves one ASGI application in this process until SIGINT or SIGTERM; without Django, so that the data plane can use it."""

import asyncio
import errno
import gc
import signal
import socket
import sys

from granian.constants import Interfaces
from granian.server.embed import Server
from starlette.types import ASGIApp


def listen(application: ASGIApp, *, host: str, port: int) -> None:
    """Returns when the server has stopped."""
    _settle()
    server = Server(
        application,
        address=host,
        port=port,
        interface=Interfaces.ASGI,
        log_enabled=False,
        websockets=True,
        backlog=1024,
    )
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(_run(server))


def is_free(host: str, port: int) -> bool:
    """Whether the address can be listened on; where not, says why and what to do.

    The server itself would share a port with another process of ours, and each request would go to either of the two.
    """
    if not 0 < port < 65536:
        sys.stdout.write(f"! {port} is no port.\n  Set EMPORION_PORT to a number from 1 to 65535.\n")
        return False
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        with socket.socket(family, socket.SOCK_STREAM) as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a server that ended a moment ago is no obstacle
            tried.bind((host, port))
            tried.listen()
    except OSError as error:
        step = f"Stop what uses it, or choose another port: EMPORION_PORT={port + 1} make run"
        if error.errno != errno.EADDRINUSE:
            step = "Check EMPORION_HOST and EMPORION_PORT; ports below 1024 need more rights."
        sys.stdout.write(f"! {host}:{port} cannot be listened on: {error.strerror}.\n  {step}\n")
        return False
    return True


def _settle() -> None:
    """Fit the collector of garbage to a process that makes few cycles, and the turns of its threads to what they wait for."""
    gc.set_threshold(20_000, 20, 20)
    # Whoever comes back from the disk says so at once, not after the five milliseconds for which a busy loop may keep the lock.
    sys.setswitchinterval(0.0005)


def _loop_factory() -> "type[asyncio.AbstractEventLoop] | None":
    try:
        import uvloop  # noqa: PLC0415 - not on every platform
    except ImportError:
        return None
    return uvloop.Loop


async def _run(server: Server) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, server.stop)
    await server.serve()
