"""Training: documents with their progress, pages, pairs, topics, and what was learnt from them."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.files import uploadedfile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import Resolver404, resolve, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from emporion.accounts.access import ActorRequest, signed_in
from emporion.agents.knowledge import actions, queries, reading_page
from emporion.agents.knowledge.library import FILE_LIMIT_BYTES, TopicKind, UploadedFile
from emporion.kernel.clock import utcnow
from emporion.kernel.errors import DomainError, NotFound
from emporion.plumbing.parsing import own_path, uuid_of
from emporion.plumbing.uploads import sent_name


@require_GET
@signed_in
def training(request: ActorRequest, agent_id: UUID) -> HttpResponse:
    """The Training tab."""
    context = reading_page.training(request.actor, agent_id, search=request.GET.get("q", ""), now=utcnow())
    context["undo_url"] = _own_undo(agent_id, request.GET.get("deleted", ""))
    return render(request, "agents_knowledge/training.html", context)


def _own_undo(agent_id: UUID, wanted: str) -> str:
    """The address that brings back what was deleted here; a link from elsewhere must not lend its button another one."""
    try:
        match = resolve(own_path(wanted, ""))
    except Resolver404:
        return ""
    is_undo = match.view_name in {"agents_knowledge:restore", "agents_knowledge:restore_pair"}
    return wanted if is_undo and match.kwargs["agent_id"] == agent_id else ""


@require_GET
@signed_in
def source_list(request: ActorRequest, agent_id: UUID) -> HttpResponse:
    """The rows of the documents, asked for every second while any is being read."""
    return render(request, "agents_knowledge/parts/sources.html", reading_page.changed(request.actor, agent_id))


@require_GET
@signed_in
def being_read(request: ActorRequest, agent_id: UUID) -> HttpResponse:
    """What is still being read, asked for beside a test chat until nothing is; nothing where it was `said` already."""
    found = queries.being_read(request.actor, agent_id)
    if found.key and found.key == request.GET.get("said"):
        return HttpResponse(status=204)
    context = {"agent_id": agent_id, "reading": found, "is_alone": True}
    return render(request, "agents_knowledge/parts/being_read.html", context)


@require_POST
@signed_in
def upload(request: ActorRequest, agent_id: UUID) -> HttpResponse:
    """Take in many files at once; each that is refused says why and harms no other."""
    files = tuple(_uploaded(one) for one in request.FILES.getlist("files"))
    now = utcnow()
    told = reading_page.told_of(actions.add_files(library_id=agent_id, files=files, actor=request.actor, now=now))
    if getattr(request, "htmx", False):
        context = reading_page.changed(request.actor, agent_id) | reading_page.uploaded(request.actor, agent_id, now)
        return render(request, "agents_knowledge/parts/sources.html", context | {"was_upload": True, "told": told})
    for text in told:
        messages.success(request, text)
    return redirect("agents_knowledge:training", agent_id)


def _uploaded(file: "uploadedfile.UploadedFile[Any]") -> UploadedFile:
    """The file as it came; one that is too large to be taken in is not read into memory to be told so."""
    size = file.size or 0
    if size > FILE_LIMIT_BYTES:
        return UploadedFile(name=sent_name(file), content=b"", unread_size=size)
    return UploadedFile(name=sent_name(file), content=file.read())


@require_POST
@signed_in
def dismiss(request: ActorRequest, agent_id: UUID) -> HttpResponse:
    """No longer tell that a file was refused; without its id, that any was."""
    source_id = _named(request.POST["source"]) if "source" in request.POST else None
    actions.dismiss_refused(library_id=agent_id, source_id=source_id, actor=request.actor)
    if getattr(request, "htmx", False):
        context = reading_page.refused(request.actor, agent_id, utcnow())
        return render(request, "agents_knowledge/parts/refused.html", context)
    return redirect("agents_knowledge:training", agent_id)


@require_POST
@signed_in
def replaced(request: ActorRequest, agent_id: UUID) -> HttpResponse:
    """Put back what an upload replaced, or keep it as well."""

    def undo(now: datetime) -> str:
        at = _moment(request.POST.get("at", ""))
        if request.POST.get("how") == "both":
            names = actions.keep_both(library_id=agent_id, at=at, actor=request.actor, now=now)
            text = ngettext("The earlier file is kept as %(names)s.", "The earlier files are kept as %(names)s.", len(names))
        else:
            names = actions.put_back(library_id=agent_id, at=at, actor=request.actor, now=now)
            text = ngettext("The earlier %(names)s is back.", "The earlier files are back: %(names)s.", len(names))
        return text % {"names": reading_page.some_of(names)}

    return _done(request, agent_id, undo)


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise NotFound from None
    if moment.tzinfo is None:
        raise NotFound
    return moment


@require_POST
@signed_in
def web_address(request: ActorRequest, agent_id: UUID) -> HttpResponse:
    """Have a page, or a site by its sitemap, read."""

    def add(now: datetime) -> str:
        address = request.POST.get("address", "")
        whole_site = request.POST.get("scope") == "site"
        actions.add_web_address(library_id=agent_id, address=address, whole_site=whole_site, actor=request.actor, now=now)
        return ""

    return _done(request, agent_id, add)


def _done(request: ActorRequest, agent_id: UUID, verb: Callable[[datetime], str]) -> HttpResponse:
    """Do something and show Training again, with what came of it."""
    try:
        said = verb(utcnow())
    except NotFound:
        raise
    except DomainError as error:
        messages.error(request, f"{error.message} {error.step}")
    else:
        if said:
            messages.success(request, said)
    return redirect("agents_knowledge:training", agent_id)


@require_POST
@signed_in
def read_again(request: ActorRequest, agent_id: UUID, source_id: UUID) -> HttpResponse:
    """Read one source anew."""
    actions.read_again(library_id=agent_id, source_id=source_id, actor=request.actor, now=utcnow())
    return _rows(request, agent_id)


@require_POST
@signed_in
def read_all_again(request: ActorRequest, agent_id: UUID) -> HttpResponse:
    """Read every source anew."""
    actions.read_all_again(library_id=agent_id, actor=request.actor, now=utcnow())
    return _rows(request, agent_id)


def _rows(request: ActorRequest, agent_id: UUID) -> HttpResponse:
    if getattr(request, "htmx", False):
        return render(request, "agents_knowledge/parts/sources.html", reading_page.changed(request.actor, agent_id))
    return redirect("agents_knowledge:training", agent_id)


@require_POST
@signed_in
def delete(request: ActorRequest, agent_id: UUID, source_id: UUID) -> HttpResponse:
    """Take a source away; the answer offers to bring it back."""
    name = actions.delete_source(library_id=agent_id, source_id=source_id, actor=request.actor, now=utcnow())
    undo_url = reverse("agents_knowledge:restore", args=[agent_id, source_id])
    return _gone(request, agent_id, text=_("%(name)s is deleted.") % {"name": name}, undo_url=undo_url)


def _gone(request: ActorRequest, agent_id: UUID, *, text: str, undo_url: str) -> HttpResponse:
    page = reverse("agents_knowledge:training", args=[agent_id])
    if getattr(request, "htmx", False):
        toast = {"text": text, "undo_url": undo_url, "undo_target": "body", "undo_swap": "none"}
        return render(request, "agents_knowledge/parts/gone.html", reading_page.changed(request.actor, agent_id) | toast)
    return redirect(f"{page}?{urlencode({'deleted': undo_url})}")


@require_POST
@signed_in
def restore(request: ActorRequest, agent_id: UUID, source_id: UUID) -> HttpResponse:
    """Undo a deletion."""
    actions.restore_source(library_id=agent_id, source_id=source_id, actor=request.actor, now=utcnow())
    return _reload(request, agent_id)


def _reload(request: HttpRequest, agent_id: UUID) -> HttpResponse:
    page = reverse("agents_knowledge:training", args=[agent_id])
    if getattr(request, "htmx", False):
        return HttpResponse(status=204, headers={"HX-Redirect": page})
    return redirect(page)


@require_GET
@signed_in
def document(request: ActorRequest, agent_id: UUID, source_id: UUID) -> HttpResponse:
    """A document's plain text with the quoted passage lit."""
    context = reading_page.document(
        request.actor,
        agent_id,
        source_id,
        wanted={name: request.GET.get(name, "") for name in ("passage", "document")},
        now=utcnow(),
    )
    return render(request, "agents_knowledge/document.html", context)


