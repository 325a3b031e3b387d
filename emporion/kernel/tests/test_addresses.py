"""Whatever stands where an address was asked for, it is taken apart without a failure."""

import pytest

from emporion.kernel.addresses import joined, parts_of

NO_ADDRESSES = ["http://[::1", "http://[", "//[]", "[1,", "http://[v1]/", "http://exam\u2100ple/", "https://a]b/"]


@pytest.mark.requirement("SEC-02")
@pytest.mark.parametrize("address", NO_ADDRESSES)
def test_what_nobody_can_parse_has_no_host_and_leads_nowhere(address: str) -> None:
    assert not parts_of(address).hostname
    assert parts_of(joined("https://example.com/a", address)).netloc in {"", "example.com"}


@pytest.mark.requirement("SEC-02")
def test_an_address_is_taken_apart_and_a_link_leads_on() -> None:
    assert parts_of("https://example.com:8443/a?b=1").port == 8443
    assert joined("https://example.com/a/b", "../c") == "https://example.com/c"
