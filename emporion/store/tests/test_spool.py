"""An acknowledged event is on the disk; an event that is not is refused aloud."""

import asyncio
import json
import os
import random
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emporion.kernel.ids import new_id
from emporion.store import Spool, frames, segments
from emporion.store.errors import InvalidEvent, SpoolBroken, SpoolFull
from emporion.store.schemas import UsageRecorded
from emporion.store.spool import EventCodec
from emporion.store.tests import appender
from emporion.store.tests.events import SUBSCRIPTION, usage
from emporion.store.tests.kill import run_and_kill
from emporion.store.tests.test_store import Narrow
from emporion.store.types import SpoolLimits


def records_on_disk(root: Path) -> list[bytes]:
    """What is in the files at this moment, open or closed, read as a writer would."""
    files = sorted(root.glob("*/*.open")) + sorted(root.glob("*/*.seg"))
    return [record for path in files for record in frames.read(path.read_bytes()).records]


def ids_on_disk(root: Path) -> list[object]:
    codec = EventCodec()
    return [codec.decode(record).event_id for record in records_on_disk(root)]


@pytest.mark.requirement("REL-01")
def test_an_acknowledged_event_is_already_in_the_file(spool):
    event = usage()
    spool.append_sync(event)
    assert ids_on_disk(spool.root) == [event.event_id]


@pytest.mark.requirement("REL-01")
async def test_an_awaited_event_is_already_in_the_file(spool):
    events = [usage(), usage()]
    await spool.append(*events)
    assert ids_on_disk(spool.root) == [event.event_id for event in events]


@pytest.mark.requirement("REL-01")
def test_nobody_is_acknowledged_before_the_disk_answers(spool, monkeypatch):
    asked, answer, real = threading.Event(), threading.Event(), os.fdatasync

    def slow_disk(fd: int) -> None:
        asked.set()
        assert answer.wait(10)
        real(fd)

    monkeypatch.setattr(os, "fdatasync", slow_disk)
    with ThreadPoolExecutor(1) as pool:
        appended = pool.submit(spool.append_sync, usage())
        assert asked.wait(10)
        assert not appended.done()
        answer.set()
        appended.result(10)


def test_a_disk_that_fails_to_sync_fails_the_callers_and_the_next_segment_goes_on(spool, monkeypatch):
    before, lost, after, real = usage(), usage(), usage(), os.fdatasync
    spool.append_sync(before)

    def failing_disk(fd: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fdatasync", failing_disk)
    with pytest.raises(SpoolBroken, match="Input/output"):
        spool.append_sync(lost)
    monkeypatch.setattr(os, "fdatasync", real)
    spool.append_sync(after)
    assert sorted(ids_on_disk(spool.root)) == sorted([before.event_id, after.event_id])


async def test_threads_and_tasks_share_trips_to_the_disk_and_all_are_recorded_once(spool):
    by_threads, by_tasks = [usage() for _ in range(400)], [usage() for _ in range(400)]
    with ThreadPoolExecutor(8) as pool:
        done = [pool.submit(spool.append_sync, event) for event in by_threads]
        await asyncio.gather(*(spool.append(event) for event in by_tasks))
        for one in done:
            await asyncio.wrap_future(one)
    assert sorted(ids_on_disk(spool.root), key=str) == sorted((event.event_id for event in by_threads + by_tasks), key=str)
    assert spool.stats().appended == 800
    assert spool.stats().commits < 400, "every event made a trip of its own"


async def test_a_caller_that_is_cancelled_does_not_take_its_neighbours_along(spool):
    given_up, kept = asyncio.ensure_future(spool.append(usage())), asyncio.ensure_future(spool.append(usage()))
    await asyncio.sleep(0)
    given_up.cancel()
    await asyncio.wait_for(kept, 10)
    assert spool.stats().appended == 2


def test_seal_hands_over_whole_segments_and_an_empty_spool_has_none(spool):
    spool.seal()
    assert segments.sealed(spool.root) == []
    spool.append_sync(usage())
    spool.seal()
    spool.append_sync(usage())
    spool.seal()
    sealed = segments.sealed(spool.root)
    assert [len(frames.read(path.read_bytes()).records) for path in sealed] == [1, 1]
    assert sealed == sorted(sealed)


@pytest.mark.parametrize("limits", [SpoolLimits(segment_bytes=2_000, segment_age_seconds=3_600)])
def test_a_segment_is_closed_when_it_is_large(spool):
    for _ in range(60):
        spool.append_sync(usage())
    assert len(segments.sealed(spool.root)) >= 3


def test_a_segment_is_closed_when_it_is_old(spool):
    closed = threading.Event()
    spool.on_sealed = closed.set
    spool.append_sync(usage())
    assert closed.wait(5)
    assert len(segments.sealed(spool.root)) == 1


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (usage(metric=None), "metric"),
        (usage(quantity_micros=2**63), "quantity_micros"),
        (usage(quantity_micros=1.5), "quantity_micros"),
        (usage(metric="x" * 201), "metric"),
        (usage(metric="\ud800"), "surrogates"),
        (usage(organisation_id=None), "organisation_id"),
        (usage(occurred_at=datetime(2026, 1, 1)), "occurred_at"),  # noqa: DTZ001
        (usage(occurred_at=datetime(1899, 1, 1, tzinfo=UTC)), "1970"),
        (Narrow(event_id=new_id(), occurred_at=datetime(2026, 1, 1, tzinfo=UTC)), "not registered"),
    ],
)
def test_an_event_that_its_schema_does_not_describe_is_refused_at_the_door(spool, event, reason):
    with pytest.raises(InvalidEvent, match=reason):
        spool.append_sync(event)
    assert records_on_disk(spool.root) == []


