"""Secret links to a website's figures: made, protected by a password, opened by strangers, revoked."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password

from emporion.accounts.actions import record_audit
from emporion.insights.reports.errors import PasswordWrong, ShareNotFound
from emporion.insights.reports.models import Share
from emporion.insights.sites.queries import site_of, view_of
from emporion.insights.sites.types import SiteView
from emporion.kernel.names import written
from emporion.plumbing.limits import Window, count
from emporion.plumbing.secrets import decrypt, digest, encrypt, new_token
from emporion.plumbing.types import Actor, Permission

GUESSES = Window(scope="insights-share", limit=10, seconds=60)
NOTICED_EVERY = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareView:
    """A link as the people of the website see it."""

    id: UUID
    name: str
    url: str
    has_password: bool
    created_by: str
    created_at: datetime
    seen_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What a link leads to; `pass_mark` is what a visitor's session keeps once the password was right."""

    share_id: UUID
    site: SiteView
    needs_password: bool
    pass_mark: str


def shares_of(actor: Actor, site_id: UUID) -> tuple[ShareView, ...]:
    """The links of a website that work."""
    site = site_of(actor, site_id)
    return tuple(_view(share) for share in Share.objects.filter(site_id=site.id, revoked_at=None))


def share_site(*, site_id: UUID, name: str, password: str, actor: Actor, now: datetime) -> ShareView:
    """Makes a link that shows the dashboard to whoever has it (and the password, where there is one). NameUnreadable."""
    site = site_of(actor, site_id)
    actor.require(Permission.CONFIGURE, site.project_id)
    token = new_token("")
    share = Share.objects.create(
        site_id=site.id,
        name=written(name, longest=80),
        token_digest=digest(token),
        token_sealed=encrypt(token),
        password_hash=make_password(password) if password else "",
        created_by=actor.name[:150],
        created_at=now,
    )
    record_audit(actor=actor, verb="share", object_type="website", object_id=str(site.id), detail=site.domain, now=now)
    return _view(share)


def set_revoked(*, site_id: UUID, share_id: UUID, is_revoked: bool, actor: Actor, now: datetime) -> ShareView:
    """Ends a link at once, or undoes that; the undone link is the same."""
    site = site_of(actor, site_id)
    actor.require(Permission.CONFIGURE, site.project_id)
    share = Share.objects.filter(site_id=site.id, pk=share_id).first()
    if share is None:
        raise ShareNotFound
    share.revoked_at = now if is_revoked else None
    share.save(update_fields=["revoked_at"])
    verb = "revoke" if is_revoked else "restore"
    record_audit(actor=actor, verb=verb, object_type="shared dashboard", object_id=str(share.pk), detail=site.domain, now=now)
    return _view(share)


def opened(token: str, *, now: datetime) -> Opened:
    """What the link shows; ShareNotFound for a wrong or revoked one, and where the website is gone."""
    share = (
        Share.objects.filter(token_digest=digest(token), revoked_at=None, site__removed_at=None).select_related("site").first()
    )
    if share is None:
        raise ShareNotFound
    if share.seen_at is None or now - share.seen_at > NOTICED_EVERY:
        Share.objects.filter(pk=share.pk).update(seen_at=now)
    return Opened(
        share_id=share.pk,
        site=view_of(share.site),
        needs_password=bool(share.password_hash),
        pass_mark=digest(f"{share.pk}:{share.password_hash}"),
    )


def check_share_password(*, share_id: UUID, password: str, now: datetime) -> None:
    """Passes when the password fits; PasswordWrong otherwise, TooManyRequests for who guesses."""
    count(GUESSES, str(share_id), now=now)
    share = Share.objects.get(pk=share_id)
    if not check_password(password, share.password_hash):
        raise PasswordWrong(field="password")


def _view(share: Share) -> ShareView:
    return ShareView(
        id=share.pk,
        name=share.name,
        url=f"{settings.SITE_URL}/insights/shared/{decrypt(share.token_sealed)}/",
        has_password=bool(share.password_hash),
        created_by=share.created_by,
        created_at=share.created_at,
        seen_at=share.seen_at,
    )
