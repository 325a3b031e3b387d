"""A change of plan keeps what it changed from and what was left of that, for its receipt; older ones do not know."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('billing', '0005_given_back'),
    ]

    operations = [
        migrations.AddField(
            model_name='charge',
            name='credit_minor',
            field=models.BigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='charge',
            name='from_cycle',
            field=models.CharField(blank=True, choices=[('monthly', 'monthly'), ('yearly', 'yearly'), ('once', 'once')], max_length=10),
        ),
        migrations.AddField(
            model_name='charge',
            name='from_plan',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='billing.plan'),
        ),
    ]
