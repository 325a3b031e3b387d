"""Attacks the books with raw SQL, past every line of Python, as a careless migration or a stolen password would."""

import sqlite3
import threading
import uuid

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from emporion.kernel.ids import new_id
from emporion.kernel.money import Money
from emporion.ledger import queries
from emporion.ledger.actions import post
from emporion.ledger.types import AccountKind, AccountRef, Cause, Entry, credit, debit

pytestmark = [pytest.mark.requirement("BIL-01"), pytest.mark.django_db(transaction=True)]

CASH = AccountRef(kind=AccountKind.PROVIDER_CASH, currency="EUR", part="sandbox")
REVENUE = AccountRef(kind=AccountKind.PLATFORM_REVENUE, currency="EUR")
YEN = AccountRef(kind=AccountKind.PLATFORM_REVENUE, currency="JPY")


def raw(statement, *values):
    """Run SQL as any client could; ids are written as the database keeps them."""
    with connection.cursor() as cursor:
        cursor.execute(statement, [_as_kept(value) for value in values])
        return cursor.fetchall() if cursor.description else []


def _as_kept(value):
    return value.hex if isinstance(value, uuid.UUID) and connection.vendor == "sqlite" else value


def sale(now, minor=990_00, key=None, accounts=(CASH, REVENUE)):
    amount = Money(minor, accounts[0].currency)
    lines = (debit(accounts[0], amount), credit(accounts[1], amount))
    return post(entry=Entry(kind="sale", cause=Cause(type="order", id=new_id()), lines=lines), key=key or str(new_id()), now=now)


def account_id(ref):
    return uuid.UUID(str(raw("SELECT id FROM ledger_account WHERE kind = %s AND currency = %s", ref.kind, ref.currency)[0][0]))


def insert_posting(transaction_id, account, minor, currency="EUR", posting_id=None):
    raw(
        "INSERT INTO ledger_posting (id, transaction_id, account_id, currency, amount_minor) VALUES (%s, %s, %s, %s, %s)",
        posting_id or new_id(),
        transaction_id,
        account,
        currency,
        minor,
    )


def insert_transaction(transaction_id, now, key="raw", verb="INSERT"):
    raw(
        f"{verb} INTO ledger_transaction (id, key, digest, kind, cause_type, cause_id, occurred_at) "
        "VALUES (%s, %s, 'x', 'raw', 'raw', %s, %s)",
        transaction_id,
        key,
        new_id(),
        now,
    )


@pytest.fixture
def books(now):
    """A sale in euros and one in yen are on the books."""
    kept = sale(now)
    sale(now, 1234, accounts=(AccountRef(kind=AccountKind.PROVIDER_CASH, currency="JPY", part="sandbox"), YEN))
    return kept


@pytest.fixture
def cash(books):
    return account_id(CASH)


@pytest.fixture
def revenue(books):
    return account_id(REVENUE)


def everything():
    return sorted(raw("SELECT id, transaction_id, account_id, currency, amount_minor FROM ledger_posting"), key=str)


def test_a_balanced_transaction_in_raw_sql_is_taken(cash, revenue, now):
    made = new_id()
    with transaction.atomic():
        insert_posting(made, cash, 500)
        insert_posting(made, revenue, -500)
        insert_transaction(made, now)
    assert queries.balance(CASH) == Money(995_00, "EUR")


@pytest.mark.parametrize("minors", [(500,), (500, -499), (500, -500, 1), (2**62, 2**62, -(2**62))])
def test_an_unbalanced_transaction_is_refused(cash, revenue, now, minors):
    made = new_id()
    before = everything()
    with pytest.raises(DatabaseError), transaction.atomic():
        for minor in minors:
            insert_posting(made, cash, minor)
        insert_transaction(made, now)
    assert everything() == before


def test_a_transaction_that_balances_only_across_currencies_is_refused(cash, now):
    made = new_id()
    with pytest.raises(IntegrityError, match="sums to zero"), transaction.atomic():
        insert_posting(made, cash, 500)
        insert_posting(made, account_id(YEN), -500, currency="JPY")
        insert_transaction(made, now)


def test_a_posting_in_another_currency_than_its_account_is_refused(cash):
    with pytest.raises(IntegrityError, match="currency of its account"), transaction.atomic():
        insert_posting(new_id(), cash, 500, currency="JPY")


def test_a_posting_to_an_account_that_does_not_exist_is_refused():
    with pytest.raises(IntegrityError), transaction.atomic():
        insert_posting(new_id(), new_id(), 500)


