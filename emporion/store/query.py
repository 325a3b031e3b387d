"""Asking and filling the event store: one set of queries for the embedded engine, a server and a cluster."""

import re
import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from types import TracebackType
from typing import TYPE_CHECKING, Self, TypeVar
from uuid import UUID

import msgspec
import structlog

from emporion.store import changes
from emporion.store.connection import Address, Clients, refuse_second_process
from emporion.store.derived import DERIVED, SITE_SESSIONS, Derived, create_derived, home_of, mark_reckoned
from emporion.store.errors import InvalidQuery, SchemaMismatch, StoreUnavailable
from emporion.store.rollups import ROLLUPS, Rollup, count_again, create_rollup, create_view, drop_retired, forget
from emporion.store.schemas import KINDS, SiteEvent
from emporion.store.stitching import SIZES, all_again
from emporion.store.tables import Column, Layout, add_missing, columns_of, create_database, create_tables
from emporion.store.types import Event

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client

log = structlog.get_logger(__name__)

Row = TypeVar("Row")
Scalar = str | int | float | bool | UUID | datetime | None
Parameter = Scalar | Sequence[Scalar]
Tables = Mapping[str, Mapping[str, str]]  # the types of columns, by table and name

# One insert is one block, whatever a server's own defaults say: a token names a block.
_INSERT_SETTINGS = {
    "async_insert": 0,
    "date_time_input_format": "best_effort",
    "input_format_skip_unknown_fields": 1,
    "max_insert_block_size": 1_048_576,
    "input_format_parallel_parsing": 0,
}
# A token holds for what is counted from the insert, too: after a kill in between, the next try counts what was stored already.
_ONCE = {"insert_deduplicate": 1, "deduplicate_blocks_in_dependent_materialized_views": 1}
_STREAM_BYTES = 256 * 1024
_PLACEHOLDER = re.compile(r"\{(\w+):[^{}]+\}")


class _Partition(msgspec.Struct):
    partition: str


