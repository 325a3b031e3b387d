"""The statements that make the tables are generated, and both a parser and the engine itself can read them."""

import chdb
import pytest
import sqlglot
from msgspec import inspect
from sqlglot import expressions as exp

from emporion.store.changes import count_written, create_changes, create_changes_view
from emporion.store.derived import DERIVED, create_derived
from emporion.store.rollups import ROLLUPS, count_again, create_rollup, create_view, forget
from emporion.store.schemas import KINDS, AuditEntry, JobFinished, UsageRecorded
from emporion.store.shared import close_shared
from emporion.store.spool import EventCodec
from emporion.store.tables import Layout, add_columns, columns_of, create_database, create_tables

CLUSTER = Layout(database="shop", cluster="main")
SINGLE = Layout(database="shop")


@pytest.fixture(scope="module")
def engine():
    close_shared()
    opened = chdb.connect(":memory:")  # for all statements: to open it takes as long as to read twenty of them
    yield lambda statement: str(opened.query(f"EXPLAIN AST {statement}", "TabSeparated"))
    opened.close()


@pytest.mark.requirement("REL-03")
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_a_cluster_gets_replicated_tables_and_one_that_spreads_over_them(kind):
    local, spread = (sqlglot.parse_one(statement, dialect="clickhouse") for statement in create_tables(kind, CLUSTER))
    for made in (local, spread):
        assert isinstance(made, exp.Create)
        assert made.find(exp.OnCluster).name == "main"
    assert local.find(exp.EngineProperty).this.name == f"Replicated{'Replacing' * kind.table.comes_again}MergeTree"
    assert local.this.this.sql("clickhouse").strip('`"') == f'shop"."{kind.table.name}_local'
    engine = spread.find(exp.EngineProperty).this
    assert engine.name == "Distributed"
    assert [part.name for part in engine.expressions][:3] == ["main", "shop", f"{kind.table.name}_local"]


@pytest.mark.requirement("REL-03")
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("layout", [SINGLE, CLUSTER], ids=["single", "cluster"])
def test_the_engine_reads_every_statement(engine, kind, layout):
    statements = [create_database(layout), *create_tables(kind, layout), *add_columns(kind, layout, frozenset({"event_id"}))]
    for statement in statements:
        assert engine(statement)
    with pytest.raises(RuntimeError):
        engine(statements[1].replace("ENGINE =", "ENGINE ENGINE"))


@pytest.mark.requirement("REL-03")
@pytest.mark.parametrize("table", DERIVED, ids=lambda table: table.name)
def test_computed_tables_are_replaced_by_version_on_one_host_and_on_many(engine, table):
    (single,) = create_derived(table, SINGLE)
    local, spread = create_derived(table, CLUSTER)
    for statement in (single, local, spread):
        assert engine(statement)
    assert "ENGINE = ReplacingMergeTree(version)" in single
    assert "ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}', version)" in local
    assert f"`{table.name}_local`, {table.shard_by})" in spread
    # Rows of one key must meet on one host, or an old one would live on another.
    assert table.shard_by.removeprefix("cityHash64(").rstrip(")") in table.order_by


@pytest.mark.requirement("REL-03")
def test_writings_are_counted_beside_the_visits_of_each_host(engine):
    single, local, spread = *create_changes(SINGLE), *create_changes(CLUSTER)
    view, counted = create_changes_view(CLUSTER), count_written(CLUSTER)
    for statement in (single, local, spread, create_changes_view(SINGLE), view, counted):
        assert engine(statement)
    assert "ENGINE = AggregatingMergeTree\n" in single
    assert "ENGINE = ReplicatedAggregatingMergeTree(" in local
    assert "TO `shop`.`site_changes_local`" in view
    assert "FROM `shop`.`site_sessions_local`" in view
    assert "FROM `shop`.`site_sessions` " in counted


