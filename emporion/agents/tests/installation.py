"""A whole installation in a process of its own, which a test may use as a person would, and kill."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from tests.journeys.installation import outside

SEED = "from emporion.agents.tests.seeding import seed; seed()"


@dataclass
class Installation:
    """`emporion serve` on a free port of loopback, with alice's bought agent in it."""

    home: Path
    extra: Mapping[str, str] = field(default_factory=dict)
    port: int = 0
    agent_id: UUID | None = None
    session: str = ""
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def environment(self) -> dict[str, str]:
        return {
            **outside(),
            "EMPORION_HOME": str(self.home),
            "EMPORION_SECRET_KEY": "only-for-tests",
            "EMPORION_PORT": str(self.port),
            "DJANGO_SETTINGS_MODULE": "emporion.config.settings",
            **self.extra,
        }

    def seed(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        said = subprocess.run([sys.executable, "-c", SEED], env=self.environment(), check=True, capture_output=True)
        facts = json.loads(said.stdout.splitlines()[-1])
        self.agent_id, self.session = UUID(facts["agent"]), facts["session"]

    def start(self) -> None:
        log = (self.home / "server.log").open("ab")
        command = [sys.executable, "-m", "emporion.cli.main", "serve"]
        self.process = subprocess.Popen(command, env=self.environment(), stdout=log, stderr=log, start_new_session=True)
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline:
            try:
                urllib.request.urlopen(f"{self.url}/demo/guide-agent/", timeout=5).close()
            except urllib.error.HTTPError:
                return
            except OSError:
                assert self.process.poll() is None, (self.home / "server.log").read_text()[-2000:]
                time.sleep(0.2)
            else:
                return
        raise AssertionError((self.home / "server.log").read_text()[-2000:])

    def kill(self) -> None:
        """As the machine would: at once, everything of it."""
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
