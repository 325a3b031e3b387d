from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('insights_sites', '0005_siteday_imported'),
    ]

    operations = [
        migrations.AddField(
            model_name='site',
            name='trial_told',
            field=models.PositiveSmallIntegerField(default=0),
        ),
    ]
