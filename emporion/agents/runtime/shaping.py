"""Verbs that shape an agent: its persona, its looks, its quick settings, its set-up."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Max

from emporion.accounts.actions import record_audit
from emporion.agents.runtime import rules
from emporion.agents.runtime.access import seen
from emporion.agents.runtime.errors import LogoRefused
from emporion.agents.runtime.models import Agent, Branding, PersonaVersion
from emporion.agents.runtime.types import Persona
from emporion.billing.actions import label_subscription
from emporion.kernel.errors import NotFound
from emporion.plumbing.types import Actor, Permission

LOGO_BYTES = 1024 * 1024


class VersionNotFound(NotFound):
    """There is no such version of the persona."""

    title = "There is no such version."
    next_step = "Choose one from the list of versions."


@dataclass(frozen=True, slots=True, kw_only=True)
class Looks:
    """What the Branding page saves; `logo` None keeps the one there is, empty bytes take it away."""

    colour: str
    welcome: str
    suggestions: str
    logo: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Switches:
    """The quick settings."""

    is_answering: bool
    only_from_sources: bool
    offers_person: bool


@transaction.atomic
def save_persona(*, agent_id: UUID, persona: Persona, actor: Actor, now: datetime) -> int:
    """Save a persona as a new version and return its number; an unchanged one makes no version."""
    agent = seen(actor, agent_id, Permission.CONFIGURE)
    persona = rules.checked_persona(persona)
    current = agent.persona
    if current is not None and (current.name, current.tone, current.language, current.rules) == (
        persona.name,
        persona.tone,
        persona.language,
        persona.rules,
    ):
        return current.number
    number = _add_version(agent, persona, actor.name, now)
    record_audit(actor=actor, verb="persona.saved", object_type="agent", object_id=agent.id, detail=f"version {number}", now=now)
    return number


def _add_version(agent: Agent, persona: Persona, author_name: str, now: datetime) -> int:
    Agent.objects.select_for_update().get(id=agent.id)
    last: int = agent.personas.aggregate(last=Max("number"))["last"] or 0
    version = PersonaVersion.objects.create(
        agent=agent,
        number=last + 1,
        name=persona.name,
        tone=persona.tone,
        language=persona.language,
        rules=persona.rules,
        author_name=author_name,
        created_at=now,
    )
    Agent.objects.filter(id=agent.id).update(persona=version)
    return version.number


@transaction.atomic
def roll_back_persona(*, agent_id: UUID, number: int, actor: Actor, now: datetime) -> int:
    """Make an earlier persona the current one again, as a new version."""
    agent = seen(actor, agent_id, Permission.CONFIGURE)
    version = agent.personas.filter(number=number).first()
    if version is None:
        raise VersionNotFound
    persona = Persona(name=version.name, tone=version.tone, language=version.language, rules=version.rules)
    return _add_version(agent, persona, actor.name, now)


def save_branding(*, agent_id: UUID, looks: Looks, actor: Actor, now: datetime) -> None:
    """Save how the agent looks; colours that cannot be read are refused with one that can."""
    agent = seen(actor, agent_id, Permission.CONFIGURE)
    colour = rules.checked_colour(looks.colour)
    branding, _ = Branding.objects.get_or_create(agent=agent, defaults={"colour": colour, "updated_at": now})
    branding.colour, branding.welcome = colour, looks.welcome.strip()[:1000]
    branding.suggestions = list(rules.suggestions_of(looks.suggestions))
    branding.updated_at = now
    replaced = _put_logo(branding, looks.logo) if looks.logo is not None else ""
    branding.save()
    record_audit(actor=actor, verb="branding.saved", object_type="agent", object_id=agent.id, now=now)
    if replaced:
        default_storage.delete(replaced)


def _put_logo(branding: Branding, content: bytes) -> str:
    replaced = branding.logo_name
    media_type = rules.logo_type(content) if content else ""
    if media_type is None or len(content) > LOGO_BYTES:
        raise LogoRefused(field="logo")
    branding.logo_type = media_type
    branding.logo_name = default_storage.save(f"logos/{branding.agent_id}", ContentFile(content)) if content else ""
    branding.logo_version += 1
    return replaced


@transaction.atomic
def set_switches(*, agent_id: UUID, switches: Switches, actor: Actor, now: datetime) -> None:
    """Save the quick settings."""
    agent = seen(actor, agent_id, Permission.CONFIGURE)
    Agent.objects.filter(id=agent.id).update(
        is_answering=switches.is_answering, only_from_sources=switches.only_from_sources, offers_person=switches.offers_person
    )
    on = {
        "answers": switches.is_answering,
        "only from sources": switches.only_from_sources,
        "offers a person": switches.offers_person,
    }
    detail = "on: " + (", ".join(name for name, is_on in on.items() if is_on) or "nothing")
    record_audit(actor=actor, verb="settings.saved", object_type="agent", object_id=agent.id, detail=detail, now=now)


@transaction.atomic
def set_up(*, agent_id: UUID, name: str, welcome: str, language: str, actor: Actor, now: datetime) -> None:
    """Finish the set-up after a purchase: the persona's name and language, and the welcome message."""
    agent = seen(actor, agent_id, Permission.CONFIGURE)
    current = agent.persona
    persona = Persona(
        name=name,
        tone=current.tone if current else "friendly",
        language=language,
        rules=current.rules if current else "",
    )
    save_persona(agent_id=agent.id, persona=persona, actor=actor, now=now)
    Branding.objects.filter(agent=agent).update(welcome=welcome.strip()[:1000], updated_at=now)
    chosen = rules.checked_persona(persona).name
    Agent.objects.filter(id=agent.id).update(name=chosen, set_up_at=now)
    if agent.subscription_id is not None:
        label_subscription(subscription_id=agent.subscription_id, label=chosen)


def skip_set_up(*, agent_id: UUID, actor: Actor, now: datetime) -> None:
    """Keep what the blueprint says; the wizard does not come back by itself."""
    agent = seen(actor, agent_id, Permission.USE)
    Agent.objects.filter(id=agent.id, set_up_at=None).update(set_up_at=now)
