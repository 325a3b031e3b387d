"""Orders that were made before the terms of money back were kept with them: zero days there meant "not known"."""

from django.db import migrations, models
from django.db.migrations.recorder import MigrationRecorder

KEPT_SINCE = ("checkout", "0004_money_back")


def forget_days(apps, schema_editor):
    """What was sold before the migration that added the days has none of its own; on a new installation nothing was."""
    app, name = KEPT_SINCE
    applied = MigrationRecorder(schema_editor.connection).migration_qs.filter(app=app, name=name)
    since = applied.values_list("applied", flat=True).first()
    lines = apps.get_model("checkout", "OrderLine").objects.filter(refund_days=0)
    if since is not None:
        lines.filter(order__created_at__lt=since).update(refund_days=None)


def remember_days(apps, schema_editor):
    """The table before this migration knows no unknown days."""
    apps.get_model("checkout", "OrderLine").objects.filter(refund_days=None).update(refund_days=0)


class Migration(migrations.Migration):
    dependencies = [("checkout", "0004_money_back")]
    operations = [
        migrations.AlterField(
            model_name="orderline", name="refund_days", field=models.PositiveSmallIntegerField(null=True)
        ),
        migrations.RunPython(forget_days, remember_days),
    ]
