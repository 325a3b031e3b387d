"""Figures of an API in words."""

import pytest

from emporion.nexus.overview.wording import rate, share_of_calls


@pytest.mark.requirement("NEX-03")
@pytest.mark.parametrize(("share", "words"), [(0.12449, "12.4%"), (0.1245, "12.5%"), (0.00049, "0.0%"), (0.0005, "0.1%")])
def test_a_failure_rate_is_rounded_once(share: float, words: str) -> None:
    assert rate(share) == words


@pytest.mark.requirement("NEX-03")
@pytest.mark.parametrize(
    ("share", "words"),
    [(1, "every call"), (0.97, "nearly every call"), (0.94, "9 calls in 10"), (0.31, "3 calls in 10"), (0.125, "1 call in 8")],
)
def test_a_failure_rate_is_said_as_people_say_it(share: float, words: str) -> None:
    assert share_of_calls(share) == words