def test_postings_without_a_transaction_are_refused_at_commit(cash, revenue):
    before = everything()
    made = new_id()
    with pytest.raises(IntegrityError), transaction.atomic():
        insert_posting(made, cash, 500)
        insert_posting(made, revenue, -500)
    assert everything() == before


def test_a_transaction_without_postings_is_refused(books, now):
    with pytest.raises(IntegrityError, match="has postings"), transaction.atomic():
        insert_transaction(new_id(), now)


def test_a_posting_of_nothing_is_refused(cash):
    with pytest.raises(IntegrityError), transaction.atomic():
        insert_posting(new_id(), cash, 0)


@pytest.mark.parametrize("pair", [(500, -500), (1, -1)])
def test_even_balanced_postings_are_not_added_to_a_closed_transaction(books, cash, revenue, pair):
    with pytest.raises(IntegrityError, match="closed"), transaction.atomic():
        insert_posting(books, cash, pair[0])
        insert_posting(books, revenue, pair[1])


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_posting SET amount_minor = amount_minor * 2",
        "UPDATE ledger_posting SET amount_minor = amount_minor",
        "UPDATE ledger_posting SET transaction_id = (SELECT MAX(CAST(id AS text)) FROM ledger_transaction)"
        if connection.vendor == "sqlite"
        else "UPDATE ledger_posting SET transaction_id = (SELECT id FROM ledger_transaction LIMIT 1)",
        "DELETE FROM ledger_posting",
        "DELETE FROM ledger_posting WHERE amount_minor > 0",
        "UPDATE ledger_transaction SET kind = 'gift'",
        "UPDATE ledger_transaction SET occurred_at = CURRENT_TIMESTAMP",
        "DELETE FROM ledger_transaction",
        "UPDATE ledger_account SET currency = 'USD'",
        "UPDATE ledger_account SET kind = 'wallet'",
        "DELETE FROM ledger_account",
    ],
)
def test_what_is_on_the_books_is_never_changed_or_deleted(books, statement):
    before = everything()
    with pytest.raises(IntegrityError, match="only ever added to"), transaction.atomic():
        raw(statement)
    assert everything() == before


@pytest.mark.skipif(connection.vendor != "postgresql", reason="TRUNCATE is PostgreSQL's")
@pytest.mark.parametrize("table", ["ledger_posting", "ledger_transaction, ledger_posting, ledger_meterreading"])
def test_the_books_are_never_truncated(books, table):
    with pytest.raises(IntegrityError, match="only ever added to"), transaction.atomic():
        raw(f"TRUNCATE {table} CASCADE")


@pytest.mark.skipif(connection.vendor != "postgresql", reason="writing inside WITH is PostgreSQL's")
@pytest.mark.parametrize("after", ["p", "t"])
def test_one_statement_that_does_everything_cannot_cheat(cash, revenue, after):
    """Parts of one statement see one snapshot; the third posting comes before or after the transaction that it spoils."""
    made, before = new_id(), everything()
    columns = "ledger_posting (id, transaction_id, account_id, currency, amount_minor)"
    with pytest.raises(IntegrityError), transaction.atomic():
        raw(
            f"WITH p AS (INSERT INTO {columns} SELECT gen_random_uuid(), '{made}', a, 'EUR', m "
            f"FROM (VALUES ('{cash}'::uuid, 500), ('{revenue}'::uuid, -500)) v(a, m) RETURNING 1), "
            "t AS (INSERT INTO ledger_transaction (id, key, digest, kind, cause_type, cause_id, occurred_at) "
            f"SELECT '{made}', 'cte', 'x', 'raw', 'raw', gen_random_uuid(), now() FROM (SELECT count(*) FROM p) c RETURNING 1), "
            f"q AS (INSERT INTO {columns} SELECT gen_random_uuid(), '{made}', '{cash}'::uuid, 'EUR', 1 "
            f"FROM (SELECT count(*) FROM {after}) c RETURNING 1) "
            "SELECT (SELECT count(*) FROM q), (SELECT count(*) FROM t)"
        )
    assert everything() == before


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time")
@pytest.mark.parametrize("level", ["READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"])
def test_two_sessions_cannot_build_one_transaction_together(cash, revenue, now, level):
    """One session leaves a posting uncommitted; the other would close the same transaction without seeing it."""
    made = new_id()
    outcome = []

    def close_it_from_another_session():
        other = connection.copy()
        with other.cursor() as cursor:
            try:
                cursor.execute(f"BEGIN ISOLATION LEVEL {level}")
                cursor.execute("SELECT count(*) FROM ledger_posting")
                for account, minor in ((cash, 700), (revenue, -700)):
                    cursor.execute(
                        "INSERT INTO ledger_posting (id, transaction_id, account_id, currency, amount_minor) "
                        "VALUES (%s, %s, %s, 'EUR', %s)",
                        [new_id(), made, account, minor],
                    )
                cursor.execute(
                    "INSERT INTO ledger_transaction (id, key, digest, kind, cause_type, cause_id, occurred_at) "
                    "VALUES (%s, 'two', 'x', 'raw', 'raw', %s, now())",
                    [made, new_id()],
                )
                cursor.execute("COMMIT")
                outcome.append("committed")
            except DatabaseError:
                cursor.execute("ROLLBACK")
                outcome.append("refused")
        other.close()

    with pytest.raises(IntegrityError), transaction.atomic():
        insert_posting(made, cash, 500)
        thread = threading.Thread(target=close_it_from_another_session)
        thread.start()
        thread.join(timeout=0.3)
        assert not outcome, "the other session has to wait for us"
    thread.join(timeout=10)
    assert outcome == ["committed"]
    assert queries.faults() == ()


