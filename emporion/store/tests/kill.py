"""Killing the appender at random moments and counting, for the test and for the benchmark."""

import random
import subprocess
import sys
from itertools import takewhile
from pathlib import Path
from uuid import UUID

from emporion.store.tests import appender


def run_and_kill(spool: Path, url: str | None, chance: random.Random, *, most: int, once_stored: bool = False) -> list[UUID]:
    """Starts an appender, kills it with SIGKILL after a random number of acknowledgements, and returns what it acknowledged.

    `once_stored` counts from the first segment in the store on: how long the engine takes to open depends on the machine.
    """
    arguments = [
        sys.executable,
        "-m",
        appender.__name__,
        str(spool),
        *([url] if url else []),
        *(["opened"] if once_stored else []),
    ]
    after = chance.randint(1, most)
    with subprocess.Popen(arguments, stdout=subprocess.PIPE) as process:
        lines = list(takewhile(lambda line: line != b"stored\n", process.stdout)) if once_stored else []
        lines += [process.stdout.readline() for _ in range(after)]
        process.kill()
        lines += process.stdout.readlines()
    return [UUID(line.decode().strip()) for line in lines if len(line) == 37]
