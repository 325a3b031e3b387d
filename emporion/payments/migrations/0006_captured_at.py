"""When the money of a payment came: what is known of older ones is when they were made, of a transfer when it was recorded."""

from django.db import migrations, models
from django.db.models import F


def date_captures(apps, schema_editor):
    """A transfer that was given back since is dated by that: no other moment was kept."""
    captured = apps.get_model("payments", "Payment").objects.filter(state__in=["succeeded", "refunded"], captured_at=None)
    captured.filter(method="invoice").update(captured_at=F("updated_at"))
    captured.exclude(method="invoice").update(captured_at=F("created_at"))


class Migration(migrations.Migration):
    dependencies = [("payments", "0005_instead_of_a_transfer")]
    operations = [
        migrations.AddField(model_name="payment", name="captured_at", field=models.DateTimeField(null=True)),
        migrations.RunPython(date_captures, migrations.RunPython.noop),
    ]
