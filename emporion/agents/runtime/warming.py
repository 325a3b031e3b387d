"""Loads what the first answer would otherwise wait for: all that finding one needs and, where a model is set, its library."""

import threading

import structlog

from emporion.agents.runtime import writer

log = structlog.get_logger()


def warm_up() -> None:
    """Load in the background, so that the server answers pages meanwhile; the first chat then starts at once."""
    threading.Thread(target=_load, name="warm-up", daemon=True).start()


def _load() -> None:
    from emporion.agents.knowledge.encoder import shared_encoder  # noqa: PLC0415 - as below
    from emporion.agents.knowledge.rehearsal import rehearse  # noqa: PLC0415 - brings numpy, the weights and the words

    rehearse()
    shared_encoder().rest()
    if writer.configured() is not None:
        writer.load_library()
    log.info("answers_warm")
