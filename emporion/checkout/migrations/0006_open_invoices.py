"""What running subscriptions bought on account and nobody has paid yet gets the invoice that such purchases have now."""

from django.db import migrations
from django.utils import timezone

from emporion.checkout import rules

CHARGE, RECEIPTS = "billing.charge", "receipts"


def write_invoices(apps, schema_editor):
    """Number them in the one series, oldest first; what is paid has its receipt."""
    PaymentReceipt = apps.get_model("checkout", "PaymentReceipt")
    series, _ = apps.get_model("checkout", "NumberSeries").objects.get_or_create(name=RECEIPTS)
    now = timezone.now()
    numbered = PaymentReceipt.objects.values("payment_id")
    open_ones = apps.get_model("payments", "Payment").objects.filter(method="invoice", state="processing", cause_type=CHARGE)
    for payment in open_ones.exclude(pk__in=numbered).order_by("created_at", "id"):
        series.last += 1
        PaymentReceipt.objects.create(
            number=rules.receipt_number(series.last, now),
            payment_id=payment.id,
            organisation_id=payment.organisation_id,
            title=payment.description[:200],
            amount_minor=payment.amount_minor,
            currency=payment.currency,
            issued_at=now,
        )
    series.save()


class Migration(migrations.Migration):
    dependencies = [("checkout", "0005_older_orders"), ("payments", "0006_captured_at")]
    operations = [migrations.RunPython(write_invoices, migrations.RunPython.noop)]
