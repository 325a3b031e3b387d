"""Subscriptions whose money went back are not resumed."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("billing", "0004_shares_of_refunds")]
    operations = [migrations.AddField(model_name="subscription", name="given_back_at", field=models.DateTimeField(null=True))]
