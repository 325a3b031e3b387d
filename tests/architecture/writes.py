"""Which tables a request wrote to, so that only those need to be looked at afterwards."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connection

WRITE = re.compile(r'\b(?:INSERT(?: OR \w+)? INTO|REPLACE INTO|UPDATE|DELETE FROM|TRUNCATE(?: TABLE)?)\s+"?(\w+)', re.IGNORECASE)


@contextmanager
def written_tables() -> Iterator[set[str]]:
    """Fills with the tables of every statement that writes, sent while the block runs."""
    tables: set[str] = set()

    def watch(execute: Callable[..., object], sql: str, params: object, many: bool, context: object) -> object:
        tables.update(WRITE.findall(sql))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        yield tables
