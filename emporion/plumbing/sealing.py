"""How secrets are sealed under the installation's key, for both planes: the key is handed in, no settings are read."""

import base64
import hmac
from functools import cache

from cryptography.fernet import Fernet


@cache
def _cipher(key: str) -> Fernet:
    derived = hmac.digest(key.encode(), b"emporion:secrets-at-rest:v1", "sha256")
    return Fernet(base64.urlsafe_b64encode(derived))


def seal(plaintext: str, *, key: str) -> str:
    """The secret, unreadable without the key."""
    return _cipher(key).encrypt(plaintext.encode()).decode()


def unseal(ciphertext: str, *, key: str) -> str:
    """The secret again; `cryptography.fernet.InvalidToken` when it was changed or the key is another."""
    return _cipher(key).decrypt(ciphertext.encode()).decode()
