"""What a test committed for real is taken away after it, also from tables that refuse to be emptied.

Django would empty every table that there is and write all permissions anew, which takes longer than most of these tests. Here
only tables that hold something are emptied, and what Django itself writes into a new database stays.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connections, transaction
from django.test import TransactionTestCase

OF_EVERY_DATABASE = {"django_migrations", "django_content_type", "auth_permission", "django_site"}


@contextmanager
def lifted(connection: Any) -> Iterator[None]:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET session_replication_role = replica")
            yield
            cursor.execute("SET session_replication_role = DEFAULT")
            return
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        triggers = cursor.fetchall()
        for name, _ in triggers:
            cursor.execute(f'DROP TRIGGER "{name}"')
        yield
        for _, statement in triggers:
            cursor.execute(statement)


def empty(connection: Any) -> None:
    """Takes every row away that a test may have left."""
    tables = sorted({*connection.introspection.django_table_names(only_existing=True)} - OF_EVERY_DATABASE)
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM \"{table}\")" for table in tables))
        filled = [table for (table,) in cursor.fetchall()]
    if not filled:
        return
    with (
        connection.constraint_checks_disabled(),
        transaction.atomic(connection.alias),
        lifted(connection),
        connection.cursor() as cursor,
    ):
        for table in filled:
            cursor.execute(f'DELETE FROM "{table}"')


@pytest.fixture(scope="session", autouse=True)
def _only_what_is_filled_is_emptied() -> Iterator[None]:
    def tear_down(self: TransactionTestCase) -> None:
        for connection in connections.all():
            empty(connection)

    patch = pytest.MonkeyPatch()
    patch.setattr(TransactionTestCase, "_fixture_teardown", tear_down)
    yield
    patch.undo()
