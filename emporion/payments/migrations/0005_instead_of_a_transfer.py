import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("payments", "0004_unpaid")]

    operations = [
        migrations.AddField(
            model_name="payment",
            name="instead_of",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="instead", to="payments.payment"
            ),
        ),
    ]
