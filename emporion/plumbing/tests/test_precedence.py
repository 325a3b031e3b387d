"""What can wait steps aside for those who wait for a first word, and for no longer than it says."""

import threading

from emporion.plumbing.precedence import ahead, step_aside
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
