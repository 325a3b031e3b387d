"""Secrets at rest are encrypted under the installation's key; what is only compared is stored hashed."""

import base64
import hashlib
import hmac
import secrets
from functools import cache

from cryptography.fernet import Fernet
from django.conf import settings


@cache
def _cipher(key: str) -> Fernet:
    derived = hmac.digest(key.encode(), b"emporion:secrets-at-rest:v1", "sha256")
    return Fernet(base64.urlsafe_b64encode(derived))


def encrypt(plaintext: str) -> str:
    """The secret, unreadable without the installation's key."""
    return _cipher(settings.SECRET_KEY).encrypt(plaintext.encode()).decode()


def decrypt(ciphertext: str) -> str:
    """The secret again; `cryptography.fernet.InvalidToken` when it was changed or the key is another."""
    return _cipher(settings.SECRET_KEY).decrypt(ciphertext.encode()).decode()


def new_token(prefix: str) -> str:
    """A random token of 256 bits behind a prefix that names its kind."""
    return f"{prefix}{secrets.token_urlsafe(32)}"


def digest(token: str) -> str:
    """What is stored of a random token: SHA-256 in hex; such tokens need no slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()
