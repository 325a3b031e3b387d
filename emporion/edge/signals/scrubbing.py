"""Takes secrets out of what programs send: keys in addresses, headers that were traced along, tokens in messages.

Whoever sends telemetry does not read it first; what was never stored cannot leak.
"""

import re
from urllib.parse import urlsplit

from emporion.edge.signals.names import is_content

HIDDEN = "…"
LONGEST_TEXT = 8_000
_SECRET_NAMES = re.compile(
    r"(?:^|[._-])(?:authorization|cookie|set[._-]cookie|passw(?:or)?d|passphrase|secret|signature|credentials?"
    r"|(?:x[._-])?(?:api|access|private|client|secret|session)[._-]?(?:key|token|secret|id)|apikey|auth|token|jwt|dsn)$",
    re.IGNORECASE,
)
_KEYS = re.compile(
    r"\b(?:sk|pk|rk|emp|gsk|xai|hf|ghp|gho|ghs|glpat|xox[a-z]|AKIA|AIza|whsec|key|pat)[-_]?[A-Za-z0-9][A-Za-z0-9_-]{14,}"
    r"|\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*"
    r"|\bbot\d{6,}:[A-Za-z0-9_-]{20,}"
)
_NAMED = re.compile(
    r"(?i)\b((?:proxy-)?authorization|(?:x-)?api[-_ ]?key|access[-_]token|refresh[-_]token|client[-_]secret"
    r"|password|passwd|secret|token)(\"?\s*[:=]\s*\"?(?:bearer |basic )?)([^\s\"',;&]{6,})"
)
_BEARER = re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9+/=._~-]{8,}")
_ADDRESS = re.compile(r"(?i)\b(https?|wss?|postgres(?:ql)?|redis|amqp|mysql)://[^\s\"'<>]+")
_UUID = re.compile(r"(?i)^[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}$")
_OPAQUE = re.compile(r"^(?=.*[0-9])(?=.*[A-Za-z])[A-Za-z0-9_=:.+~-]{20,}$")


def is_secret(name: str) -> bool:
    """Whether an attribute of this name holds a secret, whatever its value looks like."""
    return bool(_SECRET_NAMES.search(name))


def is_kept(name: str) -> bool:
    """Whether an attribute may be stored at all."""
    return not is_secret(name) and not is_content(name)


def text(value: str, most: int = LONGEST_TEXT) -> str:
    """A message without what looks like a key, and without the queries of addresses in it."""
    if len(value) > most * 2:
        value = value[: most * 2]  # patterns never look at more than could be kept
    value = _ADDRESS.sub(lambda found: address(found[0]), value)
    value = _NAMED.sub(lambda found: f"{found[1]}{found[2]}{HIDDEN}", value)
    value = _BEARER.sub(lambda found: f"{found[1]} {HIDDEN}", value)
    value = _KEYS.sub(HIDDEN, value)
    return value[:most].replace("\0", "")


def address(value: str) -> str:
    """An address without user, query and fragment, and without the parts of its path that look like a key."""
    try:
        parts = urlsplit(value)
        host = parts.hostname or ""
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return HIDDEN
    return f"{parts.scheme}://{host}{port}{path(parts.path)}" if parts.scheme else path(parts.path)


def path(value: str) -> str:
    """A path whose opaque parts are hidden, so that it names an operation and not one object."""
    plain = value.partition("?")[0].partition("#")[0]
    return "/".join(_part(part) for part in plain.split("/"))


def _part(part: str) -> str:
    if _UUID.match(part):
        return "{id}"
    return HIDDEN if _KEYS.search(part) or _OPAQUE.match(part) else part


def host_of(value: str) -> str:
    """The host of an address, lower-case; nothing where there is none."""
    try:
        return (urlsplit(value).hostname or "").lower()
    except ValueError:
        return ""