@require_http_methods(["GET", "POST"])
@signed_in
def pairs(request: ActorRequest, agent_id: UUID) -> HttpResponse:
    """Add or change a pair; a message's id fills in the question that was asked."""
    if request.method == "POST":
        return _save_pair(request, agent_id)
    context = reading_page.pair_form(request.actor, agent_id, asked=request.GET.dict(), now=utcnow())
    return render(request, "agents_knowledge/pair.html", context)


def _save_pair(request: ActorRequest, agent_id: UUID) -> HttpResponse:
    words = {"question": request.POST.get("question", ""), "answer": request.POST.get("answer", "")}
    pair_id = request.POST.get("pair", "")
    try:
        if pair_id:
            actions.change_pair(library_id=agent_id, pair_id=_named(pair_id), actor=request.actor, now=utcnow(), **words)
        else:
            actions.add_pair(library_id=agent_id, actor=request.actor, now=utcnow(), **words)
    except DomainError as error:
        if error.kind != "invalid":
            raise
        context = reading_page.pair_form(request.actor, agent_id, asked=request.POST.dict(), now=utcnow())
        return render(request, "agents_knowledge/pair.html", context | {"problem": error}, status=422)
    messages.success(request, _("Learnt. This answer wins over documents from now on."))
    return redirect(f"{reverse('agents_knowledge:training', args=[agent_id])}#pairs")


