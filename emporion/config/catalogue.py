"""Composes an offering out of what each domain keeps of it."""

from datetime import datetime


def sync_catalogue(*, now: datetime) -> None:
    """Read the manifests of the catalogue into the market, the price list and the runtime."""
