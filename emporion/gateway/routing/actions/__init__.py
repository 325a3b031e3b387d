"""Verbs of the gateway's control plane."""

from emporion.gateway.routing.actions.apis import (
    change_api,
    ensure_platform_apis,
    note_first_calls,
    pause_api,
    register_api,
    remove_api,
    restore_api,
    rotate_secret,
)
from emporion.gateway.routing.actions.budgets import remove_budget, restore_budget, save_budget
from emporion.gateway.routing.actions.caches import remove_cache, save_cache
from emporion.gateway.routing.actions.imports import import_calls
from emporion.gateway.routing.actions.keys import create_key, restore_key, revoke_key
from emporion.gateway.routing.actions.routes import divert, save_route, shed, slow, undo_route, withdraw_route

__all__ = [
    "change_api",
    "create_key",
    "divert",
    "ensure_platform_apis",
    "import_calls",
    "note_first_calls",
    "pause_api",
    "register_api",
    "remove_api",
    "remove_budget",
    "remove_cache",
    "restore_api",
    "restore_budget",
    "restore_key",
    "revoke_key",
    "rotate_secret",
    "save_budget",
    "save_cache",
    "save_route",
    "shed",
    "slow",
    "undo_route",
    "withdraw_route",
]
