"""What goes into the event store comes out of it, over both addresses and through one set of queries."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

import msgspec
import pytest

from emporion.kernel.ids import new_id
from emporion.store import open_store, types
from emporion.store.connection import Address, Clients
from emporion.store.errors import InvalidQuery, SchemaMismatch, StoreUnavailable
from emporion.store.schemas import KINDS, AuditEntry, ChatMessage, PageViewed, UsageRecorded
from emporion.store.tests.events import OCCURRED, SUBSCRIPTION, usage, view
from emporion.store.types import Event, Table, Word


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    metric: str
    quantity_micros: int
    last_at: datetime


class Role(StrEnum):
    VISITOR = "visitor"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    agent_id: UUID
    role: Role
    answered: bool
    citations: int
    occurred_at: datetime


def sample(kind: type[Event]) -> Event:
    """An event of any kind with only what it must have."""
    required = {"event_id": new_id(), "occurred_at": OCCURRED}
    for field in msgspec.structs.fields(kind):
        if field.required and field.name not in required:
            required[field.name] = _edge_value(field)
    return kind(**required)


def _edge_value(field: msgspec.structs.FieldInfo) -> object:
    """The value of a field's type that is hardest to keep."""
    if field.type is UUID:
        return new_id()
    if field.type is bool:
        return True
    whole = {"Amount": -(2**63), "Count": 2**32 - 1, "Small": 2**16 - 1}
    named = next((name for name in whole if field.type is getattr(types, name)), None)
    return whole[named] if named else "é"


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_kind_of_event_comes_back_as_it_went_in(store, kind):
    event = sample(kind)
    store.insert(kind, [event], token="once")
    assert store.rows(f"SELECT * FROM {kind.table.name}", as_=kind) == [event]


def test_all_columns_keep_values_that_bite(store):
    entry = AuditEntry(
        event_id=new_id(),
        occurred_at=OCCURRED,
        actor_kind="person",
        verb="sold",
        object_type="x" * 200,
        detail={"prix": "1 200 é\0'\\"},
    )
    store.insert(AuditEntry, [entry], token="once")
    assert store.rows("SELECT * FROM audit_entries", as_=AuditEntry) == [entry]


def test_rows_become_the_dataclass_that_is_asked_for(store):
    store.insert(
        UsageRecorded, [usage(), usage(quantity_micros=500_000, occurred_at=OCCURRED + timedelta(milliseconds=1))], token="t"
    )
    assert store.rows(
        "SELECT metric, sum(quantity_micros) AS quantity_micros, max(occurred_at) AS last_at FROM usage_records "
        "WHERE subscription_id = {subscription:UUID} GROUP BY metric",
        {"subscription": SUBSCRIPTION},
        as_=Total,
    ) == [Total(metric="appels-é", quantity_micros=-1_000_000, last_at=OCCURRED + timedelta(milliseconds=1))]


def test_values_are_bound_with_their_milliseconds_and_quotes(store):
    message = ChatMessage(
        event_id=new_id(), occurred_at=OCCURRED, agent_id=new_id(), conversation_id=new_id(), message_id=new_id(), role="visitor"
    )
    store.insert(ChatMessage, [message], token="t")
    sql = """SELECT agent_id, role, answered, citations, occurred_at FROM chat_messages
        WHERE occurred_at = {at:DateTime64(3, 'UTC')} AND role IN {roles:Array(String)} AND answered = {answered:Bool}
        AND citations < {most:UInt16} AND agent_id IN {agents:Array(UUID)} AND isNull({nothing:Nullable(String)})"""
    elsewhere = OCCURRED.astimezone(timezone(timedelta(hours=2)))
    params = {
        "at": elsewhere,
        "roles": ["it's", "visitor"],
        "answered": True,
        "most": 1,
        "agents": [message.agent_id],
        "nothing": None,
    }
    assert store.rows(sql, params, as_=Said) == [
        Said(agent_id=message.agent_id, role=Role.VISITOR, answered=True, citations=0, occurred_at=OCCURRED)
    ]
    assert store.rows(sql, {**params, "at": OCCURRED + timedelta(milliseconds=1)}, as_=Said) == []


