"""The database itself keeps the books: balanced per currency, in the currency of the account, closed and never changed.

Postings come first, their transaction last. Inserting the transaction closes it: the sums are checked then, and no posting is
taken afterwards. The foreign key from posting to transaction is deferred, so that postings without a transaction are refused
at COMMIT, on SQLite as on PostgreSQL.

SQLite's `REPLACE` deletes rows without firing delete triggers, so that every insert checks that it replaces nothing, by key
or by rowid. SQLite drops the triggers of a table that a later migration rebuilds: such a migration runs `install` again.
"""

from django.db import migrations

FROZEN = ("account", "transaction", "posting")
READING_COLUMNS = ("id", "meter_id", "key", "digest", "micros", "cause_type", "cause_id", "read_at")
UNIQUE = {
    "account": "id = NEW.id OR (owner_id = NEW.owner_id AND kind = NEW.kind AND part = NEW.part AND currency = NEW.currency)",
    "transaction": "id = NEW.id OR key = NEW.key OR reverses_id = NEW.reverses_id",
    "posting": "id = NEW.id",
    "meterreading": "id = NEW.id OR key = NEW.key",
}

SQLITE_POSTING = """
CREATE TRIGGER ledger_posting_check BEFORE INSERT ON ledger_posting BEGIN
  SELECT RAISE(ABORT, 'ledger: an amount is a whole number') WHERE typeof(NEW.amount_minor) <> 'integer';
  SELECT RAISE(ABORT, 'ledger: the transaction is closed')
    WHERE EXISTS (SELECT 1 FROM ledger_transaction WHERE id = NEW.transaction_id);
  SELECT RAISE(ABORT, 'ledger: a posting has the currency of its account')
    WHERE NOT EXISTS (SELECT 1 FROM ledger_account WHERE id = NEW.account_id AND currency = NEW.currency);
END"""
SQLITE_TRANSACTION = """
CREATE TRIGGER ledger_transaction_check BEFORE INSERT ON ledger_transaction BEGIN
  SELECT RAISE(ABORT, 'ledger: a transaction has postings')
    WHERE NOT EXISTS (SELECT 1 FROM ledger_posting WHERE transaction_id = NEW.id);
  SELECT RAISE(ABORT, 'ledger: a transaction sums to zero in every currency')
    WHERE EXISTS (SELECT 1 FROM ledger_posting WHERE transaction_id = NEW.id GROUP BY currency HAVING SUM(amount_minor) <> 0);
END"""

# The advisory lock makes another session wait that would post to, or close, the same transaction at the same time.
POSTGRES_POSTING = """
CREATE OR REPLACE FUNCTION ledger_posting_check() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended(NEW.transaction_id::text, 20022));
  IF EXISTS (SELECT 1 FROM ledger_transaction WHERE id = NEW.transaction_id) THEN
    RAISE EXCEPTION 'ledger: the transaction is closed' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF NOT EXISTS (SELECT 1 FROM ledger_account WHERE id = NEW.account_id AND currency = NEW.currency) THEN
    RAISE EXCEPTION 'ledger: a posting has the currency of its account' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$"""
POSTGRES_TRANSACTION = """
CREATE OR REPLACE FUNCTION ledger_transaction_check() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended(NEW.id::text, 20022));
  IF NOT EXISTS (SELECT 1 FROM ledger_posting WHERE transaction_id = NEW.id) THEN
    RAISE EXCEPTION 'ledger: a transaction has postings' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF EXISTS (SELECT 1 FROM ledger_posting WHERE transaction_id = NEW.id GROUP BY currency HAVING SUM(amount_minor) <> 0) THEN
    RAISE EXCEPTION 'ledger: a transaction sums to zero in every currency' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$"""
POSTGRES_REFUSE = """
CREATE OR REPLACE FUNCTION ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'ledger: % is only ever added to', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$"""


def sqlite_statements():
    """The triggers of SQLite."""
    yield SQLITE_POSTING
    yield SQLITE_TRANSACTION
    for table, clash in UNIQUE.items():
        yield (
            f"CREATE TRIGGER ledger_{table}_replace BEFORE INSERT ON ledger_{table} BEGIN "
            f"SELECT RAISE(ABORT, 'ledger: nothing is replaced') "
            f"WHERE EXISTS (SELECT 1 FROM ledger_{table} WHERE rowid = NEW.rowid OR {clash}); END"
        )
    for table in (*FROZEN, "meterreading"):
        refuse = f"BEGIN SELECT RAISE(ABORT, 'ledger: ledger_{table} is only ever added to'); END"
        yield f"CREATE TRIGGER ledger_{table}_delete BEFORE DELETE ON ledger_{table} {refuse}"
        columns = "" if table in FROZEN else f" OF {', '.join(READING_COLUMNS)}"
        yield f"CREATE TRIGGER ledger_{table}_update BEFORE UPDATE{columns} ON ledger_{table} {refuse}"
    yield (
        "CREATE TRIGGER ledger_meterreading_posted BEFORE UPDATE ON ledger_meterreading WHEN OLD.transaction_id IS NOT NULL "
        "BEGIN SELECT RAISE(ABORT, 'ledger: a reading is posted once'); END"
    )


def postgres_statements():
    """The functions and triggers of PostgreSQL."""
    yield from (POSTGRES_POSTING, POSTGRES_TRANSACTION, POSTGRES_REFUSE)
    for table in ("posting", "transaction"):
        yield (
            f"CREATE TRIGGER ledger_{table}_check BEFORE INSERT ON ledger_{table} "
            f"FOR EACH ROW EXECUTE FUNCTION ledger_{table}_check()"
        )
    for table in (*FROZEN, "meterreading"):
        columns = "" if table in FROZEN else f" OF {', '.join(READING_COLUMNS)}"
        yield (
            f"CREATE TRIGGER ledger_{table}_frozen BEFORE DELETE OR UPDATE{columns} ON ledger_{table} "
            "FOR EACH ROW EXECUTE FUNCTION ledger_refuse()"
        )
        yield (
            f"CREATE TRIGGER ledger_{table}_truncate BEFORE TRUNCATE ON ledger_{table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse()"
        )
    yield (
        "CREATE TRIGGER ledger_meterreading_posted BEFORE UPDATE ON ledger_meterreading FOR EACH ROW "
        "WHEN (OLD.transaction_id IS NOT NULL) EXECUTE FUNCTION ledger_refuse()"
    )


def install(apps, schema_editor):
    """Create the triggers."""
    vendor = schema_editor.connection.vendor
    for statement in sqlite_statements() if vendor == "sqlite" else postgres_statements():
        schema_editor.execute(statement, params=None)


def remove(apps, schema_editor):
    """Drop the triggers; the functions of PostgreSQL stay, unused."""
    vendor = schema_editor.connection.vendor
    for statement in sqlite_statements() if vendor == "sqlite" else postgres_statements():
        words = statement.split()
        if words[1] != "TRIGGER":
            continue
        table = words[words.index("ON") + 1]
        schema_editor.execute(f"DROP TRIGGER {words[2]}" + ("" if vendor == "sqlite" else f" ON {table}"), params=None)


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]
    operations = [migrations.RunPython(install, remove)]
