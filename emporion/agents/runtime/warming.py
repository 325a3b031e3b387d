"""Loads what the first answer would otherwise wait for: the index's weights and, where one is set, the model's library."""

import threading

import structlog

from emporion.agents.runtime import writer

log = structlog.get_logger()


def warm_up() -> None:
    """Load in the background, so that the server answers pages meanwhile; the first chat then starts at once."""
    threading.Thread(target=_load, name="warm-up", daemon=True).start()


def _load() -> None:
    from emporion.agents.knowledge.encoder import shared_encoder  # noqa: PLC0415 - numpy, and the weights
    from emporion.agents.knowledge.word_table import shared_table  # noqa: PLC0415 - numpy, and the words

    shared_encoder().load()
    shared_table()
    if writer.configured() is not None:
        writer.load_library()
    log.info("answers_warm")
