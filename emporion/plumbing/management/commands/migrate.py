"""Makes a new database in one step; where there is anything to migrate from, this is Django's own command.

Django replays the whole history of the tables into an empty database, too, and after each of hundreds of operations draws up all
models anew: most of a first start, and of each test run. The tables are where the operations end, so here they are made there.
"""

from typing import Any

from django.core.management.commands import migrate
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations import RunPython, RunSQL
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.operations.fields import FieldOperation
from django.db.migrations.operations.models import IndexOperation, ModelOperation
from django.db.migrations.recorder import MigrationRecorder
from django.db.migrations.state import ProjectState
from django.db.models import Model

PARTS = ("app_label", "plan", "check_unapplied", "fake")  # options that ask for something else than all tables
OF_TABLES = (ModelOperation, FieldOperation, IndexOperation)


class Command(migrate.Command):
    """Django's `migrate`, quick for a new database."""

    def handle(self, *args: Any, **options: Any) -> None:
        """Make the tables if there are none; then do what Django does, and finds little left to do."""
        if not any(options[part] for part in PARTS) and make_tables(connections[options["database"]]) and options["verbosity"]:
            self.stdout.write("The database is new: its tables were made as the last migration leaves them.")
        super().handle(*args, **options)


def make_tables(connection: BaseDatabaseWrapper) -> bool:
    """Whether an empty database got its tables, and every migration its mark, all in one transaction.

    Operations that run Python or SQL (triggers, rows that belong to every database) do so afterwards, in their order, and meet
    the last state of the models. One whose work is for older rows alone, and names fields that have gone, is marked `elidable`.
    """
    if connection.introspection.table_names():
        return False
    executor = MigrationExecutor(connection)
    plan = [migration for migration, _ in executor.migration_plan(executor.loader.graph.leaf_nodes())]
    steps = [(migration, operation) for migration in plan for operation in migration.operations]
    steps = [(migration, operation) for migration, operation in steps if not isinstance(operation, OF_TABLES)]
    if not all(isinstance(operation, RunPython | RunSQL) for _, operation in steps):
        return False  # an operation that only Django knows how to follow
    state: ProjectState = executor.loader.project_state()
    marks = MigrationRecorder(connection)
    models: list[type[Model]] = [*state.apps.get_models(), marks.Migration]
    with connection.schema_editor() as editor:
        for model in models:
            if model._meta.can_migrate(connection):  # noqa: SLF001 - public, for all its name
                editor.create_model(model)
        for migration, operation in steps:
            if not operation.elidable:
                operation.database_forwards(migration.app_label, editor, state, state)
        applied = [key for migration in plan for key in (*migration.replaces, (migration.app_label, migration.name))]
        marks.migration_qs.bulk_create(marks.Migration(app=app, name=name) for app, name in applied)
    return True
