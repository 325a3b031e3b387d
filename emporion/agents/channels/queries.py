"""Answers about the channels of an agent, for the people who own it."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, Max, Q

from emporion.agents.channels.errors import KeyMissing, KeyUnknown
from emporion.agents.channels.models import AgentKey, Implementation, Widget, WidgetConversation
from emporion.agents.channels.settings_format import unpacked
from emporion.agents.channels.types import (
    CustomerUsage,
    ImplementationView,
    KeyHolder,
    KeyView,
    WidgetSettings,
    WidgetVersionView,
    WidgetView,
)
from emporion.agents.runtime import queries as agents
from emporion.kernel.errors import NotFound
from emporion.plumbing import secrets
from emporion.plumbing.rules import REVOKED_FOR_GOOD
from emporion.plumbing.types import Actor, Permission

TOUCH_EVERY = timedelta(minutes=1)


def keys_of(actor: Actor, agent_id: UUID) -> tuple[KeyView, ...]:
    """The valid keys of an agent, newest first."""
    keys = AgentKey.objects.filter(agent_id=agent_id, organisation_id=actor.organisation, revoked_at=None)
    keys = keys.filter(project_id__in=actor.project_ids)
    return tuple(key_view(key) for key in keys.order_by("-created_at"))


def revoked_key(actor: Actor, agent_id: UUID, key_id: UUID | None, *, now: datetime) -> KeyView | None:
    """A key that was just revoked and can still be brought back."""
    if key_id is None:
        return None
    keys = AgentKey.objects.filter(agent_id=agent_id, organisation_id=actor.organisation, project_id__in=actor.project_ids)
    key = keys.filter(pk=key_id, revoked_at__gte=now - REVOKED_FOR_GOOD).first()
    return None if key is None else key_view(key)


def had_keys(actor: Actor, agent_id: UUID) -> bool:
    """Whether the agent has a key, or had one."""
    keys = AgentKey.objects.filter(agent_id=agent_id, organisation_id=actor.organisation, project_id__in=actor.project_ids)
    return keys.exists()


def holder_of(plaintext: str, *, now: datetime) -> KeyHolder:
    """Who a key speaks for; `KeyMissing` where there is none, `KeyUnknown` for anything that is not a valid key."""
    if not plaintext:
        raise KeyMissing
    key = AgentKey.objects.filter(digest=secrets.digest(plaintext), revoked_at=None).first()
    if key is None:
        raise KeyUnknown
    if key.last_used_at is None or now - key.last_used_at > TOUCH_EVERY:
        AgentKey.objects.filter(pk=key.pk).update(last_used_at=now)
    return KeyHolder(
        key_id=key.id, agent_id=key.agent_id, organisation_id=key.organisation_id, project_id=key.project_id, name=key.name
    )


def widget_of(actor: Actor, agent_id: UUID) -> WidgetView:
    """The widget of an agent of the actor's organisation."""
    return widget_view(owned_widget(actor, agent_id))


def secret_of(actor: Actor, agent_id: UUID) -> str:
    """The identity secret, for those who may configure the agent."""
    widget = owned_widget(actor, agent_id)
    actor.require(Permission.CONFIGURE, widget.project_id)
    return secrets.decrypt(widget.identity_secret)


def versions_of(actor: Actor, agent_id: UUID) -> tuple[WidgetVersionView, ...]:
    """The published versions, newest first."""
    widget = owned_widget(actor, agent_id)
    return tuple(
        WidgetVersionView(
            number=version.number,
            note=version.note,
            author_name=version.author_name,
            published_at=version.published_at,
            is_live=version.pk == widget.live_id,
        )
        for version in widget.versions.order_by("-number")[:30]
    )


def implementations_of(actor: Actor, agent_id: UUID | None = None) -> tuple[ImplementationView, ...]:
    """Every place in which the widgets of the actor's projects run, last seen first."""
    rows = Implementation.objects.filter(widget__organisation_id=actor.organisation, widget__project_id__in=actor.project_ids)
    if agent_id is not None:
        rows = rows.filter(widget__agent_id=agent_id)
    rows = rows.select_related("widget", "pinned").annotate(count=Count("conversations")).order_by("-last_seen_at")
    return tuple(
        ImplementationView(
            id=row.id,
            agent_id=row.widget.agent_id,
            agent_name="",
            host=row.host,
            environment=row.environment,
            state=_state(row),
            is_test=row.is_test,
            version=row.version_seen,
            pinned_version=row.pinned.number if row.pinned else None,
            first_seen_at=row.first_seen_at,
            last_seen_at=row.last_seen_at,
            conversations=row.count,
        )
        for row in rows
    )


def _state(row: Implementation) -> str:
    if row.is_paused or row.widget.is_paused:
        return "paused"
    if row.blocked_at:
        return "blocked"
    return "test" if row.is_test else "live"


def customers_of(actor: Actor, agent_id: UUID) -> tuple[CustomerUsage, ...]:
    """Which customers of the host pages talk to the agent, the busiest first."""
    widget = owned_widget(actor, agent_id)
    found = WidgetConversation.objects.filter(widget=widget).exclude(customer_id="")
    counted = found.values("customer_id").annotate(
        conversations=Count("pk"), verified=Count("pk", filter=Q(is_verified=True)), last_at=Max("started_at")
    )
    rows = list(counted.order_by("-conversations", "customer_id")[:50])
    names = [row["customer_id"] for row in rows]
    questions = agents.questions_by_customer(actor, agent_id, names)
    traits = dict(found.filter(customer_id__in=names).order_by("started_at").values_list("customer_id", "traits"))
    return tuple(
        CustomerUsage(
            customer_id=row["customer_id"],
            is_verified=row["verified"] == row["conversations"],
            traits=", ".join(f"{name}: {value}" for name, value in traits[row["customer_id"]].items()),
            conversations=row["conversations"],
            messages=questions.get(row["customer_id"], 0),
            last_at=row["last_at"],
        )
        for row in rows
    )


def key_view(key: AgentKey) -> KeyView:
    """A key as its owner sees it."""
    return KeyView(
        id=key.id,
        name=key.name,
        prefix=key.prefix,
        created_at=key.created_at,
        last_used_at=key.last_used_at,
        created_by=key.created_by,
    )


def owned_widget(actor: Actor, agent_id: UUID, *, lock: bool = False) -> Widget:
    """The row of an agent's widget if the actor sees its project; `NotFound` otherwise."""
    rows = Widget.objects.select_for_update() if lock else Widget.objects.select_related("live")
    widget = rows.filter(agent_id=agent_id, organisation_id=actor.organisation).first()
    if widget is None or not actor.sees_project(widget.project_id):
        raise NotFound
    return widget


def widget_view(widget: Widget) -> WidgetView:
    """A widget as its owner sees it."""
    live = unpacked(widget.live.settings) if widget.live else WidgetSettings()
    draft = unpacked(widget.draft)
    return WidgetView(
        id=widget.id,
        public_id=widget.public_id,
        agent_id=widget.agent_id,
        is_paused=widget.is_paused,
        version=widget.live.number if widget.live else 0,
        live=live,
        draft=draft,
        has_changes=live != draft,
    )
