"""Registers the tables of this domain with Django."""

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    """The domain `ledger`."""

    name = "emporion.ledger"
    label = "ledger"
