"""Writes down where widgets run and which conversations began there, so that usage is counted by place and by customer."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from emporion.agents.channels import rules
from emporion.agents.channels.events import WidgetSeen
from emporion.agents.channels.models import Implementation, Widget, WidgetConversation
from emporion.agents.channels.types import Visitor
from emporion.plumbing.actions import publish

SEEN_EVERY = timedelta(seconds=20)
MOST_PLACES = 200  # whoever calls from outside a browser can name any host; the list stays readable


def record_seen(widget: Widget, *, host: str, version: int, now: datetime) -> None:
    """Note that the widget was loaded on a host."""
    row = Implementation.objects.filter(widget=widget, host=host).first()
    if row and now - row.last_seen_at < SEEN_EVERY and row.version_seen == version and not row.blocked_at:
        return
    if row is None and _is_full(widget):
        return
    with transaction.atomic():
        _, is_new = Implementation.objects.update_or_create(
            widget=widget,
            host=host[:253],
            defaults={"last_seen_at": now, "version_seen": version, "blocked_at": None},
            create_defaults={**_first(host, now), "version_seen": version},
        )
        publish(
            WidgetSeen(
                widget_id=widget.id,
                agent_id=widget.agent_id,
                organisation_id=widget.organisation_id,
                project_id=widget.project_id,
                host=host,
                version=version,
                is_new=is_new,
                seen_at=now,
            ),
            now=now,
        )


def record_blocked(widget: Widget, *, host: str, now: datetime) -> None:
    """Note that a site that is not allowed tried to load the widget, so that the owner sees it."""
    if not host or _is_full(widget):
        return
    Implementation.objects.update_or_create(
        widget=widget,
        host=host[:253],
        defaults={"blocked_at": now},
        create_defaults={**_first(host, now), "blocked_at": now},
    )


def _first(host: str, now: datetime) -> dict[str, datetime | str]:
    return {"first_seen_at": now, "last_seen_at": now, "environment": rules.environment_of(host)}


def _is_full(widget: Widget) -> bool:
    return Implementation.objects.filter(widget=widget).count() >= MOST_PLACES


def record_conversation(widget: Widget, *, conversation_id: UUID, visitor: Visitor, now: datetime) -> None:
    """Note whose conversation it is, and through which place it began, before its first message is stored."""
    place = Implementation.objects.filter(widget=widget, host=visitor.host).first()
    WidgetConversation.objects.get_or_create(
        conversation_id=conversation_id,
        defaults={
            "widget": widget,
            "implementation": place,
            "visitor_key": visitor.visitor_key,
            "customer_id": visitor.customer_id,
            "is_verified": visitor.is_verified,
            "traits": dict(visitor.traits),
            "started_at": now,
        },
    )


def owns_conversation(widget: Widget, *, conversation_id: UUID, visitor: Visitor) -> bool:
    """Whether a conversation is this visitor's own: a verified customer's everywhere, anybody else's in their browser only."""
    row = WidgetConversation.objects.filter(pk=conversation_id, widget=widget).first()
    if row is None or row.customer_id != visitor.customer_id or row.is_verified != visitor.is_verified:
        return False
    return visitor.is_verified or row.visitor_key == visitor.visitor_key
