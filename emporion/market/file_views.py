"""The pictures and films of offerings, kept by browsers for as long as their hash stays in the address."""

from django.core.files.storage import default_storage
from django.http import FileResponse, HttpResponseBase

from emporion.accounts.access import ActorRequest
from emporion.market import queries
from emporion.plumbing.access import browsable


@browsable
def asset(request: ActorRequest, slug: str, name: str) -> HttpResponseBase:
    """A picture or film; a drawing may do nothing but be looked at."""
    found = queries.asset_of(slug=slug, path=f"assets/{name}", actor=request.actor)
    response = FileResponse(default_storage.open(found.storage_name), content_type=found.media_type)
    response["Cache-Control"] = "public, max-age=31536000, immutable" if "v" in request.GET else "public, max-age=300"
    response["Content-Security-Policy"] = "default-src 'none'; style-src 'none'; sandbox"
    return response
