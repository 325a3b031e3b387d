"""The choice of theme without JavaScript, and the living page that shows every component in development."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseForbidden, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from emporion.ui import specimens
from emporion.ui.context import THEME_COOKIE, THEMES

YEAR_SECONDS = 31_536_000


@csrf_exempt  # so that the page of a stranger holds no token and sets no cookie; the origin is checked instead
@require_POST
def set_appearance(request: HttpRequest) -> HttpResponse:
    """Remember the theme in a cookie and go back to the page it was chosen on; a form of another site is refused."""
    if not _is_ours(request, request.headers.get("Origin", "")):
        return HttpResponseForbidden()
    back = request.headers.get("Referer", "")
    response = HttpResponseRedirect(back if back and _is_ours(request, back) else "/")
    theme = request.POST.get("theme", "")
    if theme in THEMES:
        response.set_cookie(THEME_COOKIE, theme, max_age=YEAR_SECONDS, samesite="Lax", secure=request.is_secure())
    else:
        response.delete_cookie(THEME_COOKIE, samesite="Lax")
    return response


def _is_ours(request: HttpRequest, address: str) -> bool:
    """Whether an address lies on this site, or says nothing: browsers name the origin of every form that they post."""
    hosts = {request.get_host()}
    return not address or url_has_allowed_host_and_scheme(address, allowed_hosts=hosts, require_https=request.is_secure())


def show_components(request: HttpRequest, frame: str = "shell") -> HttpResponse:
    """Every component in every state, in the frame that is asked for; only in development."""
    if not settings.SHOW_UI:
        raise Http404
    if frame not in specimens.FRAMES:
        raise Http404
    return render(request, f"ui/living/{frame}.html", specimens.context(frame))


def palette_specimen(request: HttpRequest) -> HttpResponse:
    """What the palette of the living page finds."""
    if not settings.SHOW_UI:
        raise Http404
    return render(request, "ui/palette_results.html", {"groups": specimens.palette(request.GET.get("q", ""))})


@require_POST
def undo_specimen(request: HttpRequest) -> HttpResponse:
    """Deletes a row of the living page, or brings it back; nothing is stored."""
    if not settings.SHOW_UI:
        raise Http404
    fragment = "restored" if "undo" in request.GET else "deleted"
    return render(request, f"ui/living/{fragment}.html")


# The accounts decorators set the same attribute; ui stands below accounts and may not import them.
for _view in (set_appearance, show_components, palette_specimen, undo_specimen):
    _view.access = "anonymous"  # type: ignore[attr-defined]
