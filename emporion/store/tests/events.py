"""Events with values that bite: an accent, a negative amount, a millisecond inside the hour that summer time repeats."""

from datetime import UTC, datetime
from uuid import UUID

from emporion.kernel.ids import new_id
from emporion.store.schemas import ApiCalled, PageViewed, UsageRecorded

OCCURRED = datetime(2026, 10, 25, 0, 30, 0, 123_000, tzinfo=UTC)
SUBSCRIPTION = UUID("01900000-0000-7000-8000-00000000000a")
API = UUID("01900000-0000-7000-8000-00000000000b")


def usage(**changes: object) -> UsageRecorded:
    fields = {
        "event_id": new_id(),
        "occurred_at": OCCURRED,
        "subscription_id": SUBSCRIPTION,
        "metric": "appels-é",
        "quantity_micros": -1_500_000,
        "currency": "JPY",
    }
    return UsageRecorded(**{**fields, **changes})


def view(**changes: object) -> PageViewed:
    """A kind that nothing tidies up: what is stored twice is seen twice."""
    return PageViewed(**{"event_id": new_id(), "occurred_at": OCCURRED, "path": "/marché/", "country": "CH", **changes})


def call(**changes: object) -> ApiCalled:
    """A call that is counted when it is stored."""
    fields = {"event_id": new_id(), "occurred_at": OCCURRED, "api_id": API, "outcome": "ok", "customer": "Zoë"}
    return ApiCalled(**{**fields, **changes})
