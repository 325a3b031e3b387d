"""The demo before purchase: a panel in the offering's page, for one browser session, without an account."""

from uuid import UUID

from asgiref.sync import sync_to_async
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from emporion.accounts.access import browsable
from emporion.agents.knowledge.library import DEMO_FILE_LIMIT_BYTES, SourceState, UploadedFile
from emporion.agents.knowledge.queries import own_sources
from emporion.agents.knowledge.starters import suggested_by_documents
from emporion.agents.runtime import actions, demos, queries, rendering
from emporion.agents.runtime.chat import Exchange, asked_uuid, streamed, told_visitor, wants_stream, whole
from emporion.agents.runtime.demos import Visitor
from emporion.agents.runtime.rendering import Room
from emporion.agents.runtime.types import Channel, Failed, Turn
from emporion.kernel.clock import utcnow
from emporion.kernel.errors import DomainError, Limit, NotFound
from emporion.plumbing.clients import address_of
from emporion.plumbing.problems import problem_of, status_of

SESSION_KEY = "demo"


def _visitor(request: HttpRequest) -> Visitor:
    """Who asks; the session gets a key of its own, so that signing in later does not lose the demo."""
    if SESSION_KEY not in request.session:
        request.session[SESSION_KEY] = demos.new_session()
    return Visitor(session=request.session[SESSION_KEY], address=address_of(request))


def _room(slug: str) -> Room:
    return Room(base=f"/demo/{slug}/", tile=demos.facts(slug).icon)


@require_GET
@browsable
def panel(request: HttpRequest, slug: str) -> HttpResponse:
    """The panel: the talk so far, what may still be asked, and the visitor's own document."""
    return render(request, _template(request), _context(request, slug))


def _template(request: HttpRequest) -> str:
    return "agents_runtime/parts/demo.html" if getattr(request, "htmx", False) else "agents_runtime/demo.html"


def _context(request: HttpRequest, slug: str) -> dict[str, object]:
    facts = demos.facts(slug)
    agent_id = demos.demo_agent(slug=slug, visitor=_visitor(request), now=utcnow())
    room = _room(slug)
    found = queries.latest_conversation(agent_id, channel=Channel.DEMO, customer_id="") if agent_id else None
    conversation = (
        queries.conversation_for_visitor(agent_id, found, channel=Channel.DEMO, customer_id="") if agent_id and found else None
    )
    documents = own_sources(agent_id) if agent_id else ()
    own = next((one for one in documents if one.state is SourceState.READY), None)
    asks = suggested_by_documents(agent_id) if agent_id and own else facts.starters
    return {
        "facts": facts,
        "room": room,
        "conversation": conversation,
        "turns": rendering.turns(conversation, room),
        "source": rendering.last_source_html(conversation, room),
        "left": facts.limit - demos.message_count(agent_id),
        "documents": documents,
        "own": own,
        "asks": asks,
        # They are chosen a moment after the document is ready.
        "asks_later": room.base if own and not asks and "looked" not in request.GET else "",
        "may_add_document": demos.may_add_document(documents),
        "limit_mb": DEMO_FILE_LIMIT_BYTES // (1024 * 1024),
    }


@require_POST
@browsable
async def chat(request: HttpRequest, slug: str) -> HttpResponseBase:
    """One turn of the demo; what is refused is said in the visitor's language."""
    visitor = await sync_to_async(_visitor)(request)
    try:
        agent_id = await sync_to_async(actions.open_demo)(slug=slug, visitor=visitor, now=utcnow())
    except Limit as refusal:
        return await sync_to_async(_refused)(request, slug, refusal)
    turn = Turn(
        agent_id=agent_id,
        text=_text(request),
        channel=Channel.DEMO,
        conversation_id=asked_uuid(request.POST.get("conversation", "")),
        retry_of=asked_uuid(request.POST.get("retry_of", "")),
    )
    facts = await sync_to_async(demos.facts)(slug)
    exchange = Exchange(turn=turn, room=await sync_to_async(_room)(slug), limit=facts.limit, accepted=_accepted(request))
    if wants_stream(request):
        return streamed(exchange, now=utcnow())
    began = await whole(exchange, now=utcnow())
    if isinstance(began, Failed) and began.refusal is not None:
        return await sync_to_async(_refused)(request, slug, began.refusal)
    return redirect("agents_runtime:demo_panel", slug)


def _text(request: HttpRequest) -> str:
    return request.POST.get("ask") or request.POST.get("question", "")


def _accepted(request: HttpRequest) -> str:
    return request.headers.get("Accept-Language", "")


def _refused(request: HttpRequest, slug: str, refusal: DomainError) -> HttpResponse:
    said = told_visitor(refusal, _text(request), accepted=_accepted(request))
    if wants_stream(request):
        return problem_of(refusal, said=said)
    messages.error(request, said)
    return render(request, "agents_runtime/demo.html", _context(request, slug), status=status_of(refusal))


@require_POST
@browsable
def document(request: HttpRequest, slug: str) -> HttpResponse:
    """Have the demo read one document of the visitor's own."""
    upload = request.FILES.get("files")
    if upload is None:
        messages.error(request, _("No file came. Choose one first."))
        return redirect("agents_runtime:demo_panel", slug)
    now = utcnow()
    agent_id = actions.open_demo(slug=slug, visitor=_visitor(request), now=now)
    too_large = (upload.size or 0) > DEMO_FILE_LIMIT_BYTES
    content = b"" if too_large else upload.read()
    try:
        outcome = actions.add_demo_document(
            agent_id=agent_id, file=UploadedFile(name=upload.name or "", content=content), is_too_large=too_large, now=now
        )
    except DomainError as error:
        messages.error(request, f"{error.message} {error.step}")
    else:
        if outcome.problem:
            messages.error(request, f"{outcome.name}: {outcome.problem} {outcome.next_step}")
    if getattr(request, "htmx", False):
        return render(request, "agents_runtime/parts/demo.html", _context(request, slug))
    return redirect("agents_runtime:demo_panel", slug)


@require_POST
@browsable
def rate(request: HttpRequest, slug: str, message_id: UUID) -> HttpResponse:
    """Thumbs in the demo."""
    agent_id = demos.demo_agent(slug=slug, visitor=_visitor(request), now=utcnow())
    conversation = queries.conversation_of_message(message_id)
    if agent_id is None or conversation.agent_id != agent_id:
        raise NotFound
    is_good = request.POST.get("rating") == "good"
    actions.rate(agent_id=agent_id, conversation_id=conversation.id, message_id=message_id, is_good=is_good, now=utcnow())
    return HttpResponse(status=204)


@require_GET
@browsable
def source(request: HttpRequest, slug: str, message_id: UUID, number: int) -> HttpResponse:
    """The passage that a demo's answer stands on."""
    agent_id = demos.demo_agent(slug=slug, visitor=_visitor(request), now=utcnow())
    conversation = queries.conversation_of_message(message_id)
    if agent_id is None or conversation.agent_id != agent_id:
        raise NotFound
    message = next(one for one in conversation.messages if one.id == message_id)
    if not message.citations:
        raise NotFound
    shown = rendering.source_html(message, number, _room(slug))
    if getattr(request, "htmx", False):
        return HttpResponse(shown)
    return render(request, "agents_runtime/demo.html", {**_context(request, slug), "source": shown})