def test_a_value_cannot_break_out_of_its_place(store):
    for text in ("x' OR 1=1 --", "\\'; DROP TABLE usage_records", "{other:String}", "%s\t\n"):
        assert store.value("SELECT {text:String}", {"text": text}, as_=str) == text


@pytest.mark.parametrize(
    ("sql", "params"),
    [
        ("SELECT {a:Int64}", {}),
        ("SELECT 1", {"a": 1}),
        ("SELECT %(a)s", {"a": "1"}),
        ("SELECT {a:Int64}", {"b": 1}),
        ("SELECT {a:DateTime64(3)}", {"a": datetime(2026, 1, 1)}),  # noqa: DTZ001
    ],
)
def test_a_query_whose_placeholders_and_values_differ_is_refused_before_it_runs(store, sql, params):
    with pytest.raises(InvalidQuery, match=r"missing|naive"):
        store.rows(sql, params, as_=Total)


def test_a_wrong_query_says_what_is_wrong(store):
    with pytest.raises(InvalidQuery, match="no_such_column"):
        store.value("SELECT no_such_column", as_=int)
    with pytest.raises(InvalidQuery, match="Total"):
        store.rows("SELECT 1 AS one", as_=Total)


@pytest.mark.requirement("REL-01")
def test_the_same_token_stores_once_even_when_a_piece_spans_months(store, stored_ids):
    events = [view(occurred_at=datetime(2026, month, 1, tzinfo=UTC)) for month in (1, 2, 3)]
    for _ in range(3):
        store.insert(PageViewed, events, token="segment:page_views:0")
    # A later version may send the piece in another shape: the token decides, not the bytes.
    store.insert(PageViewed, [msgspec.structs.replace(event, country="JP") for event in events], token="segment:page_views:0")
    assert sorted(stored_ids(), key=str) == sorted((event.event_id for event in events), key=str)
    store.insert(PageViewed, events[:1], token="segment:page_views:1")
    assert len(stored_ids()) == 4


@pytest.mark.requirement("REL-01")
def test_an_event_that_a_retried_job_brings_again_is_counted_once(store):
    first, other = usage(), usage()
    store.insert(UsageRecorded, [first, other], token="a")
    store.insert(UsageRecorded, [first], token="b")
    assert store.value("SELECT sum(quantity_micros) FROM usage_records", as_=int) == -3_000_000
    assert store.value("SELECT count() FROM usage_records WHERE metric = {m:String}", {"m": first.metric}, as_=int) == 2


def test_eight_threads_ask_at_once(store):
    store.insert(UsageRecorded, [usage() for _ in range(10)], token="t")
    with ThreadPoolExecutor(8) as pool:
        counts = list(
            pool.map(lambda n: store.value("SELECT count() + {n:Int64} FROM usage_records", {"n": n}, as_=int), range(64))
        )
    assert counts == [10 + n for n in range(64)]


class Narrow(Event, frozen=True, kw_only=True, tag="test.event"):
    table: ClassVar[Table] = Table(name="migrated", order_by=("event_id",))

    name: Word = ""


class Wide(Narrow, frozen=True, kw_only=True, tag="test.event"):
    table: ClassVar[Table] = Narrow.table

    country: Word = "n'a"
    clicks: int = 7


class Retyped(Event, frozen=True, kw_only=True, tag="test.event"):
    table: ClassVar[Table] = Narrow.table

    name: int = 0


