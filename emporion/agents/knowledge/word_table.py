"""What each word means, laid out once and kept in a file that is mapped: as objects its 80,000 stems would take 60 MB."""

import hashlib
import json
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

import numpy as np
from django.conf import settings

from .lexicon import fold, is_small_word, stem, words
from .meanings import FOLDER, Meanings, is_name, months, names, read
from .weights import Array, made_once

# Each word is looked at once: what has to be remembered are those that people write.
_fold, _stem, _words = fold.__wrapped__, stem.__wrapped__, words.__wrapped__
_FORMAT = 1
_PATIENCE = 60.0  # seconds
_laying_out = threading.Lock()


class WordTable:
    """The meanings of the stems of each language, and how its words are spelt."""

    def __init__(self, arrays: Mapping[str, Array]) -> None:
        about = json.loads(arrays["about"].tobytes())
        self._names: list[str] = about["names"]
        self._arrays = arrays
        self.languages = frozenset[str](about["languages"])
        self.common = frozenset[str](about["common"])
        self.loose = frozenset[str](about["loose"])
        self.months: dict[str, list[tuple[str, int, str]]] = about["months"]

    def meanings(self, stem: str, language: str) -> tuple[str, ...]:
        """What words of this stem mean."""
        if language not in self.languages:
            return ()
        keys, starts = self._arrays[f"{language}.keys"], self._arrays[f"{language}.starts"]
        place = int(keys.searchsorted(key := _key(stem)))
        if place == len(keys) or keys[place] != key:
            return ()
        return tuple(self._names[one] for one in self._arrays[f"{language}.meant"][starts[place] : starts[place + 1]])

    def spelt(self, language: str) -> list[str]:
        """The words of a language, folded."""
        if language not in self.languages:
            return []
        return self._arrays[f"{language}.spelt"].tobytes().decode().split("\n")


def shared_table() -> WordTable:
    """The one table of this process; laying it out takes 4 s where nobody has done it yet for these words."""
    return _table(settings.WEIGHTS_DIR)


@lru_cache(maxsize=1)
def _table(folder: Path) -> WordTable:
    path = folder / "words" / f"{_fingerprint()}.safetensors"
    with _laying_out:  # whoever asks meanwhile finds it
        if not path.exists():  # by a process whose 50 MB go with it; where that cannot be, by this one
            with suppress(OSError, subprocess.SubprocessError):
                subprocess.run([sys.executable, "-m", __name__, str(path)], check=False, timeout=_PATIENCE)  # noqa: S603 - ours
        return WordTable(made_once(path, laid_out))


def _fingerprint() -> str:
    """Of all that the table is made of."""
    made_of = hashlib.sha256(f"{_FORMAT} {version('babel')} {version('snowballstemmer')}".encode())
    for path in (*sorted(FOLDER.glob("*.toml")), *(Path(__file__).with_name(name) for name in _READ)):
        made_of.update(path.read_bytes())
    return made_of.hexdigest()[:16]


_READ = (
    "contacts.toml", "small_words.toml", "unspaced.toml", "lexicon.py", "meanings.py", "unspaced.py", "word_table.py",
)  # fmt: skip


def laid_out() -> dict[str, Array]:
    """The arrays of the table: for each language the keys of its stems in order, and what each means.

    The languages are taken in order: what Babel says of Hindi depends on whether it was asked about Chinese before.
    """
    every = read()
    numbers = {name: number for number, name in enumerate(sorted({*every.said, *_named(every)}))}
    about = {
        "names": list(numbers), "languages": sorted(every.languages),
        "common": sorted(every.common), "loose": sorted(every.loose),
        "months": {language: list(months(language)) for language in sorted(every.languages)},
    }  # fmt: skip
    arrays = {"about": np.frombuffer(json.dumps(about).encode(), np.uint8)}
    for language in sorted(every.languages):
        table: dict[str, set[str]] = {}
        spelt: dict[str, None] = {}
        for name, folded in _entries(every, language):
            table.setdefault(_stem(folded, language), set()).add(name)
            spelt[folded] = None
        keyed = sorted((_key(one), sorted(numbers[name] for name in _meant(meant, every))) for one, meant in table.items())
        arrays[f"{language}.keys"] = np.array([key for key, _ in keyed], np.int64)
        arrays[f"{language}.starts"] = np.cumsum([0, *(len(meant) for _, meant in keyed)], dtype=np.int64)
        arrays[f"{language}.meant"] = np.array([number for _, meant in keyed for number in meant], np.int64)
        arrays[f"{language}.spelt"] = np.frombuffer("\n".join(spelt).encode(), np.uint8)
    return arrays


def _key(stem: str) -> int:
    return int.from_bytes(hashlib.blake2b(stem.encode(), digest_size=8).digest(), "little", signed=True)


def _named(every: Meanings) -> set[str]:
    return {name for language in sorted(every.languages) for name, _ in names(language)}


def _entries(every: Meanings, language: str) -> Iterator[tuple[str, str]]:
    """Each meaning with each folded word that has it in a language."""
    listed = ((name, word) for name, said in every.said.items() for word in _words(said.get(language, "")))
    named = ((name, said) for name, said in names(language) if not name.startswith("country ") or len(_words(said)) == 1)
    for name, word in (*listed, *named):
        if not is_small_word(folded := _fold(word), language):
            yield name, folded


def _meant(meanings: set[str], every: Meanings) -> set[str]:
    """What a word means of these: the name of a day, month or country nothing besides but what is common."""
    if not any(map(is_name, meanings)):
        return meanings
    return {meaning for meaning in meanings if is_name(meaning) or meaning in every.common}


if __name__ == "__main__":
    made_once(Path(sys.argv[1]), laid_out)
