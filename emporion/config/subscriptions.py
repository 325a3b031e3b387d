"""The one table of who hears what: events and their listeners, jobs and their handlers, schedules.

Handlers are dotted paths, imported when first needed, so that the server starts without what only jobs use.
"""

from collections.abc import Mapping
from datetime import timedelta

LISTENERS: Mapping[str, tuple[str, ...]] = {}
JOBS: Mapping[str, str] = {
    "notify.deliver_mail": "emporion.notify.jobs:deliver_mail",
}
SCHEDULE: Mapping[str, timedelta] = {}
