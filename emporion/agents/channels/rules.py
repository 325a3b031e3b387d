"""Decides, without I/O, which hosts a widget serves and whether a customer is who the page says."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass

import jwt

from emporion.agents.channels.errors import IdentityInvalid
from emporion.kernel.addresses import parts_of

LOCAL = frozenset({"localhost", "127.0.0.1", "[::1]"})
STAGING = frozenset({"staging", "stage", "preview", "test", "testing", "dev", "qa", "uat"})
LEEWAY_SECONDS = 60
LONGEST_CUSTOMER = 200
MOST_TRAITS = 10


def host_of(origin: str) -> str:
    """The host of an origin or address, lower case, with its port where it is not the scheme's own; empty when there is none."""
    parts = parts_of(origin)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return ""
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname.lower()
    try:
        port = parts.port
    except ValueError:
        return ""
    standard = port in {None, 443 if parts.scheme == "https" else 80}
    return host if standard else f"{host}:{port}"


def is_allowed(host: str, allowed: tuple[str, ...]) -> bool:
    """Whether a widget may run on a host; `*.example.com` covers its subdomains, a bare name covers any port of itself.

    Without a list it runs anywhere; with one, a caller that does not say where it is is refused.
    """
    if not allowed:
        return True
    bare = without_port(host)
    return any(
        (bare.endswith(pattern[1:]) or host.endswith(pattern[1:])) if pattern.startswith("*.") else pattern in (host, bare)
        for pattern in allowed
    )


def without_port(host: str) -> str:
    """The name or address of a host."""
    return host if host.endswith("]") else host.rpartition(":")[0] or host


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
    bare = without_port(host)
    if bare in LOCAL or bare.endswith((".localhost", ".local", ".test")):
        return "development"
    return "staging" if STAGING & set(bare.split(".")[0].split("-")) else "production"


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """Whom a token names, with what it says about them."""

    id: str
    traits: Mapping[str, str]


def customer_of(*, token: str, secret: str) -> Customer:
    """The customer that a signed token names (`sub`, `traits`); `IdentityInvalid` unless HS256, whole, and not expired."""
    try:
        claims = jwt.decode(token, secret, algorithms=["HS256"], options={"require": ["exp", "sub"]}, leeway=LEEWAY_SECONDS)
    except jwt.PyJWTError as error:
        raise IdentityInvalid(reason=type(error).__name__) from error
    given = claims.get("traits")
    return Customer(id=checked_customer(str(claims["sub"])), traits=traits_of(given if isinstance(given, dict) else {}))


def checked_customer(customer_id: str) -> str:
    """The id as it is; one that is too long or holds control signs is refused, as cutting it would make two customers one."""
    if len(customer_id) > LONGEST_CUSTOMER or not customer_id.isprintable():
        raise IdentityInvalid(reason=f"a customer id has at most {LONGEST_CUSTOMER} printable characters")
    return customer_id


def traits_of(given: Mapping[str, object]) -> Mapping[str, str]:
    """The first few traits, as short printable words."""
    kept = list(given.items())[:MOST_TRAITS]
    return {_printable(str(name), 40): _printable(str(value), 100) for name, value in kept}


def _printable(text: str, longest: int) -> str:
    return "".join(letter for letter in text if letter.isprintable())[:longest]


def hash_matches(*, customer_id: str, given: str, secret: str) -> bool:
    """Whether a hash is the HMAC-SHA256 of the customer's id under the widget's secret, in hex."""
    expected = hmac.new(secret.encode(), customer_id.encode(), hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected, given.strip().lower())
