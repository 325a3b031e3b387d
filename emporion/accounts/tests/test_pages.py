"""What people do on the pages of accounts: register, invite, change roles, make tokens, read the log."""

import re
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from emporion.accounts.models import (
    ApiToken,
    AuditEntry,
    Invitation,
    Membership,
    Organisation,
    Person,
    Project,
    ProjectMembership,
)
from emporion.accounts.types import Workspace
from emporion.notify.models import MailMessage
from emporion.plumbing.types import Role

pytestmark = pytest.mark.django_db
PASSWORD = "corréct horse battery"
ZOE = {"name": "Zoé", "email": "Zoe@Marchetti.example", "password1": PASSWORD}


def link_in(mail: MailMessage) -> str:
    found = re.search(r"https?://[^/\s]+(/\S+)", mail.text)
    assert found, mail.text
    return found[1]


def said(client: Client) -> str:
    return client.get("/settings/organisation/").content.decode()


@pytest.mark.requirement("ACC-01")
@pytest.mark.parametrize(
    ("sent", "kept"), [("Asia/Kathmandu", "Asia/Kathmandu"), ("Atlantis/Centre", "UTC"), ("../etc", "UTC"), ("", "UTC")]
)
def test_who_registers_begins_in_the_time_zone_that_the_browser_tells(client: Client, sent: str, kept: str) -> None:
    assert client.post("/accounts/signup/", ZOE | {"time_zone": sent}).status_code == 302
    assert Person.objects.get(email="zoe@marchetti.example").time_zone == kept


@pytest.mark.requirement("ACC-01", "ACC-02")
def test_registering_makes_an_organisation_and_a_project_and_leads_to_the_marketplace(client: Client) -> None:
    response = client.post("/accounts/signup/", ZOE)
    assert (response.status_code, response["Location"]) == (302, "/marketplace/")
    zoe = Person.objects.get(email="zoe@marchetti.example")
    organisation = Organisation.objects.get(memberships__person=zoe, memberships__role=Role.OWNER)
    assert organisation.name == "Zoé's Organization"
    assert [project.name for project in organisation.projects.all()] == ["Default"]


@pytest.mark.requirement("ACC-02")
def test_registering_leads_back_to_the_page_that_one_came_from(client: Client) -> None:
    response = client.post("/accounts/signup/", ZOE | {"next": "/checkout/docs-agent/?plan=pro"})
    assert response["Location"] == "/checkout/docs-agent/?plan=pro"


@pytest.mark.requirement("SEC-02")
def test_registering_never_leads_to_another_site(client: Client) -> None:
    response = client.post("/accounts/signup/", ZOE | {"next": "https://evil.example/"})
    assert response["Location"] == "/marketplace/"


@pytest.mark.requirement("ACC-01", "UX-04")
def test_the_link_of_the_verification_mail_verifies_the_address(client: Client) -> None:
    client.post("/accounts/signup/", ZOE)
    mail = MailMessage.objects.get(to="zoe@marchetti.example")
    assert mail.html.startswith("<!doctype html>")
    assert "not verified yet" in client.get("/settings/").content.decode()
    page = client.get(link_in(mail))
    assert "Yes, this is my address" in page.content.decode()
    client.post(link_in(mail))
    assert "not verified yet" not in client.get("/settings/").content.decode()


@pytest.mark.requirement("SEC-02")
def test_a_forged_host_does_not_reach_the_links_in_mails(client: Client) -> None:
    client.post("/accounts/signup/", ZOE, headers={"host": "evil.example"})
    client.post("/accounts/password/reset/", {"email": ZOE["email"]}, headers={"host": "evil.example"})
    assert MailMessage.objects.count() == 2
    assert not any("evil.example" in mail.text + mail.html for mail in MailMessage.objects.all())


@pytest.mark.requirement("ACC-01")
def test_an_address_can_be_registered_once_in_whatever_case(client: Client) -> None:
    client.post("/accounts/signup/", ZOE)
    again = Client().post("/accounts/signup/", ZOE | {"email": "ZOE@MARCHETTI.example"})
    assert "There is already an account with this e-mail address" in again.content.decode()
    assert Person.objects.count() == 1