def test_new_columns_are_added_at_open_and_old_rows_read_as_their_defaults(url):
    old, new = (
        Narrow(event_id=new_id(), occurred_at=OCCURRED),
        Wide(event_id=new_id(), occurred_at=OCCURRED, country="CH", clicks=1),
    )
    with open_store(url, kinds=[Narrow]) as store:
        store.insert(Narrow, [old], token="old")
    with open_store(url, kinds=[Wide]) as store:
        store.insert(Wide, [new], token="new")
        assert store.rows("SELECT * FROM migrated ORDER BY clicks", as_=Wide) == [
            new,
            Wide(event_id=old.event_id, occurred_at=OCCURRED, country="n'a", clicks=7),
        ]
    with open_store(url, kinds=[Narrow]) as store:
        store.insert(Narrow, [Narrow(event_id=new_id(), occurred_at=OCCURRED)], token="old code, new table")
        assert store.value("SELECT count() FROM migrated", as_=int) == 3


def test_a_column_of_another_type_is_refused_and_left_alone(url):
    with open_store(url, kinds=[Narrow]) as store:
        store.migrate()
    with open_store(url, kinds=[Retyped]) as store, pytest.raises(SchemaMismatch, match="name"):
        store.migrate()


def test_a_table_that_was_dropped_is_made_again_by_the_next_try(store):
    store.insert(UsageRecorded, [usage()], token="a")
    with store._clients.lend() as client:
        client.command(f"DROP TABLE `{store._layout.database}`.usage_records SYNC")
    with pytest.raises(StoreUnavailable):
        store.insert(UsageRecorded, [usage()], token="b")
    store.insert(UsageRecorded, [usage()], token="b")
    assert store.value("SELECT count() FROM usage_records", as_=int) == 1


def test_a_second_process_is_told_which_process_has_the_folder(tmp_path):
    with open_store(f"chdb://{tmp_path}/events") as store:
        store.migrate()
        tried = subprocess.run(
            [sys.executable, "-c", f"from emporion.store import open_store; open_store('chdb://{tmp_path}/events')"],
            capture_output=True,
            text=True,
            check=False,
        )
    assert "StoreBusy" in tried.stderr
    assert str(os.getpid()) in tried.stderr


def test_two_openers_in_one_process_share_the_folder_and_a_closed_one_can_be_opened_again(tmp_path):
    url = f"chdb://{tmp_path}/events"
    with open_store(url) as one, open_store(url) as other:
        one.insert(UsageRecorded, [usage()], token="a")
        assert other.value("SELECT count() FROM usage_records", as_=int) == 1
    with open_store(url) as again:
        assert again.value("SELECT count() FROM usage_records", as_=int) == 1


def test_a_closed_store_says_so(store):
    store.close()
    with pytest.raises(StoreUnavailable, match="closed"):
        store.value("SELECT 1", as_=int)


def test_a_wrong_password_is_reported_without_the_password(shared_server):
    wrong = shared_server.url.replace("1@", "2@")
    with open_store(wrong) as store, pytest.raises(StoreUnavailable) as caught:
        store.migrate()
    assert "Authentication failed" in str(caught.value)
    assert "ssword" not in str(caught.value)


@pytest.mark.parametrize("url", ["chdb:relative", "chdb://host/path", "postgres://x/y", "http:///db", ""])
def test_an_address_that_is_none_is_refused_with_the_right_form(url):
    with pytest.raises(ValueError, match="chdb:///absolute/path"):
        open_store(url)


def test_a_store_that_is_closed_amid_a_question_gives_its_folder_back_when_that_is_answered(tmp_path):
    asked = Clients(Address.parse(f"chdb://{tmp_path}/events"))
    with ThreadPoolExecutor(1) as lane:
        with asked.lend() as client:
            closing = lane.submit(asked.close)
            while not asked.is_closed:
                pass
            assert client.command("SELECT 1") == 1
        closing.result()
    elsewhere = Clients(Address.parse(f"chdb://{tmp_path}/others"))
    with elsewhere.lend() as client:
        assert client.command("SELECT 2") == 2
    elsewhere.close()
