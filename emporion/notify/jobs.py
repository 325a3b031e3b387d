"""Hands stored mail to the mail server, outside of every transaction."""

from smtplib import SMTPException, SMTPRecipientsRefused

from django.conf import settings
from django.core.mail import EmailMultiAlternatives

from emporion.kernel.clock import utcnow
from emporion.kernel.errors import Unavailable
from emporion.notify.actions import Delivery
from emporion.notify.models import MailMessage
from emporion.notify.transport import smtp_from_url
from emporion.notify.types import MailState
from emporion.plumbing.types import JobContext

# What is left of a mail that was handed over: mails carry links that log people in or reset passwords.
HANDED_OVER = "Handed to the mail server; the text is not kept."


def deliver_mail(delivery: Delivery, *, job: JobContext) -> None:
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
