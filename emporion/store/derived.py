"""Tables that are computed from events and can be computed again: visits, their days, and the share of each visit in a payment.

A row replaces an older one of the same key when its version is higher; one that is gone is replaced by a row that says so.
`is_deleted` is a column that queries ask for rather than the engine's, because the engine could then never skip a merge.
"""

from dataclasses import dataclass

from emporion.store.tables import PART_SETTINGS, Column, Layout

NEVER = 2**32 - 1

_WORD = "LowCardinality(String)"
_WORDS = "Array(LowCardinality(String))"
_MOMENT = "DateTime64(3, 'UTC')"

# What a visit is told apart by, the same in both tables; pages and goals are in the order and number in which they happened.
VISIT_COLUMNS: tuple[Column, ...] = (
    *(
        Column(name=name, type=_WORD)
        for name in (
            "source",
            "channel",
            "referrer",
            "utm_source",
            "utm_medium",
            "utm_campaign",
            "utm_term",
            "utm_content",
            "entry_path",
            "exit_path",
            "host",
            "country",
            "region",
            "city",
            "device",
            "browser",
            "system",
            "language",
        )
    ),
    Column(name="pages", type=_WORDS),
    Column(name="goals", type=_WORDS),
    Column(name="number", type="UInt32"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Derived:
    """A computed table; `shard_by` keeps the rows of one key on one host of a cluster.

    `reckoning` counts how often the way was changed in which rows are computed; the table's comment says which one its rows are
    of, and an older one's are computed again.
    """

    name: str
    columns: tuple[Column, ...]
    order_by: tuple[str, ...]
    partition_by: str
    shard_by: str
    reckoning: int = 0


# What a visit that was written by older code is taken for until it is computed again.
_VISIT_AGO = f"if(number > 1, dateDiff('second', previous_at, started_at), {NEVER})"


def _item_ago(items: str) -> str:
    return f"arrayMap(nth -> if(nth = 1, {NEVER}, 0), arrayEnumerateUniq({items}))"


SITE_SESSIONS = Derived(
    name="site_sessions",
    columns=(
        Column(name="site_id", type="UUID"),
        Column(name="started_at", type=_MOMENT, codec="Delta, ZSTD"),
        Column(name="visitor_id", type="UUID", codec="NONE"),
        Column(name="version", type="UInt32"),
        Column(name="is_deleted", type="Bool"),
        # When the visitor's visit before this one began, or 1970: those whose last visit lies before a period are its visitors.
        Column(name="previous_at", type=_MOMENT),
        Column(name="duration_ms", type="UInt32"),
        Column(name="pageviews", type="UInt32"),
        Column(name="is_bounce", type="Bool"),
        *VISIT_COLUMNS,
        Column(name="user_ref", type="String"),
        # Milliseconds since the start, and what it was; the nth pageview is that of the nth page, the nth goal of the nth goal.
        Column(name="step_ms", type="Array(UInt32)"),
        Column(name="step_kinds", type=_WORDS),
        # Seconds since the visitor's visit before this one with the same source (country, device, nth page, nth goal) began:
        # NEVER where there was none, 0 where this very visit had it already. Visitors are counted by it, and none is remembered.
        *(Column(name=f"{name}_ago", type="UInt32", default=_VISIT_AGO) for name in ("source", "country", "device")),
        *(Column(name=f"{name}_ago", type="Array(UInt32)", default=_item_ago(f"{name}s")) for name in ("page", "goal")),
    ),
    # By time before visitor: what arrives now then overlaps only the newest rows, and a period is one stretch of the table.
    order_by=("site_id", "started_at", "visitor_id"),
    partition_by="toYYYYMM(started_at)",
    shard_by="cityHash64(visitor_id)",
    reckoning=2,
)

SITE_CREDITS = Derived(
    name="site_credits",
    columns=(
        Column(name="site_id", type="UUID"),
        Column(name="paid_at", type=_MOMENT, codec="Delta, ZSTD"),
        Column(name="payment_id", type="UUID"),
        # Which of the visits before the payment, from 0; a payment without any has one row with an empty visit.
        Column(name="touch", type="UInt16"),
        Column(name="version", type="UInt64"),
        Column(name="is_deleted", type="Bool"),
        Column(name="visitor_id", type="UUID"),
        Column(name="session_started_at", type=_MOMENT),
        Column(name="kind", type=_WORD),
        Column(name="is_refund", type="Bool"),
        Column(name="method", type=_WORD),
        Column(name="confidence", type="UInt8"),
        Column(name="currency", type=_WORD),
        # Minor units, one column for each model of attribution.
        *(Column(name=name, type="Int64") for name in ("last", "first", "last_non_direct", "linear", "time_decay", "position")),
        *VISIT_COLUMNS,
    ),
    order_by=("site_id", "paid_at", "payment_id", "touch"),
    partition_by="toYYYYMM(paid_at)",
    shard_by="cityHash64(payment_id)",
)

# The visits of a whole day added up by the values that they are told apart by; the empty dimension has all of them in one row.
SITE_DAYS = Derived(
    name="site_days",
    columns=(
        Column(name="site_id", type="UUID"),
        # Days are those of the people of a website, so that each zone has its own.
        Column(name="zone", type=_WORD),
        Column(name="dimension", type=_WORD),
        Column(name="starts_at", type="DateTime('UTC')"),
        Column(name="value", type="String"),
        Column(name="ends_at", type="DateTime('UTC')"),
        # How often visits of the day had been written when it was added up: once there were more, it holds no longer.
        Column(name="version", type="UInt64"),
        Column(name="sessions", type="UInt64"),
        Column(name="pageviews", type="UInt64"),
        Column(name="bounces", type="UInt64"),
        Column(name="duration_ms", type="UInt64"),
        Column(name="completions", type="UInt64"),
        # In how many visits the visitor's last one with the same value began on the day that starts then; 0 is long ago or never.
        Column(name="last_days", type="Array(UInt32)"),
        Column(name="last_counts", type="Array(UInt64)"),
    ),
    order_by=("site_id", "zone", "dimension", "starts_at", "value"),
    partition_by="toYYYYMM(starts_at)",
    shard_by="cityHash64(site_id)",
)

DERIVED: tuple[Derived, ...] = (SITE_SESSIONS, SITE_CREDITS, SITE_DAYS)


def create_derived(table: Derived, layout: Layout) -> tuple[str, ...]:
    """The statements that make a computed table, on one host or spread over a cluster."""
    body = ",\n  ".join(column.definition for column in table.columns)
    keys = f"PARTITION BY {table.partition_by}\nORDER BY ({', '.join(f'`{name}`' for name in table.order_by)})"
    settings = f"SETTINGS {PART_SETTINGS}" + (f"\nCOMMENT '{table.reckoning}'" if table.reckoning else "")
    name = f"`{layout.database}`.`{table.name}`"
    if not layout.cluster:
        head = f"CREATE TABLE IF NOT EXISTS {name} (\n  {body}\n)\nENGINE = ReplacingMergeTree(version)"
        return (f"{head}\n{keys}\n{settings}",)
    local = f"`{layout.database}`.`{table.name}_local`"
    place = "'/clickhouse/tables/{shard}/{database}/{table}', '{replica}'"
    head = f"CREATE TABLE IF NOT EXISTS {local}{layout.on_cluster} (\n  {body}\n)"
    spread = f"Distributed(`{layout.cluster}`, `{layout.database}`, `{table.name}_local`, {table.shard_by})"
    return (
        f"{head}\nENGINE = ReplicatedReplacingMergeTree({place}, version)\n{keys}\n{settings}",
        f"CREATE TABLE IF NOT EXISTS {name}{layout.on_cluster} AS {local}\nENGINE = {spread}",
    )


def home_of(table: Derived, layout: Layout) -> str:
    """The name of the table that holds the rows on each host."""
    return f"{table.name}_local" if layout.cluster else table.name


def mark_reckoned(table: Derived, layout: Layout) -> str:
    """The statement which says that all rows are computed as they are today."""
    name = f"`{layout.database}`.`{home_of(table, layout)}`"
    return f"ALTER TABLE {name}{layout.on_cluster} MODIFY COMMENT '{table.reckoning}'"
