"""Verbs of the channels: make and revoke keys; edit, publish, pause and pin widgets."""

import secrets as random
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F, Max

from emporion.accounts.actions import record_audit
from emporion.agents.channels.errors import KeyGone, TooManyKeys
from emporion.agents.channels.events import WidgetPublished
from emporion.agents.channels.models import AgentKey, Implementation, Widget, WidgetVersion
from emporion.agents.channels.queries import key_view, owned_widget, widget_of
from emporion.agents.channels.settings_format import packed, unpacked
from emporion.agents.channels.types import NewKey, WidgetSettings, WidgetView
from emporion.agents.runtime import queries as agents
from emporion.kernel.errors import NotFound
from emporion.kernel.names import written
from emporion.plumbing import secrets
from emporion.plumbing.actions import publish
from emporion.plumbing.rules import REVOKED_FOR_GOOD
from emporion.plumbing.types import Actor, Permission

MOST_KEYS = 20


@transaction.atomic
def create_key(*, agent_id: UUID, name: str, actor: Actor, now: datetime) -> NewKey:
    """A new key to an agent; its plaintext is in the answer and nowhere else."""
    agent = agents.agent(actor, agent_id)
    if agent.project_id is None:
        raise NotFound
    actor.require(Permission.CONFIGURE, agent.project_id)
    if AgentKey.objects.filter(agent_id=agent.id, revoked_at=None).count() >= MOST_KEYS:
        raise TooManyKeys
    plaintext = secrets.new_token("ek_")
    key = AgentKey.objects.create(
        agent_id=agent.id,
        organisation_id=actor.organisation,
        project_id=agent.project_id,
        name=written(name, longest=80) or "API key",
        prefix=plaintext[:9],
        digest=secrets.digest(plaintext),
        created_by=actor.name,
        created_at=now,
    )
    record_audit(actor=actor, verb="key.created", object_type="agent", object_id=agent.id, detail=key.name, now=now)
    return NewKey(view=key_view(key), plaintext=plaintext)


@transaction.atomic
def revoke_key(*, key_id: UUID, actor: Actor, now: datetime) -> None:
    """End a key: the next call with it is refused. It can be brought back for an hour."""
    key = _own_key(key_id, actor)
    if AgentKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=now):
        record_audit(actor=actor, verb="key.revoked", object_type="agent", object_id=key.agent_id, detail=key.name, now=now)


@transaction.atomic
def restore_key(*, key_id: UUID, actor: Actor, now: datetime) -> None:
    """Undo the revocation of a key; `KeyGone` later than an hour after it."""
    key = _own_key(key_id, actor)
    if key.revoked_at is None:
        return
    if now - key.revoked_at > REVOKED_FOR_GOOD:
        raise KeyGone
    if AgentKey.objects.filter(agent_id=key.agent_id, revoked_at=None).count() >= MOST_KEYS:
        raise TooManyKeys
    if AgentKey.objects.filter(pk=key.pk).exclude(revoked_at=None).update(revoked_at=None):
        record_audit(actor=actor, verb="key.restored", object_type="agent", object_id=key.agent_id, detail=key.name, now=now)


def _own_key(key_id: UUID, actor: Actor) -> AgentKey:
    key = AgentKey.objects.filter(pk=key_id, organisation_id=actor.organisation).first()
    if key is None or not actor.sees_project(key.project_id):
        raise NotFound
    actor.require(Permission.CONFIGURE, key.project_id)
    return key


def ensure_widget(*, agent_id: UUID, organisation_id: UUID, project_id: UUID, now: datetime) -> None:
    """Give a new agent its widget, live from the start so that the embed code works at once."""
    with transaction.atomic():
        widget, is_new = Widget.objects.get_or_create(
            agent_id=agent_id,
            defaults={
                "public_id": f"wid_{random.token_urlsafe(9)}",
                "organisation_id": organisation_id,
                "project_id": project_id,
                "identity_secret": secrets.encrypt(secrets.new_token("wsec_")),
                "created_at": now,
            },
        )
        if is_new:
            settings = packed(WidgetSettings())
            first = WidgetVersion.objects.create(
                widget=widget, number=1, settings=settings, note="First version", author_name="Emporion", published_at=now
            )
            Widget.objects.filter(pk=widget.pk).update(live=first, draft=settings)


def save_draft(*, agent_id: UUID, settings: WidgetSettings, actor: Actor, now: datetime) -> WidgetView:
    """Keep what is being edited; visitors see it only once it is published (or in test mode)."""
    widget = owned_widget(actor, agent_id)
    actor.require(Permission.CONFIGURE, widget.project_id)
    Widget.objects.filter(pk=widget.pk).update(draft=packed(settings))
    return widget_of(actor, agent_id)


