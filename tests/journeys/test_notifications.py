"""What people are told: in the app, by mail, as they chose; and who may read the outbox."""

import email
import socketserver
import threading
from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

import pytest
from django.core.mail import send_mail as django_send_mail
from django.test import Client

from emporion.accounts.actions import notify_people, set_operator
from emporion.kernel.clock import utcnow
from emporion.notify.models import MailMessage, Notification
from emporion.notify.types import Message, Topic
from emporion.plumbing.actions import run_due_jobs
from emporion.plumbing.models import Job
from emporion.plumbing.types import Actor

pytestmark = pytest.mark.django_db
FULL = Message(
    topic=Topic.USAGE, title="Docs Agent has used 80% of its calls", body="8,000 of 10,000 – é.", url="/subscriptions/"
)


def tell(organisation_id: UUID, now: datetime, message: Message = FULL) -> int:
    return notify_people(organisation_id=organisation_id, message=message, now=now)


@pytest.fixture(autouse=True)
def _our_backend(settings) -> None:
    """Django's test runner puts its own in place."""
    settings.EMAIL_BACKEND = "emporion.notify.transport.StoringBackend"


@pytest.fixture
def at_home() -> Client:
    return Client(SERVER_NAME="localhost")


@pytest.mark.requirement("UX-04")
def test_owners_and_managers_are_told_in_the_app_and_by_mail_and_members_are_not(
    alice_client: Client, mary_client: Client, bob_client: Client, organisation_id: UUID, now: datetime
) -> None:
    assert tell(organisation_id, now) == 2
    for client in (alice_client, mary_client):
        page = client.get("/notifications/").content.decode()
        assert FULL.title in page
        assert "1 unread" in page
    assert FULL.title not in bob_client.get("/notifications/").content.decode()
    assert {mail.to for mail in MailMessage.objects.all()} == {"alice@halyard.example", "mary@halyard.example"}


@pytest.mark.requirement("UX-04")
def test_a_mail_has_text_and_html_with_a_full_link(alice: Actor, organisation_id: UUID, now: datetime) -> None:
    tell(organisation_id, now)
    mail = MailMessage.objects.get()
    assert mail.subject == FULL.title
    for body in (mail.text, mail.html):
        assert "http://127.0.0.1:8000/subscriptions/" in body
        assert "/settings/notifications/" in body
        assert "é" in body


@pytest.mark.requirement("UX-04")
def test_following_a_notification_marks_it_read_and_leads_there(
    alice_client: Client, charlie_client: Client, organisation_id: UUID, now: datetime
) -> None:
    tell(organisation_id, now)
    one = Notification.objects.get()
    assert charlie_client.post(f"/notifications/{one.id}/").status_code == 404
    assert alice_client.post(f"/notifications/{one.id}/")["Location"] == "/subscriptions/"
    assert "0 unread" in alice_client.get("/notifications/").content.decode()


@pytest.mark.requirement("UX-04")
def test_everything_is_marked_read_at_once(alice_client: Client, organisation_id: UUID, now: datetime) -> None:
    tell(organisation_id, now)
    tell(organisation_id, now)
    alice_client.post("/notifications/read/")
    assert "0 unread" in alice_client.get("/notifications/").content.decode()


@pytest.mark.requirement("ACC-10", "UX-04")
def test_what_a_person_turned_off_is_not_sent_but_security_always_is(
    alice_client: Client, organisation_id: UUID, now: datetime
) -> None:
    alice_client.post("/settings/notifications/", {})
    assert tell(organisation_id, now) == 0
    assert tell(organisation_id, now, Message(topic=Topic.SECURITY, title="New token")) == 1
    assert [mail.subject for mail in MailMessage.objects.all()] == ["New token"]
    assert not Notification.objects.exists()


@pytest.mark.requirement("SEC-01")
def test_people_named_are_told_only_if_they_belong_to_the_organisation(
    bob: Actor, charlie: Actor, organisation_id: UUID, now: datetime
) -> None:
    notify_people(organisation_id=organisation_id, message=FULL, person_ids=(bob.id, charlie.id), now=now)
    assert [row.person_id for row in Notification.objects.all()] == [bob.id]


def test_mail_of_django_lands_in_the_outbox_too(at_home: Client) -> None:
    django_send_mail("Olá", "Text", None, ["x@y.example"], html_message="<b>Text</b>")
    assert "Olá" in at_home.get("/outbox/").content.decode()


