"""The one table of who hears what: events and their listeners, jobs and their handlers, schedules.

Handlers are dotted paths, imported when first needed, so that the server starts without what only jobs use.
"""

from collections.abc import Mapping
from datetime import timedelta

LISTENERS: Mapping[str, tuple[str, ...]] = {}
JOBS: Mapping[str, str] = {
    "payments.apply_webhook": "emporion.payments.jobs:apply_webhook",
    "payments.poll": "emporion.payments.jobs:settle_overdue",
    "payments.send_sandbox_webhook": "emporion.payments.jobs:send_sandbox_webhook",
    "payments.settle_sandbox_charge": "emporion.payments.jobs:settle_sandbox_charge",
    "ledger.expire_credit": "emporion.ledger.jobs:expire_credit",
}
SCHEDULE: Mapping[str, timedelta] = {
    "payments.poll": timedelta(minutes=1),
    "ledger.expire_credit": timedelta(hours=1),
}