@pytest.mark.requirement("BUY-08")
def test_the_cart_survives_registering_and_logging_in(client: Client) -> None:
    session = client.session
    session["cart"] = {"offering": "docs-agent"}
    session.save()
    client.post("/accounts/signup/", ZOE)
    assert client.session["cart"] == {"offering": "docs-agent"}
    other = Client()
    session = other.session
    session["cart"] = {"offering": "insights"}
    session.save()
    response = other.post("/accounts/login/", {"login": ZOE["email"], "password": PASSWORD})
    assert response["Location"] == "/dashboard/"
    assert other.session["cart"] == {"offering": "insights"}


@pytest.mark.requirement("ACC-09")
def test_a_forgotten_password_is_reset_by_mail(client: Client) -> None:
    client.post("/accounts/signup/", ZOE)
    stranger = Client()
    stranger.post("/accounts/password/reset/", {"email": ZOE["email"]})
    mail = MailMessage.objects.get(subject="Choose a new password")
    form = stranger.get(link_in(mail), follow=True)
    url = form.redirect_chain[-1][0]
    stranger.post(url, {"password1": "another horse battery", "password2": "another horse battery"})
    assert client.get("/settings/").status_code == 302, "the old session ends with the old password"
    response = stranger.post("/accounts/login/", {"login": ZOE["email"], "password": "another horse battery"})
    assert response.status_code == 302
    assert MailMessage.objects.filter(subject="Your password was reset").exists()


@pytest.mark.requirement("ACC-09")
def test_a_person_sees_their_sessions_and_ends_the_others(client: Client) -> None:
    client.post("/accounts/signup/", ZOE)
    other = Client()
    other.post("/accounts/login/", {"login": ZOE["email"], "password": PASSWORD}, headers={"user-agent": "Phone"})
    assert "Phone" in client.get("/accounts/sessions/").content.decode()
    client.post("/accounts/sessions/")
    assert other.get("/settings/").status_code == 302
    assert client.get("/settings/").status_code == 200


@pytest.mark.requirement("SEC-02")
def test_guessing_passwords_is_stopped_for_the_account_only(client: Client) -> None:
    client.post("/accounts/signup/", ZOE)
    for _ in range(5):
        Client().post("/accounts/login/", {"login": ZOE["email"], "password": "wrong wrong wrong"})
    stopped = Client().post("/accounts/login/", {"login": ZOE["email"], "password": PASSWORD})
    assert "Too many attempts failed" in stopped.content.decode()


@pytest.mark.requirement("ACC-04")
def test_an_invited_newcomer_registers_joins_the_project_and_founds_nothing(
    alice_client: Client, workspace: Workspace, project_id: UUID
) -> None:
    alice_client.post("/team/", {"email": "zoe@marchetti.example", "grant": f"admin:{project_id}"})
    mail = MailMessage.objects.get(to="zoe@marchetti.example")
    assert "Alicé invites you to Halyard Freight" in mail.subject
    zoe = Client()
    page = zoe.get(link_in(mail)).content.decode()
    assert "Join Halyard Freight" in page
    response = zoe.post(link_in(mail), {"name": "Zoé", "password": PASSWORD, "time_zone": "Asia/Kathmandu"})
    assert (response.status_code, response["Location"]) == (302, "/dashboard/")
    person = Person.objects.get(email="zoe@marchetti.example")
    assert person.time_zone == "Asia/Kathmandu"
    assert list(Membership.objects.filter(person=person).values_list("organisation_id", "role")) == [
        (workspace.organisation.id, Role.MEMBER)
    ]
    assert ProjectMembership.objects.get(person=person).role == Role.ADMIN
    assert "Verified" in zoe.get("/settings/").content.decode(), "whoever follows the link reads the mailbox"


