"""What a visitor's browser fetches: the loader, its settings, the frame, and the conversation inside it."""

import hashlib
from functools import cache
from typing import TypeVar
from uuid import UUID

import msgspec
from asgiref.sync import sync_to_async
from django.conf import settings as site
from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotModified, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from emporion.accounts.access import anonymous_ok
from emporion.agents.channels import places, rules, visitors
from emporion.agents.channels.bodies import asked, parsed
from emporion.agents.channels.endpoints import Key, about, failed
from emporion.agents.channels.errors import DomainNotAllowed, SessionExpired
from emporion.agents.channels.models import Widget
from emporion.agents.channels.refusing import refused, told_to_visitor
from emporion.agents.channels.streams import HEADERS, as_server_sent, begun, transcript_of
from emporion.agents.channels.types import Visitor, WidgetSettings
from emporion.agents.channels.visitors import Claim
from emporion.agents.runtime import actions as runtime
from emporion.agents.runtime import queries as agents
from emporion.agents.runtime.refusals import accepted_language
from emporion.agents.runtime.rules import ink_on
from emporion.agents.runtime.types import Channel, Failed, Turn
from emporion.kernel.addresses import parts_of
from emporion.kernel.clock import utcnow
from emporion.kernel.errors import Denied, DomainError, NotFound
from emporion.plumbing.clients import address_of
from emporion.plumbing.limits import Window, count

PER_VISITOR = Window(scope="widget-visitor", limit=30, seconds=60)
PER_WIDGET_SESSION = Window(scope="widget-session", limit=600, seconds=60)
PER_ADDRESS_SESSION = Window(scope="widget-address", limit=120, seconds=60)
LARGEST_BODY = 64 * 1024
T = TypeVar("T")


class SessionRequest(msgspec.Struct, kw_only=True):
    """What the panel tells when it opens: where it is, and whom the host page says it serves, with the proof."""

    host: str
    customer_id: str = ""
    traits: dict[str, str] = {}
    token: str = ""
    hash: str = ""
    earlier: str = ""
    preview: str = ""


class MessageRequest(msgspec.Struct, kw_only=True):
    """A visitor's message; `key` makes a repeated send harmless."""

    text: str
    key: Key
    conversation_id: UUID | None = None
    page_url: str = ""


class FeedbackRequest(msgspec.Struct, kw_only=True):
    """A visitor's thumb."""

    message_id: UUID
    value: str


@cache
def _loader() -> tuple[bytes, str]:
    path = finders.find("agents_channels/widget/loader.js")
    if not isinstance(path, str):
        raise RuntimeError(  # noqa: TRY004 - it is about the installation
            "the widget's loader is missing from the static files"
        )
    with open(path, "rb") as file:  # noqa: PTH123 - read once, at the first request
        content = file.read()
    return content, f'"{hashlib.sha256(content).hexdigest()[:20]}"'


@require_GET
@anonymous_ok
def loader(request: HttpRequest) -> HttpResponseBase:
    """The script that sites embed; its address never changes, so it is asked for again every five minutes."""
    content, etag = _loader()
    if request.headers.get("If-None-Match") == etag:
        return HttpResponseNotModified()
    response = HttpResponse(content, content_type="text/javascript; charset=utf-8")
    response["Cache-Control"] = "public, max-age=300, stale-while-revalidate=86400"
    response["ETag"] = etag
    response["Access-Control-Allow-Origin"] = "*"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


@require_GET
@anonymous_ok
def config(request: HttpRequest, public_id: str) -> HttpResponse:
    """How the launcher looks on the site that asks; other sites are told that they may not, and asking is what lists them."""
    origin = request.headers.get("Origin", "") or request.headers.get("Referer", "")
    try:
        body = _config(public_id, rules.host_of(origin), asked(request, "preview"))
        response = HttpResponse(msgspec.json.encode(body), content_type="application/json")
    except DomainError as error:
        response = refused(
            request, public_id, error
        )  # readable across origins, so that the loader can tell refused from unreachable
    response["Cache-Control"] = "no-cache"
    response["Access-Control-Allow-Origin"] = "*"
    return response


