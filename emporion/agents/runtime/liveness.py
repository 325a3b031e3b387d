"""Tells whether the process that was writing an answer still lives, so that a crash is noticed at once where it can be."""

from emporion.plumbing.actions import WORKER
from emporion.plumbing.worker import is_alive

PROCESS = WORKER


def is_orphan(process: str) -> bool:
    """Whether the writer is known to be gone: a process of this machine that has ended, or an earlier life of our own number."""
    host, number, _ = WORKER.split(":")
    if process == WORKER or not process.startswith(f"{host}:"):
        return False
    return process.startswith(f"{host}:{number}:") or not is_alive(process)
