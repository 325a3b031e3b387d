"""Receipts keep who sold and who bought as it stood, and lines what they paid for; organisations say how they are named."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("checkout", "0006_open_invoices"),
    ]

    operations = [
        migrations.CreateModel(
            name="BillingDetails",
            fields=[
                ("organisation_id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("name", models.CharField(blank=True, max_length=160)),
                ("address", models.TextField(blank=True, max_length=400)),
                ("country", models.CharField(blank=True, max_length=80)),
                ("tax_number", models.CharField(blank=True, max_length=40)),
                ("updated_at", models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name="orderline",
            name="period_end_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="orderline",
            name="period_start_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="paymentreceipt",
            name="buyer",
            field=models.TextField(blank=True),
        ),
        migrations.AddField(
            model_name="paymentreceipt",
            name="seller",
            field=models.TextField(blank=True),
        ),
        migrations.AddField(
            model_name="receipt",
            name="buyer",
            field=models.TextField(blank=True),
        ),
        migrations.AddField(
            model_name="receipt",
            name="seller",
            field=models.TextField(blank=True),
        ),
    ]
