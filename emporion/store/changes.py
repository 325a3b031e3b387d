"""How often visits that began in an hour were written, so that whoever keeps something made of them knows whether it still holds.

The engine counts each row as it is inserted, whoever inserts it and whatever the clocks say. The count only grows.
"""

from emporion.store.derived import SITE_SESSIONS, home_of
from emporion.store.tables import PART_SETTINGS, Column, Layout

NAME = "site_changes"
COLUMNS: tuple[Column, ...] = (
    Column(name="site_id", type="UUID"),
    Column(name="hour", type="DateTime('UTC')"),
    Column(name="written", type="SimpleAggregateFunction(sum, UInt64)"),
    # Says nothing: no two inserts are equal with it, and a replicated table takes equal ones for a repetition.
    Column(name="lot", type="SimpleAggregateFunction(sum, UInt64)"),
)
_VIEW = f"{NAME}_view"
_KEYS = "PARTITION BY toYYYYMM(hour)\nORDER BY (`site_id`, `hour`)"


def create_changes(layout: Layout) -> tuple[str, ...]:
    """The statements that make the table, on one host or spread over a cluster; each shard counts what it was given."""
    body = ",\n  ".join(column.definition for column in COLUMNS)
    name = f"`{layout.database}`.`{NAME}`"
    if not layout.cluster:
        head = f"CREATE TABLE IF NOT EXISTS {name} (\n  {body}\n)\nENGINE = AggregatingMergeTree"
        return (f"{head}\n{_KEYS}\nSETTINGS {PART_SETTINGS}",)
    local = f"`{layout.database}`.`{NAME}_local`"
    place = "'/clickhouse/tables/{shard}/{database}/{table}', '{replica}'"
    head = f"CREATE TABLE IF NOT EXISTS {local}{layout.on_cluster} (\n  {body}\n)"
    spread = f"Distributed(`{layout.cluster}`, `{layout.database}`, `{NAME}_local`, rand())"
    return (
        f"{head}\nENGINE = ReplicatedAggregatingMergeTree({place})\n{_KEYS}\nSETTINGS {PART_SETTINGS}",
        f"CREATE TABLE IF NOT EXISTS {name}{layout.on_cluster} AS {local}\nENGINE = {spread}",
    )


def create_changes_view(layout: Layout) -> str:
    """The statement after which each insert of visits is counted; on a cluster beside the visits of each host."""
    target = f"`{layout.database}`.`{NAME}{'_local' if layout.cluster else ''}`"
    head = f"CREATE MATERIALIZED VIEW IF NOT EXISTS `{layout.database}`.`{_VIEW}`{layout.on_cluster} TO {target} AS"
    return f"{head}\n{_counted(layout, home_of(SITE_SESSIONS, layout))}"


def count_written(layout: Layout) -> str:
    """The statement that counts the visits which an older version of us wrote. Counted twice they are as good: it only grew."""
    return f"INSERT INTO `{layout.database}`.`{NAME}`\n{_counted(layout, SITE_SESSIONS.name)}"


def view_is_there(layout: Layout) -> str:
    """The question whether inserts are counted already: one row, or none."""
    return f"SELECT 1 FROM system.tables WHERE database = '{layout.database}' AND name = '{_VIEW}'"  # noqa: S608 -- own words


def _counted(layout: Layout, visits: str) -> str:
    return (
        "SELECT site_id, toStartOfHour(started_at) AS hour, count() AS written, sum(rand64()) AS lot"  # noqa: S608 -- own words
        f" FROM `{layout.database}`.`{visits}` GROUP BY site_id, hour"
    )