@pytest.mark.requirement("ACC-04")
def test_somebody_with_an_account_joins_with_one_click(
    alice_client: Client, charlie_client: Client, organisation_id: UUID
) -> None:
    alice_client.post("/team/", {"email": "charlie@elsewhere.example", "grant": "manager"})
    link = link_in(MailMessage.objects.get(to="charlie@elsewhere.example"))
    assert "Log in to join" in Client().get(link).content.decode()
    assert "Join Halyard Freight" in charlie_client.get(link).content.decode()
    charlie_client.post(link)
    assert Membership.objects.get(person__name="Charlie", organisation_id=organisation_id).role == Role.MANAGER
    assert "Halyard Freight" in said(charlie_client), "they act in the organisation that they joined"
    assert charlie_client.get(link).status_code == 409, "the link works once"


@pytest.mark.requirement("ACC-06")
def test_resending_makes_the_old_link_useless_and_revoking_the_new_one(alice_client: Client, project_id: UUID) -> None:
    alice_client.post("/team/", {"email": "zoe@marchetti.example", "grant": f"member:{project_id}"})
    invitation = Invitation.objects.get()
    old = link_in(MailMessage.objects.get())
    alice_client.post(f"/team/invitations/{invitation.id}/resend/")
    new = link_in(MailMessage.objects.order_by("-id")[0])
    assert Client().get(old).status_code == 404
    assert Client().get(new).status_code == 200
    assert "zoe@marchetti.example" in alice_client.get("/team/").content.decode()
    alice_client.post(f"/team/invitations/{invitation.id}/revoke/")
    assert Client().get(new).status_code == 409
    assert "zoe@marchetti.example" not in alice_client.get("/team/").content.decode()


@pytest.mark.requirement("ACC-06", "UX-02")
def test_revoking_an_invitation_can_be_undone_for_an_hour_and_not_beside_a_newer_one(
    alice_client: Client, bob_client: Client, charlie_client: Client, project_id: UUID
) -> None:
    asked = {"email": "zoe@marchetti.example", "grant": f"member:{project_id}"}
    alice_client.post("/team/", asked)
    invitation, link = Invitation.objects.get(), link_in(MailMessage.objects.get())
    revoke, undo = (f"/team/invitations/{invitation.id}/{verb}/" for verb in ("revoke", "restore"))
    assert undo not in alice_client.get(f"/team/?revoked={invitation.id}").content.decode(), "it is open"
    page = alice_client.post(revoke, follow=True).content.decode()
    assert "The invitation to zoe@marchetti.example is revoked: its link no longer works." in page
    assert f'action="{undo}"' in page
    assert Client().get(link).status_code == 409
    assert undo not in bob_client.get(f"/team/?revoked={invitation.id}").content.decode()
    assert undo not in charlie_client.get(f"/team/?revoked={invitation.id}").content.decode()
    again = alice_client.post(undo, follow=True).content.decode()
    assert "The invitation is open again." in again
    assert f'action="{revoke}"' in again
    assert Client().get(link).status_code == 200, "the mail that was sent works as before"
    alice_client.post(revoke)
    Invitation.objects.update(revoked_at=timezone.now() - timedelta(minutes=61))
    assert undo not in alice_client.get(f"/team/?revoked={invitation.id}").content.decode()
    assert "revoked for good" in alice_client.post(undo, follow=True).content.decode()
    Invitation.objects.update(revoked_at=timezone.now())
    alice_client.post("/team/", asked)
    assert "revoked for good" in alice_client.post(undo, follow=True).content.decode(), "another one is open"
    alice_client.post(f"/team/invitations/{Invitation.objects.latest('created_at').id}/revoke/")
    assert "revoked for good" in alice_client.post(undo, follow=True).content.decode(), "another one was there"
    assert Client().get(link).status_code == 409


@pytest.mark.requirement("ACC-06")
def test_the_last_owner_cannot_leave_and_is_told_what_to_do(
    alice_client: Client, alice_person: Person, bob_person: Person
) -> None:
    page = alice_client.post(f"/team/members/{alice_person.id}/remove/", follow=True)
    text = alice_client.get("/settings/").content.decode() + page.content.decode()
    assert "last owner" in text
    assert "Make somebody else an owner first" in text
    alice_client.post(f"/team/members/{alice_person.id}/role/", {"grant": "manager"})
    assert Membership.objects.get(person=alice_person).role == Role.OWNER
    alice_client.post(f"/team/members/{bob_person.id}/role/", {"grant": "owner"})
    alice_client.post(f"/team/members/{alice_person.id}/remove/")
    assert not Membership.objects.filter(person=alice_person).exists()


