"""What was given back before shares were taken back with it: the same job that a refund has now does it for each."""

import json

from django.db import migrations
from django.utils import timezone

HANDLER = "emporion.billing.jobs:take_back_shares"


def take_back_shares(apps, schema_editor):
    """A job for each refund that went through; it takes back nothing twice."""
    refunds = apps.get_model("payments", "Refund").objects.filter(state="succeeded").select_related("payment")
    now = timezone.now()
    jobs = []
    for refund in refunds.order_by("id").iterator():
        payment = refund.payment
        event = {
            "payment_id": str(payment.id),
            "refund_id": str(refund.id),
            "organisation_id": str(payment.organisation_id),
            "cause_type": payment.cause_type,
            "cause_id": str(payment.cause_id),
            "amount_minor": refund.amount_minor,
            "currency": payment.currency,
        }
        named = {"name": "payments.PaymentRefunded", "handler": HANDLER, "payload": json.dumps(event)}
        jobs.append({**named, "state": "waiting", "run_at": now, "created_at": now})
    Job = apps.get_model("plumbing", "Job")
    Job.objects.bulk_create(Job(**job) for job in jobs)


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0003_refund_days"),
        ("payments", "0005_instead_of_a_transfer"),
        ("plumbing", "0001_initial"),
    ]
    operations = [migrations.RunPython(take_back_shares, migrations.RunPython.noop)]
