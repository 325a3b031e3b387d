"""Pages of the Status Board, and the one that whoever has the secret link may read."""

from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from emporion.accounts.access import anonymous_ok
from emporion.agents.apps import boards
from emporion.agents.apps.doors import for_guests, switch_view
from emporion.agents.apps.errors import TitleMissing
from emporion.agents.apps.types import NAMES, AppKind, Guest, ServiceState
from emporion.kernel.clock import utcnow
from emporion.kernel.errors import Invalid

KIND = AppKind.STATUS
HOME = f"/app/{KIND}/"


@require_http_methods(["GET", "POST"])
@for_guests(KIND)
def board(request: HttpRequest, guest: Guest) -> HttpResponse:
    """The board; posting a name adds a service."""
    error = None
    if request.method == "POST":
        try:
            boards.add_service(guest=guest, name=request.POST.get("name", ""), now=utcnow())
            return redirect(HOME)
        except TitleMissing as missing:
            error = missing
    shown = boards.board(guest, now=utcnow())
    context = {
        "guest": guest,
        "app_name": NAMES[KIND],
        "app_home": HOME,
        "app_tile": "nexus",
        "board": shown,
        "states": tuple(ServiceState),
        "error": error,
        "removed": request.GET.get("removed", ""),
        "share_url": f"{settings.SITE_URL}{HOME}shared/{shown.share_token}/" if shown.share_token else "",
    }
    return render(request, "agents_apps/board.html", context, status=422 if error else 200)


@require_POST
@for_guests(KIND)
def say(request: HttpRequest, guest: Guest, service_id: UUID) -> HttpResponse:
    """Set a state with a sentence."""
    try:
        state = ServiceState(request.POST.get("state", ""))
    except ValueError as error:
        raise Invalid("Choose one of the states.", field="state") from error
    boards.say(guest=guest, service_id=service_id, state=state, text=request.POST.get("text", ""), now=utcnow())
    return redirect(HOME)


@require_POST
@for_guests(KIND)
def remove(request: HttpRequest, guest: Guest, service_id: UUID) -> HttpResponse:
    """Take a service off the board; the board offers to undo it."""
    boards.remove_service(guest=guest, service_id=service_id, now=utcnow())
    return redirect(f"{HOME}?removed={service_id}")


@require_POST
@for_guests(KIND)
def restore(request: HttpRequest, guest: Guest, service_id: UUID) -> HttpResponse:
    """Undo a removal."""
    boards.restore_service(guest=guest, service_id=service_id)
    return redirect(HOME)


@require_POST
@for_guests(KIND)
def share(request: HttpRequest, guest: Guest) -> HttpResponse:
    """Make a new secret link, turn it off, or undo that."""
    if "on" in request.POST:
        boards.share(guest=guest)
    elif "undo" in request.POST:
        boards.restore_share(guest=guest, now=utcnow())
    else:
        boards.end_share(guest=guest, now=utcnow())
    return redirect(f"{HOME}#share")


@require_GET
@anonymous_ok
def shared(request: HttpRequest, token: str) -> HttpResponse:
    """The board for whoever has the link; nothing can be changed here, and search engines are asked not to list it."""
    response = render(request, "agents_apps/shared.html", {"board": boards.shared_board(token)})
    response.headers["X-Robots-Tag"] = "noindex"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


switch = require_POST(switch_view(KIND))