sqlite_only = pytest.mark.skipif(connection.vendor != "sqlite", reason="REPLACE is SQLite's")


@sqlite_only
def test_replace_cannot_move_a_posting_out_of_its_transaction(books, cash, revenue, now):
    """REPLACE deletes the old row without firing delete triggers: by primary key or by rowid."""
    before = everything()
    victim, rowid = raw("SELECT id, rowid FROM ledger_posting LIMIT 1")[0]
    for column, value in (("id", victim), ("rowid", rowid)):
        columns = "id" if column == "id" else "rowid, id"
        values = (victim,) if column == "id" else (rowid, new_id())
        with pytest.raises(IntegrityError, match="nothing is replaced"), transaction.atomic():
            raw(
                f"INSERT OR REPLACE INTO ledger_posting ({columns}, transaction_id, account_id, currency, amount_minor) "
                f"VALUES ({', '.join(['%s'] * len(values))}, %s, %s, 'EUR', 5)",
                *values,
                new_id(),
                cash,
            )
        assert value is not None
    assert everything() == before


@sqlite_only
@pytest.mark.parametrize("verb", ["REPLACE", "INSERT OR IGNORE", "INSERT OR FAIL", "INSERT OR ABORT"])
def test_no_conflict_clause_gets_past_the_guards(books, cash, now, verb):
    before = everything()
    rows = raw("SELECT * FROM ledger_transaction ORDER BY id")
    with pytest.raises(IntegrityError), transaction.atomic():
        insert_transaction(books, now, key="other", verb=verb)
    key = raw("SELECT key FROM ledger_transaction LIMIT 1")[0][0]
    with pytest.raises(IntegrityError), transaction.atomic():
        made = new_id()
        insert_posting(made, cash, 5)
        insert_posting(made, cash, -5)
        insert_transaction(made, now, key=key, verb=verb)
    with pytest.raises(IntegrityError), transaction.atomic():
        raw(
            f"{verb} INTO ledger_account (id, kind, owner_id, part, currency, created_at) "
            "VALUES (%s, 'wallet', %s, '', 'USD', %s)",
            cash,
            new_id(),
            now,
        )
    assert everything() == before
    assert raw("SELECT * FROM ledger_transaction ORDER BY id") == rows


@sqlite_only
@pytest.mark.parametrize("amount", [0.1, "ten", b"\x01"])
def test_an_amount_that_is_not_a_whole_number_is_refused(cash, amount):
    with pytest.raises(IntegrityError, match="whole number"), transaction.atomic():
        insert_posting(new_id(), cash, sqlite3.Binary(amount) if isinstance(amount, bytes) else amount)


@sqlite_only
def test_an_upsert_is_an_update_and_refused(books, cash):
    victim = raw("SELECT id FROM ledger_posting LIMIT 1")[0][0]
    with pytest.raises(IntegrityError), transaction.atomic():
        raw(
            "INSERT INTO ledger_posting (id, transaction_id, account_id, currency, amount_minor) VALUES (%s, %s, %s, 'EUR', 5) "
            "ON CONFLICT (id) DO UPDATE SET amount_minor = 7",
            victim,
            new_id(),
            cash,
        )
