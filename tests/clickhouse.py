"""ClickHouse over HTTP for whoever asks both homes of events the same: one server for all tests of a process."""

import selectors
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from emporion.store.tests import server


class Server:
    """The test server as a process that can be killed and started again on the same port and folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = 0
        self.process: subprocess.Popen[str] | None = None
        self.start()

    def start(self) -> None:
        command = [sys.executable, "-m", server.__name__, str(self.folder), str(self.port)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        with selectors.DefaultSelector() as waiting:  # select() itself takes no file above the thousandth
            waiting.register(self.process.stdout, selectors.EVENT_READ)
            assert waiting.select(60), "the test server did not start within a minute"
        self.port = int(self.process.stdout.readline().split()[1])

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    @property
    def url(self) -> str:
        return f"http://{server.USER}:{quote(server.PASSWORD)}@127.0.0.1:{self.port}/shop"


@pytest.fixture(scope="session")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for the tests that do not kill it; they differ in the databases or the projects that they ask."""
    running = Server(tmp_path_factory.mktemp("clickhouse"))
    yield running
    running.kill()
