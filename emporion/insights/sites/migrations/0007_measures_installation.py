from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("insights_sites", "0006_site_trial_told")]

    operations = [
        migrations.AddField(model_name="site", name="measures_installation", field=models.BooleanField(default=False)),
        migrations.AddConstraint(
            model_name="site",
            constraint=models.UniqueConstraint(
                condition=models.Q(("measures_installation", True)),
                fields=("measures_installation",),
                name="insights_one_site_measures_installation",
            ),
        ),
    ]
