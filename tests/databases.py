"""A database for one module's own processes, beside the one that the tests share."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.db import connection

from emporion.kernel.ids import new_id


@pytest.fixture(scope="module")
def database_url() -> Iterator[str]:
    """A database for this alone, of the same kind as that of the other tests."""
    if connection.vendor == "sqlite":
        memory = Path("/dev/shm")  # a killed process loses nothing that the system has taken; power cuts are not tested here
        with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as place:
            yield f"sqlite://{place}/db.sqlite3"
        return
    known = connection.settings_dict
    name = f"alone_{new_id().hex}"
    where = {"host": known["HOST"] or None, "port": known["PORT"] or None, "user": known["USER"], "password": known["PASSWORD"]}
    options = known.get("OPTIONS") or {}
    where["host"] = where["host"] or options.get("host")
    with psycopg.connect(dbname="postgres", autocommit=True, **{key: value for key, value in where.items() if value}) as server:
        server.execute(f'CREATE DATABASE "{name}"')
        password = f":{known['PASSWORD']}" if known["PASSWORD"] else ""
        host = where["host"] or ""
        place = f"@/{name}?host={host}" if host.startswith("/") else f"@{host}:{where['port'] or 5432}/{name}"
        yield f"postgres://{known['USER']}{password}{place}"
        server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
