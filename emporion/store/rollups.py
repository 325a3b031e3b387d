"""Calls of APIs counted as they arrive, so that a page reads thousands of rows where there are ten million calls.

The engine fills each rollup from the insert that it comes from, under the insert's own token: a segment that is sent again after
a kill at any point adds what is missing and nothing twice. The outcome is part of every key that figures of health are asked by,
so that a question decides which calls count as failed or as waited for. What calls cost differently after a correction is counted
beside them, as rows of no calls: whoever adds up costs has it in without asking. Quantiles are kept in a form whose parts add up
to the same answer in any order and are off by less than half a percent.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from emporion.store.schemas import ApiCalled, CostCorrected
from emporion.store.tables import PART_SETTINGS, REMEMBERED_INSERTS, Column, Layout
from emporion.store.types import Event

QUANTILES = "quantilesBFloat16"
LEVELS = "0.5, 0.95, 0.99"
CORRECTED = "corrected"  # the outcome of what is no call but a correction of its cost

# Times take long to unpack, and for one row its whole granule is: with the usual 8,192 rows a page takes twice the time.
ROWS_READ_AT_ONCE = 256

_WORD = "LowCardinality(String)"
_STATE = f"AggregateFunction({QUANTILES}({LEVELS}), UInt32)"
_TOKENS = (
    "input_tokens",
    "output_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "reasoning_tokens",
    "audio_input_tokens",
    "audio_output_tokens",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A column that adds up, and the expression that gives it for a group of events."""

    name: str
    type: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """One way into a rollup: what an insert of `source` adds to it, by which expressions; what it does not name stays empty."""

    view: str
    source: type[Event]
    keys: tuple[tuple[str, str], ...]
    values: tuple[tuple[str, str], ...]
    spread: str
    where: str

    @property
    def names(self) -> tuple[str, ...]:
        """The columns of the rollup that it fills."""
        return tuple(name for name, _ in (*self.keys, *self.values))

    def select(self, table: str) -> str:
        """The question whose answer the rollup keeps, asked of the events in `table`."""
        values = ", ".join(f"{value} AS `{name}`" for name, value in (*self.keys, *self.values))
        names = ", ".join(f"`{name}`" for name, _ in self.keys)
        return f"SELECT {values} FROM {table} AS calls_of {self.spread} WHERE {self.where} GROUP BY {names}"  # noqa: S608 -- own words


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollup:
    """A table that the engine fills from each insert of `source`; `keys` are its order, with the expression behind each."""

    name: str
    source: type[Event]
    keys: tuple[tuple[Column, str], ...]
    measures: tuple[Measure, ...]
    spread: str = ""  # what makes several rows of one event
    where: str = "true"

    @property
    def columns(self) -> tuple[Column, ...]:
        """Every column, keys first."""
        return (*(column for column, _ in self.keys), *(Column(name=one.name, type=one.type) for one in self.measures))

    @property
    def tells_corrections(self) -> bool:
        """Whether its rows tell what is of calls and what is of corrections."""
        return any(column.name == "outcome" for column, _ in self.keys)

    @property
    def feeds(self) -> "tuple[Feed, ...]":
        """What fills it: the events, and the corrections of what they cost."""
        calls = Feed(
            view=f"{self.name}_view",
            source=self.source,
            keys=tuple((column.name, value) for column, value in self.keys),
            values=tuple((one.name, one.value) for one in self.measures),
            spread=self.spread,
            where=self.where,
        )
        corrections = replace(
            calls,
            view=f"{self.name}_corrections_view",
            source=CostCorrected,
            keys=tuple((name, f"'{CORRECTED}'" if name == "outcome" else value) for name, value in calls.keys),
            values=(("cost_picos", "sum(toInt128(calls_of.delta_picos))"),),
        )
        return calls, corrections


def _sum(name: str, value: str, type_: str = "UInt64") -> Measure:
    return Measure(name=name, type=f"SimpleAggregateFunction(sum, {type_})", value=value)


SUMS: tuple[Measure, ...] = (
    _sum("calls", "count()"),
    # 10^-12 USD: ten million calls at ten dollars are more than 64 bits hold.
    _sum("cost_picos", "sum(toInt128(calls_of.cost_picos))", "Int128"),
    *(_sum(name, f"sum(toUInt64(calls_of.{name}))") for name in _TOKENS),
)
TIMES: tuple[Measure, ...] = (
    Measure(name="durations", type=_STATE, value=f"{QUANTILES}State({LEVELS})(calls_of.duration_us)"),
    Measure(
        name="first_tokens",
        type=_STATE,
        value=f"{QUANTILES}StateIf({LEVELS})(calls_of.first_token_us, calls_of.first_token_us > 0)",
    ),
)
MEASURES: tuple[Measure, ...] = (
    *SUMS,
    _sum("attempts", "sum(toUInt64(calls_of.attempts))"),
    _sum("routed", "countIf(calls_of.route_id != toUUID('00000000-0000-0000-0000-000000000000'))"),
    _sum("cache_hits", "countIf(calls_of.cache = 'hit')"),
    *TIMES,
    Measure(name="customers", type="AggregateFunction(uniq, String)", value="uniqStateIf(customer, customer != '')"),
)

