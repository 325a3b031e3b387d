"""Takes every mail that Django and its apps send, so that all of it is stored like ours and goes the same way."""

from collections.abc import Sequence
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.smtp import EmailBackend

from emporion.kernel.clock import utcnow
from emporion.notify.actions import Letter, store_letter


class StoringBackend(BaseEmailBackend):
    """Django's `EMAIL_BACKEND`: stores each mail in the transaction that sends it."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Store the mails; returns how many."""
        now = utcnow()
        for message in email_messages:
            html = ""
            if isinstance(message, EmailMultiAlternatives):
                html = next((str(content) for content, kind in message.alternatives if kind == "text/html"), "")
            for address in message.recipients():
                store_letter(letter=_letter(message, address, html), now=now)
        return len(email_messages)


def _letter(message: EmailMessage, address: str, html: str) -> Letter:
    return Letter(to=address, subject=str(message.subject), text=str(message.body), html=html, sender=message.from_email)


def smtp_from_url(url: str) -> EmailBackend:
    """Django's SMTP connection for `smtp://user:password@host:587?tls=starttls` or `smtps://host`."""
    parts: SplitResult = urlsplit(url)
    is_implicit = parts.scheme == "smtps"
    wants_starttls = parse_qs(parts.query).get("tls", [""])[0] == "starttls"
    return EmailBackend(
        host=parts.hostname or "localhost",
        port=parts.port or (465 if is_implicit else 587 if wants_starttls else 25),
        username=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        use_tls=wants_starttls and not is_implicit,
        use_ssl=is_implicit,
        timeout=30,
    )
