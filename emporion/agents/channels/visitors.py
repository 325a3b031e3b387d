"""What a visitor's browser asks of a widget; every call is checked anew, nothing is believed because it was believed before."""

import secrets as random
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from django.conf import settings as site
from django.core import signing
from django.db import transaction

from emporion.agents.channels import rules
from emporion.agents.channels.errors import (
    DomainNotAllowed,
    IdentityInvalid,
    IdentityRequired,
    SessionExpired,
    WidgetPaused,
    WidgetUnknown,
)
from emporion.agents.channels.events import WidgetSeen
from emporion.agents.channels.models import Implementation, Widget, WidgetConversation
from emporion.agents.channels.settings_format import unpacked
from emporion.agents.channels.types import Visitor, WidgetSettings
from emporion.plumbing import secrets
from emporion.plumbing.actions import publish

SESSION_SALT = "emporion.widget.session"
SESSION_SECONDS = 24 * 3600
RESUME_SECONDS = 90 * 24 * 3600
SEEN_EVERY = timedelta(seconds=20)


def live_widget(public_id: str) -> Widget:
    """The widget behind a public id; `WidgetUnknown` otherwise."""
    rows = Widget.objects.select_related("live")
    agent_id = _as_uuid(public_id)
    widget = rows.filter(agent_id=agent_id).first() if agent_id else rows.filter(public_id=public_id).first()
    if widget is None:
        raise WidgetUnknown(widget=public_id)
    return widget


def settings_for(widget: Widget, host: str) -> tuple[WidgetSettings, int]:
    """What a host gets, with its version number: the pinned version where there is one, else the live one.

    Refuses with `DomainNotAllowed` or `WidgetPaused`.
    """
    row = Implementation.objects.select_related("pinned").filter(widget=widget, host=host).first() if host else None
    version = (row.pinned if row else None) or widget.live
    settings = unpacked(version.settings) if version else WidgetSettings()
    newest = unpacked(widget.live.settings) if widget.live else settings
    is_ours = host == rules.host_of(site.SITE_URL)  # the owner's preview
    if host and not is_ours and not rules.is_allowed(host, newest.allowed_domains):
        raise DomainNotAllowed(host=host)
    if widget.is_paused or (row and row.is_paused):
        raise WidgetPaused
    return settings, version.number if version else 0


def record_seen(widget: Widget, *, host: str, version: int, now: datetime) -> None:
    """Note that the widget was loaded on a host."""
    row = Implementation.objects.filter(widget=widget, host=host).first()
    if row and now - row.last_seen_at < SEEN_EVERY and row.version_seen == version:
        return
    with transaction.atomic():
        _, is_new = Implementation.objects.update_or_create(
            widget=widget,
            host=host,
            defaults={"last_seen_at": now, "version_seen": version},
            create_defaults={
                "last_seen_at": now,
                "version_seen": version,
                "first_seen_at": now,
                "environment": rules.environment_of(host),
            },
        )
        seen = WidgetSeen(
            widget_id=widget.id,
            agent_id=widget.agent_id,
            organisation_id=widget.organisation_id,
            project_id=widget.project_id,
            host=host,
            version=version,
            is_new=is_new,
            seen_at=now,
        )
        publish(seen, now=now)


def open_session(widget: Widget, *, visitor: Visitor, token: str, given_hash: str) -> str:
    """A signed session for a visitor's browser, after the proof of identity was checked.

    A wrong proof is always refused; no proof is refused when the widget serves verified customers only.
    """
    settings, _ = settings_for(widget, visitor.host)
    secret = secrets.decrypt(widget.identity_secret)
    customer_id, is_verified = visitor.customer_id, False
    if token:
        named = rules.customer_of(token=token, secret=secret)
        if customer_id and customer_id != named:
            raise IdentityInvalid(reason="the token names another customer")
        customer_id, is_verified = named, True
    elif given_hash:
        if not customer_id or not rules.hash_matches(customer_id=customer_id, given=given_hash, secret=secret):
            raise IdentityInvalid(reason="the hash does not match")
        is_verified = True
    if settings.verified_only and not is_verified:
        raise IdentityRequired
    session = msgspec.structs.asdict(
        _Session(
            w=str(widget.id),
            h=visitor.host,
            c=customer_id,
            v=is_verified,
            s=widget.secret_version,
            k=visitor.visitor_key or random.token_urlsafe(12),
        )
    )
    return signing.dumps(session, salt=SESSION_SALT, compress=True)


class _Session(msgspec.Struct):
    """What a session token carries."""

    w: str
    h: str
    c: str
    v: bool
    s: int
    k: str


def returning_key(widget: Widget, earlier: str) -> str:
    """The key of a visitor who comes back with an earlier session, so that they find their conversations; else empty."""
    try:
        data = msgspec.convert(signing.loads(earlier, salt=SESSION_SALT, max_age=RESUME_SECONDS), _Session)
    except (signing.BadSignature, msgspec.ValidationError):
        return ""
    return data.k if data.w == str(widget.id) else ""


def visitor_of(widget: Widget, session: str) -> Visitor:
    """Whom a session serves, checked anew on every call: paused, not allowed or unverified is refused."""
    try:
        data = msgspec.convert(signing.loads(session, salt=SESSION_SALT, max_age=SESSION_SECONDS), _Session)
    except (signing.BadSignature, msgspec.ValidationError) as error:
        raise SessionExpired from error
    if data.w != str(widget.id) or (data.v and data.s != widget.secret_version):
        raise SessionExpired
    settings, _ = settings_for(widget, data.h)
    newest = unpacked(widget.live.settings) if widget.live else settings
    if newest.verified_only and not data.v:
        raise IdentityRequired
    return Visitor(
        widget_id=widget.id, host=data.h, customer_id=data.c, is_verified=data.v, secret_version=data.s, visitor_key=data.k
    )


def record_conversation(widget: Widget, *, conversation_id: UUID, visitor: Visitor, now: datetime) -> None:
    """Note through which place, and for which customer, a conversation began."""
    place = Implementation.objects.filter(widget=widget, host=visitor.host).first()
    WidgetConversation.objects.get_or_create(
        conversation_id=conversation_id,
        defaults={
            "widget": widget,
            "implementation": place,
            "visitor_key": visitor.visitor_key,
            "customer_id": visitor.customer_id,
            "is_verified": visitor.is_verified,
            "started_at": now,
        },
    )


def owns_conversation(widget: Widget, *, conversation_id: UUID, visitor: Visitor) -> bool:
    """Whether a conversation is this visitor's own: same browser, or same verified customer."""
    row = WidgetConversation.objects.filter(pk=conversation_id, widget=widget).first()
    if row is None:
        return False
    same_customer = visitor.is_verified and row.is_verified and row.customer_id == visitor.customer_id
    return row.visitor_key == visitor.visitor_key or same_customer


def _as_uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
