"""Tells whether the process that was writing an answer still lives, so that a crash is noticed at once where it can be."""

import secrets

from emporion.plumbing.actions import WORKER
from emporion.plumbing.worker import is_alive

_BOOT = secrets.token_hex(4)
PROCESS = f"{WORKER}/{_BOOT}"


def is_orphan(process: str) -> bool:
    """Whether the writer is known to be gone: a process of this machine that has ended, or an earlier life of our own number."""
    worker, _, boot = process.partition("/")
    if worker == WORKER:
        return boot != _BOOT
    host = WORKER.rpartition(":")[0]
    return worker.rpartition(":")[0] == host and not is_alive(worker)
