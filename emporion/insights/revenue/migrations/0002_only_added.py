"""The database refuses to change a report: history is only added to. It may be erased, together with its payment."""

from django.db import migrations

SQLITE = """
CREATE TRIGGER insights_report_frozen BEFORE UPDATE ON insights_revenue_report BEGIN
  SELECT RAISE(ABORT, 'insights: a report is only ever added');
END"""
SQLITE_REPLACE = """
CREATE TRIGGER insights_report_replace BEFORE INSERT ON insights_revenue_report BEGIN
  SELECT RAISE(ABORT, 'insights: a report is only ever added')
    WHERE EXISTS (SELECT 1 FROM insights_revenue_report WHERE id = NEW.id);
END"""
POSTGRES_FUNCTION = """
CREATE OR REPLACE FUNCTION insights_report_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'insights: a report is only ever added' USING ERRCODE = 'integrity_constraint_violation';
END $$"""
POSTGRES = """
CREATE TRIGGER insights_report_frozen BEFORE UPDATE ON insights_revenue_report
FOR EACH ROW EXECUTE FUNCTION insights_report_frozen()"""


def install(apps, schema_editor):
    """Create the triggers."""
    is_sqlite = schema_editor.connection.vendor == "sqlite"
    for statement in (SQLITE, SQLITE_REPLACE) if is_sqlite else (POSTGRES_FUNCTION, POSTGRES):
        schema_editor.execute(statement, params=None)


def remove(apps, schema_editor):
    """Drop the triggers."""
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute("DROP TRIGGER insights_report_frozen", params=None)
        schema_editor.execute("DROP TRIGGER insights_report_replace", params=None)
        return
    schema_editor.execute("DROP TRIGGER insights_report_frozen ON insights_revenue_report", params=None)


class Migration(migrations.Migration):
    dependencies = [("insights_revenue", "0001_initial")]
    operations = [migrations.RunPython(install, remove)]
