"""Invoices that nobody pays: people are reminded when the time is over, and after a grace what was bought on account pauses."""

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction

from emporion.payments import rules
from emporion.payments.events import InvoiceMissed, InvoiceOverdue
from emporion.payments.models import Payment
from emporion.plumbing.actions import publish


def notice_overdue(*, now: datetime, limit: int = 200) -> int:
    """Tell once of each invoice whose time is over and, a grace later, once that it was missed; returns how many were told of.

    The grace begins with the reminder, however late that is. Where buyers are told no account, no money is expected.
    """
    if not settings.ENVIRONMENT.bank_account:
        return 0
    overdue = list(Payment.objects.overdue(now).values_list("id", flat=True)[:limit])
    return sum(_notice(payment_id, now) for payment_id in overdue)


@transaction.atomic
def _notice(payment_id: UUID, now: datetime) -> bool:
    row = Payment.objects.overdue(now).select_for_update().filter(pk=payment_id).first()
    if row is None:
        return False
    if row.reminded_at is None:
        row.reminded_at = now
        event: InvoiceOverdue | InvoiceMissed = InvoiceOverdue(
            payment_id=row.id,
            organisation_id=row.organisation_id,
            cause_type=row.cause_type,
            cause_id=row.cause_id,
            pauses_at=now + rules.GRACE,
        )
    else:
        row.missed_at = now
        event = InvoiceMissed(
            payment_id=row.id, organisation_id=row.organisation_id, cause_type=row.cause_type, cause_id=row.cause_id
        )
    row.save(update_fields=["reminded_at", "missed_at"])
    publish(event, now=now)
    return True
