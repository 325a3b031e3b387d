"""Names hide nothing, and the scripts of the world keep what they need."""

import pytest

from emporion.kernel.names import NameUnreadable, readable, written

pytestmark = pytest.mark.requirement("SEC-01")


@pytest.mark.parametrize(
    "name",
    ["Zoé Marchetti", "علی‌رضا", "क्‍ष Labs", "👩‍🔬 Lab", "נעמה", "東京 支店", "Straße & Söhne", "O’Neill", "Heart ❤️"],
)
def test_names_in_every_script_are_kept_as_they_are(name: str) -> None:
    assert written(f"  {name} ") == readable(name) == name


@pytest.mark.parametrize("sign", list("\u202e\u202a\u2066\u2069\u200e\u200f\u061c\u200b\u2060\ufeff\u00ad\u3164\u2028\x00\x1b"))
def test_a_sign_that_hides_or_turns_is_refused_by_its_number_and_left_out_of_names_from_elsewhere(sign: str) -> None:
    with pytest.raises(NameUnreadable) as refused:
        written(f"Halyard{sign}Freight")
    assert refused.value.facts == {"field": "name", "sign": f"U+{ord(sign):04X}"}
    assert "after “Halyard”" in refused.value.message
    assert readable(f"Halyard{sign}Freight") == "HalyardFreight"


def test_a_joiner_between_latin_letters_joins_nothing_and_is_refused() -> None:
    for name in ("Pay\u200dPal", "\u200dPayPal", "PayPal\u200c"):
        with pytest.raises(NameUnreadable):
            written(name)


def test_a_name_is_one_line_and_no_longer_than_it_may_be() -> None:
    assert written(" Halyard\n\tFreight ") == "Halyard Freight"
    assert written("x" * 200, longest=80) == "x" * 80