@pytest.mark.requirement("ACC-05", "ACC-06")
def test_a_manager_cannot_make_owners_nor_touch_them(mary_client: Client, alice_person: Person, bob_person: Person) -> None:
    assert mary_client.post(f"/team/members/{bob_person.id}/role/", {"grant": "owner"}).status_code == 403
    assert mary_client.post(f"/team/members/{alice_person.id}/remove/").status_code == 403
    assert mary_client.post("/team/", {"email": "x@y.example", "grant": "owner"}).status_code == 403
    mary_client.post(f"/team/members/{bob_person.id}/remove/")
    assert not Membership.objects.filter(person=bob_person).exists()


@pytest.mark.requirement("ACC-08")
def test_a_token_is_shown_once_is_stored_hashed_and_ends_when_revoked(alice_client: Client) -> None:
    page = alice_client.post("/settings/tokens/", {"name": "Déploiement", "scope": "read_write"}).content.decode()
    secret = re.search(r"emp_[\w-]{40,}", page)[0]
    assert "only this once" in page
    token = ApiToken.objects.get()
    assert secret not in str(vars(token))
    listed = alice_client.get("/settings/tokens/").content.decode()
    assert secret not in listed
    assert "never used" in listed
    headers = {"Authorization": f"Bearer {secret}"}
    assert "Halyard Freight" in Client().get("/team/", headers=headers).content.decode()
    assert "last used" in alice_client.get("/settings/tokens/").content.decode()
    alice_client.post(f"/settings/tokens/{token.id}/revoke/")
    assert Client().get("/team/", headers=headers).status_code == 302
    restore = f"/settings/tokens/{token.id}/restore/"
    assert restore in alice_client.get("/settings/tokens/").content.decode()
    alice_client.post(restore)
    assert Client().get("/team/", headers=headers).status_code == 200
    ApiToken.objects.update(revoked_at=timezone.now() - timedelta(minutes=61))
    assert restore not in alice_client.get("/settings/tokens/").content.decode()
    assert "revoked for good" in alice_client.post(restore, follow=True).content.decode()
    assert Client().get("/team/", headers=headers).status_code == 302


@pytest.mark.requirement("ACC-08")
def test_the_token_of_somebody_who_left_does_not_come_back(alice_client: Client, bob_client: Client) -> None:
    bob_client.post("/settings/tokens/", {"name": "Bob's", "scope": "read"})
    token = ApiToken.objects.get()
    alice_client.post(f"/team/members/{token.person_id}/remove/")
    assert not Membership.objects.filter(person_id=token.person_id).exists()
    alice_client.post(f"/settings/tokens/{token.id}/restore/")
    token.refresh_from_db()
    assert token.revoked_at is not None


@pytest.mark.requirement("ACC-08")
def test_a_token_reads_only_unless_it_was_given_more(
    robo_headers: dict[str, str], robo_writes_headers: dict[str, str], project_id: UUID
) -> None:
    wish = {"email": "zoe@marchetti.example", "grant": f"member:{project_id}"}
    assert Client(enforce_csrf_checks=True).post("/team/", wish, headers=robo_headers).status_code == 403
    assert Client(enforce_csrf_checks=True).post("/team/", wish, headers=robo_writes_headers).status_code == 302
    assert Invitation.objects.count() == 1


@pytest.mark.requirement("SEC-02")
def test_a_false_token_does_not_borrow_the_session(alice_client: Client) -> None:
    response = alice_client.get("/team/", headers={"Authorization": "Bearer emp_wrong"})
    assert response.status_code == 302


