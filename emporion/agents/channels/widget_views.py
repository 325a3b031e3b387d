"""What a visitor's browser fetches: the loader, its settings, the frame, and the conversation inside it."""

import hashlib
from collections.abc import AsyncIterator
from functools import cache
from typing import TypeVar
from urllib.parse import urlsplit
from uuid import UUID

import msgspec
from asgiref.sync import sync_to_async
from django.conf import settings as site
from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotModified, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.csrf import csrf_exempt

from emporion.accounts.access import anonymous_ok
from emporion.agents.channels import rules, visitors
from emporion.agents.channels.errors import SessionExpired
from emporion.agents.channels.models import Widget
from emporion.agents.channels.settings_format import unpacked
from emporion.agents.channels.streams import HEADERS, as_server_sent
from emporion.agents.channels.types import Visitor, WidgetSettings
from emporion.agents.runtime import actions as runtime
from emporion.agents.runtime import queries as agents
from emporion.agents.runtime.engine import answer
from emporion.agents.runtime.rules import ink_on
from emporion.agents.runtime.types import AnswerEvent, Channel, Started, Turn
from emporion.kernel.clock import utcnow
from emporion.kernel.errors import Denied, Invalid, NotFound
from emporion.plumbing.limits import Window, count

PER_VISITOR = Window(scope="widget-visitor", limit=30, seconds=60)
PER_WIDGET_SESSION = Window(scope="widget-session", limit=600, seconds=60)
LARGEST_BODY = 64 * 1024
T = TypeVar("T")


class SessionRequest(msgspec.Struct, kw_only=True):
    """What the panel tells when it opens: where it is, and whom the host page says it serves."""

    host: str
    customer_id: str = ""
    token: str = ""
    hash: str = ""
    earlier: str = ""


class MessageRequest(msgspec.Struct, kw_only=True):
    """A visitor's message; `key` makes a repeated send harmless."""

    text: str
    key: str
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


@anonymous_ok
def config(request: HttpRequest, public_id: str) -> HttpResponse:
    """How the launcher looks on the site that asks; only allowed sites may read it, and asking is what lists them."""
    origin = request.headers.get("Origin", "") or request.headers.get("Referer", "")
    host = rules.host_of(origin)
    widget = visitors.live_widget(public_id)
    settings, version = visitors.settings_for(widget, host)
    if host:
        visitors.record_seen(widget, host=host, version=version, now=utcnow())
    agent, look = agents.agent_for_channel(widget.agent_id), agents.branding(widget.agent_id)
    body = {
        "title": settings.title or agent.name,
        "colour": settings.colour or look.colour,
        "position": settings.position,
        "launcher": settings.launcher,
        "label": settings.label,
        "language": settings.language,
        "version": version,
    }
    response = HttpResponse(msgspec.json.encode(body), content_type="application/json")
    response["Cache-Control"] = "no-cache"
    response["Vary"] = "Origin"
    if host:
        parts = urlsplit(origin)
        response["Access-Control-Allow-Origin"] = f"{parts.scheme}://{parts.netloc}"
    return response


@xframe_options_exempt
@anonymous_ok
def frame(request: HttpRequest, public_id: str) -> HttpResponse:
    """The document inside the frame; the browser shows it only on allowed sites."""
    widget = visitors.live_widget(public_id)
    settings = _live_settings(widget)
    response = render(request, "agents_channels/frame.html", {"base": f"/widget/{widget.public_id}"})
    response["Cache-Control"] = "no-cache"
    response._csp_replace = {"frame-ancestors": rules.frame_ancestors(settings.allowed_domains)}  # type: ignore[attr-defined]  # noqa: SLF001 - django-csp's own way
    return response


