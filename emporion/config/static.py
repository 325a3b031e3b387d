"""Static files carry a hash of their content in their name, so that browsers keep them for ever, and are sent compressed."""

import gzip
import hashlib
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, cast

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.contrib.staticfiles.storage import ManifestStaticFilesStorage
from django.core.management import call_command
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

COMPRESSED = {".css", ".js", ".mjs", ".svg", ".json", ".html", ".txt"}
HASHED = re.compile(r"\.[0-9a-f]{12}\.")


class HashedStaticFilesStorage(ManifestStaticFilesStorage):
    """Hashes names, also in the imports of ES modules; without a manifest (tests, first start) names stay as written."""

    support_js_module_import_aggregation = True
    manifest_strict = False

    def hashed_name(self, name: str, content: object = None, filename: str | None = None) -> str:
        """The hashed name, or the plain one where the file was not collected."""
        try:
            return str(super().hashed_name(name, content, filename))  # type: ignore[arg-type]  # Django's stub is narrower
        except ValueError:
            return name

    def url(self, name: str | None, force: bool = False) -> str:
        """The address of a file, looked up once: a page names dozens of them."""
        if force or name is None or settings.DEBUG or not self.hashed_files:
            return super().url(cast("str", name), force)
        known = _addresses.get((self.base_url, name))
        if known is None:
            known = _addresses[self.base_url, name] = super().url(name, force)
        return known


_addresses: dict[tuple[str | None, str], str] = {}


class CompressedStaticFiles(StaticFiles):
    """Serves the compressed twin of a file to whoever accepts it, and lets hashed names be kept for ever."""

    def compressed_twin(self, path: str, scope: Scope) -> Path | None:
        """The compressed file beside a path, for whoever accepts it."""
        accepts = b"gzip" in dict(scope["headers"]).get(b"accept-encoding", b"")
        found, status = self.lookup_path(f"{path}.gz") if accepts and Path(path).suffix in COMPRESSED else ("", None)
        return Path(found) if status else None

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file, or its compressed twin."""
        response: Response
        if twin := self.compressed_twin(path, scope):
            response = FileResponse(twin, media_type=_media_type(path), headers={"Content-Encoding": "gzip"})
        else:
            response = await super().get_response(path, scope)
        response.headers["Vary"] = "Accept-Encoding"
        response.headers["X-Content-Type-Options"] = "nosniff"
        lifetime = "public, max-age=31536000, immutable" if HASHED.search(path) else "public, max-age=300"
        response.headers["Cache-Control"] = lifetime
        return response


def _media_type(path: str) -> str:
    types: Mapping[str, str] = {".js": "text/javascript", ".mjs": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
    return types.get(Path(path).suffix, "text/plain")


def collect() -> None:
    """Collect, hash and compress the static files into the data directory, unless nothing changed since the last time."""
    root = Path(settings.STATIC_ROOT)
    digest = _digest()
    stamp = root / ".collected"
    if stamp.is_file() and stamp.read_text() == digest:
        return
    call_command("collectstatic", interactive=False, verbosity=0, clear=root.exists())
    compressed = cache(lambda content: gzip.compress(content, 9, mtime=0))  # most files have a twin whose name alone differs
    for path in root.rglob("*"):
        if path.suffix in COMPRESSED and path.is_file():
            path.with_name(f"{path.name}.gz").write_bytes(compressed(path.read_bytes()))
    stamp.write_text(digest)


def _digest() -> str:
    seen: list[Any] = []
    for finder in get_finders():
        for name, storage in finder.list([]):
            status = Path(storage.path(name)).stat()
            seen.append((name, status.st_size, status.st_mtime_ns))
    return hashlib.sha256(repr(sorted(seen)).encode()).hexdigest()


_files = CompressedStaticFiles(directory=settings.STATIC_ROOT, check_dir=False)


async def static_files(scope: Scope, receive: Receive, send: Send) -> None:
    """The ASGI application of everything below /static/."""
    inner = dict(scope, path=scope["path"].removeprefix("/static"), root_path="")
    try:
        await _files(inner, receive, send)
    except HTTPException as error:
        await Response(error.detail, status_code=error.status_code)(inner, receive, send)
