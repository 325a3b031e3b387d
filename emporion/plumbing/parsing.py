"""Reads the small values that forms send; what somebody made up reads as nothing, so that it finds nothing."""

from uuid import UUID

from django.utils.http import url_has_allowed_host_and_scheme

LARGEST = 2**31 - 1


def number_of(text: str) -> int:
    """A number that counts something of ours; 0, which counts nothing, for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 10 and int(text) <= LARGEST else 0


def uuid_of(text: str) -> UUID | None:
    """An id, if it is one."""
    try:
        return UUID(text)
    except ValueError:
        return None


def own_path(text: str, otherwise: str) -> str:
    """A place on this site that a form wants to go on to; `otherwise` where it is none."""
    return text if text.startswith("/") and url_has_allowed_host_and_scheme(text, None) else otherwise