# How far the costs can be relied on: what could not be priced, what is an estimate, and what a second list of prices says.
PRICED: tuple[Measure, ...] = (
    # A failed call, one that asked no model and one that was answered from memory have nothing to be priced.
    _sum(
        "unpriced",
        "countIf(calls_of.price_source = 'unknown' AND calls_of.outcome = 'ok' AND calls_of.model != ''"
        " AND calls_of.cache != 'hit')",
    ),
    _sum("estimated_picos", "sumIf(toInt128(calls_of.cost_picos), calls_of.price_source = 'estimate')", "Int128"),
    _sum("compared", "countIf(calls_of.second_cost_picos >= 0)"),
    _sum("disagreeing", "countIf(calls_of.second_cost_picos >= 0 AND calls_of.second_cost_picos != calls_of.cost_picos)"),
    _sum("compared_picos", "sumIf(toInt128(calls_of.cost_picos), calls_of.second_cost_picos >= 0)", "Int128"),
    _sum("second_picos", "sumIf(toInt128(calls_of.second_cost_picos), calls_of.second_cost_picos >= 0)", "Int128"),
)


def _key(name: str, type_: str, value: str = "") -> tuple[Column, str]:
    return Column(name=name, type=type_), value or f"calls_of.{name}"


_PROJECT, _API, _OUTCOME = _key("project_id", "UUID"), _key("api_id", "UUID"), _key("outcome", _WORD)

API_MINUTES = Rollup(
    name="api_minutes",
    source=ApiCalled,
    keys=(_PROJECT, _API, _key("at", "DateTime('UTC')", "toStartOfMinute(calls_of.occurred_at)"), _OUTCOME),
    measures=MEASURES,
)
# What a page without a filter asks of days and weeks; by feature and customer the same stretch is a hundred times as many rows.
API_HOUR_TOTALS = Rollup(
    name="api_hour_totals",
    source=ApiCalled,
    keys=(_PROJECT, _API, _key("at", "DateTime('UTC')", "toStartOfHour(calls_of.occurred_at)"), _OUTCOME),
    measures=MEASURES,
)
# With this many keys a minute has about as many rows as calls; a question about one model in a part of an hour reads calls.
API_HOURS = Rollup(
    name="api_hours",
    source=ApiCalled,
    keys=(
        _PROJECT,
        _API,
        _key("at", "DateTime('UTC')", "toStartOfHour(calls_of.occurred_at)"),
        _OUTCOME,
        *(_key(name, _WORD) for name in ("provider", "model", "team", "feature", "environment")),
        _key("key_id", "UUID"),
    ),
    measures=(*MEASURES, *PRICED),
)
# Weeks, as a whole and for each value of what a page is narrowed to: putting the times of every hour together takes too long.
HALF_DAY_SECONDS = 43_200
TOLD_BY = ("model", "feature", "team")
API_HALF_DAYS = Rollup(
    name="api_half_days",
    source=ApiCalled,
    keys=(
        _PROJECT,
        _API,
        _key("kind", _WORD, "told_by"),
        _key("value", _WORD, "told"),
        _key(
            "at",
            "DateTime('UTC')",
            f"toDateTime(intDiv(toUnixTimestamp(calls_of.occurred_at), {HALF_DAY_SECONDS}) * {HALF_DAY_SECONDS}, 'UTC')",
        ),
        _OUTCOME,
    ),
    measures=(*SUMS, *TIMES),
    spread="ARRAY JOIN ['', 'model', 'feature', 'team'] AS told_by,"
    " ['', toString(calls_of.model), toString(calls_of.feature), toString(calls_of.team)] AS told",
)
# What costs are asked by: whole days without times. A month of a large project is thousands of rows.
API_DAYS = Rollup(
    name="api_days",
    source=ApiCalled,
    keys=(
        _PROJECT,
        _key("day", "Date", "toDate(calls_of.occurred_at)"),
        _API,
        *(_key(name, _WORD) for name in ("provider", "model", "team", "feature")),
    ),
    measures=(*SUMS, *PRICED),
)
# Customers are many: a month of them all is read from totals, and by all keys only the few rows of one.
API_CUSTOMER_TOTALS = Rollup(
    name="api_customer_totals",
    source=ApiCalled,
    keys=(_PROJECT, _key("customer", "String"), _key("day", "Date", "toDate(calls_of.occurred_at)")),
    measures=SUMS,
    # Without its APIs it could not leave out those that nobody registered, whose calls are in no total.
    where="calls_of.customer != '' AND calls_of.api_id != toUUID('00000000-0000-0000-0000-000000000000')",
)
API_CUSTOMERS = Rollup(
    name="api_customers",
    source=ApiCalled,
    keys=(
        _PROJECT,
        _key("customer", "String"),
        _key("day", "Date", "toDate(calls_of.occurred_at)"),
        _API,
        *(_key(name, _WORD) for name in ("model", "team", "feature")),
    ),
    measures=SUMS,
    where="calls_of.customer != ''",
)

