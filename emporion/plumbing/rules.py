"""Decides, without I/O, when a job is tried again."""

from datetime import timedelta

from emporion.kernel.errors import DomainError, Limit, Unavailable

BACKOFF = (1, 5, 30, 120, 600, 1800, 3600)
REVOKED_FOR_GOOD = timedelta(hours=1)  # after that who revoked a key by mistake makes a new one
MAX_ATTEMPTS = len(BACKOFF) + 1


def retry_after(attempt: int, error: Exception) -> timedelta | None:
    """How long to wait before the next attempt; `None` when trying again cannot help."""
    permanent = isinstance(error, DomainError) and not isinstance(error, Limit | Unavailable)
    if permanent or attempt >= MAX_ATTEMPTS:
        return None
    return timedelta(seconds=BACKOFF[attempt - 1])