def _config(public_id: str, host: str, preview: str) -> dict[str, str | int]:
    widget = visitors.live_widget(public_id)
    try:
        shown = visitors.served(widget, host, preview=preview)
    except DomainNotAllowed:
        places.record_blocked(widget, host=host, now=utcnow())
        raise
    if host and not preview:
        places.record_seen(widget, host=host, version=shown.version, now=utcnow())
    agent, look = agents.agent_for_channel(widget.agent_id), agents.branding(widget.agent_id)
    return {
        "title": shown.settings.title or agent.name,
        "colour": shown.settings.colour or look.colour,
        "position": shown.settings.position,
        "launcher": shown.settings.launcher,
        "label": shown.settings.label,
        "language": shown.settings.language,
        "version": shown.version,
    }


@xframe_options_exempt
@require_GET
@anonymous_ok
def frame(request: HttpRequest, public_id: str) -> HttpResponse:
    """The document inside the frame; the browser shows it only on allowed sites."""
    widget = visitors.live_widget(public_id)
    context = {"base": f"/widget/{widget.public_id}", "is_alone": "alone" in request.GET, "site": site.SITE_URL}
    response = render(request, "agents_channels/frame.html", context)
    response["Cache-Control"] = "no-cache"
    allowed = visitors.live_settings(widget).allowed_domains
    response._csp_replace = {"frame-ancestors": rules.frame_ancestors(allowed)}  # type: ignore[attr-defined]  # noqa: SLF001 - django-csp's own way
    return response


@csrf_exempt
@require_POST
@anonymous_ok
@told_to_visitor
def session(request: HttpRequest, public_id: str) -> HttpResponse:
    """Begin or continue a visitor's session."""
    _same_origin(request)
    given = _parsed(request, SessionRequest)
    widget = visitors.live_widget(public_id)
    count(PER_WIDGET_SESSION, str(widget.id), now=utcnow())
    count(PER_ADDRESS_SESSION, address_of(request), now=utcnow())  # a fresh session is a fresh allowance of messages
    signed, shown = visitors.open_session(widget, _claim(given))
    body = {"session": signed, **_looks(request, widget, shown.settings)}
    return HttpResponse(msgspec.json.encode(body), content_type="application/json")


def _claim(given: SessionRequest) -> Claim:
    return Claim(
        host=rules.host_of(given.host),
        customer_id=given.customer_id,
        traits=given.traits,
        token=given.token,
        hash=given.hash,
        earlier=given.earlier,
        preview=given.preview,
    )


def _looks(request: HttpRequest, widget: Widget, settings: WidgetSettings) -> dict[str, str | bool | tuple[str, ...]]:
    language = settings.language or accepted_language(request.headers.get("Accept-Language", ""))
    agent, look = agents.agent_for_channel(widget.agent_id), agents.branding(widget.agent_id, language=language)
    return {
        "title": settings.title or agent.name,
        "colour": settings.colour or look.colour,
        "ink": ink_on(settings.colour) if settings.colour else look.ink,
        "welcome": settings.welcome or look.welcome,
        "starters": settings.starters or look.suggestions,
        "consent": settings.consent,
        "language": settings.language,
        "offers_person": agent.offers_person,
    }


