"""The two homes of events, behind one fixture: the engine in this process, and ClickHouse's HTTP interface in another."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest

from emporion.kernel.ids import new_id
from emporion.store import EventStore, Spool, Writer
from emporion.store.shared import close_shared, shared_store
from emporion.store.types import SpoolLimits
from tests.clickhouse import Server


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    event_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    name: str


@pytest.fixture(autouse=True)
def _no_other_engine(request: pytest.FixtureRequest) -> None:
    """The embedded engine opens one folder in a process: that of another test must go first."""
    if "store" not in request.fixturenames:
        close_shared()


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Server]:
    running = Server(tmp_path / "clickhouse")
    yield running
    running.kill()


@pytest.fixture(params=["chdb", "http"])
def home(request: pytest.FixtureRequest) -> str:
    """Which of the two homes events have."""
    return request.param


@pytest.fixture
def url(request: pytest.FixtureRequest, home: str, tmp_path: Path) -> str:
    """The address of a store that nobody has made yet, for a test about making it."""
    return f"chdb://{tmp_path}/events" if home == "chdb" else request.getfixturevalue("shared_server").url + new_id().hex


@pytest.fixture(scope="package")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    yield tmp_path_factory.mktemp("events")
    close_shared()


@pytest.fixture
def store(request: pytest.FixtureRequest, home: str) -> EventStore:
    """A store without events. To make its tables takes longer than most tests; what a failed test left behind is left alone."""
    failed = request.session.testsfailed
    if home == "chdb":
        url = f"chdb://{request.getfixturevalue('shared_folder')}/{failed}"
        close_shared(but=url)
    else:
        url = f"{request.getfixturevalue('shared_server').url}{failed}"
    opened = shared_store(url)
    empty(opened)
    return opened


def empty(store: EventStore) -> None:
    """Takes every row away, and what the engine remembers of where they came from."""
    sql = "SELECT name FROM system.tables WHERE database = currentDatabase() AND total_rows > 0 AND engine LIKE '%MergeTree'"
    for table in store.rows(sql, as_=Filled):
        store.run(f"TRUNCATE TABLE {table.name}")


@pytest.fixture
def limits() -> SpoolLimits:
    return SpoolLimits()


@pytest.fixture
def spool(tmp_path: Path, limits: SpoolLimits) -> Iterator[Spool]:
    with Spool(tmp_path / "spool", limits=limits) as opened:
        yield opened


@pytest.fixture
def writer(spool: Spool, store: EventStore) -> Iterator[Writer]:
    made = Writer(spool=spool, store=store)
    yield made
    made.close()


def all_ids(store: EventStore) -> list[UUID]:
    """Every page view in the store, duplicates included."""
    return [row.event_id for row in store.rows("SELECT event_id FROM page_views ORDER BY toString(event_id)", as_=Found)]


@pytest.fixture
def stored_ids(store: EventStore) -> Callable[[], list[UUID]]:
    """`all_ids` of the store at hand."""
    return lambda: all_ids(store)
