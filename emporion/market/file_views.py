"""The pictures and films of offerings, kept by browsers for as long as their hash stays in the address."""

import re

from django.core.files import File
from django.core.files.storage import default_storage
from django.http import FileResponse, HttpResponse, HttpResponseBase

from emporion.accounts.access import ActorRequest
from emporion.market import queries
from emporion.plumbing.access import browsable

_RANGE = re.compile(r"bytes=(?P<first>\d{1,15})-(?P<last>\d{1,15})?")


def _whole_or_part(request: ActorRequest, file: "File[bytes]", media_type: str) -> HttpResponseBase:
    """A file, or the one range of it that is asked for: some players play nothing that is not sent in parts (RFC 9110)."""
    asked, size = _RANGE.fullmatch(request.headers.get("Range", "")), file.size
    if asked is None:
        response: HttpResponseBase = FileResponse(file, content_type=media_type)
    else:
        first, last = int(asked["first"]), min(int(asked["last"] or size - 1), size - 1)
        with file:
            file.seek(min(first, size))
            part = file.read(max(last - first + 1, 0))
        response = HttpResponse(part, status=206 if part else 416, content_type=media_type)
        response["Content-Range"] = f"bytes {first}-{last}/{size}" if part else f"bytes */{size}"
    response["Accept-Ranges"] = "bytes"
    return response


@browsable
def asset(request: ActorRequest, slug: str, name: str) -> HttpResponseBase:
    """A picture or film; a drawing may do nothing but be looked at."""
    found = queries.asset_of(slug=slug, path=f"assets/{name}", actor=request.actor)
    response = _whole_or_part(request, default_storage.open(found.storage_name), found.media_type)
    response["Cache-Control"] = "public, max-age=31536000, immutable" if "v" in request.GET else "public, max-age=300"
    response["Content-Security-Policy"] = "default-src 'none'; style-src 'none'; sandbox"
    return response
