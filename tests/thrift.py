"""What every test would otherwise pay anew although it comes out the same: the vectors of texts that were encoded before.

The encoder is real and its own tests meet it directly; a library that reads a text which this process has encoded gets the
vector from here. The documents of the catalogue are read by hundreds of tests, and one reading takes seconds of two cores.
"""

from collections.abc import Callable, Iterator, Sequence

import pytest

from emporion.agents.knowledge import core

_vectors: dict[str, bytes] = {}


@pytest.fixture(scope="session", autouse=True)
def _texts_are_encoded_once() -> Iterator[None]:
    encode = core.embed

    def embed(texts: Sequence[str], progress: Callable[[int, int], None] | None = None) -> list[bytes]:
        new = [text for text in dict.fromkeys(texts) if text not in _vectors]
        _vectors.update(zip(new, encode(new, progress), strict=True))
        return [_vectors[text] for text in texts]

    patch = pytest.MonkeyPatch()
    patch.setattr(core, "embed", embed)
    yield
    patch.undo()
