"""Where uploaded files are kept: Django's default storage, a folder here and a bucket at scale."""

from uuid import UUID

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage


def keep(library_id: UUID, name: str, content: bytes) -> str:
    """Store the bytes of a file and return the name to find them by."""
    return default_storage.save(f"knowledge/{library_id}/{name}", ContentFile(content))


def bytes_of(stored_name: str) -> bytes:
    """The bytes kept under a name."""
    with default_storage.open(stored_name) as file:
        return bytes(file.read())


def forget(stored_name: str) -> None:
    """Delete a kept file; one that is gone already is fine."""
    if stored_name:
        default_storage.delete(stored_name)
