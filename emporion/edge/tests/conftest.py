"""The edge that most tests speak to."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from emporion.edge.tests.world import World, worlds


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    yield from worlds(tmp_path)