@require_POST
@signed_in
def import_pairs(request: ActorRequest, agent_id: UUID) -> HttpResponse:
    """Take in a CSV of pairs; rows that do not fit are named."""

    def take_in(now: datetime) -> str:
        upload = request.FILES.get("pairs")
        content = upload.read(FILE_LIMIT_BYTES) if upload else b""
        outcome = actions.import_pairs(library_id=agent_id, content=content, actor=request.actor, now=now)
        for number, problem in outcome.problems[:5]:
            messages.warning(request, _("Row %(number)s was left out: %(problem)s") % {"number": number, "problem": problem})
        count = outcome.added + outcome.updated
        text = ngettext("%(count)s pair was taken in.", "%(count)s pairs were taken in.", count)
        return text % {"count": count}

    return _done(request, agent_id, take_in)


@require_POST
@signed_in
def delete_pair(request: ActorRequest, agent_id: UUID, pair_id: UUID) -> HttpResponse:
    """Take a pair away; the answer offers to bring it back."""
    actions.delete_pair(library_id=agent_id, pair_id=pair_id, actor=request.actor, now=utcnow())
    undo_url = reverse("agents_knowledge:restore_pair", args=[agent_id, pair_id])
    return _gone(request, agent_id, text=_("The pair is deleted."), undo_url=undo_url)


@require_POST
@signed_in
def restore_pair(request: ActorRequest, agent_id: UUID, pair_id: UUID) -> HttpResponse:
    """Undo the deletion of a pair."""
    actions.restore_pair(library_id=agent_id, pair_id=pair_id, actor=request.actor, now=utcnow())
    return _reload(request, agent_id)


@require_POST
@signed_in
def topics(request: ActorRequest, agent_id: UUID) -> HttpResponse:
    """Add or remove a topic, or change what is said about avoided ones."""
    now = utcnow()
    try:
        _change_topics(request, agent_id, now)
    except DomainError as error:
        if error.kind != "invalid":
            raise
        messages.error(request, f"{error.message} {error.step}")
    if getattr(request, "htmx", False):
        context = {"library": queries.library(request.actor, agent_id), "agent_id": agent_id, "saved_at": now}
        return render(request, "agents_knowledge/parts/topics.html", context | {"may_configure": True})
    return redirect("agents_knowledge:training", agent_id)


def _change_topics(request: ActorRequest, agent_id: UUID, now: datetime) -> None:
    if "remove" in request.POST:
        topic_id = _named(request.POST["remove"])
        actions.remove_topic(library_id=agent_id, topic_id=topic_id, actor=request.actor, now=now)
    elif "kind" in request.POST:
        kind = TopicKind.COVER if request.POST["kind"] == TopicKind.COVER else TopicKind.AVOID
        actions.add_topic(library_id=agent_id, kind=kind, text=request.POST.get("text", ""), actor=request.actor, now=now)
    else:
        actions.set_avoid_message(library_id=agent_id, text=request.POST.get("message", ""), actor=request.actor, now=now)


def _named(text: str) -> UUID:
    found = uuid_of(text)
    if found is None:
        raise NotFound
    return found


@require_GET
@signed_in
def learnt(request: ActorRequest, agent_id: UUID) -> HttpResponse:
    """Search what the agent learnt."""
    context = reading_page.learnt(request.actor, agent_id, request.GET.get("q", ""))
    if getattr(request, "htmx", False):
        return render(request, "agents_knowledge/parts/hits.html", context)
    asked = urlencode({"q": request.GET.get("q", "")})
    return redirect(f"{reverse('agents_knowledge:training', args=[agent_id])}?{asked}")
