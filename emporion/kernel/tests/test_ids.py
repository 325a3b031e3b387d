"""Ids sort by the time they were made and never meet, over threads and over clocks that step back."""

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emporion.kernel import ids


def test_an_id_is_a_version_7_uuid_that_carries_its_millisecond():
    before = time.time_ns() // 1_000_000
    made = ids.new_id()
    after = time.time_ns() // 1_000_000
    assert (made.version, made.variant) == (7, "specified in RFC 4122")
    assert before <= made.int >> 80 <= after + 1


def test_ids_of_one_thread_only_grow():
    made = [ids.new_id() for _ in range(20_000)]
    assert made == sorted(set(made))


def test_threads_never_make_the_same_id_and_each_sees_its_own_grow():
    start = threading.Barrier(8)

    def make(_: int) -> list[object]:
        start.wait()
        return [ids.new_id() for _ in range(5_000)]

    with ThreadPoolExecutor(8) as pool:
        lists = list(pool.map(make, range(8)))
    assert len({made for some in lists for made in some}) == 40_000
    # The timestamp and counter alone order them: the lock hands each out once.
    assert len({made.int >> 64 for some in lists for made in some}) == 40_000
    assert all(some == sorted(some) for some in lists)


@given(steps=st.lists(st.integers(min_value=-5_000, max_value=5_000), min_size=1, max_size=200))
def test_a_clock_that_steps_back_does_not_turn_the_order_back(steps):
    # The last id may lie ahead of the wall clock after earlier examples: the fake clock starts beyond it.
    reading = max(time.time_ns() // 1_000_000, ids.new_id().int >> 80) + 10_000
    made = []
    with pytest.MonkeyPatch.context() as patch:
        for step in steps:
            reading += step
            patch.setattr(ids.time, "time_ns", lambda reading=reading: reading * 1_000_000)
            made.append(ids.new_id())
    assert made == sorted(set(made))


def test_more_ids_in_a_millisecond_than_its_counter_holds_still_grow(monkeypatch):
    frozen = (ids.new_id().int >> 80) + 1
    monkeypatch.setattr(ids.time, "time_ns", lambda: frozen * 1_000_000)
    made = [ids.new_id() for _ in range(10_000)]
    assert made == sorted(set(made))
    assert {one.version for one in made} == {7}


def test_a_child_made_by_fork_draws_random_bits_of_its_own():
    ids.new_id()  # so that random bits are at hand when the process splits
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.write(writing, b"".join(ids.new_id().bytes[8:] for _ in range(50)))
        os._exit(0)
    os.waitpid(child, 0)
    told = os.read(reading, 8 * 50)
    os.close(reading)
    os.close(writing)
    theirs = {told[at : at + 8] for at in range(0, len(told), 8)}
    assert len(theirs) == 50
    assert not theirs & {ids.new_id().bytes[8:] for _ in range(50)}