@pytest.mark.requirement("ACC-10")
def test_a_profile_is_saved(alice_client: Client) -> None:
    alice_client.post("/settings/", {"name": "Alicé Brown", "locale": "en", "time_zone": "America/Sao_Paulo"})
    page = alice_client.get("/settings/").content.decode()
    assert "Alicé Brown" in page
    assert '<option value="America/Sao_Paulo" selected' in page


@pytest.mark.requirement("ACC-10")
def test_an_owner_renames_the_organisation_and_adds_projects(alice_client: Client, organisation_id: UUID) -> None:
    alice_client.post("/settings/organisation/", {"name": "Halyard GmbH"})
    alice_client.post("/settings/projects/", {"name": "Zürich"})
    alice_client.post("/settings/projects/", {"name": "zürich"})
    page = said(alice_client)
    assert "Halyard GmbH" in page
    assert Project.objects.filter(organisation_id=organisation_id).count() == 2


@pytest.mark.requirement("ACC-10")
def test_a_person_chooses_what_to_hear_but_not_silence_about_security(alice_client: Client, alice_person: Person) -> None:
    alice_client.post("/settings/notifications/", {"usage-in_app": "on"})
    page = alice_client.get("/settings/notifications/").content.decode()
    assert re.search(r'name="usage-in_app"[^>]*checked', page)
    assert not re.search(r'name="usage-email"[^>]*checked', page)
    assert re.search(r'name="security-email"[^>]*checked[^>]*disabled', page)


@pytest.mark.requirement("ACC-03")
def test_the_switcher_changes_the_organisation_for_the_session(
    alice_client: Client, alice_person: Person, charlie: object, now: datetime
) -> None:
    alice_client.post("/settings/organisations/", {"name": "Second Ltd"})
    assert "Second Ltd" in said(alice_client)
    first = Project.objects.get(organisation__name="Halyard Freight")
    response = alice_client.post("/switch/", {"project": str(first.id), "next": "/team/"})
    assert response["Location"] == "/team/"
    assert "Halyard Freight" in said(alice_client)
    theirs = Project.objects.get(organisation__name="Charlie's Organization")
    assert alice_client.post("/switch/", {"project": str(theirs.id)}).status_code == 404


@pytest.mark.requirement("ACC-11")
def test_owners_read_who_did_what(alice_client: Client, bob_client: Client, bob_person: Person) -> None:
    alice_client.post(f"/team/members/{bob_person.id}/role/", {"grant": "manager"})
    page = alice_client.get("/settings/audit/?verb=member").content.decode()
    assert "member.role_changed" in page
    assert "bob@halyard.example: manager" in page
    assert AuditEntry.objects.filter(verb="member.role_changed", actor_name="Alicé").count() == 1
    assert bob_client.get("/settings/audit/").status_code == 403


@pytest.mark.requirement("SEC-01")
def test_a_large_team_costs_no_more_queries_than_a_small_one(
    alice_client: Client, workspace: Workspace, django_assert_max_num_queries
) -> None:
    with CaptureQueriesContext(connection) as small:
        alice_client.get("/team/")
    for number in range(12):
        person = Person.objects.create(email=f"{number}@many.example", name=f"P{number}")
        Membership.objects.create(
            person=person, organisation_id=workspace.organisation.id, role=Role.MANAGER, created_at="2026-01-01T00:00Z"
        )
    with django_assert_max_num_queries(len(small)):
        assert "P11" in alice_client.get("/team/").content.decode()


@pytest.mark.requirement("ACC-10")
def test_times_are_shown_in_the_zone_that_a_person_chose_and_the_next_request_starts_in_utc(
    alice_client: Client, mary_client: Client, organisation_id: UUID
) -> None:
    assert " UTC" in alice_client.get("/settings/audit/").content.decode()
    alice_client.post("/settings/", {"name": "Alicé", "locale": "en", "time_zone": "America/Sao_Paulo"})
    assert "25 October 2026, 00:30" not in alice_client.get("/settings/audit/").content.decode()
    assert "24 October 2026, 21:30" in alice_client.get("/settings/audit/").content.decode()
    Client().get("/accounts/login/")
    assert timezone.get_current_timezone_name() == "UTC"
