"""SQLite for a server with many threads: writers of one process queue for their turn instead of asking again and again.

SQLite lets one connection write at a time. The others sleep and try again, up to a tenth of a second later, in no order; when 32
people send something at one moment, most of the time is slept away. Here a transaction takes a lock of this process before it
asks the database. The lock only orders the queue, it protects nothing: whoever waits too long for it asks the database all the
same, and other processes are met there as ever.
"""

import threading
from collections import defaultdict

from django.db.backends.sqlite3 import base

LONGEST_WAIT_SECONDS = 15.0

_turns: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection whose transactions wait for their turn among those of this process."""

    _turn: "threading.Lock | None" = None

    def _start_transaction_under_autocommit(self) -> None:
        turn = _turns[str(self.settings_dict["NAME"])]
        if turn.acquire(timeout=LONGEST_WAIT_SECONDS):
            self._turn = turn
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]  # see below
        except BaseException:
            self._end_turn()
            raise

    def _commit(self) -> None:
        try:
            super()._commit()  # type: ignore[misc]  # the stubs do not know it
        finally:
            self._end_turn()

    def _rollback(self) -> None:
        try:
            super()._rollback()  # type: ignore[misc]  # see above
        finally:
            self._end_turn()

    def _close(self) -> None:
        try:
            super()._close()  # type: ignore[misc]  # see above
        finally:
            self._end_turn()

    def _end_turn(self) -> None:
        turn, self._turn = self._turn, None
        if turn is not None:
            turn.release()
