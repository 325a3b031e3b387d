"""People who hear of updates by mail: they ask, confirm by a link, and leave by a link in every mail."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils.translation import get_language

from emporion.nexus.statuspage.errors import EmailInvalid, SubscriptionNotFound
from emporion.nexus.statuspage.models import StatusUpdate, Subscriber
from emporion.nexus.statuspage.queries import page_view
from emporion.nexus.statuspage.types import PageView, Stage
from emporion.nexus.statuspage.wording import STAGES
from emporion.notify.actions import send_mail
from emporion.notify.types import Recipient
from emporion.plumbing.limits import Window, count
from emporion.plumbing.secrets import decrypt, digest, encrypt, new_token

ASKS = Window(scope="status-subscribe", limit=5, seconds=3600)
ASKS_FROM = Window(scope="status-subscribe-from", limit=20, seconds=3600)  # nobody mails the world through us
CONFIRM_WITHIN = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmMail:
    """What somebody reads who has asked for updates."""

    page: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateMail:
    """What subscribers read."""

    page: str
    name: str
    stage: str
    text: str
    url: str
    stop_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """What the link in a mail belongs to."""

    page: PageView
    email: str
    is_confirmed: bool


def subscribe(*, page: PageView, email: str, client: str, now: datetime) -> None:
    """Asks an address to confirm; one that has confirmed already gets nothing, and nobody can tell. EmailInvalid."""
    address = email.strip().lower()
    try:
        validate_email(address)
    except ValidationError as error:
        raise EmailInvalid(field="email") from error
    count(ASKS_FROM, client, now=now)
    count(ASKS, f"{page.id}:{address}", now=now)
    token = new_token("")
    try:
        with transaction.atomic():
            row = Subscriber.objects.create(
                page_id=page.id,
                email=address,
                token_digest=digest(token),
                token_sealed=encrypt(token),
                locale=get_language() or "en",
                asked_at=now,
            )
    except IntegrityError:
        row = Subscriber.objects.get(page_id=page.id, email=address)
        if row.confirmed_at is not None:
            return
    url = f"{settings.SITE_URL}/status/subscriptions/{decrypt(row.token_sealed)}/"
    mail = ConfirmMail(page=page.name, url=url)
    send_mail(to=Recipient(email=address, locale=row.locale), template="status_confirm", context=mail, now=now)


def subscription_of(token: str) -> Subscription:
    """What a mail's link belongs to; SubscriptionNotFound."""
    row = _row(token)
    return Subscription(page=page_view(row.page), email=row.email, is_confirmed=row.confirmed_at is not None)


def confirm(*, token: str, now: datetime) -> None:
    """Begins to send updates; twice is once."""
    row = _row(token)
    Subscriber.objects.filter(pk=row.pk, confirmed_at=None).update(confirmed_at=now)


def unsubscribe(*, token: str) -> None:
    """Forgets the address."""
    _row(token).delete()


def forget_unconfirmed(*, now: datetime) -> int:
    """Forgets addresses whose owners never said that they want this."""
    return Subscriber.objects.filter(confirmed_at=None, asked_at__lt=now - CONFIRM_WITHIN).delete()[0]


def mail_update(*, subscriber_id: UUID, update_id: UUID, now: datetime) -> bool:
    """Sends one update to one subscriber of a page that is still public."""
    row = Subscriber.objects.filter(pk=subscriber_id).exclude(confirmed_at=None).select_related("page").first()
    said = StatusUpdate.objects.filter(pk=update_id).select_related("incident").first()
    if row is None or said is None or row.page.published_at is None:
        return False
    mail = UpdateMail(
        page=row.page.name,
        name=said.incident.name,
        stage=str(STAGES[Stage(said.stage)]),
        text=said.text,
        url=f"{settings.SITE_URL}/status/{row.page.slug}/",
        stop_url=f"{settings.SITE_URL}/status/subscriptions/{decrypt(row.token_sealed)}/",
    )
    to = Recipient(email=row.email, locale=row.locale, time_zone=row.page.time_zone)
    send_mail(to=to, template="status_update", context=mail, now=now)
    return True


def _row(token: str) -> Subscriber:
    row = Subscriber.objects.filter(token_digest=digest(token)).select_related("page").first()
    if row is None:
        raise SubscriptionNotFound
    return row
