"""Addresses of pages that may not be served: an installation shows only what it has."""

from django.urls import NoReverseMatch, reverse


def address(name: str, *args: object) -> str:
    """Where a page is; empty where it is not served."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""
