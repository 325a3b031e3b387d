"""Where uploads lie until they are brought in: Django's default storage, a folder here and a bucket at scale.

Logs hold addresses. So nothing of an upload stays once its import is stored, given up, or left alone for a day; and the salt
that makes visitors of addresses is overwritten before it is removed.
"""

import hashlib
import os
import secrets
from contextlib import suppress
from typing import BinaryIO, cast
from uuid import UUID

from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage

SALT_BYTES = 32
_SALT = "salt"
_LIST = "left-out.csv"


def keep(import_id: UUID, number: int, content: "File[bytes]") -> tuple[str, str]:
    """Keep an upload, which is moved rather than copied where it is on this disk already; its name and its fingerprint."""
    digest = hashlib.sha256()
    for chunk in content.chunks(1024 * 1024):
        digest.update(chunk)
    content.seek(0)
    return default_storage.save(_path(import_id, str(number)), content), digest.hexdigest()


def opened(stored_name: str) -> BinaryIO:
    """The content, to be closed by whoever asked."""
    return cast("BinaryIO", default_storage.open(stored_name, "rb"))


def salt_of(import_id: UUID) -> bytes:
    """The salt of an import, drawn when first asked for, so that a process that goes on finds the same visitors."""
    path = _path(import_id, _SALT)
    if not default_storage.exists(path):
        default_storage.save(path, ContentFile(secrets.token_bytes(SALT_BYTES)))
    with default_storage.open(path, "rb") as file:
        return bytes(file.read())


def forget(import_id: UUID, stored_names: tuple[str, ...]) -> None:
    """Erase the uploads and the salt; again without harm."""
    for name in stored_names:
        if name:
            default_storage.delete(name)
    path = _path(import_id, _SALT)
    if default_storage.exists(path):
        _overwrite(path)
        default_storage.delete(path)


def _overwrite(path: str) -> None:
    with suppress(NotImplementedError), open(default_storage.path(path), "r+b") as file:  # noqa: PTH123 -- a bucket has no path
        file.write(bytes(SALT_BYTES))
        file.flush()
        os.fsync(file.fileno())


def keep_list(import_id: UUID, text: str) -> None:
    """Keep the list of what was left out, in place of an older one."""
    forget_list(import_id)
    default_storage.save(_path(import_id, _LIST), ContentFile(text.encode()))


def list_of(import_id: UUID) -> bytes:
    """The list of what was left out; empty where there is none."""
    path = _path(import_id, _LIST)
    if not default_storage.exists(path):
        return b""
    with default_storage.open(path, "rb") as file:
        return bytes(file.read())


def forget_list(import_id: UUID) -> None:
    """Remove the list."""
    if default_storage.exists(_path(import_id, _LIST)):
        default_storage.delete(_path(import_id, _LIST))


def _path(import_id: UUID, name: str) -> str:
    return f"imports/{import_id}/{name}"