@pytest.mark.requirement("UX-04", "SEC-02")
def test_the_outbox_shows_a_mail_in_a_frame_that_can_run_nothing(at_home: Client) -> None:
    django_send_mail("S", "Text http://127.0.0.1:8000/x", None, ["x@y.example"], html_message="<script>alert(1)</script>")
    mail = MailMessage.objects.get()
    page = at_home.get(f"/outbox/{mail.id}/").content.decode()
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in page
    assert '<a href="http://127.0.0.1:8000/x"' in page
    body = at_home.get(f"/outbox/{mail.id}/body/")
    assert "sandbox allow-popups" in body["Content-Security-Policy"]
    assert "default-src 'none'" in body["Content-Security-Policy"]
    assert "script-src" not in body["Content-Security-Policy"]
    assert body["X-Frame-Options"] == "SAMEORIGIN"


@pytest.mark.requirement("SEC-02")
@pytest.mark.parametrize(
    "request_",
    [
        {"REMOTE_ADDR": "203.0.113.9"},
        {"SERVER_NAME": "emporion.example"},
        {"HTTP_X_FORWARDED_FOR": "203.0.113.9"},
        {"HTTP_FORWARDED": "for=203.0.113.9"},
        {"HTTP_X_REAL_IP": "203.0.113.9"},
        {"HTTP_VIA": "1.1 proxy"},
    ],
)
def test_nobody_from_outside_reads_the_outbox(at_home: Client, request_: dict[str, str]) -> None:
    django_send_mail("S", "Text", None, ["x@y.example"])
    mail = MailMessage.objects.get()
    for path in ("/outbox/", f"/outbox/{mail.id}/", f"/outbox/{mail.id}/body/"):
        assert at_home.get(path).status_code == 200
        assert at_home.get(path, **request_).status_code == 404


@pytest.mark.requirement("SEC-02")
def test_a_public_server_shows_the_outbox_to_operators_only(
    at_home: Client, alice_client: Client, bob_client: Client, settings, now: datetime
) -> None:
    settings.SITE_URL = "https://emporion.example"
    set_operator(email="Alice@halyard.example", is_operator=True, now=now)
    assert at_home.get("/outbox/").status_code == 404
    assert bob_client.get("/outbox/").status_code == 404
    assert alice_client.get("/outbox/").status_code == 200
    set_operator(email="alice@halyard.example", is_operator=False, now=now)
    assert alice_client.get("/outbox/").status_code == 404


class MailServer(socketserver.StreamRequestHandler):
    """Enough of SMTP (RFC 5321) to take a mail, or to refuse an address."""

    def handle(self) -> None:
        self.say("220 here")
        while line := self.rfile.readline().decode().strip():
            verb = line[:4].upper()
            if verb == "RCPT" and "refused" in line:
                self.say("550 nobody")
            elif verb == "DATA":
                self.say("354 go on")
                lines = []
                while (part := self.rfile.readline()) != b".\r\n":
                    lines.append(part)
                self.server.received.append(email.message_from_bytes(b"".join(lines)))
                self.say("250 taken")
            elif verb == "QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 fine")

    def say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


@pytest.fixture
def mail_server(settings) -> Iterator[list[email.message.Message]]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), MailServer) as server:
        server.received = []
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        settings.MAIL_URL = f"smtp://127.0.0.1:{server.server_address[1]}"
        yield server.received
        server.shutdown()


@pytest.mark.requirement("UX-04")
def test_with_a_mail_server_mail_is_handed_over_by_a_job_and_its_text_is_not_kept(
    mail_server: list[email.message.Message], alice: Actor, organisation_id: UUID
) -> None:
    tell(organisation_id, utcnow())
    assert mail_server == []
    run_due_jobs(now=utcnow())
    assert [part.get_content_type() for part in mail_server[0].get_payload()] == ["text/plain", "text/html"]
    assert mail_server[0]["To"] == "alice@halyard.example"
    mail = MailMessage.objects.get()
    assert (mail.state, mail.html) == ("sent", "")
    assert "8,000" not in mail.text


def test_an_address_that_is_refused_is_final(mail_server: list[email.message.Message]) -> None:
    django_send_mail("S", "Text", None, ["refused@y.example"])
    run_due_jobs(now=utcnow())
    assert MailMessage.objects.get().state == "failed"


def test_a_mail_server_that_is_away_is_tried_again(settings) -> None:
    settings.MAIL_URL = "smtp://127.0.0.1:1"
    django_send_mail("S", "Text", None, ["x@y.example"])
    run_due_jobs(now=utcnow())
    assert MailMessage.objects.get().state == "waiting"
    assert Job.objects.get().state == "waiting"
