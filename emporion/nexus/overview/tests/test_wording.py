"""Figures of an API in words."""

import pytest

from emporion.nexus.overview.wording import rate


@pytest.mark.requirement("NEX-03")
@pytest.mark.parametrize(("share", "words"), [(0.12449, "12.4%"), (0.1245, "12.5%"), (0.00049, "0.0%"), (0.0005, "0.1%")])
def test_a_failure_rate_is_rounded_once(share: float, words: str) -> None:
    assert rate(share) == words
