"""Addresses that people, pages and programs give, taken apart without a failure: one bracket too many makes `urllib` give up."""

import contextlib
from urllib.parse import SplitResult, urljoin, urlsplit

NOWHERE = urlsplit("")


def parts_of(address: str) -> SplitResult:
    """The parts of an address; no part at all where it is none. Its port is read when it is asked for, and may fail then."""
    with contextlib.suppress(ValueError):
        return urlsplit(address)
    return NOWHERE


def joined(base: str, address: str) -> str:
    """Where a link on the page `base` leads; nothing where it leads nowhere."""
    with contextlib.suppress(ValueError):
        return urljoin(base, address)
    return ""
