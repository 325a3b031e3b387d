"""What can wait steps aside for those who wait for a first word, and for no longer than it says."""

import asyncio
import threading

from emporion.plumbing.precedence import ahead, step_aside, stepped_aside
from emporion.plumbing.worker import _Bell

FOR_EVER = 60.0


def test_what_can_wait_goes_on_when_nobody_is_ahead_any_more() -> None:
    order: list[str] = []

    def wait() -> None:
        step_aside(FOR_EVER)
        order.append("storing")

    waiting = threading.Thread(target=wait)
    with ahead(), ahead():
        waiting.start()
        waiting.join(0.05)
        order.append("first word")
    waiting.join(FOR_EVER)
    assert order == ["first word", "storing"]


def test_it_is_not_kept_waiting_for_longer_than_it_says() -> None:
    with ahead():
        step_aside(0.01)
    step_aside(FOR_EVER)


def test_a_bell_is_heard_by_one_and_also_when_it_was_rung_before_anybody_waited() -> None:
    bell = _Bell()
    bell.ring(0)
    bell.wait(FOR_EVER)
    bell.ring(FOR_EVER)
    bell.ring(0.01)  # the sooner one counts
    bell.wait(FOR_EVER)
    bell.wait(0.01)


def test_a_bell_that_nobody_heard_yet_is_heard_by_who_comes_and_by_who_waits() -> None:
    bell = _Bell()
    waiting = threading.Thread(target=bell.wait, args=(FOR_EVER,))
    waiting.start()
    with bell._changed:  # rung a while ago, while everybody was busy
        bell._rings_at = 0.0
    bell.ring(0)
    waiting.join(FOR_EVER / 2)
    assert not waiting.is_alive()


def test_an_event_loop_is_not_held_up_by_what_steps_aside() -> None:
    async def both() -> list[str]:
        order: list[str] = []

        async def store() -> None:
            await stepped_aside(FOR_EVER)
            order.append("storing")

        with ahead():
            storing = asyncio.create_task(store())
            await asyncio.sleep(0)
            order.append("first word")
        await storing
        return order

    assert asyncio.run(both()) == ["first word", "storing"]
