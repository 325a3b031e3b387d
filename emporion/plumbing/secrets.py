"""Secrets at rest are encrypted under the installation's key; what is only compared is stored hashed."""

import hashlib
import secrets

from django.conf import settings

from emporion.plumbing.sealing import seal, unseal


def encrypt(plaintext: str) -> str:
    """The secret, unreadable without the installation's key."""
    return seal(plaintext, key=settings.SECRET_KEY)


def decrypt(ciphertext: str) -> str:
    """The secret again; `cryptography.fernet.InvalidToken` when it was changed or the key is another."""
    return unseal(ciphertext, key=settings.SECRET_KEY)


def new_token(prefix: str) -> str:
    """A random token of 256 bits behind a prefix that names its kind."""
    return f"{prefix}{secrets.token_urlsafe(32)}"


def digest(token: str) -> str:
    """What is stored of a random token: SHA-256 in hex; such tokens need no slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()
