"""A real installation for journeys: `emporion serve` in a data directory of its own, and a host page on another origin."""

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx

READY_SECONDS = 180


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def outside() -> dict[str, str]:
    """The variables of an installation that is not the tests' own; what its encoders compute with is made ready once for all."""
    shared = {"EMPORION_WEIGHTS_DIR": os.environ["EMPORION_WEIGHTS_DIR"]} if "EMPORION_WEIGHTS_DIR" in os.environ else {}
    return {name: value for name, value in os.environ.items() if not name.startswith(("EMPORION_", "DJANGO_"))} | shared


@contextmanager
def serving(home: Path, **settings: str) -> Iterator[str]:
    """The address of a server that answers; it is stopped at the end."""
    port = free_port()
    environment = outside() | {"EMPORION_HOME": str(home), "EMPORION_PORT": str(port), **settings}
    log = (home / "server.log").open("w")
    server = subprocess.Popen([sys.executable, "-m", "emporion.cli.main", "serve"], env=environment, stdout=log, stderr=log)
    url = f"http://127.0.0.1:{port}"
    try:
        _wait(url, server, home)
        yield url
    finally:
        server.terminate()
        server.wait(timeout=30)
        log.close()


def _wait(url: str, server: "subprocess.Popen[bytes]", home: Path) -> None:
    until = time.monotonic() + READY_SECONDS
    while time.monotonic() < until:
        if server.poll() is not None:
            raise RuntimeError((home / "server.log").read_text())
        try:
            if httpx.get(f"{url}/healthz", timeout=1).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    raise RuntimeError("the server did not answer in time")


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def host_site(folder: Path) -> Iterator[str]:
    """A site of somebody else, on another origin than ours."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield f"http://localhost:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
