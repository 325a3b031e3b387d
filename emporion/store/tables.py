"""Tables are generated from the schemas, so that an event and its columns cannot drift apart."""

import datetime as dt
from dataclasses import dataclass
from functools import cache
from uuid import UUID

import msgspec
from msgspec import inspect

from emporion.store.types import NOBODY, Event

# Insert tokens that a table remembers. A segment is tried again at most seconds after its last try, so this is hours of them.
REMEMBERED_INSERTS = 10_000

# A part reaches the disk before the insert is answered: the segment that it came from is deleted right after. Half the size of
# the usual packing, at a speed that reading does not notice.
PART_SETTINGS = "fsync_after_insert = 1, fsync_part_directory = 1, default_compression_codec = 'ZSTD(1)'"

_PLAIN_TYPES: dict[type[inspect.Type], str] = {
    inspect.StrType: "String",
    inspect.BoolType: "Bool",
    inspect.IntType: "Int64",
    inspect.FloatType: "Float64",
    inspect.UUIDType: "UUID",
    inspect.DateTimeType: "DateTime64(3, 'UTC')",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column as ClickHouse spells it; `default` is an SQL literal or empty, `codec` how it is packed."""

    name: str
    type: str
    default: str = ""
    codec: str = ""

    @property
    def definition(self) -> str:
        """The column as CREATE and ALTER want it."""
        default = f" DEFAULT {self.default}" if self.default else ""
        return f"`{self.name}` {self.type}{default}" + (f" CODEC({self.codec})" if self.codec else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The database that holds the tables, and the cluster that it is spread over, if any."""

    database: str
    cluster: str = ""

    @property
    def on_cluster(self) -> str:
        """The clause that runs a statement on every host."""
        return f" ON CLUSTER `{self.cluster}`" if self.cluster else ""


def _column_type(kind: inspect.Type) -> str:
    """How ClickHouse keeps a type; a type without an answer is a mistake in the schema."""
    if isinstance(kind, inspect.Metadata):
        return str((kind.extra or {}).get("column") or _column_type(kind.type))
    if isinstance(kind, inspect.DictType):
        return f"Map({_column_type(kind.key_type)}, {_column_type(kind.value_type)})"
    if isinstance(kind, inspect.VarTupleType):
        return f"Array({_column_type(kind.item_type)})"
    if isinstance(kind, inspect.UnionType):
        inner = [one for one in kind.types if not isinstance(one, inspect.NoneType)]
        return f"Nullable({_column_type(inner[0])})"
    return _PLAIN_TYPES[type(kind)]


def _literal(value: object) -> str:
    """The default as SQL; what ClickHouse would take anyway needs none."""
    if isinstance(value, str) and value:
        return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
    if isinstance(value, bool):
        return "true" if value else ""
    if isinstance(value, int) and value:
        return str(value)
    if isinstance(value, UUID) and value != NOBODY:
        return f"'{value}'"
    return ""


@cache
def columns_of(kind: type[Event]) -> tuple[Column, ...]:
    """The columns of a kind of event, in the order of its fields."""
    info = inspect.type_info(kind)
    if not isinstance(info, inspect.StructType):
        raise TypeError(f"{kind.__name__} is not a struct")
    return tuple(
        Column(
            name=field.name,
            type=_column_type(field.type),
            default="" if field.default is msgspec.NODEFAULT else _literal(field.default),
        )
        for field in info.fields
    )


@cache
def moments_of(kind: type[Event]) -> tuple[str, ...]:
    """The fields that hold an instant, whose range the schema language cannot bound."""
    return tuple(column.name for column in columns_of(kind) if column.type.startswith("DateTime64"))


def is_storable(moment: dt.datetime) -> bool:
    """Whether ClickHouse keeps the instant as it is: beyond 1900-2299 it would wrap around."""
    return 1970 <= moment.year < 2200


def create_database(layout: Layout) -> str:
    """The statement that makes the database."""
    return f"CREATE DATABASE IF NOT EXISTS `{layout.database}`{layout.on_cluster}"


def create_tables(kind: type[Event], layout: Layout) -> tuple[str, ...]:
    """The statements that make a kind's table; on a cluster a replicated table on each host and one that spreads over them."""
    table = kind.table
    body = ",\n  ".join(column.definition for column in columns_of(kind))
    keys = f"PARTITION BY {table.partition_by}\nORDER BY ({', '.join(f'`{name}`' for name in table.order_by)})"
    settings = f"deduplication_window = {REMEMBERED_INSERTS}, {PART_SETTINGS}"
    name = f"`{layout.database}`.`{table.name}`"
    # Reading with FINAL (the client's default, see connection) merges what came again; equal ids lie on one shard.
    engine = "Replacing" if table.comes_again else ""
    if not layout.cluster:
        head = f"CREATE TABLE IF NOT EXISTS {name} (\n  {body}\n)\nENGINE = {engine}MergeTree"
        return (f"{head}\n{keys}\nSETTINGS non_replicated_{settings}",)
    local = f"`{layout.database}`.`{table.name}_local`"
    replicated = f"Replicated{engine}MergeTree('/clickhouse/tables/{{shard}}/{{database}}/{{table}}', '{{replica}}')"
    head = f"CREATE TABLE IF NOT EXISTS {local}{layout.on_cluster} (\n  {body}\n)\nENGINE = {replicated}"
    spread = f"Distributed(`{layout.cluster}`, `{layout.database}`, `{table.name}_local`, cityHash64(event_id))"
    return (
        f"{head}\n{keys}\nSETTINGS replicated_{settings}",
        f"CREATE TABLE IF NOT EXISTS {name}{layout.on_cluster} AS {local}\nENGINE = {spread}",
    )


def add_columns(kind: type[Event], layout: Layout, present: frozenset[str]) -> tuple[str, ...]:
    """The statements that bring an older table forward: columns are only ever added, so that old and new code both run."""
    return add_missing(kind.table.name, columns_of(kind), layout, present)


def add_missing(table: str, columns: tuple[Column, ...], layout: Layout, present: frozenset[str]) -> tuple[str, ...]:
    """The statements that add to a table, and to its parts on a cluster, what it does not have."""
    missing = [column for column in columns if column.name not in present]
    names = [f"{table}_local", table] if layout.cluster else [table]
    return tuple(
        f"ALTER TABLE `{layout.database}`.`{name}`{layout.on_cluster} ADD COLUMN IF NOT EXISTS {column.definition}"
        for name in names
        for column in missing
    )
