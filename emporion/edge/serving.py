"""The tracking scripts, as the build left them in the folder `scripts`, compressed once, sent to whoever lacks them."""

import gzip
import hashlib
from collections.abc import Mapping
from functools import cache
from importlib import resources

from emporion.edge.types import Answer

NAMES = frozenset({"script.js", "script.cookieless.js", "script.hash.js"})
_LIFETIME = b"public, max-age=3600, stale-while-revalidate=86400"


@cache
def _script(name: str) -> tuple[bytes, bytes, bytes] | None:
    """A script: its bytes, the same compressed, and its mark."""
    file = resources.files("emporion.edge").joinpath("scripts").joinpath(name)
    if not file.is_file():
        return None
    content = file.read_bytes()
    return content, gzip.compress(content, 9, mtime=0), b'"' + hashlib.sha256(content).hexdigest()[:16].encode() + b'"'


def script_answer(method: str, path: str, headers: Mapping[bytes, bytes]) -> Answer:
    """A script, or that the browser has it already."""
    name = path.rpartition("/")[2]
    found = _script(name) if name in NAMES and path == f"/js/{name}" else None
    if found is None:
        return Answer(status=404, headers=((b"content-type", b"text/plain"),), body=b"There is no such script.")
    if method not in {"GET", "HEAD"}:
        return Answer(status=405, headers=((b"allow", b"GET, HEAD"),))
    content, compressed, mark = found
    shared = (
        (b"etag", mark),
        (b"cache-control", _LIFETIME),
        (b"access-control-allow-origin", b"*"),
        (b"cross-origin-resource-policy", b"cross-origin"),
        (b"vary", b"accept-encoding"),
        (b"x-content-type-options", b"nosniff"),
    )
    if mark in headers.get(b"if-none-match", b""):
        return Answer(status=304, headers=shared)
    kind = (b"content-type", b"text/javascript; charset=utf-8")
    if b"gzip" in headers.get(b"accept-encoding", b""):
        return Answer(status=200, headers=(kind, (b"content-encoding", b"gzip"), *shared), body=compressed)
    return Answer(status=200, headers=(kind, *shared), body=content)
