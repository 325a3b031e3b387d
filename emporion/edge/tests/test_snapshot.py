"""What the control plane says reaches the data plane, and nothing else does."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from emporion.edge import snapshot
from emporion.edge.tests.world import SITE, World, seen

NOW = datetime(2026, 3, 28, 9, tzinfo=UTC)


@pytest.mark.requirement("INS-03", "REL-03")
async def test_a_change_is_in_force_at_the_next_look(world: World) -> None:
    snapshot.write(world.settings.snapshot, lambda: (replace(SITE, is_paused=True),))
    world.edge.look(NOW)
    assert (await world.send(seen())).dropped == "paused"
    snapshot.write(world.settings.snapshot, lambda: ())
    world.edge.look(NOW)
    assert (await world.send(seen())).dropped == "unknown_site"


@pytest.mark.requirement("INS-03", "REL-02")
@pytest.mark.parametrize("damage", [b"", b"\x00" * 100, b"\x93\x01", None])
async def test_a_snapshot_that_is_missing_or_broken_changes_nothing(world: World, damage: bytes | None) -> None:
    await world.send(seen())
    path = world.settings.snapshot
    if damage is None:
        path.unlink()
    else:
        path.write_bytes(damage)
    world.edge.look(NOW)
    assert (await world.send(seen())).dropped == ""


@pytest.mark.requirement("INS-03", "REL-02")
async def test_an_older_snapshot_is_not_taken_back(world: World) -> None:
    old = world.settings.snapshot.read_bytes()
    snapshot.write(world.settings.snapshot, lambda: (replace(SITE, is_paused=True),))
    world.edge.look(NOW)
    world.settings.snapshot.write_bytes(old)
    world.edge.look(NOW)
    assert (await world.send(seen())).dropped == "paused"


@pytest.mark.requirement("REL-02")
async def test_without_a_snapshot_the_edge_starts_and_waits_for_one(world: World) -> None:
    path = world.settings.snapshot
    kept = path.read_bytes()
    path.unlink()
    assert (await world.send(seen())).dropped == "unknown_site"
    path.write_bytes(kept)
    world.edge.look(NOW)
    assert (await world.send(seen())).dropped == ""


@pytest.mark.requirement("REL-03")
def test_each_writer_sees_the_last_one_and_counts_on(world: World) -> None:
    first = snapshot.write(world.settings.snapshot, lambda: ())
    second = snapshot.write(world.settings.snapshot, lambda: (SITE,))
    assert second.number == first.number + 1
    assert snapshot.read(world.settings.snapshot) == second
