"""What the encoder made of a text once is read from a folder by whoever needs it again, in any process of the tests."""

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import pytest

from emporion.agents.knowledge import core

ROOT = Path(__file__).resolve().parents[1]


@contextmanager
def encoded_once() -> Iterator[None]:
    """While this lasts, each text is encoded once; another process, or the run on another database, finds its vector."""
    encode, folder, vectors = core.embed, _folder(), dict[str, bytes]()

    def place(text: str) -> Path:
        return folder / hashlib.sha256(text.encode()).hexdigest()

    def keep(made: Iterable[tuple[str, bytes]]) -> None:
        for text, vector in made:
            vectors[text] = vector
            own = folder / f"{os.getpid()}"
            own.write_bytes(vector)
            own.replace(place(text))  # whole or not at all, for the other process

    def embed(texts: Sequence[str], progress: Callable[[int, int], None] | None = None) -> list[bytes]:
        unknown = [text for text in dict.fromkeys(texts) if text not in vectors]
        vectors.update({text: place(text).read_bytes() for text in unknown if place(text).exists()})
        new = [text for text in unknown if text not in vectors]
        keep(zip(new, encode(new, progress), strict=True))
        return [vectors[text] for text in texts]

    patch = pytest.MonkeyPatch()
    patch.setattr(core, "embed", embed)
    yield
    patch.undo()


def _folder() -> Path:
    """It belongs to this very encoder."""
    sources = [find_spec(f"emporion.agents.knowledge.{name}") for name in ("encoder", "minilm", "multilingual")]
    code = b"".join(Path(source.origin).read_bytes() for source in sources if source is not None and source.origin is not None)
    version = hashlib.sha256(code).hexdigest()
    folder = ROOT / ".pytest_cache" / "vectors" / version
    folder.mkdir(parents=True, exist_ok=True)
    return folder
