"""Signs people in to an app by the authorization-code flow with PKCE, and asks the provider again while they stay."""

import secrets as random
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from emporion.agents.apps import provider
from emporion.agents.apps.errors import NotSubscribed, SignInFailed
from emporion.agents.apps.models import AppSession, AppUse, SignIn
from emporion.agents.apps.types import AppKind, Entry, Guest
from emporion.kernel.names import readable
from emporion.plumbing.secrets import decrypt, digest, encrypt, new_token

SIGN_IN_TIME = timedelta(minutes=10)
SESSION_TIME = timedelta(hours=12)
ASK_AGAIN = timedelta(seconds=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class SentOut:
    """A sign-in that begins: where to send the person, and the state that their browser keeps."""

    url: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back from the provider, beside the state that the browser kept."""

    code: str
    state: str
    kept_state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """A sign-in that worked: the secret of the app's cookie, and where the person wanted to go."""

    secret: str
    next_path: str


def begin(*, kind: AppKind, wanted_organisation_id: UUID | None, next_path: str, now: datetime) -> SentOut:
    """Send somebody to the provider."""
    state, nonce, verifier = random.token_urlsafe(32), random.token_urlsafe(24), random.token_urlsafe(48)
    SignIn.objects.filter(created_at__lt=now - SIGN_IN_TIME).delete()
    SignIn.objects.create(
        kind=kind,
        state_digest=digest(state),
        verifier=encrypt(verifier),
        nonce=nonce,
        wanted_organisation_id=wanted_organisation_id,
        next_path=next_path[:300],
        created_at=now,
    )
    return SentOut(url=provider.authorization_url(kind, state=state, nonce=nonce, verifier=verifier), state=state)


def finish(*, kind: AppKind, answer: Answer, now: datetime) -> Arrived:
    """Let somebody in who comes back from the provider; `NotSubscribed` when none of their organisations has the app."""
    if not answer.state or not random.compare_digest(answer.state.encode(), answer.kept_state.encode()):
        raise SignInFailed
    sent = _take(kind, answer.state, now)
    tokens = provider.exchange(kind, code=answer.code, verifier=decrypt(sent.verifier))
    subject = provider.subject_of(kind, tokens, nonce=sent.nonce)
    claims = provider.user_info(tokens.access_token)
    if claims is None or claims.subject != subject:
        raise SignInFailed
    organisation = _chosen(claims.organisations, sent.wanted_organisation_id)
    secret = new_token(f"{kind}_")
    with transaction.atomic():
        AppSession.objects.filter(created_at__lt=now - SESSION_TIME).delete()
        AppSession.objects.create(
            kind=kind,
            digest=digest(secret),
            subject=subject,
            name=readable(claims.name)[:200],
            email=claims.email,
            organisation_id=organisation.id,
            organisations=_plain(claims.organisations),
            access_token=encrypt(tokens.access_token),
            checked_at=now,
            created_at=now,
        )
        _opened(kind, organisation.id, subject, now)
    return Arrived(secret=secret, next_path=sent.next_path)


@transaction.atomic
def _take(kind: AppKind, state: str, now: datetime) -> SignIn:
    """The sign-in that a state belongs to; it can be used once."""
    sent = SignIn.objects.select_for_update().filter(kind=kind, state_digest=digest(state)).first()
    if sent is None or now - sent.created_at > SIGN_IN_TIME:
        raise SignInFailed
    SignIn.objects.filter(pk=sent.pk).delete()
    return sent


def guest(*, kind: AppKind, secret: str, now: datetime) -> Guest | None:
    """Who is signed in with the app's cookie; the provider is asked again every minute, so that who left is out."""
    row = AppSession.objects.filter(kind=kind, digest=digest(secret), created_at__gt=now - SESSION_TIME).first()
    if row is None:
        return None
    if now - row.checked_at >= ASK_AGAIN and not _checked(row, now):
        row.delete()
        return None
    entries = _entries(row)
    organisation = next((one for one in entries if one.id == row.organisation_id), None)
    if organisation is None:
        row.delete()
        raise NotSubscribed
    return Guest(
        session_id=row.id,
        subject=row.subject,
        name=row.name,
        email=row.email,
        organisation=organisation,
        organisations=entries,
    )


def _checked(row: AppSession, now: datetime) -> bool:
    claims = provider.user_info(decrypt(row.access_token))
    if claims is None or claims.subject != row.subject:
        return False
    row.organisations, row.name, row.checked_at = _plain(claims.organisations), readable(claims.name)[:200], now
    row.save(update_fields=["organisations", "name", "checked_at"])
    _opened(row.kind, row.organisation_id, row.subject, now)
    return True


def switch(*, session_id: UUID, organisation_id: UUID) -> None:
    """Work for another of the organisations that have the app."""
    row = AppSession.objects.get(id=session_id)
    if organisation_id not in {one.id for one in _entries(row)}:
        raise NotSubscribed
    AppSession.objects.filter(id=session_id).update(organisation_id=organisation_id)


def leave(*, kind: AppKind, secret: str) -> None:
    """Sign out of the app; the platform is not touched."""
    AppSession.objects.filter(kind=kind, digest=digest(secret)).delete()


def _chosen(entries: tuple[Entry, ...], wanted: UUID | None) -> Entry:
    if not entries:
        raise NotSubscribed
    return next((one for one in entries if one.id == wanted), entries[0])


def _plain(entries: tuple[Entry, ...]) -> list[dict[str, str]]:
    return [{"id": str(one.id), "name": one.name} for one in entries]


def _entries(row: AppSession) -> tuple[Entry, ...]:
    return tuple(Entry(id=UUID(one["id"]), name=one["name"]) for one in row.organisations)


def _opened(kind: str, organisation_id: UUID, subject: str, now: datetime) -> None:
    AppUse.objects.update_or_create(kind=kind, organisation_id=organisation_id, subject=subject, defaults={"last_opened_at": now})