@pytest.mark.requirement("REL-03", "NEX-03")
@pytest.mark.parametrize("rollup", ROLLUPS, ids=lambda rollup: rollup.name)
def test_calls_are_counted_beside_the_events_of_each_host(engine, rollup):
    statements = {
        layout: [
            *create_rollup(rollup, layout),
            *(create_view(rollup, feed, layout) for feed in rollup.feeds),
            forget(rollup, rollup.feeds, layout),
            *([forget(rollup, rollup.feeds[1:], layout)] if rollup.tells_corrections else ()),
            *(count_again(rollup, feed, layout) for feed in rollup.feeds),
        ]
        for layout in (SINGLE, CLUSTER)
    }
    for statement in (*statements[SINGLE], *statements[CLUSTER]):
        assert engine(statement)
    single, local, spread, view = statements[SINGLE][0], *statements[CLUSTER][:3]
    assert "ENGINE = AggregatingMergeTree\n" in single
    assert "non_replicated_deduplication_window = 10000" in single
    place = "'/clickhouse/tables/{shard}/{database}/{table}', '{replica}'"
    assert f"`shop`.`{rollup.name}_local` ON CLUSTER `main`" in local
    assert f"ENGINE = ReplicatedAggregatingMergeTree({place})" in local
    assert "replicated_deduplication_window = 10000" in local
    assert f"Distributed(`main`, `shop`, `{rollup.name}_local`, rand())" in spread
    # The event's copy on its own host is the one that was kept once; the table that spreads sees it again for each sending.
    assert f"TO `shop`.`{rollup.name}_local` AS" in view
    assert f"FROM `shop`.`{rollup.source.table.name}_local` AS" in view
    assert next(column.name for column, _ in rollup.keys) == "project_id", "a page asks for one project"


def test_a_cluster_remembers_inserts_where_they_land_and_spreads_by_event():
    local, spread = create_tables(UsageRecorded, CLUSTER)
    assert "replicated_deduplication_window = 10000" in local
    assert "'/clickhouse/tables/{shard}/{database}/{table}', '{replica}'" in local
    assert "cityHash64(event_id)" in spread
    assert "non_replicated_deduplication_window = 10000" in create_tables(UsageRecorded, SINGLE)[0]


def test_columns_are_added_to_the_local_table_before_the_one_that_spreads():
    present = frozenset(column.name for column in columns_of(UsageRecorded)) - {"currency"}
    assert [statement.split(" ADD ")[0] for statement in add_columns(UsageRecorded, CLUSTER, present)] == [
        "ALTER TABLE `shop`.`usage_records_local` ON CLUSTER `main`",
        "ALTER TABLE `shop`.`usage_records` ON CLUSTER `main`",
    ]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_kind_has_the_common_columns_and_sorts_by_what_it_has(kind):
    columns = {column.name: column.type for column in columns_of(kind)}
    assert {
        "event_id": "UUID",
        "occurred_at": "DateTime64(3, 'UTC')",
        "organisation_id": "UUID",
        "project_id": "UUID",
    }.items() <= columns.items()
    assert set(kind.table.order_by) <= set(columns)


def test_types_become_the_columns_that_keep_them_small():
    assert [column.definition for column in columns_of(UsageRecorded)][4:] == [
        "`subscription_id` UUID",
        "`product_id` LowCardinality(String)",
        "`metric` LowCardinality(String)",
        "`quantity_micros` Int64",
        "`cost_micros` Int64",
        "`currency` LowCardinality(String)",
    ]
    assert "`detail` Map(String, String)" in create_tables(AuditEntry, SINGLE)[0]
    assert "`attempt` UInt16 DEFAULT 1" in create_tables(JobFinished, SINGLE)[0]


def test_what_may_come_again_is_sorted_by_its_identity_at_last():
    assert all(kind.table.order_by[-1] == "event_id" for kind in KINDS)


def test_no_two_kinds_share_a_table_or_a_name():
    assert len({kind.table.name for kind in KINDS}) == len({kind.__struct_config__.tag for kind in KINDS}) == len(KINDS)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_number_is_bounded_because_the_engine_would_wrap_it_around(kind):
    for field in inspect.type_info(kind).fields:
        bare = field.type.type if isinstance(field.type, inspect.Metadata) else field.type
        if isinstance(bare, inspect.IntType):
            assert bare.ge is not None, field.name
            assert bare.le is not None, field.name


def test_the_codec_reads_every_kind_that_it_writes():
    EventCodec(KINDS)
