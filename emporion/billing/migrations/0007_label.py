"""What an organisation calls what it bought, told by the domain that it is bought for."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('billing', '0006_plan_before'),
    ]

    operations = [
        migrations.AddField(
            model_name='subscription',
            name='label',
            field=models.CharField(blank=True, max_length=80),
        ),
    ]
