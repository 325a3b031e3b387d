"""The timeline is only ever added to, whoever writes to the database; a name may be forgotten when its person leaves."""

from django.db import migrations

TABLE = "nexus_incidents_timelineentry"
FIXED = "id, incident_id, key, kind, at, text, detail, url, written_at"
REFUSE = "BEGIN SELECT RAISE(ABORT, 'incidents: a timeline is only ever added to'); END"
SQLITE = (
    f"CREATE TRIGGER nexus_timeline_delete BEFORE DELETE ON {TABLE} {REFUSE}",
    f"CREATE TRIGGER nexus_timeline_update BEFORE UPDATE OF {FIXED} ON {TABLE} {REFUSE}",
)
FUNCTION = """
CREATE OR REPLACE FUNCTION nexus_timeline_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'incidents: a timeline is only ever added to' USING ERRCODE = 'integrity_constraint_violation';
END $$"""
POSTGRES = (
    FUNCTION,
    f"CREATE TRIGGER nexus_timeline_delete BEFORE DELETE ON {TABLE} FOR EACH ROW EXECUTE FUNCTION nexus_timeline_refuse()",
    f"CREATE TRIGGER nexus_timeline_update BEFORE UPDATE OF {FIXED} ON {TABLE} "
    "FOR EACH ROW EXECUTE FUNCTION nexus_timeline_refuse()",
)


def install(apps, schema_editor):
    """Create the triggers."""
    for statement in SQLITE if schema_editor.connection.vendor == "sqlite" else POSTGRES:
        schema_editor.execute(statement, params=None)


def remove(apps, schema_editor):
    """Drop the triggers; the function of PostgreSQL stays, unused."""
    on = "" if schema_editor.connection.vendor == "sqlite" else f" ON {TABLE}"
    for name in ("nexus_timeline_delete", "nexus_timeline_update"):
        schema_editor.execute(f"DROP TRIGGER {name}{on}", params=None)


class Migration(migrations.Migration):
    dependencies = [("nexus_incidents", "0001_initial")]
    operations = [migrations.RunPython(install, remove)]
