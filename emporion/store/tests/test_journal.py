"""Records that are the kernel's at once: a kill loses none, the writer finds them, and a full disk is said."""

import asyncio
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from emporion.store import Spool, frames, segments
from emporion.store.backlog import backlog
from emporion.store.errors import InvalidEvent, SpoolBroken, SpoolFull
from emporion.store.journal import Journal
from emporion.store.tests.events import usage
from emporion.store.types import SpoolLimits

pytestmark = [pytest.mark.requirement("NEX-02")]


def records(root: Path) -> list[bytes]:
    paths = [path for path in root.rglob("*") if path.suffix in {segments.OPEN, segments.SEALED}]
    return [record for path in sorted(paths, key=lambda path: path.stem) for record in frames.read(path.read_bytes()).records]


@pytest.fixture
def spool(tmp_path: Path):
    with Spool(tmp_path / "spool") as made:
        yield made


async def test_what_is_appended_can_be_read_at_once_and_is_left_closed_for_the_writer(spool: Spool) -> None:
    journal = Journal(spool)
    for _ in range(3):
        journal.append([usage(), usage()])
        assert len(records(spool.root)) == journal.appended
    await asyncio.wait_for(journal.synced(), 10)
    assert journal.behind_seconds == 0
    journal.close()
    assert sum(len(frames.read(path.read_bytes()).records) for path in segments.sealed(spool.root)) == 6
    assert not list(spool.root.rglob("*.open")), "nothing is left open"


@pytest.mark.requirement("REL-02")
async def test_a_file_that_waits_for_its_first_record_is_no_event_that_waits(spool: Spool) -> None:
    journal = Journal(spool)
    hours_ago = time.time() - 7_200
    for path in spool.root.rglob("*.open"):
        os.utime(path, (hours_ago, hours_ago))
    assert not backlog(spool.root).is_late, "the file that is kept ready counts as waiting"
    journal.append([usage()])
    for path in spool.root.rglob("*.open"):
        os.utime(path, (hours_ago, hours_ago))
    assert backlog(spool.root).is_late
    journal.close()


async def test_segments_are_turned_over_without_losing_a_record_between_them(tmp_path: Path) -> None:
    limits = SpoolLimits(segment_age_seconds=0.0)
    with Spool(tmp_path / "spool", limits=limits) as spool, Journal(spool) as journal:
        for _ in range(200):
            journal.append([usage()])
            await asyncio.sleep(0)
        await journal.synced()
        for _ in range(200):
            journal.append([usage()])
        await journal.synced()
        assert len(records(spool.root)) == 400
    assert len(segments.sealed(tmp_path / "spool")) > 1


KILLED = """
import os, sys
from pathlib import Path
from emporion.store import Spool
from emporion.store.journal import Journal
from emporion.store.tests.events import usage
journal = Journal(Spool(Path(sys.argv[1])))
for number in range(500):
    journal.append([usage()])
    print(number, flush=True)
os.kill(os.getpid(), 9)
"""


def test_a_kill_loses_nothing_that_was_appended(spool: Spool) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED, str(spool.root)], capture_output=True, check=False)
    assert done.returncode == -9
    assert len(records(spool.root)) == len(done.stdout.split()) == 500
    segments.adopt_the_dead(spool.root)
    assert sum(len(frames.read(path.read_bytes()).records) for path in segments.sealed(spool.root)) == 500


def test_what_does_not_fit_is_refused_and_the_rest_stays_whole(tmp_path: Path) -> None:
    with Spool(tmp_path / "spool", limits=SpoolLimits(max_bytes=600)) as spool, Journal(spool) as journal:
        journal.append([usage()])
        with pytest.raises(SpoolFull):
            for _ in range(100):
                journal.append([usage()])
        assert journal.refused == 1
        with pytest.raises(InvalidEvent):
            journal.append([usage(metric="x" * 999)])
        assert len(records(spool.root)) == journal.appended


def test_a_disk_that_refuses_leaves_no_half_record(spool: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    with Journal(spool) as journal:
        journal.append([usage()])
        write = os.write

        def half(fd: int, data: bytes) -> int:
            if len(data) < 40:
                raise OSError(28, "No space left on device")
            return write(fd, data[: len(data) - 20])

        monkeypatch.setattr("emporion.store.journal.os.write", half)
        with pytest.raises(SpoolBroken):
            journal.append([usage()])
        monkeypatch.undo()
        with pytest.raises(SpoolBroken):
            journal.append([usage()])
        assert len(records(spool.root)) == 1
