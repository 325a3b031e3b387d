"""The queue of writers orders them and never keeps anybody out."""

import threading
from pathlib import Path

import pytest
from django.db import DatabaseError, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from emporion.config.environment import database
from emporion.plumbing.sqlite.base import DatabaseWrapper

pytestmark = pytest.mark.django_db(transaction=True)
WRITERS = 12
TIMES = 10


@pytest.fixture
def make(tmp_path: Path):
    """Makes connections to one database, as threads have them."""
    made: list[DatabaseWrapper] = []
    defaults = connections.configure_settings({"default": database("", tmp_path)})["default"]

    def new() -> DatabaseWrapper:
        made.append(DatabaseWrapper(defaults, alias=f"queue{len(made)}"))
        made[-1].inc_thread_sharing()
        return made[-1]

    first = new()
    run(first, "CREATE TABLE counted (number INTEGER)", "INSERT INTO counted VALUES (0)")
    yield new
    for one in made:
        one.close()


def run(one: BaseDatabaseWrapper, *statements: str) -> None:
    """The statements in one transaction."""
    one.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)
    try:
        with one.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
    except DatabaseError:
        one.rollback()
        raise
    else:
        one.commit()
    finally:
        one.set_autocommit(True)


def number(one: BaseDatabaseWrapper) -> int:
    with one.cursor() as cursor:
        return cursor.execute("SELECT number FROM counted").fetchone()[0]


def test_many_writers_at_one_moment_all_get_their_turn(make) -> None:
    together = threading.Barrier(WRITERS)

    def write(one: DatabaseWrapper) -> None:
        together.wait()
        for _ in range(TIMES):
            run(one, "UPDATE counted SET number = number + 1")

    threads = [threading.Thread(target=write, args=(make(),)) for _ in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert number(make()) == WRITERS * TIMES


def test_a_writer_that_fails_or_goes_away_lets_the_next_one_write(make) -> None:
    first, second = make(), make()
    with pytest.raises(DatabaseError):
        run(first, "UPDATE counted SET number = 5", "SELECT nonsense")
    first.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)
    first.close()
    run(second, "UPDATE counted SET number = number + 1")
    assert number(second) == 1
    assert second._turn is None


def test_the_product_runs_on_the_queue_where_it_runs_on_sqlite() -> None:
    one = transaction.get_connection()
    assert one.vendor != "sqlite" or isinstance(one, DatabaseWrapper)
