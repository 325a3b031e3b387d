"""The edge that these tests speak to."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from emporion.edge.tests.world import World, worlds

from .wire import furnish


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    for world in worlds(tmp_path):
        yield furnish(world)
