"""Puts the Training pages together: the library, beside what the agent's conversations made of it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from emporion.agents.knowledge import queries
from emporion.agents.knowledge.library import LearntHit, UploadOutcome
from emporion.agents.runtime import queries as runtime
from emporion.agents.runtime.frame import frame_of, tabs_of
from emporion.kernel.amounts import in_percent
from emporion.kernel.errors import NotFound
from emporion.plumbing.types import Actor, Permission
from emporion.ui.types import Crumb

PAIRS_SHOWN = 5
NAMES_SHOWN = 5
REPLACEMENTS_SHOWN = 3
REFUSED_SHOWN = 5
Context = dict[str, object]


def training(actor: Actor, agent_id: UUID, *, search: str, now: datetime) -> Context:
    """Everything on the Training tab."""
    agent = runtime.agent(actor, agent_id)
    frame = frame_of(actor, agent, tab="training", now=now)
    library = queries.library(actor, agent.id)
    month = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    uses = runtime.uses_of(actor, agent.id)
    return {
        "frame": frame,
        "agent": agent,
        "agent_id": agent.id,
        "may_configure": frame.may_configure,
        "library": library,
        "pairs": [(pair, uses.get(pair.id, 0)) for pair in library.pairs[:PAIRS_SHOWN]],
        "more_pairs": [(pair, uses.get(pair.id, 0)) for pair in library.pairs[PAIRS_SHOWN:]],
        "quoted": [(title, int(in_percent(share))) for title, share in runtime.quoted_sources(actor, agent.id, start=month)],
        "month": now,
        **sources(actor, agent.id),
        **learnt(actor, agent.id, search),
        **uploaded(actor, agent.id, now),
    }


def changed(actor: Actor, agent_id: UUID) -> Context:
    """The rows of the documents, and what else on the page counts what was learnt."""
    agent = runtime.agent(actor, agent_id)
    more = {"agent": agent, "library": queries.library(actor, agent.id), "tabs": tabs_of(agent, "training")}
    return sources(actor, agent_id) | more


def sources(actor: Actor, agent_id: UUID) -> Context:
    """The rows of the documents."""
    found = queries.sources(actor, agent_id)
    agent = runtime.agent(actor, agent_id)
    return {
        "agent_id": agent_id,
        "sources": found,
        "is_busy": any(source.is_busy for source in found),
        "reading": queries.being_read(actor, agent_id),
        "ready": sum(1 for source in found if source.state == "ready" and not source.is_muted),
        "may_configure": actor.may(Permission.CONFIGURE, agent.project_id),
    }


def uploaded(actor: Actor, agent_id: UUID, now: datetime) -> Context:
    """What the latest uploads replaced, each with the first of its names, and what of them was refused."""
    latest = queries.replaced(actor, agent_id, now)[:REPLACEMENTS_SHOWN]
    return {"replaced": [(one, some_of(one.names)) for one in latest], **refused(actor, agent_id, now)}


def refused(actor: Actor, agent_id: UUID, now: datetime) -> Context:
    """The rows of what was refused."""
    agent = runtime.agent(actor, agent_id)
    told = queries.refused(actor, agent_id, now)
    return {
        "agent_id": agent_id,
        "refused": told[:REFUSED_SHOWN],
        "more_refused": told[REFUSED_SHOWN:],
        "refused_count": len(told),
        "may_configure": actor.may(Permission.CONFIGURE, agent.project_id),
    }


def told_of(outcomes: Sequence[UploadOutcome]) -> list[str]:
    """What is to be said of an upload besides the rows of its files."""
    numbered = [outcome.name for outcome in outcomes if outcome.came_as]
    was_there = sum(1 for outcome in outcomes if outcome.was_there)
    told = []
    if numbered:
        text = ngettext(
            "%(count)s file shares its name with another and got a number: %(names)s.",
            "%(count)s files share their name with others and got numbers: %(names)s.",
            len(numbered),
        )
        told.append(text % {"count": len(numbered), "names": some_of(numbered)})
    if was_there:
        text = ngettext("%(count)s file was here already, unchanged.", "%(count)s files were here already, unchanged.", was_there)
        told.append(text % {"count": was_there})
    return told


def some_of(names: Sequence[str]) -> str:
    """The first of some names, and how many more there are."""
    shown = ", ".join(names[:NAMES_SHOWN])
    more = len(names) - NAMES_SHOWN
    return _("%(names)s and %(count)s more") % {"names": shown, "count": more} if more > 0 else shown


def learnt(actor: Actor, agent_id: UUID, search: str) -> Context:
    """The hits of a search in what was learnt, with how often each was used."""
    hits: tuple[LearntHit, ...] = queries.learnt(actor, agent_id, search) if search.strip() else ()
    uses = runtime.uses_of(actor, agent_id) if hits else {}
    return {
        "agent_id": agent_id,
        "search": search,
        "hits": [(hit, uses.get(hit.quote.entry_id, 0)) for hit in hits],
    }


def document(actor: Actor, agent_id: UUID, source_id: UUID, *, wanted: dict[str, str], now: datetime) -> Context:
    """A document with a passage lit."""
    agent = runtime.agent(actor, agent_id)
    frame = frame_of(actor, agent, tab="training", now=now)
    view = queries.document(actor, agent.id, source_id, document_id=_id(wanted["document"]), passage_id=_id(wanted["passage"]))
    trail = (*frame.crumbs[:-1], Crumb(label=agent.name, url=f"/agents/{agent.id}/"))
    crumbs = (*trail, Crumb(label="Training", url=f"/agents/{agent.id}/training/"), Crumb(label=view.name))
    return {"frame": frame, "agent": agent, "document": view, "crumbs": crumbs, "others": list(view.others.items())}


def pair_form(actor: Actor, agent_id: UUID, *, asked: Mapping[str, str | list[object]], now: datetime) -> Context:
    """The form for a pair: empty, an existing one, or with the question of a message filled in."""
    agent = runtime.agent(actor, agent_id)
    question, answer = str(asked.get("question", "")), str(asked.get("answer", ""))
    pair_id = _id(str(asked.get("pair", "")))
    if pair_id and not question:
        pair = queries.pair(actor, agent.id, pair_id)
        if pair is None:
            raise NotFound
        question, answer = pair.question, pair.answer
    message_id = _id(str(asked.get("message", "")))
    if message_id:
        question, answer = _of_message(actor, agent.id, message_id)
    frame = frame_of(actor, agent, tab="training", now=now)
    return {"frame": frame, "agent": agent, "question": question, "answer": answer, "pair_id": pair_id or ""}


def _of_message(actor: Actor, agent_id: UUID, message_id: UUID) -> tuple[str, str]:
    conversation = runtime.conversation_of_message(message_id)
    if conversation.agent_id != agent_id:
        raise NotFound
    by_id = {message.id: message for message in conversation.messages}
    answer = by_id[message_id]
    asked = by_id.get(answer.reply_to) if answer.reply_to else None
    return (asked.text if asked else ""), ""


def _id(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        raise NotFound from None
