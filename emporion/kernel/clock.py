"""Time is passed in: edges read the clock once and hand `now` down."""

from datetime import UTC, datetime


def utcnow() -> datetime:
    """The present instant, aware, in UTC."""
    return datetime.now(UTC)


def as_utc(moment: datetime) -> datetime:
    """The same instant in UTC; refuses naive datetimes, which name no instant."""
    if moment.tzinfo is None:
        raise ValueError("a naive datetime names no instant; attach a time zone")
    return moment.astimezone(UTC)