class EventStore:
    """The event store behind one address, from any thread; it is reached, and its tables are made, when first needed."""

    def __init__(self, url: str, *, kinds: Sequence[type[Event]] = KINDS) -> None:
        address = Address.parse(url)
        if address.path is not None:
            refuse_second_process(address.path)
        self._layout = Layout(database=address.database, cluster=address.cluster)
        self._kinds = tuple(kinds)
        self._clients = Clients(address)
        self._encoder = msgspec.json.Encoder()
        self._migrating = threading.Lock()
        self._is_migrated = False

    def rows(self, sql: str, params: Mapping[str, Parameter] | None = None, *, as_: type[Row]) -> list[Row]:
        """The rows of a query, each as a dataclass or struct whose fields are the columns' names.

        Values are bound by the server: `{name:Type}` in the SQL, `name` in `params`, one for one. Instants want DateTime64.
        """
        bound = _bound(sql, params or {})
        self.migrate()
        with self._clients.lend() as client:
            result = self._ready(client).query(sql, parameters=bound)
            named = [dict(zip(result.column_names, row, strict=True)) for row in result.result_rows]
        try:
            return msgspec.convert(named, list[as_])  # type: ignore[valid-type]
        except msgspec.ValidationError as error:
            raise InvalidQuery(reason=f"the rows are not {as_.__name__}: {error}") from error

    def value(self, sql: str, params: Mapping[str, Parameter] | None = None, *, as_: type[Row]) -> Row:
        """The one value of a query that has one row and one column."""
        bound = _bound(sql, params or {})
        self.migrate()
        with self._clients.lend() as client:
            result = self._ready(client).query(sql, parameters=bound).result_rows
        if len(result) != 1 or len(result[0]) != 1:
            raise InvalidQuery(reason="the query has not exactly one row and one column")
        return msgspec.convert(result[0][0], as_)

    def insert(self, kind: type[Event], events: Sequence[Event], *, token: str) -> None:
        """Stores events of one kind; the same token again stores nothing, so that any doubt is settled by a second try."""
        if not events:
            return
        self.migrate()
        # JSON lines rather than the client's own columns: those take the import of pandas, a second and 60 MB in each process.
        lines = self._encoder.encode_lines(events)
        settings: dict[str, object] = {**_INSERT_SETTINGS, **_ONCE, "insert_deduplication_token": token}
        if self._layout.cluster:
            settings["distributed_foreground_insert"] = 1
        names = [column.name for column in columns_of(kind)]
        try:
            with self._clients.lend() as client:
                self._ready(client).raw_insert(
                    kind.table.name, column_names=names, insert_block=lines, fmt="JSONEachRow", settings=settings
                )
        except InvalidQuery as error:
            # The events fit the schema, so the table does not: somebody dropped or changed it. Look at it again next time.
            self._is_migrated = False
            raise StoreUnavailable(reason=str(error)) from error

    def run(self, sql: str, params: Mapping[str, Parameter] | None = None) -> None:
        """Runs a statement that fills a computed table from others; values are bound as in `rows`."""
        bound = _bound(sql, params or {})
        self.migrate()
        with self._clients.lend() as client:
            self._ready(client).command(sql, parameters=bound)

    def drop_days(self, kind: type[Event], *, before: int) -> int:
        """Drops the partitions of a kind that is partitioned by a number of days first, where that is before `before`.

        Nothing is searched through and nothing is left; returns how many partitions there were.
        """
        parts = f"clusterAllReplicas('{self._layout.cluster}', system.parts)" if self._layout.cluster else "system.parts"
        name = f"{kind.table.name}_local" if self._layout.cluster else kind.table.name
        found = self.rows(
            f"SELECT DISTINCT partition FROM {parts} WHERE database = {{database:String}} AND table = {{name:String}} AND active",  # noqa: S608 - from the layout
            {"database": self._layout.database, "name": name},
            as_=_Partition,
        )
        over = [one.partition for one in found if int(one.partition.strip("()").split(",")[0]) < before]
        for partition in over:
            self.run(f"ALTER TABLE `{self._layout.database}`.`{name}`{self._layout.on_cluster} DROP PARTITION {partition}")
        return len(over)

    def erase(self, kind: type[Event], where: str, params: Mapping[str, Parameter]) -> None:
        """Erases the events of a kind for which a condition holds; returns when no question finds them any more."""
        name = f"{kind.table.name}_local" if self._layout.cluster else kind.table.name
        self.run(
            f"ALTER TABLE `{self._layout.database}`.`{name}`{self._layout.on_cluster} DELETE WHERE {where}"
            " SETTINGS mutations_sync = 2",
            params,
        )

    def put(self, table: Derived, rows: Sequence[msgspec.Struct]) -> None:
        """Adds rows to a computed table, each a struct whose fields are the columns' names."""
        if not rows:
            return
        self.migrate()
        names = [field.name for field in msgspec.structs.fields(rows[0])]
        with self._clients.lend() as client:
            self._ready(client).raw_insert(
                table.name,
                column_names=names,
                insert_block=self._encoder.encode_lines(rows),
                fmt="JSONEachRow",
                settings=dict(_INSERT_SETTINGS),
            )

    def stream(self, sql: str, params: Mapping[str, Parameter] | None = None, *, form: str) -> Iterator[bytes]:
        """The answer in one of ClickHouse's formats, a piece at a time, as large as it may be."""
        bound = _bound(sql, params or {})
        self.migrate()
        with self._clients.lend() as client, self._ready(client).raw_stream(sql, parameters=bound, fmt=form) as source:
            while piece := source.read(_STREAM_BYTES):
                yield piece

    def migrate(self) -> None:
        """Makes what is missing, adds new columns, refuses columns of another type; again and again without harm."""
        if not self._is_migrated:
            with self._migrating:
                self._migrate()

    def _migrate(self) -> None:
        if self._is_migrated:
            return  # another thread did it while this one waited
        with self._clients.lend() as client:
            client.command(create_database(self._layout))
            found = self._found(client)
            for kind in self._kinds:
                self._bring_forward(client, found, kind.table.name, columns_of(kind), create_tables(kind, self._layout))
            for table in DERIVED:
                self._bring_forward(client, found, table.name, table.columns, create_derived(table, self._layout))
            self._count_changes(client, found)
            if SiteEvent in self._kinds:
                self._reckon_visits(client)
            for rollup in ROLLUPS:
                if rollup.source in self._kinds:
                    self._count(client, found, rollup)
            for statement in drop_retired(self._layout):
                client.command(statement)
        self._is_migrated = True

    def _count_changes(self, client: "Client", found: Tables) -> None:
        """Makes what counts how often visits were written, those of an older store first."""
        self._bring_forward(client, found, changes.NAME, changes.COLUMNS, changes.create_changes(self._layout))
        if not client.query(changes.view_is_there(self._layout)).result_rows:
            if not self._is_new(found, SITE_SESSIONS.name):
                client.command(changes.count_written(self._layout))
            client.command(changes.create_changes_view(self._layout))

    def _reckon_visits(self, client: "Client") -> None:
        """Computes all visits again where an older version of us computed them; killed in between, the next one starts again."""
        found = client.query(
            "SELECT comment FROM system.tables WHERE database = {database:String} AND name = {table:String}",
            parameters={"database": self._layout.database, "table": home_of(SITE_SESSIONS, self._layout)},
        ).result_rows
        if found[0][0] == str(SITE_SESSIONS.reckoning):
            return
        found = self._ready(client).query(SIZES).result_rows
        sizes = {UUID(str(site_id)): int(steps) for site_id, steps in found}
        if sizes:
            log.info("store.reckoning_visits_again", steps=sum(sizes.values()))
            for sql, params in all_again(sizes):
                client.command(sql, parameters=_bound(sql, params))
        client.command(mark_reckoned(SITE_SESSIONS, self._layout))

    def _count(self, client: "Client", found: Tables, rollup: Rollup) -> None:
        """Makes a rollup and what fills it; events of an older store are counted first, while no other process may write."""
        self._bring_forward(client, found, rollup.name, rollup.columns, create_rollup(rollup, self._layout))
        feeds = [feed for feed in rollup.feeds if feed.source in self._kinds]
        present = {feed.view: set(found.get(feed.view, ())) for feed in feeds}
        missing = [feed for feed in feeds if present[feed.view] != set(feed.names)]
        if not missing:
            return
        if rollup.feeds[0] in missing or not rollup.tells_corrections:
            missing = feeds
        for feed in missing:
            if present[feed.view]:
                client.command(f"DROP TABLE `{self._layout.database}`.`{feed.view}`{self._layout.on_cluster} SYNC")
        if not self._is_new(found, rollup.name):
            client.command(forget(rollup, missing, self._layout))
        for feed in missing:
            if self._is_new(found, feed.source.table.name):
                continue
            source = f"`{self._layout.database}`.`{feed.source.table.name}`"
            if client.query(f"SELECT 1 FROM {source} LIMIT 1").result_rows:  # noqa: S608 -- own words
                log.info("store.counting_again", rollup=rollup.name, source=feed.source.table.name)
                client.command(count_again(rollup, feed, self._layout))
        for feed in missing:
            client.command(create_view(rollup, feed, self._layout))

    def _found(self, client: "Client") -> Tables:
        """Every table and view that there is, with its columns and their types: asked once, a server far away takes its time."""
        rows = client.query(
            "SELECT table, name, type FROM system.columns WHERE database = {database:String}",
            parameters={"database": self._layout.database},
        ).result_rows
        found: dict[str, dict[str, str]] = defaultdict(dict)
        for table, name, type_ in rows:
            found[str(table)][str(name)] = str(type_)
        return found

    def _is_new(self, found: Tables, name: str) -> bool:
        """Whether a table was made just now and is empty; in a cluster it may be new on this host alone."""
        return not self._layout.cluster and name not in found

    def _bring_forward(
        self, client: "Client", found: Tables, name: str, columns: tuple[Column, ...], statements: tuple[str, ...]
    ) -> None:
        present = found.get(name)
        if not present or self._layout.cluster:  # a host that joined it has nothing yet
            for statement in statements:
                client.command(statement)
        if not present:
            return
        for column in columns:
            if present.get(column.name, column.type) != column.type:
                raise SchemaMismatch(table=name, column=column.name, found=present[column.name], wanted=column.type)
        for statement in add_missing(name, columns, self._layout, frozenset(present)):
            log.info("store.column_added", statement=statement)
            client.command(statement)

    def _ready(self, client: "Client") -> "Client":
        # Set after the database exists; a client opened before it did would otherwise ask the server's default.
        client.database = self._layout.database
        return client

    @property
    def is_embedded(self) -> bool:
        """Whether the engine runs in this process and shares its cores."""
        return self._clients.address.path is not None

    @property
    def is_closed(self) -> bool:
        """Whether the store was given back."""
        return self._clients.is_closed

    def close(self) -> None:
        """Gives the store back; an embedded one may then be opened by another process."""
        self._clients.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def _bound(sql: str, params: Mapping[str, Parameter]) -> dict[str, object] | None:
    """The parameters as the server wants them; a query whose placeholders and parameters differ is refused."""
    asked, given = set(_PLACEHOLDER.findall(sql)), set(params)
    if asked != given:
        # Without a placeholder the client would paste the values into the text, which is the hole that binding closes.
        raise InvalidQuery(missing=tuple(sorted(asked - given)), unused=tuple(sorted(given - asked)))
    return {name: _bindable(value) for name, value in params.items()} or None


def _bindable(value: object) -> object:
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise InvalidQuery(reason="a naive datetime names no instant")
        # The client writes whole seconds only.
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_bindable(one) for one in value]
    return value


def open_store(url: str, *, kinds: Sequence[type[Event]] = KINDS) -> EventStore:
    """The event store at `chdb:///abs/path` or `http(s)://user:password@host:port/database[?cluster=name]`.

    A server that is away is no error here; a folder that another process has open is (StoreBusy).
    """
    return EventStore(url, kinds=kinds)
