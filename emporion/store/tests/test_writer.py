"""Every acknowledged event reaches the store exactly once, whoever dies on the way and however long the store is away."""

import random
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

import msgspec
import pytest

from emporion.store import Spool, Writer, frames, open_store, segments
from emporion.store.errors import StoreUnavailable
from emporion.store.rollups import ROLLUPS
from emporion.store.schemas import JobFinished
from emporion.store.tests.conftest import all_ids
from emporion.store.tests.events import view
from emporion.store.tests.kill import run_and_kill
from emporion.store.types import SpoolLimits


def until(is_so: Callable[[], bool], seconds: float = 120.0) -> None:
    """Waits for what another thread brings about, as a user would who loads the page again."""
    pause, deadline = threading.Event(), time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "it did not come about"
        pause.wait(0.01)


def test_flush_returns_when_events_can_be_queried(spool, writer, stored_ids):
    events = [view() for _ in range(50)]
    spool.append_sync(*events)
    writer.flush()
    assert stored_ids() == sorted((event.event_id for event in events), key=str)
    assert segments.sealed(spool.root) == []
    assert writer.stats().moved_events == 50


def test_kinds_of_one_segment_go_to_their_own_tables(spool, writer, store):
    job = view().event_id
    spool.append_sync(
        view(), JobFinished(event_id=job, occurred_at=datetime(2026, 1, 1, tzinfo=UTC), job_id=job, job_name="é", state="done")
    )
    writer.flush()
    assert store.value("SELECT count() FROM page_views", as_=int) == 1
    assert store.value("SELECT event_id FROM jobs_finished", as_=type(job)) == job


def test_events_become_visible_by_themselves(spool, writer, store, stored_ids):
    store.migrate()
    with writer:
        spool.append_sync(view())
        until(lambda: len(stored_ids()) == 1)


@pytest.mark.requirement("REL-01")
def test_a_segment_that_comes_again_is_stored_once(spool, writer, stored_ids, tmp_path, monkeypatch):
    # As after a power cut that undid the deletion, with a segment of several pieces and several months.
    monkeypatch.setattr(frames, "CHUNK_RECORDS", 7)
    events = [view(occurred_at=datetime(2026, 1 + number % 3, 1, tzinfo=UTC)) for number in range(30)]
    spool.append_sync(*events)
    spool.seal()
    saved = [(path, shutil.copy(path, tmp_path / path.name)) for path in segments.sealed(spool.root)]
    assert len(saved) == 1
    writer.flush()
    # A later version that cuts new segments elsewhere still cuts this one where it was cut.
    monkeypatch.setattr(frames, "CHUNK_RECORDS", 5)
    for path, copy in saved:
        shutil.copy(copy, path)
    writer.flush()
    assert writer.stats().moved_segments == 2
    assert stored_ids() == sorted((event.event_id for event in events), key=str)


KILLED_BEFORE_DELETING = """
import os, signal, sys
from pathlib import Path
from emporion.store import Spool, Writer, open_store
from emporion.store.tests.events import view

real = Path.unlink
Path.unlink = lambda path, **how: os.kill(os.getpid(), signal.SIGKILL) if path.suffix == ".seg" else real(path, **how)
spool = Spool(Path(sys.argv[1]))
event = view()
spool.append_sync(event)
print(event.event_id, flush=True)
Writer(spool=spool, store=open_store(sys.argv[2])).flush()
"""


@pytest.mark.requirement("REL-01")
def test_a_writer_killed_between_storing_and_deleting_duplicates_nothing(url, tmp_path):
    root, acknowledged = tmp_path / "spool", []
    for _ in range(2):
        died = subprocess.run(
            [sys.executable, "-c", KILLED_BEFORE_DELETING, str(root), url], capture_output=True, text=True, check=False
        )
        assert died.returncode == -9, died.stderr
        acknowledged.append(died.stdout.strip())
    assert len(segments.sealed(root)) == 2, "the killed writers left their segments"
    with Spool(root) as spool, open_store(url) as store, Writer(spool=spool, store=store) as writer:
        assert len(all_ids(store)) >= 1, "the killed writers had stored them"
        writer.flush()
        assert sorted(map(str, all_ids(store))) == sorted(acknowledged)


@pytest.mark.requirement("REL-01")
def test_kill_9_at_random_moments_loses_nothing_acknowledged_and_duplicates_nothing(url, tmp_path):
    root, chance, acknowledged = tmp_path / "spool", random.Random(2026), []
    for round_ in range(9):
        # The engine and the client take a while to open: one round waits for it, some die on the way, most die young.
        deep = round_ % 3 == 0
        most = 3_000 if deep else 300
        acknowledged += run_and_kill(root, url if deep else None, chance, most=most, once_stored=round_ == 6)
    with Spool(root) as spool, open_store(url) as store, Writer(spool=spool, store=store) as writer:
        before = len(all_ids(store))
        writer.flush(timeout_seconds=60)
        found = all_ids(store)
        calls = store.value("SELECT count() FROM api_calls", as_=int)
        whole = {"api_half_days": "kind = ''"}  # it has each call once as a whole, and once more for each way to narrow a page
        asked = [f"SELECT sum(calls) FROM {one.name} WHERE {whole.get(one.name, 'true')}" for one in ROLLUPS]
        counted = [store.value(question, as_=int) for question in asked]
    assert before > 0, "no writer got as far as the store before it was killed"
    assert calls > 0
    assert counted == [calls] * len(ROLLUPS), "a call is counted twice, or not"
    assert len(found) == len(set(found)), "an event is there twice"
    assert set(acknowledged) <= set(found), "an acknowledged event is missing"


