"""Registers the tables of this domain with Django."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """The domain `accounts`."""

    name = "emporion.accounts"
    label = "accounts"