@require_GET
@anonymous_ok
@told_to_visitor
def looks(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """How the panel is to look now; asked again and again by panels that are open, so that what did not change costs nothing."""
    widget = visitors.live_widget(public_id)
    _, shown = visitors.visitor_and_looks(widget, _bearer(request))
    content = msgspec.json.encode(_looks(request, widget, shown.settings))
    etag = f'"{hashlib.sha256(content).hexdigest()[:20]}"'
    is_known = request.headers.get("If-None-Match") == etag
    response = HttpResponseNotModified() if is_known else HttpResponse(content, content_type="application/json")
    response["ETag"], response["Cache-Control"], response["Vary"] = etag, "private, no-cache", "Authorization, Accept-Language"
    return response


@csrf_exempt
@require_POST
@anonymous_ok
@told_to_visitor
async def messages(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Say something; the answer comes as server-sent events."""
    _same_origin(request)
    given = _parsed(request, MessageRequest)
    widget, visitor = await sync_to_async(_visitor)(request, public_id)
    await sync_to_async(count)(PER_VISITOR, visitor.visitor_key, now=utcnow())
    turn = await sync_to_async(_turn)(widget, visitor, given)
    events = await begun(turn, now=utcnow())
    if isinstance(events, Failed):
        if events.refusal is None:
            return failed(events)
        raise about(events.refusal, "text")
    return StreamingHttpResponse(as_server_sent(events), content_type="text/event-stream", headers=HEADERS)


def _turn(widget: Widget, visitor: Visitor, given: MessageRequest) -> Turn:
    """What the visitor says, in a conversation that is theirs; a new one is written down as theirs before anything is stored."""
    if given.conversation_id is None:
        conversation_id = visitors.conversation_id_for(visitor, given.key)
        places.record_conversation(widget, conversation_id=conversation_id, visitor=visitor, now=utcnow())
    else:
        conversation_id = given.conversation_id
        _own(widget, conversation_id, visitor)
    return Turn(
        agent_id=widget.agent_id,
        text=given.text,
        channel=_channel(visitor),
        conversation_id=conversation_id,
        may_begin=True,
        customer_id=visitor.customer_id,
        page_url=given.page_url.replace("\x00", "")[:2000],
        key=given.key,
        facts=visitor.traits,
    )


def _channel(visitor: Visitor) -> Channel:
    """The team's own tries are counted by the plan, but are no visitors' conversations."""
    return Channel.TEST if visitor.is_test else Channel.WIDGET


@require_GET
@anonymous_ok
@told_to_visitor
def conversation(request: HttpRequest, public_id: str, conversation_id: UUID) -> HttpResponse:
    """The visitor's conversation so far, also with what a person of the team has said since."""
    widget, visitor = _visitor(request, public_id)
    _own(widget, conversation_id, visitor)
    view = agents.conversation_for_visitor(
        widget.agent_id, conversation_id, channel=_channel(visitor), customer_id=visitor.customer_id
    )
    return HttpResponse(msgspec.json.encode(transcript_of(view)), content_type="application/json")


@csrf_exempt
@require_POST
@anonymous_ok
@told_to_visitor
def ask_for_person(request: HttpRequest, public_id: str, conversation_id: UUID) -> HttpResponse:
    """Hand the conversation over to a person of the team; returns what the agent says meanwhile."""
    _same_origin(request)
    widget, visitor = _visitor(request, public_id)
    _own(widget, conversation_id, visitor)
    runtime.request_person(agent_id=widget.agent_id, conversation_id=conversation_id, reason="visitor", now=utcnow())
    said = agents.said_at_handover(widget.agent_id, conversation_id)
    return HttpResponse(msgspec.json.encode({"said": said}), content_type="application/json")


@csrf_exempt
@require_POST
@anonymous_ok
@told_to_visitor
def feedback(request: HttpRequest, public_id: str, conversation_id: UUID) -> HttpResponse:
    """Keep a thumb up or down."""
    _same_origin(request)
    given = _parsed(request, FeedbackRequest)
    widget, visitor = _visitor(request, public_id)
    _own(widget, conversation_id, visitor)
    is_good = {"up": True, "down": False}.get(given.value)
    runtime.rate(
        agent_id=widget.agent_id, conversation_id=conversation_id, message_id=given.message_id, is_good=is_good, now=utcnow()
    )
    return HttpResponse(status=204)


def _visitor(request: HttpRequest, public_id: str) -> tuple[Widget, Visitor]:
    widget = visitors.live_widget(public_id)
    return widget, visitors.visitor_of(widget, _bearer(request))


def _bearer(request: HttpRequest) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise SessionExpired
    return token.strip()


def _own(widget: Widget, conversation_id: UUID, visitor: Visitor) -> None:
    if not places.owns_conversation(widget, conversation_id=conversation_id, visitor=visitor):
        raise NotFound


def _same_origin(request: HttpRequest) -> None:
    """The frame is ours, so its calls come from our own origin; a page elsewhere cannot make them."""
    origin = request.headers.get("Origin")
    ours = {parts_of(site.SITE_URL)[:2], (request.scheme, request.get_host())}
    if origin is not None and parts_of(origin)[:2] not in ours:
        raise Denied("This address is for the widget's own frame.", origin=origin)


def _parsed(request: HttpRequest, kind: type[T]) -> T:
    return parsed(request, kind, largest=LARGEST_BODY)
