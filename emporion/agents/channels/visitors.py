"""What a visitor's browser asks of a widget; every call is checked anew, nothing is believed because it was believed before."""

import secrets as random
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from uuid import UUID, uuid5

import msgspec
from django.conf import settings as site
from django.core import signing

from emporion.agents.channels import rules
from emporion.agents.channels.errors import (
    DomainNotAllowed,
    IdentityInvalid,
    IdentityRequired,
    SessionExpired,
    WidgetPaused,
    WidgetUnknown,
)
from emporion.agents.channels.models import Implementation, Widget
from emporion.agents.channels.settings_format import unpacked
from emporion.agents.channels.types import Visitor, WidgetSettings
from emporion.plumbing import secrets

SESSION_SALT = "emporion.widget.session"
PREVIEW_SALT = "emporion.widget.preview"
SESSION_SECONDS = 24 * 3600
RESUME_SECONDS = 90 * 24 * 3600
PREVIEW_SECONDS = 12 * 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """What a place gets: the settings of a version, or the draft where `is_test`."""

    settings: WidgetSettings
    version: int
    is_test: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Whom the host page says that it serves, with its proof, and where the page is."""

    host: str
    customer_id: str = ""
    traits: Mapping[str, str] = field(default_factory=dict)
    token: str = ""
    hash: str = ""
    earlier: str = ""
    preview: str = ""


def live_widget(public_id: str) -> Widget:
    """The widget behind a public id or its agent's id; `WidgetUnknown` otherwise."""
    rows = Widget.objects.select_related("live")
    agent_id = _as_uuid(public_id)
    widget = rows.filter(agent_id=agent_id).first() if agent_id else rows.filter(public_id=public_id).first()
    if widget is None:
        raise WidgetUnknown(widget=public_id[:40])
    return widget


def preview_token(widget_id: UUID) -> str:
    """Lets its bearer see the draft on our own pages, for a working day."""
    return signing.dumps(str(widget_id), salt=PREVIEW_SALT)


def _is_preview(widget: Widget, token: str) -> bool:
    try:
        return bool(token) and signing.loads(token, salt=PREVIEW_SALT, max_age=PREVIEW_SECONDS) == str(widget.id)
    except signing.BadSignature:
        return False


def served(widget: Widget, host: str, *, preview: str = "") -> Served:
    """What a host gets: the owner's preview and test places the draft, pinned places their version, all others the live one.

    Refuses with `DomainNotAllowed` or `WidgetPaused`; which domains are allowed is always the live version's word.
    """
    if _is_preview(widget, preview):
        return Served(settings=unpacked(widget.draft), version=0, is_test=True)
    newest = live_settings(widget)
    is_ours = host == rules.host_of(site.SITE_URL)
    if not is_ours and not rules.is_allowed(host, newest.allowed_domains):
        raise DomainNotAllowed(host=host)
    place = Implementation.objects.select_related("pinned").filter(widget=widget, host=host).first() if host else None
    if widget.is_paused or (place and place.is_paused):
        raise WidgetPaused
    if place and place.is_test:
        shown = replace(unpacked(widget.draft), verified_only=newest.verified_only)
        return Served(settings=shown, version=0, is_test=True)
    version = (place.pinned if place else None) or widget.live
    settings = unpacked(version.settings) if version else newest
    # A pinned place keeps its looks; who is let in is decided today.
    settings = replace(settings, verified_only=newest.verified_only)
    return Served(settings=settings, version=version.number if version else 0, is_test=False)


def live_settings(widget: Widget) -> WidgetSettings:
    """The settings of the live version."""
    return unpacked(widget.live.settings) if widget.live else WidgetSettings()


def open_session(widget: Widget, claim: Claim) -> tuple[str, Served]:
    """A signed session for a visitor's browser with what it is shown, after the proof of identity was checked.

    A wrong proof is always refused; no proof is refused when the widget serves verified customers only.
    """
    shown = served(widget, claim.host, preview=claim.preview)
    customer, is_verified = _proven(widget, claim)
    if shown.settings.verified_only and not is_verified and not _is_preview(widget, claim.preview):
        raise IdentityRequired
    session = _Session(
        w=str(widget.id),
        h=claim.host,
        c=customer.id,
        t=dict(customer.traits),
        v=is_verified,
        s=widget.secret_version,
        k=_returning_key(widget, claim, customer.id) or random.token_urlsafe(12),
        p=claim.preview,
    )
    return signing.dumps(msgspec.structs.asdict(session), salt=SESSION_SALT, compress=True), shown


def _proven(widget: Widget, claim: Claim) -> tuple[rules.Customer, bool]:
    secret = secrets.decrypt(widget.identity_secret)
    claimed = rules.Customer(id=rules.checked_customer(claim.customer_id), traits=rules.traits_of(claim.traits))
    if claim.token:
        named = rules.customer_of(token=claim.token, secret=secret)
        if claimed.id and claimed.id != named.id:
            raise IdentityInvalid(reason="the token names another customer")
        return named, True
    if claim.hash:
        if not claimed.id or not rules.hash_matches(customer_id=claimed.id, given=claim.hash, secret=secret):
            raise IdentityInvalid(reason="the hash does not match")
        return claimed, True
    return claimed, False


class _Session(msgspec.Struct, kw_only=True):
    """What a session token carries, in few letters: widget, host, customer, traits, verified, secret, key, preview."""

    w: str
    h: str
    c: str
    t: dict[str, str]
    v: bool
    s: int
    k: str
    p: str = ""


def _session(token: str, *, max_age: int) -> _Session | None:
    try:
        return msgspec.convert(signing.loads(token, salt=SESSION_SALT, max_age=max_age), _Session)
    except (signing.BadSignature, msgspec.ValidationError):
        return None


def _returning_key(widget: Widget, claim: Claim, customer_id: str) -> str:
    """The key of the same visitor who comes back with an earlier session, so that they find their conversations; else empty."""
    data = _session(claim.earlier, max_age=RESUME_SECONDS) if claim.earlier else None
    return data.k if data and data.w == str(widget.id) and data.c == customer_id else ""


def visitor_of(widget: Widget, session: str) -> Visitor:
    """Whom a session serves, checked anew on every call: paused, not allowed, unverified or of an earlier secret is refused."""
    return visitor_and_looks(widget, session)[0]


def visitor_and_looks(widget: Widget, session: str) -> tuple[Visitor, Served]:
    """Whom a session serves, with what they are to be shown now."""
    data = _session(session, max_age=SESSION_SECONDS)
    if data is None or data.w != str(widget.id) or data.s != widget.secret_version:
        raise SessionExpired
    shown = served(widget, data.h, preview=data.p)
    if shown.settings.verified_only and not data.v and not _is_preview(widget, data.p):
        raise IdentityRequired
    visitor = Visitor(
        widget_id=widget.id,
        host=data.h,
        customer_id=data.c,
        traits=data.t,
        is_verified=data.v,
        is_test=shown.is_test,
        visitor_key=data.k,
    )
    return visitor, shown


def conversation_id_for(visitor: Visitor, key: str) -> UUID:
    """The id of the conversation that a visitor's message begins; the same message sent again begins the same one."""
    return uuid5(visitor.widget_id, f"{visitor.visitor_key}\x00{visitor.customer_id}\x00{key}")


def _as_uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
