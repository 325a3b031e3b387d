"""Makes one database in both ways, at once and migration by migration, and prints what each left; run in a process of its own."""

import json
import re
from pathlib import Path

Found = dict[str, list[list[str]]]
SQLITE = {"objects": "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'"}
POSTGRESQL = {
    "columns": "SELECT table_name, column_name, data_type, character_maximum_length, numeric_precision, numeric_scale,"
    " is_nullable, column_default, is_identity, identity_generation, collation_name"
    " FROM information_schema.columns WHERE table_schema = 'public'",
    "constraints": "SELECT conrelid::regclass, conname, pg_get_constraintdef(oid) FROM pg_constraint"
    " WHERE connamespace = 'public'::regnamespace",
    "indexes": "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "triggers": "SELECT tgrelid::regclass, tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
    "functions": "SELECT proname, pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace",
    "sequences": "SELECT sequencename, data_type, start_value, increment_by, max_value FROM pg_sequences",
}
# A unique column has a name from PostgreSQL when it was made with its table, and one from Django when it became so later.
NAMED_BY_CHANCE = re.compile(r"_(?:key|[0-9a-f]{8}_uniq)\b")
TABLE = re.compile(r'CREATE TABLE "\w+" \((.*)\)')


def _plain(part: object) -> str:
    """Without spacing, and without the order of columns: SQLite puts those last that were changed."""
    text = NAMED_BY_CHANCE.sub("_key", " ".join(str(part).split()))
    if table := TABLE.fullmatch(text):
        return ", ".join(sorted(re.split(r', (?="|CONSTRAINT )', table[1])))
    return text


def found() -> Found:
    """What the database is made of, and how many rows each table holds."""
    from django.db import connection

    answers: Found = {}
    with connection.cursor() as cursor:
        for kind, question in (SQLITE if connection.vendor == "sqlite" else POSTGRESQL).items():
            cursor.execute(question)
            answers[kind] = sorted([_plain(part) for part in row] for row in cursor.fetchall())
        answers["rows"] = []
        for table in sorted(connection.introspection.table_names(cursor)):
            cursor.execute(f'SELECT count(*) FROM "{table}"')
            answers["rows"].append([table, str(cursor.fetchone()[0])])
    return answers


def begin_again() -> None:
    """An empty database in the place of the one that there is."""
    from django.db import connection

    if connection.vendor == "sqlite":
        connection.close()
        Path(connection.settings_dict["NAME"]).unlink()
        return
    with connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA public CASCADE")
        cursor.execute("CREATE SCHEMA public")


def main() -> None:
    """Print what there is after the one and after the other."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.core.management.commands.migrate import Command

    call_command("migrate", verbosity=0)
    anew = found()
    begin_again()
    call_command(Command(), verbosity=0)
    print(json.dumps([anew, found()]))


if __name__ == "__main__":
    main()
