"""The table of words as a file: what it says is what the files say, and what is damaged is made anew."""

from pathlib import Path

import pytest
from django.conf import LazySettings

from emporion.agents.knowledge.weights import mapped
from emporion.agents.knowledge.word_table import WordTable, shared_table

pytestmark = pytest.mark.requirement("BUY-17")


def test_the_table_is_kept_and_mapped_by_whoever_comes_next(settings: LazySettings) -> None:
    table = shared_table()
    path = _latest(settings)
    again = WordTable(mapped(path))
    assert again.meanings("dog", "en") == table.meanings("dog", "en") == ("animal", "dog", "dog_tax", "pet", "pets_allowed")
    assert again.spelt("fr") == table.spelt("fr")
    assert "samedi" in again.spelt("fr")
    assert (again.meanings("qzqzqz", "en"), again.meanings("dog", "xx"), again.spelt("xx")) == ((), (), [])


def test_a_table_that_is_cut_off_is_laid_out_anew(settings: LazySettings, tmp_path: Path) -> None:
    table = shared_table()
    whole = _latest(settings)
    settings.WEIGHTS_DIR = tmp_path / "weights"
    folder = settings.WEIGHTS_DIR / "words"
    folder.mkdir(parents=True)
    (folder / whole.name).write_bytes(whole.read_bytes()[:1000])
    assert shared_table().meanings("dog", "en") == table.meanings("dog", "en")
    assert mapped(folder / whole.name).keys() == mapped(whole).keys()


def _latest(settings: LazySettings) -> Path:
    return max((settings.WEIGHTS_DIR / "words").glob("*.safetensors"), key=lambda path: path.stat().st_mtime)