@pytest.mark.requirement("REL-01", "REL-02")
def test_while_the_store_is_away_events_wait_and_when_it_is_back_they_arrive_once(tmp_path, own_server):
    limits = SpoolLimits(segment_age_seconds=0.02)
    recorded = []
    with (
        Spool(tmp_path / "spool", limits=limits) as spool,
        open_store(own_server.url) as store,
        Writer(spool=spool, store=store) as writer,
    ):

        def record(count: int) -> None:
            for _ in range(count):
                recorded.append(view())
                spool.append_sync(recorded[-1])

        record(20)
        writer.flush()
        own_server.kill()
        record(200)
        until(lambda: writer.stats().problem != "")
        with pytest.raises(StoreUnavailable):
            writer.flush(timeout_seconds=1)
        assert spool.stats().segments > 0
        own_server.start()
        record(20)
        until(lambda: spool.stats().segments == 0)
        assert sorted(all_ids(store)) == sorted(event.event_id for event in recorded)
        until(lambda: writer.stats().problem == "")


@pytest.mark.requirement("REL-01", "REL-02")
def test_a_store_killed_in_the_middle_of_inserts_gets_each_event_once(tmp_path, own_server):
    recorded, stop = [], threading.Event()
    limits = SpoolLimits(segment_age_seconds=0.005)
    with (
        Spool(tmp_path / "spool", limits=limits) as spool,
        open_store(own_server.url) as store,
        Writer(spool=spool, store=store) as writer,
    ):

        def keep_recording() -> None:
            while not stop.wait(0.001):
                if spool.stats().segments > 20:
                    continue  # however long a server takes to start, no more than these wait for it
                event = view()
                spool.append_sync(event)
                recorded.append(event.event_id)

        thread = threading.Thread(target=keep_recording)
        thread.start()
        for _ in range(3):
            moved = writer.stats().moved_segments
            until(lambda moved=moved: writer.stats().moved_segments > moved + 3)
            own_server.kill()
            own_server.start()
        stop.set()
        thread.join()
        until(lambda: writer.stats().problem == "")
        with suppress(StoreUnavailable):
            writer.flush(timeout_seconds=1)
        until(lambda: spool.stats().segments == 0)
        assert sorted(all_ids(store)) == sorted(recorded)


def test_a_server_that_is_away_at_the_start_is_no_reason_not_to_start(tmp_path, own_server):
    own_server.kill()
    with Spool(tmp_path / "spool") as spool, open_store(own_server.url) as store, Writer(spool=spool, store=store) as writer:
        spool.append_sync(view())
        until(lambda: writer.stats().problem != "")
        own_server.start()
        until(lambda: spool.stats().segments == 0)
        assert len(all_ids(store)) == 1


def test_what_the_disk_damaged_is_kept_aside_and_the_rest_arrives(spool, writer, stored_ids):
    events = [view() for _ in range(5)]
    spool.append_sync(*events)
    spool.seal()
    (path,) = segments.sealed(spool.root)
    data = bytearray(path.read_bytes())
    data[-10] ^= 1
    path.write_bytes(data)
    writer.flush()
    assert stored_ids() == sorted((event.event_id for event in events[:4]), key=str)
    assert spool.stats().damaged_files == 1
    (kept,) = (spool.root / "damaged").iterdir()
    assert data.endswith(kept.read_bytes())
    assert len(kept.read_bytes()) > 50


def test_a_record_of_a_newer_version_is_kept_aside_and_the_rest_arrives(spool, writer, stored_ids):
    folder, held = segments.make_folder(spool.root)
    event, strange = view(), msgspec.msgpack.encode({"type": "of.tomorrow"})
    content = [strange, spool.codec.encode(event)]
    (folder / "0.seg").write_bytes(frames.header() + b"".join(map(frames.frame, content)))
    writer.flush()
    assert stored_ids() == [event.event_id]
    assert writer.stats().rejected_events == 1
    assert (spool.root / "damaged" / "0.rejected").read_bytes() == frames.frame(strange)
    segments.os.close(held)


def test_one_writer_moves_and_another_takes_over_when_it_goes(spool, store, stored_ids):
    first, second = Writer(spool=spool, store=store), Writer(spool=spool, store=store)
    spool.append_sync(view())
    first.flush()
    spool.append_sync(view())
    spool.seal()
    assert second.move() == 0
    with pytest.raises(StoreUnavailable, match="on their way"):
        second.flush(timeout_seconds=0.05)
    first.close()
    assert second.move() == 1
    assert len(stored_ids()) == 2
    second.close()


def test_folders_of_processes_that_are_gone_are_emptied_and_removed(spool, writer, stored_ids):
    with Spool(spool.root) as gone:
        gone.append_sync(view())
    writer.flush()
    assert len(stored_ids()) == 1
    writer.move()
    assert [path for path in spool.root.iterdir() if path.is_dir()] == [spool._folder]
