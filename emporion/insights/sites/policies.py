"""What a page's Content-Security-Policy lets in, as the browser reads it: headers and meta elements, all enforced at once."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from emporion.kernel.addresses import parts_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """The directive that keeps an address out, and what it lets in; `source` is what to add."""

    directive: str
    allowed: str
    source: str
    wants_nonce: bool = False


def refusal_of(policies: Iterable[str], directives: tuple[str, ...], url: str, nonce: str = "") -> Refusal | None:
    """What in the policies keeps `url` out under the first of the `directives` that is set; None when all let it in."""
    for policy in _parsed(policies):
        named = next((name for name in (*directives, "default-src") if name in policy), None)
        if named is None or _lets(policy[named], url, nonce):
            continue
        parts = parts_of(url)
        source = f"{parts.scheme}://{parts.netloc}"
        wants_nonce = "'strict-dynamic'" in policy[named]
        shown = directives[-1] if named == "default-src" else named
        return Refusal(directive=shown, allowed=" ".join(policy[named]) or "'none'", source=source, wants_nonce=wants_nonce)
    return None


def _parsed(policies: Iterable[str]) -> Iterator[dict[str, list[str]]]:
    for line in policies:
        for policy in line.split(","):
            yield {words[0].lower(): words[1:] for part in policy.split(";") if (words := part.split())}


def _lets(sources: list[str], url: str, nonce: str) -> bool:
    if nonce and f"'nonce-{nonce}'" in sources:
        return True
    if "'strict-dynamic'" in sources:  # the browser then passes over addresses
        return False
    return any(_matches(source, url) for source in sources)


def _matches(source: str, url: str) -> bool:
    parts = parts_of(url)
    try:
        named_port = parts.port
    except ValueError:  # a port that is none; nothing is fetched from there
        return False
    if source == "*":
        return parts.scheme in {"http", "https"}
    if source.endswith(":"):
        return source[:-1].lower() in {parts.scheme, "http" if parts.scheme == "https" else ""}
    if source.startswith("'"):
        return False
    scheme, separator, rest = source.rpartition("://")
    if separator and scheme not in {parts.scheme, "http" if parts.scheme == "https" else parts.scheme}:
        return False
    place, slash, path = rest.partition("/")
    host, _, port = place.partition(":")
    own = parts.hostname or ""
    is_host = own.endswith(host[1:]) if host.startswith("*.") else own == host.lower()
    own_port = str(named_port or {"http": 80, "https": 443}.get(parts.scheme, 0))
    is_port = port in {"*", own_port} or (not port and named_port is None)
    own_path = f"/{path}" if slash else ""
    is_path = (
        not own_path or own_path == "/" or (parts.path.startswith(own_path) if path.endswith("/") else parts.path == own_path)
    )
    return is_host and is_port and is_path
