"""Push on a person's devices: the service worker, turning a browser on and off, and what devices say came of a push."""

from http import HTTPStatus
from pathlib import Path
from uuid import UUID

import msgspec
from django.contrib import messages as toasts
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.templatetags.static import static
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from emporion.kernel.clock import utcnow
from emporion.notify import actions
from emporion.notify.errors import DeviceRefused
from emporion.notify.types import NewDevice
from emporion.plumbing.access import ActorRequest, anonymous_ok, signed_in

WORKER = Path(__file__).parent / "static" / "notify" / "service-worker.js"


class _Subscription(msgspec.Struct, frozen=True):
    """What the page sends: a browser's `PushSubscription` as JSON, and what the browser calls itself."""

    endpoint: str
    keys: dict[str, str]
    label: str = ""


# At the root, because a worker answers only for the paths below its own; never from a cache, so that a mended one is used.
@anonymous_ok
@require_safe
@cache_control(no_cache=True)
def service_worker(request: HttpRequest) -> HttpResponse:
    """The worker that shows what is pushed."""
    return HttpResponse(
        WORKER.read_bytes(), content_type="text/javascript; charset=utf-8", headers={"Service-Worker-Allowed": "/"}
    )


@anonymous_ok
@require_safe
@cache_control(max_age=3600)
def manifest(request: HttpRequest) -> HttpResponse:
    """What a phone needs to keep the site on its home screen, which iPhones ask for before they let a site push."""
    icons = [
        {"src": static(f"notify/icon-{size}.png"), "sizes": f"{size}x{size}", "type": "image/png", "purpose": "any"}
        for size in (192, 512)
    ]
    said = {"name": "Emporion", "short_name": "Emporion", "start_url": "/nexus/", "scope": "/", "display": "standalone"}
    return JsonResponse({**said, "icons": icons}, content_type="application/manifest+json")


@signed_in
@require_POST
def add(request: ActorRequest) -> HttpResponse:
    """Turn this browser on."""
    try:
        said = msgspec.json.decode(request.body[:8192], type=_Subscription)
        device = NewDevice(
            endpoint=said.endpoint, p256dh=said.keys["p256dh"], auth=said.keys["auth"], label=said.label or _label(request)
        )
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, KeyError) as error:
        raise DeviceRefused from error
    device_id = actions.add_device(device=device, actor=request.actor, now=utcnow())
    return JsonResponse({"id": str(device_id)}, status=HTTPStatus.CREATED)


@signed_in
@require_POST
def remove(request: ActorRequest, device_id: UUID) -> HttpResponse:
    """Turn a browser off."""
    actions.remove_device(device_id=device_id, actor=request.actor)
    toasts.success(request, _("This device gets no more pushes."))
    return _back(request)


@signed_in
@require_POST
def send_test(request: ActorRequest) -> HttpResponse:
    """Push a word to every device of the person, so that they see whether it arrives."""
    count = actions.push_test(actor=request.actor, now=utcnow())
    if count:
        toasts.success(request, _("Sent. It should appear within a few seconds."))
    else:
        toasts.info(request, _("No device is turned on yet. Turn on push in this browser first."))
    return _back(request)


# The worker has no form's token, and may have no session: the signed receipt is what says that it may.
@csrf_exempt
@anonymous_ok
@require_POST
def keep_receipt(request: HttpRequest, receipt: str) -> HttpResponse:
    """A device says that a push arrived or was opened."""
    actions.keep_receipt(receipt=receipt, is_opened=request.GET.get("what") == "opened", now=utcnow())
    return HttpResponse(status=HTTPStatus.NO_CONTENT)


def _label(request: HttpRequest) -> str:
    agent = request.headers.get("User-Agent", "")
    browser = next((name for name in ("Edg", "OPR", "Firefox", "Chrome", "Safari") if name in agent), "")
    system = next((name for name in ("Android", "iPhone", "iPad", "Windows", "Mac OS", "Linux") if name in agent), "")
    names = {"Edg": "Edge", "OPR": "Opera"}
    return " · ".join(part for part in (names.get(browser, browser), system) if part)


def _back(request: HttpRequest) -> HttpResponse:
    place = request.POST.get("next", "")
    return redirect(place if url_has_allowed_host_and_scheme(place, None) and place.startswith("/") else "accounts:notifications")