@pytest.mark.parametrize("limits", [SpoolLimits(record_bytes=100)])
def test_an_event_larger_than_the_limit_is_refused(spool):
    with pytest.raises(InvalidEvent, match="larger"):
        spool.append_sync(usage())


@pytest.mark.parametrize("limits", [SpoolLimits(max_bytes=3_000, segment_age_seconds=3_600)])
def test_a_full_spool_refuses_aloud_keeps_what_it_has_and_takes_events_again_when_there_is_room(spool):
    acknowledged = []
    with pytest.raises(SpoolFull) as caught:
        for _ in range(100):
            event = usage()
            spool.append_sync(event)
            acknowledged.append(event)
    stats = spool.stats()
    assert caught.value.max_bytes == 3_000
    assert (stats.refused, stats.appended) == (1, len(acknowledged))
    assert stats.used_bytes <= 3_000
    assert ids_on_disk(spool.root) == [event.event_id for event in acknowledged]
    spool.seal()
    for path in segments.sealed(spool.root):
        path.unlink()
    spool.stats()
    spool.append_sync(usage())


@pytest.mark.parametrize("limits", [SpoolLimits(min_free_bytes=2**60)])
def test_a_disk_without_reserve_refuses_aloud(spool):
    with pytest.raises(SpoolFull):
        spool.append_sync(usage())


FULL_DISK = """
import json, resource, sys
from pathlib import Path
from emporion.store import Spool
from emporion.store.errors import SpoolFull
from emporion.store.tests.events import usage
from emporion.store.types import SpoolLimits

spool = Spool(Path(sys.argv[1]), limits=SpoolLimits(segment_age_seconds=3600))
resource.setrlimit(resource.RLIMIT_FSIZE, (5_000, resource.RLIM_INFINITY))
kept, refused = [], 0
for _ in range(200):
    events = [usage(), usage(), usage()]
    try:
        spool.append_sync(*events)
    except SpoolFull:
        refused += 1
    else:
        kept += [str(event.event_id) for event in events]
print(json.dumps([kept, refused]))
spool.close()
"""