@csrf_exempt
@anonymous_ok
def session(request: HttpRequest, public_id: str) -> HttpResponse:
    """Begin or continue a visitor's session."""
    _same_origin(request)
    given = _parsed(request, SessionRequest)
    widget = visitors.live_widget(public_id)
    count(PER_WIDGET_SESSION, str(widget.id), now=utcnow())
    visitor = Visitor(
        widget_id=widget.id,
        host=rules.host_of(given.host),
        customer_id=given.customer_id[:200],
        visitor_key=visitors.returning_key(widget, given.earlier),
    )
    signed = visitors.open_session(widget, visitor=visitor, token=given.token, given_hash=given.hash)
    settings, _ = visitors.settings_for(widget, visitor.host)
    agent, look = agents.agent_for_channel(widget.agent_id), agents.branding(widget.agent_id)
    body = {
        "session": signed,
        "title": settings.title or agent.name,
        "colour": settings.colour or look.colour,
        "ink": ink_on(settings.colour) if settings.colour else look.ink,
        "welcome": settings.welcome or look.welcome,
        "starters": settings.starters or look.suggestions,
        "consent": settings.consent,
        "language": settings.language,
        "offers_person": agent.offers_person,
    }
    return HttpResponse(msgspec.json.encode(body), content_type="application/json")


@csrf_exempt
@anonymous_ok
async def messages(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Say something; the answer comes as server-sent events."""
    _same_origin(request)
    given = _parsed(request, MessageRequest)
    widget, visitor = await sync_to_async(_visitor)(request, public_id)
    await sync_to_async(count)(PER_VISITOR, visitor.visitor_key, now=utcnow())
    if given.conversation_id is not None:
        await sync_to_async(_own)(widget, given.conversation_id, visitor)
    turn = Turn(
        agent_id=widget.agent_id,
        text=given.text,
        channel=Channel.WIDGET,
        conversation_id=given.conversation_id,
        customer_id=visitor.customer_id,
        page_url=given.page_url[:2000],
        key=given.key[:100],
    )
    events = _remembered(turn, widget, visitor)
    return StreamingHttpResponse(as_server_sent(events), content_type="text/event-stream", headers=HEADERS)


async def _remembered(turn: Turn, widget: Widget, visitor: Visitor) -> AsyncIterator[AnswerEvent]:
    async for event in answer(turn=turn, now=utcnow()):
        if isinstance(event, Started) and turn.conversation_id is None:
            await sync_to_async(visitors.record_conversation)(
                widget, conversation_id=event.conversation_id, visitor=visitor, now=utcnow()
            )
        yield event


@anonymous_ok
def conversation(request: HttpRequest, public_id: str, conversation_id: UUID) -> HttpResponse:
    """The visitor's conversation so far, also with what a person of the team has said since."""
    widget, visitor = _visitor(request, public_id)
    _own(widget, conversation_id, visitor)
    view = agents.conversation_for_visitor(
        widget.agent_id, conversation_id, channel=Channel.WIDGET, customer_id=visitor.customer_id
    )
    return HttpResponse(msgspec.json.encode(view), content_type="application/json")


@csrf_exempt
@anonymous_ok
def ask_for_person(request: HttpRequest, public_id: str, conversation_id: UUID) -> HttpResponse:
    """Hand the conversation over to a person of the team."""
    _same_origin(request)
    widget, visitor = _visitor(request, public_id)
    _own(widget, conversation_id, visitor)
    runtime.request_person(agent_id=widget.agent_id, conversation_id=conversation_id, reason="visitor", now=utcnow())
    return HttpResponse(status=204)


@csrf_exempt
@anonymous_ok
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


def _live_settings(widget: Widget) -> WidgetSettings:
    return unpacked(widget.live.settings) if widget.live else WidgetSettings()


def _visitor(request: HttpRequest, public_id: str) -> tuple[Widget, Visitor]:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise SessionExpired
    widget = visitors.live_widget(public_id)
    return widget, visitors.visitor_of(widget, token.strip())


def _own(widget: Widget, conversation_id: UUID, visitor: Visitor) -> None:
    if not visitors.owns_conversation(widget, conversation_id=conversation_id, visitor=visitor):
        raise NotFound


def _same_origin(request: HttpRequest) -> None:
    """The frame is ours, so its calls come from our own origin; a page elsewhere cannot make them."""
    origin = request.headers.get("Origin")
    ours = {urlsplit(site.SITE_URL)[:2], (request.scheme, request.get_host())}
    if origin is not None and urlsplit(origin)[:2] not in ours:
        raise Denied("This address is for the widget's own frame.", origin=origin)


def _parsed(request: HttpRequest, kind: type[T]) -> T:
    if request.method != "POST" or len(request.body) > LARGEST_BODY:
        raise Invalid("Send a small POST request.")
    try:
        return msgspec.json.decode(request.body, type=kind)
    except msgspec.DecodeError as error:
        raise Invalid(str(error)) from error