def publish_widget(*, agent_id: UUID, note: str, actor: Actor, now: datetime) -> int:
    """Make the draft live as a new version; running widgets take it within a minute. Returns its number."""
    with transaction.atomic():
        widget = owned_widget(actor, agent_id, lock=True)
        actor.require(Permission.CONFIGURE, widget.project_id)
        last = widget.versions.aggregate(last=Max("number"))["last"] or 0
        version = WidgetVersion.objects.create(
            widget=widget,
            number=last + 1,
            settings=widget.draft,
            note=note.strip()[:200],
            author_name=actor.name,
            published_at=now,
        )
        Widget.objects.filter(pk=widget.pk).update(live=version)
        _record(widget, "widget.published", actor, now, detail=f"version {version.number}")
        publish(
            WidgetPublished(
                widget_id=widget.id,
                agent_id=widget.agent_id,
                organisation_id=widget.organisation_id,
                number=version.number,
                published_at=now,
            ),
            now=now,
        )
    return version.number


def restore_version(*, agent_id: UUID, number: int, actor: Actor, now: datetime) -> WidgetView:
    """Take an earlier version as the draft."""
    widget = owned_widget(actor, agent_id)
    version = widget.versions.filter(number=number).first()
    if version is None:
        raise NotFound
    return save_draft(agent_id=agent_id, settings=unpacked(version.settings), actor=actor, now=now)


@transaction.atomic
def pause_widget(*, agent_id: UUID, is_paused: bool, actor: Actor, now: datetime) -> None:
    """Pause or resume a widget everywhere; every call is refused while it is paused."""
    widget = owned_widget(actor, agent_id)
    actor.require(Permission.CONFIGURE, widget.project_id)
    Widget.objects.filter(pk=widget.pk).update(is_paused=is_paused)
    _record(widget, "widget.paused" if is_paused else "widget.resumed", actor, now)


@transaction.atomic
def rotate_secret(*, agent_id: UUID, actor: Actor, now: datetime) -> str:
    """A new identity secret: tokens, hashes and running sessions of the old one are refused from now on."""
    widget = owned_widget(actor, agent_id)
    actor.require(Permission.CONFIGURE, widget.project_id)
    secret = secrets.new_token("wsec_")
    Widget.objects.filter(pk=widget.pk).update(identity_secret=secrets.encrypt(secret), secret_version=F("secret_version") + 1)
    _record(widget, "widget.secret_changed", actor, now)
    return secret


@transaction.atomic
def pause_implementation(*, implementation_id: UUID, is_paused: bool, actor: Actor, now: datetime) -> None:
    """Pause or resume the widget in one place."""
    row = _place(implementation_id, actor)
    Implementation.objects.filter(pk=row.pk).update(is_paused=is_paused)
    _record(row.widget, "widget.paused" if is_paused else "widget.resumed", actor, now, detail=row.host)


def set_test_mode(*, implementation_id: UUID, is_test: bool, actor: Actor) -> None:
    """Let one place run the draft, apart from what visitors elsewhere get and from their figures."""
    row = _place(implementation_id, actor)
    Implementation.objects.filter(pk=row.pk).update(is_test=is_test)


@transaction.atomic
def pin_implementation(*, implementation_id: UUID, number: int | None, actor: Actor, now: datetime) -> None:
    """Keep one place at a version, or let it follow the live one (`None`)."""
    row = _place(implementation_id, actor)
    version = None
    if number is not None:
        version = row.widget.versions.filter(number=number).first()
        if version is None:
            raise NotFound
    Implementation.objects.filter(pk=row.pk).update(pinned=version)
    what = "follows" if number is None else f"version {number}"
    _record(row.widget, "widget.pinned", actor, now, detail=f"{row.host}: {what}")


def _record(widget: Widget, verb: str, actor: Actor, now: datetime, *, detail: str = "") -> None:
    record_audit(actor=actor, verb=verb, object_type="agent", object_id=widget.agent_id, detail=detail, now=now)


def _place(implementation_id: UUID, actor: Actor) -> Implementation:
    rows = Implementation.objects.select_related("widget").filter(widget__organisation_id=actor.organisation)
    row = rows.filter(pk=implementation_id).first()
    if row is None or not actor.sees_project(row.widget.project_id):
        raise NotFound
    actor.require(Permission.CONFIGURE, row.widget.project_id)
    return row
