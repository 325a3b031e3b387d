"""Verbs of the demo before purchase: an agent of one's own for a browser session, counted and erased within a day."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction

from emporion.agents.knowledge import actions as knowledge
from emporion.agents.knowledge.library import DEMO_FILE_LIMIT_BYTES, SourceView, UploadedFile, UploadOutcome
from emporion.agents.knowledge.queries import own_sources
from emporion.agents.runtime import rules
from emporion.agents.runtime.errors import AgentNotFound
from emporion.agents.runtime.models import Agent, Blueprint, DemoSession
from emporion.agents.runtime.provisioning import provision_demo_agent
from emporion.kernel.errors import Conflict, Limit
from emporion.plumbing import limits
from emporion.plumbing.types import Actor

NEW_DEMOS = limits.Window(scope="demo-new", limit=10, seconds=3600)
DEMO_TURNS = limits.Window(scope="demo-turn", limit=60, seconds=3600)


class DocumentTooLarge(Limit):
    """The document is larger than a demo reads."""

    title = "A demo reads documents of up to 5 MB."
    next_step = "Choose a smaller one; an agent that you buy reads up to 25 MB each."


class OneDocumentAtATime(Conflict):
    """A demo reads one document of the visitor's own, and is at it."""

    title = "This demo is still reading your document."
    next_step = "Wait until it is ready, then choose another."


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Who tries a demo: a browser session at an address, both kept only as keyed hashes."""

    session: str
    address: str

    @property
    def session_hash(self) -> str:
        """The session, unreadable."""
        return _hashed("session", self.session)

    @property
    def address_hash(self) -> str:
        """The address, unreadable."""
        return _hashed("address", self.address)


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoFacts:
    """What a demo says of itself before the first question."""

    slug: str
    name: str
    about: str
    icon: str
    welcome: str
    starters: tuple[str, ...]
    limit: int


def facts(slug: str) -> DemoFacts:
    """The demo of an offering, if it has one."""
    blueprint = Blueprint.objects.filter(slug=slug, has_demo=True).first()
    if blueprint is None:
        raise AgentNotFound
    return DemoFacts(
        slug=slug,
        name=blueprint.persona_name,
        about=blueprint.demo_about,
        icon=blueprint.icon,
        welcome=blueprint.welcome,
        starters=tuple(blueprint.starters),
        limit=blueprint.demo_limit,
    )


def new_session() -> str:
    """A key for a browser session that nobody can guess."""
    return secrets.token_urlsafe(24)


def message_count(agent_id: UUID | None) -> int:
    """How many questions a demo was asked."""
    if agent_id is None:
        return 0
    return DemoSession.objects.filter(agent_id=agent_id).values_list("message_count", flat=True).first() or 0


def _hashed(purpose: str, value: str) -> str:
    return hmac.new(settings.SECRET_KEY.encode(), f"demo:{purpose}:{value}".encode(), hashlib.sha256).hexdigest()


def demo_agent(*, slug: str, visitor: Visitor, now: datetime) -> UUID | None:
    """The agent of this visitor's demo, if one is running."""
    return (
        DemoSession.objects.filter(session_hash=visitor.session_hash, agent__blueprint__slug=slug, expires_at__gt=now)
        .values_list("agent_id", flat=True)
        .first()
    )


def open_demo(*, slug: str, visitor: Visitor, now: datetime) -> UUID:
    """The agent of this visitor's demo, made at the first question; `TooManyRequests` for an address that makes too many."""
    blueprint = Blueprint.objects.filter(slug=slug, has_demo=True).first()
    if blueprint is None:
        raise AgentNotFound
    known = demo_agent(slug=slug, visitor=visitor, now=now)
    if known is not None:
        limits.count(DEMO_TURNS, visitor.address_hash, now=now)
        return known
    limits.count(NEW_DEMOS, visitor.address_hash, now=now)
    with transaction.atomic():
        agent = provision_demo_agent(blueprint=blueprint, now=now)
        DemoSession.objects.create(
            agent=agent,
            session_hash=visitor.session_hash,
            address_hash=visitor.address_hash,
            created_at=now,
            expires_at=now + rules.DEMO_LIFE,
        )
    return agent.id


def may_add_document(present: tuple[SourceView, ...]) -> bool:
    """Whether a demo takes a document now: the one before gives way to it, unless it is being read."""
    return not any(source.is_busy for source in present)


def add_demo_document(*, agent_id: UUID, file: UploadedFile, is_too_large: bool = False, now: datetime) -> UploadOutcome:
    """Have the demo read one document of the visitor's own, up to 5 MB; the one before gives way to it."""
    if is_too_large:
        raise DocumentTooLarge(limit_bytes=DEMO_FILE_LIMIT_BYTES)
    present = own_sources(agent_id)
    if not may_add_document(present):
        raise OneDocumentAtATime
    system = Actor.system()
    (outcome,) = knowledge.add_files(library_id=agent_id, files=(file,), limit_bytes=DEMO_FILE_LIMIT_BYTES, actor=system, now=now)
    for earlier in present if outcome.source_id else ():
        if earlier.id != outcome.source_id:  # a file of the same name has taken its place already
            knowledge.delete_source(library_id=agent_id, source_id=earlier.id, actor=system, now=now)
    return outcome


def erase_expired_demos(*, now: datetime) -> int:
    """Erase every demo that is over: conversations, documents, vectors and files; returns how many."""
    expired = list(DemoSession.objects.filter(expires_at__lte=now).values_list("agent_id", flat=True))
    for agent_id in expired:
        knowledge.delete_library(agent_id)
        Agent.objects.filter(id=agent_id, organisation_id=None).delete()
    return len(expired)