@pytest.mark.requirement("REL-01")
def test_when_the_kernel_cuts_a_write_short_nothing_torn_stays_and_nothing_acknowledged_goes(tmp_path):
    # The kernel's own limit on the size of a file stands for the full disk: it too writes a part and then refuses.
    # Without `-B` it would cut short what Python keeps of the modules that it compiles, too, for every process after it.
    command = [sys.executable, "-B", "-c", FULL_DISK, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    kept, refused = json.loads(done.stdout.splitlines()[-1])
    assert refused > 1
    assert len(kept) > 60, "a new segment goes on where the full one stopped"
    assert sorted(map(str, ids_on_disk(tmp_path))) == sorted(kept)
    for path in tmp_path.glob("*/*.seg"):
        assert frames.read(path.read_bytes()).good_bytes == path.stat().st_size


def test_a_closed_spool_refuses_aloud(tmp_path):
    spool = Spool(tmp_path)
    spool.append_sync(usage())
    spool.close()
    spool.close()
    with pytest.raises(SpoolBroken):
        spool.append_sync(usage())
    assert len(segments.sealed(tmp_path)) == 1


def test_a_disk_that_is_gone_fails_the_callers_and_hangs_nobody(spool):
    spool._folder = spool.root / "gone"
    with pytest.raises(SpoolBroken):
        spool.append_sync(usage())
    spool.seal()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    payloads=st.lists(st.binary(min_size=1, max_size=50), max_size=8),
    cut=st.integers(min_value=0, max_value=600),
    garbage=st.binary(max_size=40),
)
def test_whatever_follows_the_cut_exactly_the_whole_records_before_it_are_read(payloads, cut, garbage):
    whole = frames.header() + b"".join(map(frames.frame, payloads))
    ends = [len(frames.header())]
    for payload in payloads:
        ends.append(ends[-1] + len(frames.frame(payload)))
    kept = whole[:cut]
    content = frames.read(kept)
    assert content.records == tuple(payloads[: max(0, sum(end <= len(kept) for end in ends) - 1)])
    # Bytes that the power left behind: they never turn into other records than those that were written.
    assert frames.read(kept + garbage).records[: len(content.records)] == content.records
    assert frames.read(whole + b"\0" * 64).records == tuple(payloads)


@given(payloads=st.lists(st.binary(min_size=1, max_size=50), min_size=1, max_size=8), data=st.data())
def test_a_flipped_bit_is_never_read_as_a_record(payloads, data):
    whole = bytearray(frames.header() + b"".join(map(frames.frame, payloads)))
    start = len(frames.header())
    at = data.draw(st.integers(min_value=start * 8, max_value=len(whole) * 8 - 1))
    whole[at // 8] ^= 1 << at % 8
    read = frames.read(bytes(whole)).records
    assert read == tuple(payloads[: len(read)])
    assert len(read) < len(payloads)


def test_a_torn_tail_is_cut_at_the_last_whole_record_and_kept_aside(tmp_path):
    folder, held = segments.make_folder(tmp_path)
    whole = frames.header() + frames.frame(b"one") + frames.frame(b"two")
    (folder / "a.open").write_bytes(whole + frames.frame(b"three")[:-1])
    (folder / "b.open").write_bytes(frames.header()[:3])
    segments.adopt_the_dead(tmp_path)
    assert segments.sealed(tmp_path) == [], "its process lives"
    os.close(held)
    segments.adopt_the_dead(tmp_path)
    assert [path.read_bytes() for path in segments.sealed(tmp_path)] == [whole]
    assert sorted(path.name for path in (tmp_path / "damaged").iterdir()) == ["a.tail", "b.tail"]


@pytest.mark.requirement("REL-01")
def test_kill_9_loses_nothing_that_was_acknowledged(tmp_path):
    chance, acknowledged = random.Random(9), []
    for _ in range(3):
        acknowledged += run_and_kill(tmp_path, None, chance, most=300)
    found = ids_on_disk(tmp_path)
    assert set(acknowledged) <= set(found)
    assert len(found) == len(set(found))


def test_two_processes_write_side_by_side_in_folders_of_their_own(spool):
    other = subprocess.Popen([sys.executable, "-m", appender.__name__, str(spool.root)], stdout=subprocess.PIPE)
    first = other.stdout.readline()
    mine = usage()
    spool.append_sync(mine)
    other.kill()
    acknowledged = [first, *other.stdout.readlines()]
    other.wait()
    other.stdout.close()
    found = {str(one) for one in ids_on_disk(spool.root)}
    assert {str(mine.event_id)} | {line.decode().strip() for line in acknowledged if len(line) == 37} <= found


def test_an_event_written_by_an_older_version_is_read_with_the_defaults_of_this_one():
    old = {"type": "usage.recorded", "event_id": new_id(), "occurred_at": datetime(2026, 1, 1, tzinfo=UTC)}
    old |= {"subscription_id": SUBSCRIPTION, "metric": "calls", "quantity_micros": 1, "gone": "a field of long ago"}
    event = EventCodec().decode(msgspec.msgpack.encode(old))
    assert isinstance(event, UsageRecorded)
    assert event.currency == ""
