"""What can go wrong between an event and the event store; nothing here is ever passed over in silence."""

from emporion.kernel.errors import Conflict, Invalid, Limit, Unavailable


class InvalidEvent(Invalid):
    """The event is not what its schema describes; `kind` and `reason` say where."""

    title = "The event does not fit its schema."


class InvalidQuery(Invalid):
    """The query and its bound parameters do not match, or the event store does not understand it."""

    title = "The query cannot be run."


class SpoolFull(Limit):
    """The event was NOT recorded: the disk or the spool's share of it is full; `used_bytes`, `max_bytes`, `free_bytes`."""

    title = "There is no room left to record events."
    next_step = "Free disk space or bring the event store back, so that waiting events can leave; then send the event again."


class SpoolBroken(Unavailable):
    """The event was NOT recorded: the disk refused the write, or the spool is closed."""

    title = "Events cannot be recorded."
    next_step = "Look at the disk that holds the data directory; then send the event again."


class StoreUnavailable(Unavailable):
    """The event store does not answer; events wait in the spool."""

    title = "The event store does not answer."


class StoreBusy(Conflict):
    """Another process has the embedded event store open; `pid` names it when it can be known."""

    title = "The embedded event store is open in another process."
    next_step = "Stop that process, or set EMPORION_EVENTS_URL to a ClickHouse server that several processes may share."


class SchemaMismatch(Conflict):
    """A column of the event store has another type than the schema; nothing was changed."""

    title = "The event store holds a table of another shape."
    next_step = "Point EMPORION_EVENTS_URL at a database of its own, or change the column by hand."
