"""Hands mail to the mail server, pushes to devices and posts to destinations, outside of every transaction."""

from datetime import datetime
from http import HTTPStatus
from smtplib import SMTPException, SMTPRecipientsRefused

from django.conf import settings
from django.core.mail import EmailMultiAlternatives

from emporion.kernel.clock import utcnow
from emporion.kernel.errors import DomainError, Unavailable
from emporion.notify import cloudevents, webpush
from emporion.notify.actions import MailDelivery
from emporion.notify.events import DeliveryFailed, DeliverySent
from emporion.notify.models import Delivery, MailMessage, PushDevice
from emporion.notify.sending import Send, opened_device
from emporion.notify.transport import smtp_from_url
from emporion.notify.types import DeliveryState, DestinationKind, MailState
from emporion.plumbing import outbound, secrets
from emporion.plumbing.actions import publish
from emporion.plumbing.outbound import Request
from emporion.plumbing.rules import MAX_ATTEMPTS
from emporion.plumbing.types import JobContext

# What is left of a mail that was handed over: mails carry links that log people in or reset passwords.
HANDED_OVER = "Handed to the mail server; the text is not kept."


def deliver_mail(delivery: MailDelivery, *, job: JobContext) -> None:
    """Send one waiting mail; a server that does not answer is tried again, a refused address is final."""
    mail = MailMessage.objects.filter(pk=delivery.mail_id, state=MailState.WAITING).first()
    if mail is None:
        return
    message = EmailMultiAlternatives(mail.subject, mail.text, mail.sender, [mail.to], connection=smtp_from_url(settings.MAIL_URL))
    message.extra_headers = {"Message-ID": f"<{mail.id}@{settings.MAIL_DOMAIN}>", "Auto-Submitted": "auto-generated"}
    if mail.html:
        message.attach_alternative(mail.html, "text/html")
    sent = MailMessage.objects.filter(pk=mail.pk)
    try:
        message.send()
    except SMTPRecipientsRefused:
        sent.update(state=MailState.FAILED, error="The mail server refused this address.", text=HANDED_OVER, html="")
    except (SMTPException, OSError) as error:
        sent.update(error=type(error).__name__)
        raise Unavailable("The mail server does not answer.") from error
    else:
        sent.update(state=MailState.SENT, sent_at=utcnow(), text=HANDED_OVER, html="", error="")


# The push service says by these that the browser gave its subscription up; RFC 8030 asks to stop then.
GONE = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
WORTH_ANOTHER_TRY = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS})


def send(task: Send, *, job: JobContext) -> None:
    """Send one delivery; what may pass is tried again, what will not is final and stands in the log with its reason."""
    row = Delivery.objects.select_related("device", "destination").filter(pk=task.delivery_id).first()
    if row is None or row.state != DeliveryState.WAITING:
        return
    request = _request_of(row, job.now)
    if request is None:
        _give_up(row, "The device or the channel was removed.", job.now)
        return
    try:
        answer = outbound.fetch(request)
    except Unavailable as error:
        _not_yet(row, error.message, 0, job)
    except DomainError as error:
        _give_up(row, error.message, job.now)
    else:
        _settle(row, answer, request, job)


def _request_of(row: Delivery, now: datetime) -> Request | None:
    content = secrets.decrypt(row.sealed).encode()
    if row.device is not None:
        return webpush.request_for(opened_device(row.device), content)
    place = row.destination
    if place is None or place.removed_at is not None:
        return None
    headers = {"Content-Type": "application/json; charset=utf-8"}
    if place.kind == DestinationKind.WEBHOOK:
        secret = secrets.decrypt(place.sealed_secret)
        headers = dict(cloudevents.signed_headers(content, delivery_id=row.id, secret=secret, now=now))
    address = secrets.decrypt(place.sealed_address)
    return Request(url=address, method="POST", headers=headers, body=content, seconds=10.0, max_bytes=65536)


def _settle(row: Delivery, answer: outbound.Fetched, request: Request, job: JobContext) -> None:
    if answer.url != request.url:
        _give_up(row, "The address redirects. Enter the address that it leads to.", job.now, answer.status)
    elif HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
        _sent(row, answer.status, job.now)
    elif row.device is not None and answer.status in GONE:
        PushDevice.objects.filter(pk=row.device.pk).delete()
        _give_up(row, "The browser gave up its subscription; the device was removed.", job.now, answer.status)
    elif answer.status in WORTH_ANOTHER_TRY or answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        _not_yet(row, f"It answered {answer.status}.", answer.status, job)
    else:
        _give_up(row, f"It answered {answer.status}: {_said(answer.body)}".removesuffix(": "), job.now, answer.status)


def _said(body: bytes) -> str:
    return " ".join(body[:200].decode("utf-8", "replace").replace("\0", "").split())


def _sent(row: Delivery, status: int, now: datetime) -> None:
    values = {"state": DeliveryState.SENT, "status": status, "sent_at": now, "sealed": "", "problem": ""}
    Delivery.objects.filter(pk=row.pk).update(attempts=row.attempts + 1, **values)
    if row.device is not None:
        PushDevice.objects.filter(pk=row.device.pk).update(last_sent_at=now)
    if row.reference:
        publish(
            DeliverySent(delivery_id=row.pk, reference=row.reference, channel=row.channel, person_id=row.person_id, at=now),
            now=now,
        )


def _not_yet(row: Delivery, problem: str, status: int, job: JobContext) -> None:
    if job.attempt >= MAX_ATTEMPTS:
        _give_up(row, problem, job.now, status)
        return
    Delivery.objects.filter(pk=row.pk).update(attempts=row.attempts + 1, status=status, problem=problem[:300])
    raise Unavailable(problem)


def _give_up(row: Delivery, problem: str, now: datetime, status: int = 0) -> None:
    values = {"state": DeliveryState.FAILED, "status": status, "sealed": "", "problem": problem[:300]}
    Delivery.objects.filter(pk=row.pk).update(attempts=row.attempts + 1, **values)
    if row.reference:
        failed = DeliveryFailed(
            delivery_id=row.pk,
            reference=row.reference,
            channel=row.channel,
            person_id=row.person_id,
            at=now,
            problem=problem[:300],
        )
        publish(failed, now=now)
