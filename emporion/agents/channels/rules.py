"""Decides, without I/O, which hosts a widget serves and whether a customer is who the page says."""

import hashlib
import hmac
from urllib.parse import urlsplit

import jwt

from emporion.agents.channels.errors import IdentityInvalid

LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})
LEEWAY_SECONDS = 60


def host_of(origin: str) -> str:
    """The host of an origin or address, lower case, with its port where it is not the scheme's own; empty when there is none."""
    parts = urlsplit(origin)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return ""
    host = parts.hostname.lower()
    try:
        port = parts.port
    except ValueError:
        return ""
    standard = port in {None, 443 if parts.scheme == "https" else 80}
    return host if standard else f"{host}:{port}"


def is_allowed(host: str, allowed: tuple[str, ...]) -> bool:
    """Whether a widget may run on a host; `*.example.com` covers its subdomains, a bare name covers any port of itself."""
    if not allowed:
        return True
    bare = host.rpartition(":")[0] if ":" in host and not host.endswith("]") else host
    for pattern in allowed:
        if pattern in (host, bare):
            return True
        if pattern.startswith("*.") and (bare.endswith(pattern[1:]) or host.endswith(pattern[1:])):
            return True
    return False


def frame_ancestors(allowed: tuple[str, ...]) -> list[str]:
    """The allowed domains as sources of a Content-Security-Policy, so that the browser itself refuses other sites."""
    if not allowed:
        return ["*"]
    sources = ["'self'"]
    for pattern in allowed:
        sources += [f"https://{pattern}", f"http://{pattern}"]
        if ":" not in pattern:
            sources += [f"https://{pattern}:*", f"http://{pattern}:*"]
    return sources


def environment_of(host: str) -> str:
    """What kind of place a host is: `development` on the person's own machine, `staging` by its name, else `production`."""
    bare = host.partition(":")[0]
    if bare in LOCAL or bare.endswith((".localhost", ".local", ".test")):
        return "development"
    return (
        "staging" if any(word in bare.split(".")[0] for word in ("staging", "stage", "preview", "test", "dev")) else "production"
    )


def customer_of(*, token: str, secret: str) -> str:
    """The customer that a signed token names (`sub`); `IdentityInvalid` unless it is HS256, whole, and not expired."""
    try:
        claims = jwt.decode(token, secret, algorithms=["HS256"], options={"require": ["exp", "sub"]}, leeway=LEEWAY_SECONDS)
    except jwt.PyJWTError as error:
        raise IdentityInvalid(reason=type(error).__name__) from error
    return str(claims["sub"])


def hash_matches(*, customer_id: str, given: str, secret: str) -> bool:
    """Whether a hash is the HMAC-SHA256 of the customer's id under the widget's secret, in hex."""
    expected = hmac.new(secret.encode(), customer_id.encode(), hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected, given.strip().lower())