ROLLUPS: tuple[Rollup, ...] = (
    API_MINUTES,
    API_HOUR_TOTALS,
    API_HOURS,
    API_HALF_DAYS,
    API_DAYS,
    API_CUSTOMER_TOTALS,
    API_CUSTOMERS,
)
# Rollups of older versions that nothing reads any more; a store that is brought forward loses them.
RETIRED = ("api_customer_days",)


def create_rollup(rollup: Rollup, layout: Layout) -> tuple[str, ...]:
    """The statements that make the table, on one host or spread over a cluster; each shard keeps what its own inserts gave."""
    body = ",\n  ".join(column.definition for column in rollup.columns)
    time = next(column.name for column, _ in rollup.keys if column.type.startswith("Date"))
    order = ", ".join(f"`{column.name}`" for column, _ in rollup.keys)
    keys = f"PARTITION BY toYYYYMM({time})\nORDER BY ({order})"
    settings = f"deduplication_window = {REMEMBERED_INSERTS}, {PART_SETTINGS}"
    if any(column.type == _STATE for column in rollup.columns):
        settings += f", index_granularity = {ROWS_READ_AT_ONCE}"
    name = f"`{layout.database}`.`{rollup.name}`"
    if not layout.cluster:
        head = f"CREATE TABLE IF NOT EXISTS {name} (\n  {body}\n)\nENGINE = AggregatingMergeTree"
        return (f"{head}\n{keys}\nSETTINGS non_replicated_{settings}",)
    local = f"`{layout.database}`.`{rollup.name}_local`"
    place = "'/clickhouse/tables/{shard}/{database}/{table}', '{replica}'"
    head = f"CREATE TABLE IF NOT EXISTS {local}{layout.on_cluster} (\n  {body}\n)"
    spread = f"Distributed(`{layout.cluster}`, `{layout.database}`, `{rollup.name}_local`, rand())"
    return (
        f"{head}\nENGINE = ReplicatedAggregatingMergeTree({place})\n{keys}\nSETTINGS replicated_{settings}",
        f"CREATE TABLE IF NOT EXISTS {name}{layout.on_cluster} AS {local}\nENGINE = {spread}",
    )


def create_view(rollup: Rollup, feed: Feed, layout: Layout) -> str:
    """The statement after which each insert of a feed's events is counted; on a cluster beside the events of each host."""
    local = "_local" if layout.cluster else ""
    target = f"`{layout.database}`.`{rollup.name}{local}`"
    source = f"`{layout.database}`.`{feed.source.table.name}{local}`"
    name = f"`{layout.database}`.`{feed.view}`"
    head = f"CREATE MATERIALIZED VIEW IF NOT EXISTS {name}{layout.on_cluster} TO {target} AS"
    return f"{head}\n{feed.select(source)}"


def forget(rollup: Rollup, feeds: Sequence[Feed], layout: Layout) -> str:
    """The statement that forgets what feeds gave, so that one who was killed while counting it again starts anew."""
    local = "_local" if layout.cluster else ""
    table = f"TABLE `{layout.database}`.`{rollup.name}{local}`{layout.on_cluster}"
    if rollup.feeds[0] in feeds:
        return f"TRUNCATE {table}"
    return f"ALTER {table} DELETE WHERE outcome = '{CORRECTED}' SETTINGS mutations_sync = 2"


def count_again(rollup: Rollup, feed: Feed, layout: Layout) -> str:
    """The statement that counts events which were stored before the view was there; whoever runs it makes the views last."""
    names = ", ".join(f"`{name}`" for name in feed.names)
    spread = f"`{layout.database}`.`{rollup.name}`"
    source = f"`{layout.database}`.`{feed.source.table.name}`"
    return f"INSERT INTO {spread} ({names})\n{feed.select(source)}"


def drop_retired(layout: Layout) -> tuple[str, ...]:
    """The statements that take rollups of older versions away: first what fills them, then the tables."""
    tables = [f"{name}{part}" for name in RETIRED for part in ("_view", "", "_local" if layout.cluster else "")]
    return tuple(f"DROP TABLE IF EXISTS `{layout.database}`.`{name}`{layout.on_cluster} SYNC" for name in dict.fromkeys(tables))
